"""Run files made odd by chance: every reader answers or says in one line what is wrong.

None writes anything, nor takes much memory. A longer form: OBJTUI_FUZZ=20 pytest
tests/faults/test_fuzz_run_files.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.thorough import in_part

TIMES = int(os.environ.get("OBJTUI_FUZZ", "1"))
BATCHES, CASES = 4, 60 * TIMES

PEAK_KB = 500 * 10**3

HANGS_S = 300 * TIMES
"""After so long without an answer something hangs; no measure of anything."""

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("batch", in_part(range(BATCHES), usual=2))
def test_any_run_file_is_an_answer_or_one_line(batch: int, tmp_path: Path) -> None:
    program = [sys.executable, "-W", "error", "-m", "tests.faults.fuzz_run_files"]
    done = subprocess.run(
        [*program, str(batch * CASES), str(CASES), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["cases"] == CASES
    assert told["answers"] > 3 * CASES
    assert told["errors"] > CASES
    assert told["peak_kb"] < PEAK_KB
