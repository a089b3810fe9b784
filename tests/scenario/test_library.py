"""The bundled scenarios: what each file holds, and that claims of them come out as written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from objtui.claims.evaluate import evaluate_claim
from objtui.claims.parse import parse_claim
from objtui.claims.tree import measured_operands
from objtui.claims.verdict import Verdict
from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from objtui.scenario.bundled import bundled_names, bundled_path
from objtui.scenario.load import load_scenario

FAST = ("contradictory", "plateau-adam", "slopes", "twins", "vice-versa")
"""Scenarios that train in a second."""

DETECTORS = (
    "detector-iou-targets",
    "duplicates",
    "nuclei-detector",
    "nuclei-detector-no-boxes",
    "tied-scores",
)
"""Scenarios that train a detector, in up to a minute each."""


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`objtui check` in a folder, to its end."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "objtui", "check", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def claim_of(name: str, text: str) -> str:
    """The test of the claim of a bundled scenario with these words."""
    claims = load_scenario(name).scenario.claims
    return next(claim.test for claim in claims if claim.text == text)


@pytest.mark.parametrize("name", bundled_names())
def test_a_scenario_asks_a_question_and_claims_answers(name: str) -> None:
    scenario = load_scenario(name).scenario
    assert scenario.question.endswith("?")
    assert scenario.claims
    texts = [claim.text for claim in scenario.claims]
    assert len(set(texts)) == len(texts)
    assert not any(text.endswith(".") for text in texts)
    heads = tuple(head.name for head in scenario.heads)
    for claim in scenario.claims:
        claim_tree = parse_claim(claim.test, heads, scenario.score_names)
        assert measured_operands(claim_tree), claim.test


@pytest.mark.parametrize("name", bundled_names())
def test_a_scenario_begins_with_two_or_three_lines_on_what_to_look_at(name: str) -> None:
    lines = bundled_path(name).read_text().splitlines()
    comment = lines[: next(i for i, line in enumerate(lines) if not line.startswith("# "))]
    assert 2 <= len(comment) <= 3
    assert "ook at " in " ".join(line[2:] for line in comment)
    assert max(map(len, comment)) <= 100
    assert lines[len(comment)] == ""


@pytest.mark.parametrize("name", bundled_names())
def test_a_scenario_has_a_plain_name_and_asks_for_no_device(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert load_scenario(name).scenario.train.device == "auto"


def test_no_two_scenarios_ask_the_same_question() -> None:
    scenarios = [load_scenario(name).scenario for name in bundled_names()]
    for words in ([s.question for s in scenarios], [s.title for s in scenarios]):
        assert len(set(words)) == len(words)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one real check of the fast scenarios."""
    folder = tmp_path_factory.mktemp("checked")
    done = check(folder, *FAST)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return folder


def frames_of(folder: Path, name: str) -> list[Frame]:
    """The frames that a check recorded."""
    with RunReader(folder / "runs" / f"{name}-1.objtui") as reader:
        return [stored.frame for stored in reader.frames_after(0, limit=10_000)]


def verdict_on(folder: Path, name: str, test: str) -> Verdict:
    """What a run that a check recorded says about a test."""
    heads = [head.name for head in load_scenario(name).scenario.heads]
    return evaluate_claim(test, heads, frames_of(folder, name))


@pytest.mark.parametrize("name", FAST)
def test_the_claims_of_a_fast_scenario_hold(checked: Path, name: str) -> None:
    for claim in load_scenario(name).scenario.claims:
        assert verdict_on(checked, name, claim.test).verdict == "holds"


@pytest.mark.thorough
@pytest.mark.parametrize("name", DETECTORS)
def test_the_claims_of_a_detector_hold(tmp_path: Path, name: str) -> None:
    done = check(tmp_path, name)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "text", "number", "changed", "measured"),
    [
        (
            "contradictory",
            "BCE, CE and squared error stop at ln 9",
            "2.1972 < mse.z_pos < 2.1973",
            "2.2 < mse.z_pos < 2.3",
            "mse.z_pos 2.197",
        ),
        (
            "contradictory",
            "Focal loss stops at 0.81989, short of the share of objects",
            "0.8198 <",
            "0.8199 <",
            "focal.z_pos 0.8199",
        ),
        (
            "plateau-adam",
            "BCE is past 0.5 after 84 steps",
            "84",
            "85",
            "first(bce.p_pos >= 0.5) 84",
        ),
        (
            "slopes",
            "Squared error's slope is at most 8/27, at p = 1/3",
            "0.2964",
            "0.2962",
            "mse_third.grad_pos@start 0.2963",
        ),
        ("twins", "Without the mapping CE runs ahead", "> 1", "> 10", "unmapped.gap@10 "),
        (
            "vice-versa",
            "One has a loss of a millionth, the other of 13.8",
            "13.81",
            "13.82",
            "wrong.loss@start 13.82",
        ),
    ],
)
def test_another_number_in_a_claim_makes_it_fail(
    checked: Path, name: str, text: str, number: str, changed: str, measured: str
) -> None:
    test = claim_of(name, text)
    assert number in test
    verdict = verdict_on(checked, name, test.replace(number, changed))
    assert verdict.verdict == "fails"
    assert measured in verdict.measured


def test_a_changed_number_is_exit_1_with_what_was_measured(tmp_path: Path) -> None:
    text = bundled_path("vice-versa").read_text()
    test = claim_of("vice-versa", "One has a loss of a millionth, the other of 13.8")
    changed = test.replace("13.81", "12.81").replace("13.82", "12.82")
    (tmp_path / "changed.toml").write_text(text.replace(test, changed))
    done = check(tmp_path, "changed.toml")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert "  fails       One has a loss of a millionth, the other of 13.8" in lines
    assert any(line.endswith("wrong.loss@start 13.82") for line in lines)
    assert lines[-1].endswith(": 3 hold, 1 fails")
