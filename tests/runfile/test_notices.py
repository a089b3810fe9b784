"""Notices of trainers, as their logs keep them."""

from __future__ import annotations

from objtui.runfile.notices import MARK, notices_in


def test_they_are_read_from_whatever_else_a_log_has() -> None:
    log = (
        "a stray print\n2026-01-02 03:04:05 a-run begins on cpu, 1 thread\n"
        f"2026-01-02 03:04:05 {MARK}no training row is an object\n{MARK}not one of ours\n"
        f"2026-01-03 03:04:05 {MARK}another\n"
        f"2026-01-03 03:04:05 {MARK}no training row is an object\n"
    )
    assert notices_in(log) == ("no training row is an object", "another")
    assert notices_in("") == ()
