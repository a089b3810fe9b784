"""What a recorder costs a training loop: steps with one and without, in turns.

The loop is a torch network whose step is about as long as asked for. Turns of both kinds come in
pairs, in an order by chance, so that a busy machine weighs on both alike.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable

import torch
from torch import nn

import objtui
from tests.bench.keeper import main_kept
from tests.bench.table import show, show_heading

GOAL = 1.02
ROWS, WIDTH = 134_400, 64
"""Logits of a batch: 16 pictures of 8400 anchors."""


def loop(width: int) -> Callable[[int, objtui.Recorder | None], None]:
    """A step of a training, by its number: `width` decides how long it is."""
    torch.manual_seed(0)
    x = torch.randn(ROWS // 64, WIDTH)
    t = (torch.rand(ROWS // 64, 64) < 0.01).float()
    model = nn.Sequential(nn.Linear(WIDTH, width), nn.ReLU(), nn.Linear(width, 64))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.BCEWithLogitsLoss()

    def step(number: int, recorder: objtui.Recorder | None) -> None:
        z = model(x)
        loss = criterion(z, t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if recorder is not None:
            recorder.train(number, loss=loss, logits=z, targets=t)

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=480, help="hidden neurons")
    parser.add_argument("--turns", type=int, default=40, help="turns of each kind")
    parser.add_argument("--turn-s", type=float, default=1.2, help="seconds of a turn")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    step = loop(args.width)
    order = random.Random(0)
    number = 0
    pairs: list[dict[bool, float]] = []  # seconds of a step, with a recorder and without
    with (
        tempfile.TemporaryDirectory() as runs,
        objtui.Recorder("bench", runs=runs, strict=True) as recorder,
    ):
        for turn in range(args.turns + 1):
            pair: dict[bool, float] = {}
            for with_one in order.sample((False, True), 2):
                began, first = time.perf_counter(), number
                while time.perf_counter() < began + args.turn_s:
                    number += 1
                    step(number, recorder if with_one else None)
                pair[with_one] = (time.perf_counter() - began) / (number - first)
            if turn:  # the first warms up
                pairs.append(pair)
    bare, recorded = (statistics.mean(pair[kind] for pair in pairs) for kind in (False, True))
    ratio = statistics.median(pair[True] / pair[False] for pair in pairs)
    figures = ["step ms", "recorded ms", "ratio of means", "median of ratios", "goal"]
    show_heading(["logits of a step"], figures, args.markdown)
    cells = [f"{1e3 * bare:.2f}", f"{1e3 * recorded:.2f}", f"{recorded / bare:.3f}"]
    show([f"{ROWS:,}".replace(",", " "), *cells, f"{ratio:.3f}", f"{GOAL}"], args.markdown)


if __name__ == "__main__":
    main_kept("tests.bench.recorder", main)
