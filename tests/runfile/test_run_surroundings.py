"""File systems, processes and thinning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.runfile import processes, thinning
from objtui.runfile.filesystem import NETWORK_TYPES, file_system_type
from objtui.runfile.processes import is_alive, process_age_s, process_started

MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local xfs rw 0 0
server:/x /my\040folder cifs rw 0 0
"""


def test_the_innermost_mount_decides_the_file_system() -> None:
    assert file_system_type(Path("/srv/runs"), MOUNTS) == "ext4"
    assert file_system_type(Path("/home/me/runs"), MOUNTS) == "nfs4"
    assert file_system_type(Path("/home/local/runs"), MOUNTS) == "xfs"
    assert file_system_type(Path("/homework"), MOUNTS) == "ext4"
    assert file_system_type(Path("/my folder/runs"), MOUNTS) == "cifs"
    assert file_system_type(Path("/x"), "") is None
    assert "nfs4" in NETWORK_TYPES
    assert "ext4" not in NETWORK_TYPES


def test_a_process_lives_until_it_ends_even_if_nobody_waited_for_it() -> None:
    started = process_started(os.getpid())
    assert started is not None
    assert is_alive(os.getpid(), started)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child_started = process_started(process.pid)
    assert child_started is not None
    assert is_alive(process.pid, child_started)
    assert not is_alive(process.pid, child_started - 1)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not yet waited for
    assert not is_alive(process.pid, child_started)
    process.communicate()
    assert process_started(process.pid) is None


def test_the_age_of_a_process_grows_from_its_start() -> None:
    program = (
        "from objtui.runfile.processes import process_age_s as age; a = age(); b = age();"
        " print(0 <= a <= b)"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    assert answer.stdout == "True\n"
    assert process_age_s() > 0


def test_the_age_grows_also_where_the_system_does_not_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "process_started", lambda pid: 0.0)
    assert 0 < process_age_s() <= process_age_s()


@given(st.lists(st.integers(1, 2**20), max_size=2000))
def test_live_frames_stay_within_count_and_bytes(sizes: list[int]) -> None:
    live = thinning.LiveFrames()
    kept: dict[int, int] = {}
    for row, size in enumerate(sizes):
        kept[row] = size
        for dropped in live.add(row, size):
            del kept[dropped]
        assert row in kept
        assert len(kept) <= thinning.LIVE_FRAMES
    assert sum(kept.values()) <= thinning.LIVE_BYTES + 2**20
