"""What a trainer's environment says, on this and on other processors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from objtui.trainer import environment as module
from objtui.trainer.environment import DISABLED, sorting_environment, trainer_environment

ZEN_4 = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
flags\t\t: fpu avx2 avx512f avx512vl

processor\t: 1
"""


@pytest.mark.parametrize(
    ("processor", "found", "said"),
    [
        (ZEN_4, ["X86_V3", "X86_V4"], {DISABLED: "X86_V4"}),
        (ZEN_4, ["AVX2", "AVX512F", "AVX512_SKX"], {DISABLED: "AVX512_SKX"}),
        (ZEN_4, ["X86_V3"], {}),  # built without it, or for it alone
        (ZEN_4.replace(" avx512f", ""), ["X86_V4"], {}),  # Zen 3
        (ZEN_4.replace("25", "26"), ["X86_V4"], {}),  # Zen 5
        (ZEN_4.replace("AuthenticAMD", "GenuineIntel"), ["X86_V4"], {}),
        ("Hardware\t: BCM2711\n", [], {}),
        (None, ["X86_V4"], {}),
    ],
)
def test_sorts_keep_to_avx2_where_avx_512_is_slow(
    processor: str | None,
    found: list[str],
    said: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": {"found": found}})
    if processor is not None:
        (tmp_path / "cpuinfo").write_text(processor)
    assert sorting_environment(tmp_path / "cpuinfo") == said


def test_numpy_takes_what_it_says_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(ZEN_4)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import numpy"],
        env=os.environ | sorting_environment(tmp_path / "cpuinfo"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_environment_says_already_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sorting_environment", lambda: {DISABLED: "X86_V4"})
    assert trainer_environment(None)[DISABLED] == "X86_V4"
    monkeypatch.setenv(DISABLED, "")
    assert trainer_environment(None)[DISABLED] == ""
