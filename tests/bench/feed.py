"""A run that goes on at the default rate after any number of frames, without a training.

    python -m tests.bench.feed FOLDER NAME FRAMES [HEADS]

It writes the frames of a made-up training of three heads, or of so many, in no time, says so in
a line,
and then a live frame four times a second until it is ended.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from objtui.measures.frames import Frame
from objtui.measures.histogram import CELLS, count_logits
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.names import reserve
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader
from objtui.runfile.writer import RunWriter

HEADS = ("bce", "ce", "mse", "focal", "bce-2", "ce-2", "mse-2", "focal-2")
USUAL_HEADS = 3
SEEDS = 5
PATTERNS = 64
"""Frames that differ; they take turns."""

LIVE_S = 0.25
STEPS_A_FRAME = 20


def header(run: str, heads: int) -> RunHeader:
    """What the made-up run of so many heads says of itself."""
    return RunHeader(
        run=run,
        scenario="made-up.toml",
        title="A made-up training",
        question="What does the dashboard cost?",
        device="cpu",
        dtype="float32",
        threads=1,
        steps=10**6,
        seeds=tuple(range(SEEDS)),
        heads=tuple(HeadInfo(name, name, 1 + (name == "ce"), "bce") for name in HEADS[:heads]),
        train=RowCounts(4631, 260),
        val=RowCounts(4809, 182),
        features=145,
        claims=(("Two neurons give the same scores as one", "ce.gap < 1e-2"),),
        score_names=SCORE_NAMES,
        versions={},
        created_at=time.time(),
    )


def patterns(heads: int) -> list[Frame]:
    """Frames of a training that moves slowly, as one does but for its first steps.

    The same rows drift apart by a hundredth of a logit a frame; scores change by
    a thousandth, and seeds differ by a hundredth.
    """
    chance = np.random.default_rng(0)
    rows = {0: chance.normal(-8, 4, 4627), 1: chance.normal(4, 3, 182)}
    spread = chance.normal(0, 0.01, (heads, SEEDS, len(SCORE_NAMES)))
    diverged = np.zeros((heads, SEEDS), dtype=bool)
    frames = []
    for turn in range(PATTERNS):
        moved = abs(turn - PATTERNS / 2)
        counts = np.zeros((heads, SEEDS, 2, CELLS), dtype=np.int64)
        for seed in range(SEEDS):
            for label, logits in rows.items():
                counts[:, seed, label] = count_logits(logits * (1 + moved / 800) + seed / 10)
        scores = 0.5 + moved / 1000 + spread
        frames.append(Frame(0, 0.0, True, diverged, scores, counts))
    return frames


def main(folder: Path, name: str, frames: int, heads: int = USUAL_HEADS) -> None:
    """Write the frames, then go on at the default rate for ever."""
    (folder / "runs").mkdir(exist_ok=True)
    run, path = reserve(folder / "runs", "made-up.toml", name)
    with RunWriter(path, header(run, heads), "", "{}") as writer:
        writer.set_status(state="running")
        turns = patterns(heads)
        number, began = 0, time.monotonic()
        while True:
            live = number >= frames
            if number == frames:
                print("the frames are there", flush=True)
            if live:
                time.sleep(LIVE_S)
            frame = turns[number % PATTERNS if live else number * PATTERNS // frames]
            step, seconds = number * STEPS_A_FRAME, time.monotonic() - began
            writer.append_frame(replace(frame, step=step, elapsed_s=seconds, scheduled=not live))
            number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
