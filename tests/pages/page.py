"""A page of ours as a browser takes it apart, and what is asked of every one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any


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


def require_alone(source: str) -> None:
    """A browser may run the page's own script and style, and asks nobody for anything."""
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
