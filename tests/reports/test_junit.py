"""JUnit XML of checks, as CI systems read it."""

from __future__ import annotations

import math
import os
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.claims.verdict import Verdict
from objtui.errors import UsageError
from objtui.reports.junit import JunitFile, Suite, junit_xml


def a_verdict(outcome: str = "holds", text: str = "It is small", note: str = "") -> Verdict:
    holds = {"holds": 2, "mixed": 1, "fails": 0}[outcome]
    values = (0.5, math.nan)
    return Verdict(text, "bce.nll < 1", outcome, holds, 2, ("bce.nll",), values, note)  # type: ignore[arg-type]


SUITES = [
    Suite("a.toml", 0.0, 3.0, (a_verdict(), a_verdict("mixed", note="early"), a_verdict("fails"))),
    Suite("dir/b.v2.toml", 86400.0, 1.5, (), "dir/b.v2.toml: the training failed: x\nsecond line"),
    Suite("c.toml", 0.0, 0.5, ()),
    Suite("d.toml", 0.0, 0.5, (a_verdict(),), "every head diverged"),
]


def test_every_claim_is_a_case_and_every_count_is_that_of_its_cases() -> None:
    root = ET.fromstring(junit_xml(SUITES))
    assert root.tag == "testsuites"
    for holder in (root, *root):
        cases = list(holder.iter("testcase"))
        assert int(holder.get("tests", "")) == len(cases)
        assert int(holder.get("failures", "")) == sum(1 for _ in holder.iter("failure"))
        assert int(holder.get("errors", "")) == sum(1 for _ in holder.iter("error"))
        seconds = sum(float(case.get("time", "")) for case in cases)
        assert float(holder.get("time", "")) == pytest.approx(seconds, abs=0.01)
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["7", "2", "2"]
    assert [suite.get("name") for suite in root] == [suite.scenario for suite in SUITES]
    assert [suite.get("timestamp") for suite in root][:2] == [
        "1970-01-01T00:00:00",
        "1970-01-02T00:00:00",
    ]
    assert {case.get("classname") for case in root[1]} == {"objtui.b-v2"}


def test_a_failure_says_what_was_expected_and_measured_and_an_error_all_of_its_lines() -> None:
    root = ET.fromstring(junit_xml(SUITES))
    mixed, fails = root[0].iter("failure")
    assert (mixed.get("message"), fails.get("message")) == ("mixed 1/2", "fails")
    assert mixed.text is not None
    assert mixed.text.splitlines() == [
        "expected bce.nll < 1",
        "measured bce.nll 0.5 (undefined in 1 of 2)",
        "early",
    ]
    (error,) = root[1].iter("error")
    assert error.get("message") == "dir/b.v2.toml: the training failed: x"
    assert (error.text or "").endswith("\nsecond line")


@given(st.text(), st.text())
def test_whatever_a_scenario_says_is_well_formed(text: str, error: str) -> None:
    suites = [Suite(text, 0.0, 1.0, (a_verdict("fails", text),), error)]
    (suite,) = ET.fromstring(junit_xml(suites))
    assert suite.get("errors") == ("1" if error else "0")


def test_a_report_takes_the_place_of_the_one_before_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text("an earlier one")
    report = JunitFile(path)
    assert path.read_text() == "an earlier one"
    report.add(SUITES[0])
    report.write()
    assert ET.parse(path).getroot().get("tests") == "3"
    assert [each.name for each in tmp_path.iterdir()] == ["report.xml"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "report.xml", Path("/dev/null")):
        with pytest.raises(UsageError, match="--junit"):
            JunitFile(path)
    assert list(tmp_path.iterdir()) == []
