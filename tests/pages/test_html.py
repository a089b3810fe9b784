"""A page of a run stands alone, lets nothing in a run become markup, and stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.cli.main import main
from objtui.measures.thresholds import threshold_sweep
from objtui.pages import content as contents
from objtui.pages.html import embedded, read_in
from objtui.runfile.writer import RunWriter
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from tests.picture_runs import record_pictures
from tests.runs_for_tests import record_nuclei


class Page(HTMLParser):
    """A page as a browser takes it apart: elements, and the text of each script and style."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self._open = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.inside[self._open] = self.inside.get(self._open, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    @property
    def content(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.inside["content"])
        return value

    @property
    def policy(self) -> str:
        return next(
            attributes["content"] or ""
            for tag, attributes in self.elements
            if attributes.get("http-equiv") == "Content-Security-Policy"
        )


@pytest.fixture
def exported(new_run: Callable[..., RunWriter], tmp_path: Path) -> Callable[..., str]:
    def export(**changes: Any) -> str:
        path = record_nuclei(new_run, tmp_path, **changes).path
        place = tmp_path / "a.html"
        assert main(["export", str(path), "-o", str(place)]) == 0
        return place.read_text(encoding="utf-8")

    return export


def content_of(*paths: Path) -> dict[str, Any]:
    runs = Comparison([RunSource(path) for path in paths])
    try:
        read_in(runs)
        return contents.page_content(runs)
    finally:
        runs.close()


@given(st.recursive(st.text() | st.integers(), st.lists, max_leaves=5))
def test_nothing_that_is_embedded_can_end_its_element(value: object) -> None:
    written = embedded(value)
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == value


def test_what_a_run_says_stays_text(exported: Callable[..., str]) -> None:
    evil = "</script></title><script>alert(1)</script><!--"
    page = Page(exported(title=evil, question=evil, claims=((evil, "bce.nll < 1"),)))
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert page.content["title"] == evil
    assert page.content["claims"][0]["text"] == evil


def test_a_browser_may_run_its_script_and_style_and_ask_nobody(
    exported: Callable[..., str],
) -> None:
    source = exported()
    page = Page(source)
    for kind, directive in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(page.inside[kind].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in page.policy
    assert "default-src 'none'" in page.policy
    assert "connect-src 'none'" in page.policy
    assert "unsafe" not in page.policy
    addresses = set(re.findall(r"\w+://[^\s\"'`]+", source))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a language, which is not read
    linked = [each for _, attributes in page.elements for each in attributes if each == "src"]
    assert linked == []
    assert not [each for _, attributes in page.elements for each in attributes if each == "style"]


def test_the_numbers_are_those_of_the_run(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path, steps=(0, 100)).path
    content = content_of(path)
    source = RunSource(path)
    source.read_in()
    moment = source.opened_history.moment_up_to(100)
    source.close()
    assert moment is not None
    frame = content["frames"][-1]
    names = [score["name"] for score in content["scores"]]
    values = moment.values("nll", 2)
    assert frame["scores"][names.index("nll")][2] == pytest.approx(
        [values.mean(), values.min(), values.max()], rel=1e-4
    )
    first, *counts = frame["counts"][2][1]
    assert moment.counts[2, 1, first : first + len(counts)].tolist() == counts
    assert sum(counts) == moment.counts[2, 1].sum()
    assert len(threshold_sweep(moment.counts[2]).logits) == len(content["edges"])


def test_a_long_run_is_thinned_evenly_to_its_first_and_last_moment_and_says_so(
    new_run: Callable[..., RunWriter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record_nuclei(new_run, tmp_path, steps=range(0, 400, 4)).path
    monkeypatch.setattr(contents, "MAX_FRAMES", 30)
    content = content_of(path)
    steps = [frame["step"] for frame in content["frames"]]
    assert (len(steps), steps[0], steps[-1], content["recorded"]) == (30, 0, 396, 100)
    monkeypatch.setattr(contents, "MAX_BYTES", 100_000)
    steps = [frame["step"] for frame in content_of(path)["frames"]]
    assert (steps[0], steps[-1]) == (0, 396)
    assert len(steps) < 30


def test_sample_pictures_are_on_the_page_with_what_is_detected(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    content = content_of(record_pictures(new_run, tmp_path).path)
    first = content["pictures"][0]
    assert [picture["name"] for picture in first] == ["first.png", "second.png"]
    assert all(picture["source"].startswith("data:image/png;base64,") for picture in first)
    kinds = {box[0] for boxes in content["frames"][-1]["boxes"][0] for box in boxes}
    assert kinds <= {"hit", "false alarm", "missed"}
    assert kinds


def test_several_runs_are_on_one_page_under_their_names(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    paths = [
        record_nuclei(new_run, tmp_path, name=name, steps=(0, 10)).path for name in ("one", "two")
    ]
    names = [head["name"] for head in content_of(*paths)["heads"]]
    assert names[0::3] == ["one:bce", "two:bce"]
