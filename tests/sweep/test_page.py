"""The page of a sweep stands alone, and has the numbers of its cells, the best first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.errors import UsageError
from objtui.measures.spread import ALIKE
from objtui.sweep import page as pages
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import StopRule
from objtui.sweep.page import export_page, page_content
from objtui.sweep.plan import Factor
from objtui.sweep.record import SweepRecord
from tests.pages.page import Page, require_alone
from tests.sweep.test_figure import FACTORS, a_sweep


def exported(
    record: SweepRecord, results: list[CellResult], folder: Path, state: str = "finished"
) -> str:
    place = folder / "a.html"
    export_page(record, results, state, place, force=True)
    return place.read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_browser_may_run_its_script_and_style_and_ask_nobody(count: int, tmp_path: Path) -> None:
    require_alone(exported(*a_sweep(*FACTORS[:count]), tmp_path))


def test_what_a_sweep_says_stays_text(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><!--"
    record, results = a_sweep(Factor("title", (evil, "b")))
    results[0] = replace(results[0], state="failed", message=evil)
    page = Page(exported(record, results, tmp_path))
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert page.content["factors"][0]["values"] == [evil, "b"]
    assert evil in {cell["words"] for cell in page.content["cells"]}


def scores(content: dict[str, Any], cell: int, name: str) -> Any:
    names = [score["name"] for score in content["scores"]]
    return content["cells"][cell]["scores"][names.index(name)]


def test_cells_come_the_best_first_with_their_values_and_scores_over_seeds(tmp_path: Path) -> None:
    record, results = a_sweep(*FACTORS[:2], early=(5,))
    record = replace(record, stop=StopRule("bce", "ap", 160))
    content = Page(exported(record, results, tmp_path, "driver gone")).content
    assert [cell["at"] for cell in content["cells"]] == [
        [2, 1], [2, 0], [1, 1], [1, 0], [0, 1], [0, 0]
    ]  # fmt: skip
    assert [cell["early"] for cell in content["cells"]] == [True] + [False] * 5
    values = np.array([0.05, 0.06])
    assert scores(content, 0, "ap")[0] == pytest.approx([values.mean(), values.std(ddof=1)], 1e-4)
    assert scores(content, 0, "nll")[0] == pytest.approx(
        [1 - values.mean(), values.std(ddof=1)], 1e-4
    )
    assert (content["state"], content["stop"], content["rungs"]) == (
        "driver gone",
        "asha:bce.ap",
        "steps 10 and 40",
    )
    assert [axis["kind"] for axis in content["factors"]] == ["log", "log"]
    assert content["alike"] == ALIKE


def test_the_shares_of_the_variance_are_those_of_its_sums_of_squares(tmp_path: Path) -> None:
    record, results = a_sweep(FACTORS[0])
    content = Page(exported(record, results, tmp_path)).content
    names = [score["name"] for score in content["scores"]]
    (of_factor,), together, seeds = content["shares"][names.index("ap")][0]
    table = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]])  # (cells, seeds)
    between = 2 * table.mean(1).var() * 3 / (table.var() * 6)
    assert of_factor[0] == pytest.approx(between, 1e-4)
    assert (together, seeds) == (pytest.approx(0, abs=1e-9), pytest.approx(1 - between, 1e-4))
    assert content["shares"][names.index("ap")][1] is None  # all values are equal


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_drawn_goes_by_the_number_of_factors(count: int) -> None:
    content = page_content(*a_sweep(*FACTORS[:count]), "finished")
    assert content["drawing"] == ("strip", "map", "lines")[count - 1]


def test_of_many_cells_the_best_are_on_the_page_and_it_says_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record, results = a_sweep(Factor("train.lr", tuple(map(str, range(1, 41)))))
    monkeypatch.setattr(pages, "MAX_CELLS", 30)
    content = page_content(record, results, "finished")
    assert (len(content["cells"]), content["recorded"]) == (30, 40)
    assert content["cells"][0]["at"] == [39]
    monkeypatch.setattr(pages, "MAX_BYTES", 1)
    assert len(page_content(record, results, "finished")["cells"]) == pages.MIN_CELLS


def test_a_cell_without_a_score_is_on_the_page_too_and_without_any_cell_there_is_no_page() -> None:
    record, results = a_sweep(FACTORS[0])
    waiting = [CellResult(result.cell) for result in results]
    content = page_content(record, [waiting[0], *results[1:]], "stopped")
    assert (content["cells"][-1]["state"], scores(content, -1, "ap")) == ("waiting", [None, None])
    with pytest.raises(UsageError, match="no cell of the sweep a has begun"):
        page_content(record, waiting, "stopped")
