"""What is read back from a trainer's log."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from objtui.trainer.log import (
    LOG_BYTES,
    LossyFile,
    cut_start,
    last_progress,
    log_line,
    log_progress,
    read_end,
)


def test_the_last_word_on_a_building_is_found_among_other_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log_progress("training anchors", 0.05)
    log_progress("validation anchors", 0.998)
    log_line("something else, 5 % of it")
    (tmp_path / "log").write_text(capsys.readouterr().out)
    assert last_progress(tmp_path / "log") == "building validation anchors 100 %"


def test_a_log_without_a_word_on_it_or_that_is_gone_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("2026-01-01 00:00:00 a-1 begins on cpu, 1 threads\n")
    assert last_progress(tmp_path / "log") == ""
    assert last_progress(tmp_path / "none") == ""


def test_what_is_said_while_a_long_log_is_cut_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"a line of a library\n" * (LOG_BYTES // 8))
    saying: list[threading.Thread] = []
    with LossyFile(log, "ab+") as file:

        def cut(descriptor: int, size: int) -> None:
            saying.append(threading.Thread(target=file.write, args=(b"last words\n",)))
            saying[0].start()
            saying[0].join(0.2)  # it may not come to write in between
            truncate(descriptor, size)

        truncate = os.ftruncate
        monkeypatch.setattr(os, "ftruncate", cut)
        cut_start(file.fileno())
        saying[0].join()
    said = log.read_text().splitlines()
    assert said[0] == "(what was said before was too long to keep)"
    assert set(said[1:-1]) == {"a line of a library"}
    assert said[-1] == "last words"
    assert log.stat().st_size < LOG_BYTES + 100
    assert read_end(log).endswith("a line of a library\nlast words\n")
