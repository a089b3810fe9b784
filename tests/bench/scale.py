"""Evaluation of ten million logits and the building of a million anchors.

    python -m tests.bench.scale [evaluate] [small] [build] [--rounds 5] [--markdown]

evaluate  scores and histograms of 10^7 logits of one member, on one thread, as a trainer does:
          the processor time of each part over that of reading the logits once from memory
          (their sum), and of compiled scores, each of which is timed in turn with the others
small     what an evaluation takes of three heads on as many rows as ordinary scenarios have, by
          operations of torch and by compiled scores in turn: processor time of the thread
build     10^6 anchors of source scenes by 1 worker and by 2: rows per second, and peak memory
          over the size of the finished matrix
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from objtui.engine.data import build_dataset
from objtui.engine.scoring.calibration import best_temperature, bin_sums, calibration_error
from objtui.engine.scoring.compiled_scores import CompiledScores, scores_program
from objtui.engine.scoring.logit_scores import Classes, histogram, row_scores, score_logits
from objtui.engine.scoring.ranking import average_precision_by_p, rank, sort_rows_
from objtui.engine.session import prepare
from objtui.engine.steps.compiled.compiler import Compiling
from objtui.engine.training import Training
from objtui.scenario.schema import Scenario, ScenesData
from objtui.trainer.environment import trainer_environment
from tests.bench.keeper import main_kept
from tests.bench.table import show, show_heading

LOGITS = 10_000_000
POSITIVE_SHARE = 0.02
OTHERS = 100_000_000
"""Numbers that push the logits out of every cache."""

IMAGES = 410
"""Scenes of the default size whose anchors are a million rows."""

WORKERS = (1, 2)
PART_NAMES = ("evaluate", "small", "build")
SMALL = ((2000, 1), (2000, 5), (20_000, 5))
"""Rows and seeds of small evaluations."""

ONE_BUILD, ONE_EVALUATION, SMALL_EVALUATIONS = "one-build", "one-evaluation", "small-evaluations"
"""Parts that run in processes of their own: for their peak memory, for their environment."""


def best_s(work: Callable[[], object], rounds: int) -> float:
    """Processor time of the fastest round: what else the machine does only ever adds time."""
    times = []
    for _ in range(rounds):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return min(times)


def read_s(logits: torch.Tensor, rounds: int) -> float:
    """Seconds to sum the logits once from memory: they are no longer in any cache."""
    others = torch.zeros(OTHERS)

    def cold() -> float:
        others.add_(1)
        return best_s(logits.sum, 1)

    return min(cold() for _ in range(rounds))


def evaluate(rounds: int, markdown: bool) -> None:
    """Print the time of every part of the scores, in the environment of a trainer."""
    command = [sys.executable, "-m", "tests.bench.scale", ONE_EVALUATION, "--rounds", str(rounds)]
    command += ["--markdown"] * markdown
    subprocess.run(command, env=trainer_environment(threads=1), check=True)


def one_evaluation(rounds: int, markdown: bool) -> None:
    """Print the time of every part of the scores that follow from logits."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    positive = rng.random(LOGITS) < POSITIVE_SHARE
    z = rng.standard_normal(LOGITS, dtype=np.float32) * 3 - 4 + 6 * positive.astype(np.float32)
    logits, target = torch.from_numpy(z)[None], torch.from_numpy(positive.astype(np.float32))
    classes = Classes.of(torch.from_numpy(positive), logits.dtype)
    positives = sort_rows_(logits.index_select(1, classes.positives))
    unsorted, room = logits.index_select(1, classes.negatives), classes.room(logits)
    negatives = sort_rows_(unsorted.clone())
    p_neg, p_pos = negatives.sigmoid(), positives.sigmoid()
    below = rank(positives, negatives).below
    counts = (histogram(negatives) + histogram(positives))[:, 1:-1]
    read = read_s(logits, 4 * rounds)
    print(f"{LOGITS:,} logits, {POSITIVE_SHARE:.0%} positive, float32, one thread\n")
    show_heading(["part"], ["ms", "reads"], markdown)
    parts: dict[str, Callable[[], object]] = {
        "one read": logits.sum,
        "taking the rows by class": lambda: torch.index_select(
            logits, 1, classes.negatives, out=room
        ),
        "sort": lambda: sort_rows_(room.copy_(unsorted)),
        "histograms, from the sorted logits": lambda: histogram(negatives),
        "`auc`, `ap`, `f1`, exact, ties handled": lambda: rank(positives, negatives),
        "p of the sorted logits": room.sigmoid_,
        "`ap_p`": lambda: average_precision_by_p(p_pos, p_neg, below, logits.dtype),
        "`ece`, `p_pos`, `p_neg`": lambda: calibration_error(bin_sums(p_neg), bin_sums(p_pos)),
        "`nll`, `brier`": lambda: row_scores(logits, target),
        "`temperature`": lambda: best_temperature(logits, target, counts),
        "all of it": lambda: score_logits(logits, target, classes, room=room),
    }
    with compiled_scores() as library:
        compiled = CompiledScores(library)
        parts["all of it, compiled"] = lambda: compiled.score(logits, target, classes, logits.dtype)
        times = [[best_s(work, 1) for work in parts.values()] for _ in range(rounds)]
    for name, *of_rounds in zip(parts, *times, strict=True):
        seconds = min(of_rounds)
        show([name, f"{seconds * 1e3:.1f}", f"{seconds / read:.0f}"], markdown)


@contextmanager
def compiled_scores() -> Iterator[Path]:
    """The library of the program of scores; RuntimeError where it cannot be compiled."""
    compiling = Compiling(scores_program())
    try:
        library = compiling.library()
        if isinstance(library, str):
            raise RuntimeError(library)
        yield library
    finally:
        compiling.close()


def small(rounds: int, markdown: bool) -> None:
    """Print the time of small evaluations, in the environment of a trainer."""
    command = [sys.executable, "-m", "tests.bench.scale", SMALL_EVALUATIONS]
    command += ["--rounds", str(rounds), *["--markdown"] * markdown]
    subprocess.run(command, env=trainer_environment(threads=1), check=True)


def small_evaluations(rounds: int, markdown: bool) -> None:
    """Print the time of evaluations of a few thousand rows, by torch and compiled in turn."""
    torch.set_num_threads(1)
    print()
    show_heading(["rows", "heads × seeds"], ["ms", "ms, compiled"], markdown)
    for rows, seeds in SMALL:
        scenario = Scenario.model_validate(
            {
                "title": "small",
                "data": {"source": "gaussians", "train_rows": 1000, "val_rows": rows},
                "train": {"steps": 100, "seeds": seeds, "compile": "never"},
                "heads": [{"name": loss, "loss": loss} for loss in ("bce", "mse", "focal")],
            }
        )
        with compiled_scores() as library:
            plain, compiled = (prepare(scenario, Path()).training for _ in range(2))
            assert isinstance(plain, Training)
            assert isinstance(compiled, Training)
            compiled._evaluator.use(library)
            times = [
                [best_s(each._evaluator.measure, 1) for each in (plain, compiled)]
                for _ in range(20 * rounds)
            ]
        cells = [f"{min(of_one) * 1e3:.1f}" for of_one in zip(*times, strict=True)]
        show([f"{rows:,}", f"3 × {seeds}", *cells], markdown)


def build(rounds: int, markdown: bool) -> None:
    """Print the speed and memory of a building by so many workers, each time in a new process."""
    print()
    show_heading(["workers"], ["rows", "rows/s", "peak memory over the matrix"], markdown)
    for workers in WORKERS * rounds:
        command = [sys.executable, "-m", "tests.bench.scale", ONE_BUILD]
        command += ["--markdown"] * markdown
        environment = os.environ | {"OMP_NUM_THREADS": str(workers)}
        subprocess.run(command, env=environment, check=True)


def one_build(rounds: int, markdown: bool) -> None:
    """Build a million anchors with OMP_NUM_THREADS workers and print what it took."""
    data = ScenesData(source="scenes", train_images=IMAGES, val_images=0)
    build_dataset(data.model_copy(update={"train_images": 2}), Path(), torch.float32)
    before, began = peak_bytes(), time.perf_counter()
    features = build_dataset(data, Path(), torch.float32).train.features
    seconds = time.perf_counter() - began
    memory = (peak_bytes() - before) / features.nbytes
    rows = len(features)
    cells = [str(torch.get_num_threads()), f"{rows}", f"{rows / seconds:.0f}", f"{memory:.2f}"]
    show(cells, markdown)


def peak_bytes() -> int:
    """The most resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # the other figure is no less than what the parent had at the start
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert peak is not None
        return int(peak[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


PARTS = {
    "evaluate": evaluate,
    "small": small,
    "build": build,
    ONE_BUILD: one_build,
    ONE_EVALUATION: one_evaluation,
    SMALL_EVALUATIONS: small_evaluations,
}


def main() -> None:
    """Print the figures of the parts asked for, or of all."""
    parser = argparse.ArgumentParser(description="evaluation and data at scale")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PART_NAMES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    for part in args.parts or PART_NAMES:
        PARTS[part](args.rounds, args.markdown)


if __name__ == "__main__":
    main_kept("tests.bench.scale", main)
