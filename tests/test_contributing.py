"""The pages for contributors name files and tables that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
PAGES = (
    ROOT / "README.md",
    ROOT / "scenarios" / "README.md",
    ROOT / "tests" / "bench" / "README.md",
    CONTRIBUTING,
)
MAX_WORDS = 1800
"""Words of the README, which people read before they know whether they want more."""


def words_of(page: Path) -> str:
    """A page with its line breaks as blanks."""
    return " ".join(page.read_text(encoding="utf-8").split())


def paths_in(page: Path) -> list[str]:
    """The paths from the root of the repository that a page names."""
    return re.findall(r"`((?:objtui|tests|scenarios|\.ci)/[\w./-]*)`", words_of(page))


@pytest.mark.parametrize("path", [path for page in PAGES for path in paths_in(page)])
def test_a_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", words_of(page)) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


RECIPES = re.findall(r"`([A-Z_]+)` in `(objtui/[\w./]+)`", words_of(CONTRIBUTING))


@pytest.mark.parametrize(("table", "path"), RECIPES)
def test_a_table_of_a_recipe_is_in_its_file(table: str, path: str) -> None:
    assert re.search(rf"^{table}\b.*=", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_is_short() -> None:
    assert len(words_of(ROOT / "README.md").split()) <= MAX_WORDS
