"""Every command that opens a run file."""

from __future__ import annotations

from pathlib import Path

MAGIC = bytes.fromhex("d9d505f920a163d7")
"""Begins a rollback journal, and ends one that names a super-journal."""

FORMATS = ("csv", "jsonl", "parquet", "tensorboard", "run", "svg")

SHORT_COMMANDS = (
    ["watch", "{run}", "--headless"],
    ["watch", "{run}", "--json"],
    ["explain", "{run}"],
    ["export", "{run}", "--format", "csv", "--out", "-"],
)
"""Of them those that read all of a file and write nothing."""


def commands_on(run: Path, out: Path) -> list[list[str]]:
    """The arguments of every command that opens a run file, which writes under `out`."""
    exports = [
        ["export", str(run), "--format", name, "--out", f"{out}-{name}.{name}"]
        if name in ("svg", "run", "jsonl")
        else ["export", str(run), "--format", name, "--out", f"{out}-{name}"]
        for name in FORMATS
    ]
    for arguments in exports:
        if "run" in arguments:
            arguments[-1] = f"{out}-copy.objtui"
    return [
        ["watch", str(run), "--headless"],
        ["watch", str(run), "--json"],
        ["explain", str(run)],
        *exports,
        *([command, str(run)] for command in ("pause", "continue", "stop")),
        ["resume", str(run), "--headless"],
    ]
