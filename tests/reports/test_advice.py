"""The advice as text and as JSON lines."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from objtui.advice.advise import advise
from objtui.advice.evidence import RunEvidence
from objtui.reports.advice import WIDTH, advice_at_the_end, advice_line, advice_text
from objtui.reports.jsonlines import encode_line
from objtui.reports.style import Style
from tests.advice.cases import a_run, honest
from tests.runs_for_tests import a_status

Z, POSITIVE = honest()


def overconfident(seeds: int = 5, **more: Any) -> RunEvidence:
    z = 4 * Z[:seeds]
    return a_run({"bce": {100: z}, "twin": {100: z}, "mse": {100: 1.1 * z}}, POSITIVE, **more)


def text_of(run: RunEvidence, style: Style = Style()) -> str:  # noqa: B008 - frozen
    return advice_text(run, a_status(state="finished"), advise(run), style)


def test_a_line_has_what_the_contract_says() -> None:
    for advice in advise(overconfident()):
        line = json.loads(encode_line(advice_line(advice)))
        assert list(line) == ["type", "rule", "head", "level", "text", "numbers", "scenario"]
        assert line["type"] == "advice"
        assert all(set(number) == {"mean", "low", "high"} for number in line["numbers"].values())
    (first,) = [
        each
        for each in advise(overconfident())
        if (each.rule, each.head) == ("overconfident", "bce")
    ]
    t = json.loads(encode_line(advice_line(first)))["numbers"]["temperature"]
    assert t["low"] < t["mean"] < t["high"]


def test_an_interval_that_one_seed_does_not_have_is_null() -> None:
    line = json.loads(encode_line(advice_line(advise(overconfident(seeds=1))[0])))
    assert line["numbers"]["temperature"]["low"] is None


def test_the_text_is_by_level_then_by_head_and_says_a_twin_once() -> None:
    lines = text_of(overconfident()).split("\n")
    assert lines[0] == "A title"
    assert lines[2].endswith("5 seeds; intervals are 95 %")
    order = [
        lines.index(words) for words in ("to mend", "  bce", "  mse", "to know", "as it should be")
    ]
    assert order == sorted(order)
    assert not any("twin is overconfident" in line for line in lines)
    assert any(
        "twin is the same function as bce" in " ".join(lines[i : i + 2]) for i in range(len(lines))
    )
    assert max(map(len, lines)) <= WIDTH
    assert "      → objtui run memorised-noise shows it" in lines


def test_the_scenario_of_the_run_itself_is_not_named_and_ascii_stays_ascii() -> None:
    text = text_of(overconfident(scenario="memorised-noise"), Style(unicode=False))
    assert text.isascii()
    from objtui.scenario.bundled import bundled_path

    own = text_of(overconfident(scenario=str(bundled_path("memorised-noise"))))
    assert "objtui run memorised-noise" not in own


def test_one_seed_and_training_rows_are_said() -> None:
    assert "one seed: no intervals over seeds" in text_of(overconfident(seeds=1))
    assert "the rows trained on" in text_of(overconfident(val=False))


def test_a_run_ends_with_one_piece_a_rule_and_the_command_for_the_rest() -> None:
    *said, last = advice_at_the_end(advise(overconfident()), "objtui explain a-run")
    assert last == "what to do: objtui explain a-run"
    assert " ".join(said).count("is overconfident") == 1
    assert "The same of mse." in " ".join(line.strip() for line in said)
    well = a_run({"bce": {100: np.where(POSITIVE, 20.0, -20.0) + 0 * Z}}, POSITIVE)
    assert advice_at_the_end(advise(well), "x") == ["what to do: x"]
