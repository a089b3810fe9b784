"""`objtui doctor`: what this terminal and this machine can do."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from objtui.cli.arguments import add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE

ASK_TORCH_S = 60.0

# Asked in another process: importing torch takes long, and only the engine may do it here.
_ASK_TORCH = """
import json, os, torch
from objtui.engine.steps.compiled.caches import lasting_cache
from objtui.engine.steps.compiled.compiler import find_compiler
devices = ["cpu"]
for i in range(torch.cuda.device_count()):
    memory = torch.cuda.get_device_properties(i).total_memory
    devices.append(f"cuda:{i} ({torch.cuda.get_device_name(i)}, {memory / 2**30:.0f} GiB)")
if torch.backends.mps.is_available():
    devices.append("mps")
about = {"compiler": find_compiler(os.environ), "cache": str(lasting_cache(os.environ) or "")}
print(json.dumps({"torch": torch.__version__, "devices": devices, **about}))
"""


class DoctorCommand:
    """Prints what was found, one thing a line."""

    name = "doctor"
    help = "say what this terminal and this machine can do"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where runs would go."""
        add_runs_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Look and print; what is missing is said, not an error."""
        from objtui.reports.style import open_stdout
        from objtui.text.terminal import say

        out = open_stdout()
        findings = [*_terminal(), *_machine(), *_folder(runs_folder(args))]
        width = max(len(name) for name, _ in findings)
        for name, finding in findings:
            say(f"{name:{width}}  {finding}", out)
        return EXIT_DONE


def _terminal() -> list[tuple[str, str]]:
    from objtui.text.numbers import counted
    from objtui.text.terminal import (
        colour_depth,
        terminal_size,
        why_ascii,
        why_no_terminal,
    )

    size = terminal_size()
    reason = why_no_terminal(sys.stdout, os.environ)
    no_others = why_ascii(os.environ)
    return [
        ("stdout", f"output is plain text: {reason}" if reason else "a terminal"),
        ("colours", colour_depth(os.environ)),
        ("glyphs", f"ASCII ({no_others})" if no_others else "UTF-8"),
        ("size", f"{counted(size.columns, 'column')}, {counted(size.lines, 'line')}"),
        ("pictures", _pictures()),
    ]


def _pictures() -> str:
    """By what the dashboard shows pictures, before the terminal was asked."""
    from objtui.ui.graphics.capability import CHOICES, VARIABLE, chosen, question

    choice = chosen(os.environ)
    if choice != "auto":
        return f"{choice}, as {VARIABLE} says"
    others = ", ".join(CHOICES[1:])
    if question(os.environ):
        return f"in pixels, where the terminal answers that it can ({VARIABLE}: {others})"
    return f"half-blocks, since pixels may not pass through here ({VARIABLE}: {others})"


def _machine() -> list[tuple[str, str]]:
    from objtui.cluster.connect import PIP, ray_version
    from objtui.trainer.environment import training_threads, usable_cores

    torch = ask_torch()
    usable = usable_cores()
    findings = [
        ("python", f"{sys.version.split()[0]} ({sys.executable})"),
        ("cores", f"{usable} usable of {os.cpu_count()}"),
        ("ray", ray_version() or f"not installed: no --ray ({PIP})"),
    ]
    if isinstance(torch, str):
        return [*findings, ("torch", torch)]
    return [
        *findings,
        ("torch", torch["torch"]),
        ("threads", f"a run on the CPU trains with {training_threads()}"),
        ("devices", ", ".join(torch["devices"])),
        ("compiler", _compiler(torch["compiler"], torch["cache"])),
    ]


def _compiler(command: list[str] | None, cache: str) -> str:
    if command is None:
        return "no cc, gcc or clang: long runs are slower"
    kept = f"what it makes is kept in {cache} (OBJTUI_CACHE)" if cache else "nothing is kept"
    return f"{' '.join(command)}; {kept}"


def ask_torch() -> dict[str, Any] | str:
    """Version and devices of torch, and the compiler; or why torch cannot be used."""
    from objtui.trainer.environment import worded_environment

    try:
        answer = subprocess.run(
            [sys.executable, "-P", "-c", _ASK_TORCH],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            env=worded_environment(),
            timeout=ASK_TORCH_S,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"did not answer within {ASK_TORCH_S:g} s"
    if answer.returncode != 0:
        last = answer.stderr.strip().rpartition("\n")[2]
        return f"cannot be used: {last or f'exit code {answer.returncode}'}"
    versions: dict[str, Any] = json.loads(answer.stdout.strip().rpartition("\n")[2])
    return versions


def _folder(folder: Path) -> list[tuple[str, str]]:
    from objtui.runfile.filesystem import NETWORK_TYPES, file_system_type

    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    kind = file_system_type(place)
    network = " (network: no write-ahead log)" if kind in NETWORK_TYPES else ""
    writable = "writable" if os.access(place, os.W_OK | os.X_OK) else "NOT writable"
    missing = "" if place == folder else ", made at the first run"
    free = shutil.disk_usage(place).free / 1e9
    return [
        ("runs", f"{folder.resolve()} ({writable}{missing})"),
        ("disk", f"{free:.0f} GB free, file system {kind or 'unknown'}{network}"),
    ]
