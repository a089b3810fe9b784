"""`objtui check --junit FILE`: the report is written however the checks go."""

from __future__ import annotations

import signal
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import A_CLAIM, A_SCENARIO

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def write(folder: Path, name: str, *tests: str, title: str = "A title") -> str:
    claims = (A_CLAIM.replace("bce.nll < 10", test) for test in tests)
    text = A_SCENARIO.replace("1_000_000", "30").replace("A title", title)
    (folder / name).write_text(text + "".join(claims))
    return name


def test_claims_failures_and_a_training_that_fails_are_all_in_it(
    command_line: CommandLine, tmp_path: Path
) -> None:
    good = write(tmp_path, "good.toml", "bce.nll < 10", "bce.nll < 0")
    bad = write(tmp_path, "bad.toml", "bce.nll < 10", title="Bad")
    done = command_line.run("check", bad, good, "--junit", "r.xml", behaviours=["Bad=fails"])
    assert done.returncode == 3
    first, second = ET.parse(tmp_path / "r.xml").getroot()
    counts = [[suite.get(n) for n in ("tests", "failures", "errors")] for suite in (first, second)]
    assert counts == [["1", "0", "1"], ["2", "1", "0"]]
    (error,) = first.iter("error")
    assert "ZeroDivisionError" in (error.get("message") or "")
    (failure,) = second.iter("failure")
    assert "expected bce.nll < 0" in (failure.text or "")
    assert float(second.get("time", "")) > 0


def test_a_file_that_cannot_be_written_is_exit_2_before_anything_starts(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("check", "a.toml", "--junit", "none/r.xml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "objtui: error: --junit none/r.xml: cannot be written: No such file or directory\n"
    )
    assert not trainers.runs.exists()


def test_after_a_signal_it_holds_what_was_checked(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    write(tmp_path, "0.toml", "bce.nll < 10")
    process = command_line.start("check", "0.toml", "a.toml", "--junit", "r.xml")
    trainers.wait_for(trainers.runs / "a-1.objtui", lambda status: status.step > 0)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 143
    (suite,) = ET.parse(tmp_path / "r.xml").getroot()
    assert (suite.get("name"), suite.get("tests")) == ("0.toml", "1")
