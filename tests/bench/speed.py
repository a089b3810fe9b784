"""Population steps of the stacked engine against its peers, all in the same rounds.

    python -m tests.bench.speed [--quick] [--threads 1 2] [--device cpu]
                                [--peers loops vmap compiled] [--compiled] [--jax PYTHON]
                                [--rounds 5] [--clock wall] [--markdown]

Each trains three heads (BCE, CE, MSE) with AdamW on the same 20 000 rows of 32
features and keeps the loss of every step; a population step advances every head
and seed once. Peers: hand-written PyTorch loops, torch.func vmap over seeds, the
same under torch.compile, and JAX lax.scan, compiled, run by the interpreter that
--jax names. A ratio is the median over rounds of the peer's time over the engine's
in the same round; with --compiled a second one is over that of its compiled steps, in
the cases in which a long training compiles them; on a CUDA device these are recorded
ones, in every case. The floor is what products and memory alone would take here.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import torch

from objtui.engine.data.dataset import Rows
from objtui.engine.model.backbones import make_backbone
from objtui.engine.schedule import Costs, is_compiled
from tests.bench.cases import (
    CLOCKS,
    FEATURES,
    ROWS,
    Case,
    Clock,
    cases,
    make_rows,
    scenario_of,
    stacked,
    step_seconds,
)
from tests.bench.floor import Machine
from tests.bench.keeper import main_kept
from tests.bench.peer import make_members
from tests.bench.table import show, show_heading
from tests.bench.vmap_peer import VmapPeer

ENGINES = ("engine", "compiled steps")
PEERS = ("loops", "vmap", "compiled")
GOALS = {
    (None, 64): {1: 10, 8: 80, 32: 250},
    (None, 512): {1: 7, 8: 50},
    (64, 64): {1: 7, 8: 24},
    (64, 512): {1: 3, 8: 3},
}
"""Least ratios to hand-written loops on one thread, by backbone and batch, then seeds."""

GPU_GOALS = {8: 20}
"""The same on a CUDA device, by seeds."""

ROUND_S = 0.25
"""Time of each in one round, at least."""

Timed = Callable[[float], float]
"""Trains for about so many seconds; → seconds of a step."""


class Setting(NamedTuple):
    """What is the same for everyone."""

    optimizer: str
    clock: Clock
    device: str


def engine(rows: Rows, case: Case, setting: Setting, *, compiled: bool = False) -> Timed:
    """The stacked engine, or its compiled steps, as a training takes them that is long enough."""
    training = stacked(rows, case, setting.optimizer, compiled=compiled, device=setting.device)
    events = training.events()
    while not training.step:  # whatever is compiled has taken over behind it
        next(events)

    def advance(events: object = events) -> int:
        training.advance(training.chunk_steps)
        return training.chunk_steps

    return lambda seconds: step_seconds(advance, seconds, setting.clock)


def loops(rows: Rows, case: Case, setting: Setting) -> Timed:
    """Hand-written loops, a model a head and seed."""
    members = make_members(
        case.seeds, FEATURES, case.hidden, case.batch, setting.optimizer, setting.device
    )
    features, targets = rows.features.to(setting.device), rows.targets.to(setting.device)

    def advance() -> int:
        for member in members:
            member.step(features, targets)
        return 1

    return lambda seconds: step_seconds(advance, seconds, setting.clock)


def vmap(rows: Rows, case: Case, setting: Setting, *, compiled: bool = False) -> Timed:
    """torch.func over stacked seeds."""
    peer = VmapPeer(rows, case, setting.optimizer, setting.device, compiled=compiled)
    return lambda seconds: step_seconds(peer.step, seconds, setting.clock)


@contextmanager
def jax(python: str, case: Case, threads: int, clock: str) -> Iterator[Timed]:
    """JAX in a process of its own; it has the processor while this one waits for it."""
    sizes = (case.hidden or 0, case.batch, case.seeds, threads, ROWS, FEATURES)
    command = [python, str(Path(__file__).with_name("jax_peer.py")), *map(str, sizes), clock]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        send, answers = process.stdin, process.stdout

        def timed(seconds: float) -> float:
            print(seconds, file=send, flush=True)
            return float(answers.readline())

        try:
            yield timed
        finally:
            process.kill()


class Measured(NamedTuple):
    """Seconds of a step by who took it, one entry a round, and cores that the engine used."""

    seconds: dict[str, list[float]]
    cores: float

    def micros(self, name: str) -> str:
        """Median of a step, in microseconds; empty where it has none."""
        if name not in self.seconds:
            return ""
        return f"{statistics.median(self.seconds[name]) * 1e6:.0f}"

    def ratios(self, peer: str) -> str:
        """Median ratios of a peer to the engine, and to its compiled steps."""
        engines = [name for name in ENGINES if name in self.seconds]
        pairs = [zip(self.seconds[peer], self.seconds[name], strict=True) for name in engines]
        return " / ".join(f"{statistics.median(a / b for a, b in each):.1f}" for each in pairs)


def compiles(case: Case) -> bool:
    """Whether a training of the case compiles its steps by itself, if it is only long enough."""
    scenario = scenario_of(case, steps=10**9)
    costs = Costs.of(scenario, make_backbone(scenario.model, (FEATURES,)), case.batch, ROWS)
    return is_compiled(scenario.train, costs)


def measure(rows: Rows, case: Case, threads: int, args: argparse.Namespace) -> Measured:
    """Time everyone, in rounds."""
    setting = Setting(args.optimizer, CLOCKS[args.clock], args.device)
    with ExitStack() as stack:
        timed = {"engine": engine(rows, case, setting)}
        if args.compiled and (args.device != "cpu" or compiles(case)):
            timed["compiled steps"] = engine(rows, case, setting, compiled=True)
        if "loops" in args.peers:
            timed["loops"] = loops(rows, case, setting)
        if "vmap" in args.peers:
            timed["vmap"] = vmap(rows, case, setting)
        if "compiled" in args.peers:
            timed["compiled"] = vmap(rows, case, setting, compiled=True)
        if args.jax:
            timed["jax"] = stack.enter_context(jax(args.jax, case, threads, args.clock))
        for each in timed.values():
            each(ROUND_S)  # compiles, and warms the caches
        cores = []
        seconds: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(args.rounds):
            for name, each in timed.items():
                wall, cpu = time.perf_counter(), time.process_time()
                seconds[name].append(each(ROUND_S))
                if name == "engine":
                    cores.append((time.process_time() - cpu) / (time.perf_counter() - wall))
    return Measured(seconds, statistics.median(cores))


def main() -> None:
    """Print the table of every case, for each number of threads."""
    parser = argparse.ArgumentParser(description="the engine against its peers")
    parser.add_argument("--quick", action="store_true", help="fewer batches and seeds")
    parser.add_argument("--optimizer", choices=["sgd", "adam", "adamw"], default="adamw")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--device", default="cpu", help="cpu or cuda; jax takes its own")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=["loops"])
    parser.add_argument("--compiled", action="store_true", help="the compiled steps, too")
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has jax")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", module="torch")
    rows = make_rows()
    peers = [name for name in PEERS if name in args.peers] + (["jax"] if args.jax else [])
    if args.device != "cpu":
        torch.cuda.set_device(args.device)
    for threads in args.threads:
        torch.set_num_threads(threads)
        machine = Machine.measure(args.device)
        print(
            f"torch {torch.__version__}, {args.device}, {threads} thread{'s' * (threads > 1)}, "
            f"{args.optimizer}, {args.clock} time; "
            f"{machine.flops / 1e9:.0f} GFLOP/s, {machine.bytes_per_s / 1e9:.0f} GB/s\n"
        )
        engines = ENGINES[: 1 + args.compiled]
        figures = [f"{name} µs" for name in engines] + ["floor µs", "cores", *peers, "goal"]
        show_heading(["backbone", "batch", "seeds"], figures, args.markdown)
        for case in cases(args.quick):
            measured = measure(rows, case, threads, args)
            goal = GOALS.get((case.hidden, case.batch), {}).get(case.seeds, "")
            if args.device != "cpu":
                goal = GPU_GOALS.get(case.seeds, "")
            figures = [measured.micros(name) for name in engines]
            figures += [f"{machine.floor_s(case) * 1e6:.1f}", f"{measured.cores:.1f}"]
            shown = [measured.ratios(name) for name in peers]
            show([*case.names, *figures, *shown, str(goal if threads == 1 else "")], args.markdown)
        print()


if __name__ == "__main__":
    main_kept("tests.bench.speed", main)
