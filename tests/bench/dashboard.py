"""What the dashboard costs, measured on the real program in a pseudo-terminal of 120x40.

    python -m tests.bench.dashboard [paint] [steady] [compared] [cursor] [keys] [attached]
                                    [--rounds 5] [--pairs 10] [--markdown]

paint     start of `run` and of `watch` to first paint, and to the first picture with data in it,
          in turn with an empty Textual app; and from the trainer's first frame to its picture
steady    bytes to the terminal and share of a core at the default rate, for a run of a few
          frames and for one of thousands; resident memory
compared  the same for eight heads of three runs side by side
cursor    from a key that moves the step cursor to its picture, over thousands of frames, of one
          run that has ended and of three side by side; resident memory before and after
keys      from a key to its picture while a training goes at full speed: over that training and
          a run that has ended in turn, and for every key that changes what is on the screen over
          a run of three heads and over three runs that have ended
attached  steps per second with one dashboard attached, and with two at once, each in so many
          pairs with none, in windows of one training
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from compileall import compile_dir
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from objtui.measures.scores import SCORE_NAMES, curve_names
from objtui.runfile.commands import send_command
from objtui.runfile.find import find_run
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED
from tests.bench.keeper import main_kept
from tests.bench.table import show, show_heading
from tests.bench.terminal import Terminal, objtui

PART_NAMES = ("paint", "steady", "compared", "cursor", "keys", "attached")
FEW, MANY = 50, 5_000
"""Frames of the two runs that `steady` compares."""

COMPARED_HEADS = (3, 3, 2)
"""Heads of the runs that are compared."""

SHIFT_LEFT = "\x1b[1;2D"
FRAME_STEPS = 20

SCORE = b" AP "
"""In every picture of a run that has been measured."""

KEY_PRESSES = 100

LAYOUT_KEYS = ("1", "2", "3", "-", "o", "c", "g", "t", "\r")
"""Keys that bring panels into sight or give them another size; each is pressed twice."""

OTHER_KEYS = ("d", "h", "z", "y", "x", "m", "s", "w", "S", "\t")
"""Keys that draw panels anew where they are."""

FIRST_VIEW = "R"
SPELT = {"\r": "enter", "\t": "tab"}
WINDOW_S = 6.0
SETTLE_S = 1.5
TURN_S = 0.05

EMPTY_APP = """
from textual.app import App, ComposeResult
from textual.widgets import Static
class Empty(App):
    def compose(self) -> ComposeResult:
        yield Static("painted " * 12)
Empty().run()
"""


class Figure(NamedTuple):
    """A line of the table."""

    what: str
    bound: str
    measured: str


def paint(folder: Path, rounds: int) -> Iterator[Figure]:
    """Start to first paint and first data, ours and an empty app's in turn; frame to picture."""
    compile_dir(str(files("objtui")), quiet=1)  # as an installed one is, and Textual
    late: list[float] = []
    for command in (("run", "nuclei"), ("watch", "last")):
        ours, drawn, theirs = [], [], []
        for _ in range(rounds):
            with Terminal([sys.executable, "-c", EMPTY_APP], folder) as empty:
                theirs.append(empty.read_until_painted() - empty.started)
            with Terminal(objtui(*command), folder) as terminal:
                ours.append(terminal.read_until_painted() - terminal.started)
                drawn.append(terminal.read_until(SCORE) - terminal.started)
                if command[0] == "run":
                    late.append(first_picture_s(terminal, folder, drawn[-1]))
        start = f"start of `{command[0]}` to"
        yield Figure(
            f"{start} first paint, in ratio to an empty Textual app in turn",
            "1.5",
            in_ratio(ours, theirs),
        )
        yield Figure(f"{start} the first picture with data", "", in_ratio(drawn, theirs))
    yield Figure("from the trainer's first frame to its picture", "1 s", f"{max(late):.2f} s")


def in_ratio(ours: list[float], theirs: list[float]) -> str:
    """The median of ratios, and the medians in seconds."""
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return f"{ratio:.2f} ({statistics.median(ours):.2f} s, {statistics.median(theirs):.2f} s)"


def first_picture_s(terminal: Terminal, folder: Path, drawn_s: float) -> float:
    """Seconds from the first frame of the last run to its picture; the run is stopped.

    `drawn_s`: seconds from the start of the program to the picture.
    """
    shown = time.time() - time.monotonic() + terminal.started + drawn_s
    if terminal.has_mapped("torch"):
        raise RuntimeError("the dashboard has torch loaded")
    with RunReader(find_run(folder / "runs", "last")) as reader:
        measured = first_frame_at(reader)
        stop(reader)
    return shown - measured


def first_frame_at(reader: RunReader) -> float:
    """When the trainer measured its first frame, by time.time()."""
    status = reader.status()
    return status.heartbeat_at - status.elapsed_s


def steady(folder: Path, rounds: int) -> Iterator[Figure]:
    """Bytes and processor of the dashboard, on a run of few frames and one of many."""
    for frames in (FEW, MANY):
        with fed(folder, f"of-{frames}", frames) as name:
            yield cost(folder, [name], f"a run of {frames} frames", rounds)


def compared(folder: Path, rounds: int) -> Iterator[Figure]:
    """Bytes and processor of the dashboard, on eight heads of three runs."""
    for frames in (FEW, MANY):
        with ExitStack() as stack:
            feeds = [
                stack.enter_context(fed(folder, f"{heads}-of-{frames}-{run}", frames, heads))
                for run, heads in enumerate(COMPARED_HEADS)
            ]
            yield cost(folder, feeds, f"eight heads of three runs of {frames} frames", rounds)


def cost(folder: Path, names: list[str], what: str, rounds: int) -> Figure:
    """What watching runs for a while takes."""
    with Terminal(objtui("watch", *names), folder) as terminal:
        terminal.read_until(b"scores at")
        terminal.read_for(8.0)
        cpu, seconds = terminal.cpu_s(), WINDOW_S * rounds
        sent = terminal.read_for(seconds)
        share = (terminal.cpu_s() - cpu) / seconds
        taken = f"{sent / seconds / 1000:.1f} KB/s; {share * 100:.1f} %"
        return Figure(
            f"to the terminal, and of one core, at the default rate: {what}",
            "20 KB/s; 10 %",
            f"{taken} (resident {terminal.resident_mb():.0f} MB)",
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


def cursor(folder: Path, rounds: int) -> Iterator[Figure]:
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
                after = terminal.resident_mb()
                yield Figure(
                    f"the step cursor over {MANY} frames, of {len(names)} side by side, p95",
                    "50 ms",
                    f"{p95_ms(took)}, resident {before:.0f}, then {after:.0f} MB",
                )


def keys(folder: Path, rounds: int) -> Iterator[Figure]:
    """From a key to its picture: over a training at full speed and an ended run, in turn."""
    chance = random.Random(0)
    turn = curve_names(SCORE_NAMES)
    with (
        fed(folder, "ended", FEW, live=False) as name,
        training(folder) as path,
        Terminal(objtui("watch", str(path)), folder) as busy,
        Terminal(objtui("watch", name), folder) as idle,
    ):
        terminals = {"a training at full speed": busy, "a run that has ended": idle}
        took: dict[str, list[float]] = {over: [] for over in terminals}
        for terminal in terminals.values():
            terminal.read_until_painted()
            terminal.read_for(2 * SETTLE_S)
        for press in range(1, KEY_PRESSES + 1):
            score = turn[press % len(turn)]
            for over, terminal in terminals.items():
                terminal.read_for(chance.uniform(0.1, 0.5))
                pressed = time.monotonic()
                terminal.type("m")
                took[over].append(terminal.read_until(score.encode()) - pressed)
    for over, seconds in took.items():
        yield Figure(f"from m to its picture over {over}, p95", "50 ms", p95_ms(seconds))
    with training(folder):
        for heads in ((3,), COMPARED_HEADS):
            with ExitStack() as stack:
                names = [
                    stack.enter_context(fed(folder, f"{len(heads)}-{run}", FEW, of, live=False))
                    for run, of in enumerate(heads)
                ]
                terminal = stack.enter_context(Terminal(objtui("watch", *names), folder))
                yield from every_key(terminal, len(names), rounds)


def every_key(terminal: Terminal, runs: int, rounds: int) -> Iterator[Figure]:
    """From each key to the last byte of its picture: over runs that have ended nothing else comes.

    Half of the presses bring something up, the others put it away again.
    """
    terminal.read_until_painted()
    terminal.read_for(4 * SETTLE_S)
    for kind, pressed in (("change the layout", LAYOUT_KEYS), ("draw anew", OTHER_KEYS)):
        took: dict[str, list[float]] = {key: [] for key in pressed}
        for _ in range(max(4, rounds)):
            for key in pressed:
                terminal.type(FIRST_VIEW)
                terminal.read_until_quiet()
                for _ in range(2):
                    began = time.monotonic()
                    terminal.type(key)
                    shown = terminal.read_until_quiet()
                    if shown is not None:
                        took[key].append(shown - began)
        unseen = [SPELT.get(key, key) for key, seconds in took.items() if len(seconds) < 2]
        if unseen:
            raise RuntimeError(f"nothing is drawn upon {', '.join(unseen)}")
        slowest = max(took, key=lambda key: statistics.median(took[key]))
        yield Figure(
            f"from keys that {kind} to their pictures over {runs} ended, a training beside, p95",
            "50 ms",
            f"{p95_ms([each for seconds in took.values() for each in seconds])}, "
            f"slowest {SPELT.get(slowest, slowest)}: {p95_ms(took[slowest])}",
        )


def p95_ms(seconds: list[float]) -> str:
    """The 95th percentile, and the median."""
    high = statistics.quantiles(seconds, n=20)[-1]
    return f"{high * 1000:.0f} ms (median {statistics.median(seconds) * 1000:.0f} ms)"


def attached(folder: Path, pairs: int) -> Iterator[Figure]:
    """Steps per second with dashboards attached and without, window by window.

    What is attached is compared with the mean of the windows before and after it, so that a drift
    of the machine cancels.
    """
    for viewers in (1, 2):
        with training(folder) as path, RunReader(path) as reader:
            time.sleep(SETTLE_S)
            ratios, before = [], speed(reader)
            for _ in range(max(2, pairs)):
                with ExitStack() as stack:
                    terminals = [
                        stack.enter_context(Terminal(objtui("watch", str(path)), folder))
                        for _ in range(viewers)
                    ]
                    for terminal in terminals:
                        terminal.read_until(b" AP ")
                    read_all(terminals, SETTLE_S)
                    watched = speed(reader, terminals)
                after = speed(reader)
                ratios.append(1 - watched / ((before + after) / 2))
                before = after
        yield Figure(
            f"training slower with {viewers} attached, in {len(ratios)} pairs with none",
            "3 %",
            f"{statistics.median(ratios) * 100:+.1f} % (quartiles {quartiles(ratios)})",
        )


def quartiles(ratios: list[float]) -> str:
    """The middle half of shares, in per cent."""
    low, _, high = statistics.quantiles(ratios, n=4)
    return f"{low * 100:+.1f} … {high * 100:+.1f} %"


def read_all(terminals: Sequence[Terminal], seconds: float) -> None:
    """Read what comes to all of them in that time: a dashboard that nobody reads would wait."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for terminal in terminals:
            terminal.read_for(TURN_S)
        if not terminals:
            time.sleep(TURN_S)


def speed(reader: RunReader, terminals: Sequence[Terminal] = ()) -> float:
    """Training steps per second in a window from now on."""
    first = reader.status()
    read_all(terminals, WINDOW_S)
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


PARTS = dict(zip(PART_NAMES, (paint, steady, compared, cursor, keys, attached), strict=True))


def main() -> None:
    """Print the figures of the parts asked for, or of all."""
    parser = argparse.ArgumentParser(description="what the dashboard costs")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PART_NAMES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=10, help="of `attached`")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    show_heading(["what", "bound"], ["measured"], args.markdown)
    for part in args.parts or PART_NAMES:
        times = args.pairs if part == "attached" else args.rounds
        with tempfile.TemporaryDirectory() as folder:
            for figure in PARTS[part](Path(folder), times):
                show(figure, args.markdown)


if __name__ == "__main__":
    main_kept("tests.bench.dashboard", main)
