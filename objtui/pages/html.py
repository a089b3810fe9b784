"""The page: one HTML file that holds everything it shows, and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from objtui.errors import RunFileError
from objtui.pages.content import page_content
from objtui.runs.comparison import Comparison
from objtui.runs.recorded import RecordedRun
from objtui.runs.source import RunSource


@dataclass(frozen=True, slots=True)
class PageKind:
    """What a page is of.

    Attributes:
        script: the resource that draws it; what all pages share comes before it.
        controls: the resource with controls of its own; empty where it has none.
    """

    script: str
    controls: str = ""


RUN = PageKind("run.js", "run_controls.html")
SWEEP = PageKind("sweep.js")

_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def write_html(runs: Sequence[RecordedRun], place: Path) -> None:
    """Write recorded runs as a page, as a writer of `objtui.export.formats`."""
    with ExitStack() as stack:
        paths = [run.reader.path for run in runs]
        shown = Comparison([stack.enter_context(closing(RunSource(path))) for path in paths])
        read_in(shown)
        place.write_text(page(page_content(shown)), encoding="utf-8")


def read_in(runs: Comparison) -> None:
    """Read all that runs have by now, their training loss too; raises RunFileError."""
    runs.read_losses(True)
    runs.poll()
    while runs.behind:
        runs.poll()
    if runs.history is None:
        raise RunFileError("a run is not there yet")


def page(content: dict[str, Any], kind: PageKind = RUN, *, live: bool = False) -> str:
    """The page of a content; `live`: it goes on reading where it came from."""
    style, script = _resource("page.css"), _script(kind)
    body = _resource("page.html")
    fields = {
        "policy": content_policy(kind, live=live),
        "title": text(str(content["title"])),
        "style": style,
        "controls": _resource(kind.controls) if kind.controls else "",
        "content": embedded({**content, "live": live}),
        "script": script,
    }
    parts = body.split("{{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, rest = part.split("}}", 1)
        filled += [fields[name], rest]
    return "".join(filled)


def content_policy(kind: PageKind = RUN, *, live: bool) -> str:
    """What a browser may do for the page: run its own script, and no other; load nothing."""
    sources = _script(kind), _resource("page.css")
    script, style = (f"'sha256-{_digest(source)}'" for source in sources)
    connect = "'self'" if live else "'none'"
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; img-src data:; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def embedded(value: Any) -> str:
    """A value as JSON in an element of a page: the one gate for whatever a run says.

    Signs that could end the element or begin markup are written as escapes of JSON.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(
        _ESCAPES
    )


def text(words: str) -> str:
    """Words as text of a page."""
    return html.escape(words)


def _script(kind: PageKind) -> str:
    return f'"use strict";\n(() => {{\n{_resource("shared.js")}{_resource(kind.script)}}})();\n'


def _digest(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _resource(name: str) -> str:
    return resources.files("objtui.pages").joinpath(name).read_text(encoding="utf-8")
