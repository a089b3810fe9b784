"""What the dashboard costs, measured on the real program in a pseudo-terminal of 120x40.

    python -m tests.bench.dashboard [paint] [steady] [compared] [cursor] [keys] [training]
                                    [--rounds 5]

paint     start to first paint, in turn with an empty Textual app, both beside an import of
          torch; and from the trainer's first frame to its picture on the screen
steady    bytes to the terminal and share of a core at the default rate, for a run of a few
          frames and for one of thousands; resident memory
compared  the same for eight heads of three runs side by side
cursor    from a key that moves the step cursor to its picture, over thousands of frames, of one
          run that has ended and of three side by side; resident memory before and after
keys      from a key to its picture, while the training goes at full speed
training  steps per second with dashboards attached and without, in windows of one training
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from objtui.measures.scores import SCORE_NAMES, curve_names
from objtui.runfile.commands import send_command
from objtui.runfile.find import find_run
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED
from tests.bench.terminal import Terminal, objtui

PART_NAMES = ("paint", "steady", "compared", "cursor", "keys", "training")
FEW, MANY = 50, 5_000
"""Frames of the two runs that `steady` compares."""

COMPARED_HEADS = (3, 3, 2)
"""Heads of the runs that are compared."""

SHIFT_LEFT = "\x1b[1;2D"
FRAME_STEPS = 20

KEY_PRESSES = 100
WINDOW_S = 6.0
SETTLE_S = 1.5

EMPTY_APP = """
import subprocess, sys
beside = subprocess.Popen([sys.executable, "-c", "import torch"])
from textual.app import App, ComposeResult
from textual.widgets import Static
class Empty(App):
    def compose(self) -> ComposeResult:
        yield Static("painted")
Empty().run()
"""


def paint(folder: Path, rounds: int) -> None:
    """Start to first paint, ours and an empty app's in turn; first frame to its picture."""
    ours, theirs, late, mapped = [], [], [], False
    for _ in range(rounds):
        with Terminal([sys.executable, "-c", EMPTY_APP], folder) as empty:
            theirs.append(empty.read_until(b"painted") - empty.started)
            empty.read_for(3.0)  # its torch is imported
        with Terminal(objtui("run", "nuclei"), folder) as terminal:
            ours.append(terminal.read_until(b" objtui ") - terminal.started)
            shown = time.time() - time.monotonic() + terminal.read_until(b" AP ")
            mapped |= terminal.has_mapped("torch")
            with RunReader(find_run(folder / "runs", "last")) as reader:
                late.append(shown - first_frame_at(reader))
                stop(reader)
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(
        f"first paint {statistics.median(ours):.2f} s, of an empty app "
        f"{statistics.median(theirs):.2f} s: {ratio:.2f} times"
    )
    print(
        f"first frame on the screen after {max(late):.2f} s at most; "
        f"torch mapped: {'yes' if mapped else 'no'}"
    )


def first_frame_at(reader: RunReader) -> float:
    """When the trainer measured its first frame, by time.time()."""
    status = reader.status()
    return status.heartbeat_at - status.elapsed_s


def steady(folder: Path, rounds: int) -> None:
    """Bytes and processor of the dashboard, on a run of few frames and one of many."""
    print("frames    KB/s    % of a core    resident MB")
    for frames in (FEW, MANY):
        with fed(folder, f"of-{frames}", frames) as name:
            print_cost(folder, [name], frames, rounds)


def compared(folder: Path, rounds: int) -> None:
    """Bytes and processor of the dashboard, on eight heads of three runs."""
    print("frames    KB/s    % of a core    resident MB   (8 heads of 3 runs)")
    for frames in (FEW, MANY):
        with ExitStack() as stack:
            feeds = [
                stack.enter_context(fed(folder, f"{heads}-of-{frames}-{run}", frames, heads))
                for run, heads in enumerate(COMPARED_HEADS)
            ]
            print_cost(folder, feeds, frames, rounds)


def print_cost(folder: Path, names: list[str], frames: int, rounds: int) -> None:
    """Watch runs for a while, and print what that takes."""
    with Terminal(objtui("watch", *names), folder) as terminal:
        terminal.read_until(b"scores at")
        terminal.read_for(8.0)
        cpu, seconds = terminal.cpu_s(), WINDOW_S * rounds
        sent = terminal.read_for(seconds)
        share = (terminal.cpu_s() - cpu) / seconds
        print(
            f"{frames:6}  {sent / seconds / 1000:6.1f}  {share * 100:13.1f}"
            f"  {terminal.resident_mb():13.0f}"
        )


@contextmanager
def fed(
    folder: Path, name: str, frames: int, heads: int = 3, *, live: bool = True
) -> Iterator[str]:
    """The name of a run that has so many frames; more come at the default rate while `live`."""
    feeder = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.feed", str(folder), name, str(frames), str(heads)],
        stdout=subprocess.PIPE,
    )
    try:
        assert feeder.stdout is not None
        feeder.stdout.readline()
        if not live:
            feeder.kill()
            feeder.wait()
        yield name
    finally:
        feeder.kill()
        feeder.wait()


def cursor(folder: Path, rounds: int) -> None:
    """From a key that moves the step cursor to its picture, over thousands of frames."""
    for heads in ((3,), COMPARED_HEADS):
        with ExitStack() as stack:
            names = [
                stack.enter_context(fed(folder, f"past-{len(heads)}-{run}", MANY, of, live=False))
                for run, of in enumerate(heads)
            ]
            with Terminal(objtui("watch", *names), folder) as terminal:
                terminal.read_until(b"scores at")
                terminal.read_for(10.0)  # it has read them all
                before, took = terminal.resident_mb(), []
                chance = random.Random(0)
                for _ in range(KEY_PRESSES):
                    # Ten steps at a time, from anywhere: most are not in memory.
                    terminal.type(f":{chance.randrange(20, MANY) * FRAME_STEPS}\r")
                    terminal.read_for(0.3)
                    pressed = time.monotonic()
                    terminal.type(SHIFT_LEFT)
                    took.append(terminal.read_until(b"at step ") - pressed)
                    terminal.read_for(0.1)
                cuts = statistics.quantiles(took, n=20)
                print(
                    f"{len(names)} of {MANY} frames: the cursor is moved after "
                    f"{statistics.median(took) * 1000:.0f} ms, p95 {cuts[-1] * 1000:.0f} ms; "
                    f"resident {before:.0f} MB, then {terminal.resident_mb():.0f} MB"
                )


def keys(folder: Path, rounds: int) -> None:
    """From a key to its picture, while the training goes at full speed."""
    chance, took = random.Random(0), []
    turn = curve_names(SCORE_NAMES)
    with training(folder) as path, Terminal(objtui("watch", str(path)), folder) as terminal:
        terminal.read_until(b" AP ")
        terminal.read_for(SETTLE_S)
        for press in range(1, KEY_PRESSES + 1):
            score = turn[press % len(turn)]
            pressed = time.monotonic()
            terminal.type("m")
            took.append(terminal.read_until(score.encode()) - pressed)
            terminal.read_for(chance.uniform(0.1, 0.5))
    cuts = statistics.quantiles(took, n=20)
    print(
        f"a key is painted after {statistics.median(took) * 1000:.0f} ms, "
        f"p95 {cuts[-1] * 1000:.0f} ms, of {len(took)}"
    )


def training_cost(folder: Path, rounds: int) -> None:
    """Steps per second with dashboards attached and without, window by window."""
    for viewers in (1, 2):
        with training(folder) as path, RunReader(path) as reader:
            time.sleep(SETTLE_S)
            ratios = []
            for _ in range(2 * rounds):
                alone = speed(reader)
                with ExitStack() as stack:
                    for _ in range(viewers):
                        terminal = Terminal(objtui("watch", str(path)), folder)
                        stack.enter_context(terminal).read_until(b" AP ")
                    terminal.read_for(SETTLE_S)
                    attached = speed(reader, terminal)
                ratios.append(1 - attached / ((alone + speed(reader)) / 2))
        print(
            f"{viewers} attached: training {statistics.median(ratios) * 100:+.1f} % slower, "
            f"quartiles {quartiles(ratios)}"
        )


def quartiles(ratios: list[float]) -> str:
    """The middle half of shares, in per cent."""
    low, _, high = statistics.quantiles(ratios, n=4)
    return f"{low * 100:+.1f} … {high * 100:+.1f} %"


def speed(reader: RunReader, terminal: Terminal | None = None) -> float:
    """Training steps per second in a window from now on."""
    first = reader.status()
    if terminal is None:
        time.sleep(WINDOW_S)
    else:
        terminal.read_for(WINDOW_S)
    last = reader.status()
    return (last.step - first.step) / (last.elapsed_s - first.elapsed_s)


@contextmanager
def training(folder: Path) -> Iterator[Path]:
    """A training of nuclei that goes on at full speed, stopped at the end."""
    subprocess.run(
        objtui("run", "nuclei", "--detach", "--set", "train.steps=10000000"),
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    path = find_run(folder / "runs", "last")
    try:
        yield path
    finally:
        with RunReader(path) as reader:
            stop(reader)


def stop(reader: RunReader) -> None:
    """Stop a run's training and wait for its end."""
    send_command(reader.path, "stop")
    while reader.status().state not in ENDED:
        time.sleep(0.1)


PARTS = dict(zip(PART_NAMES, (paint, steady, compared, cursor, keys, training_cost), strict=True))


def main() -> None:
    """Print the figures of the parts asked for, or of all."""
    parser = argparse.ArgumentParser(description="what the dashboard costs")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PART_NAMES))
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    for part in args.parts or PART_NAMES:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[part](Path(folder), args.rounds)


if __name__ == "__main__":
    main()
