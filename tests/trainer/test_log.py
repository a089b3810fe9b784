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
    read_end,
)


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
