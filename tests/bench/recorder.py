"""What a recorder costs a training loop: steps with one and without, in turns.

The loop is a torch network whose step is about as long as asked for. Turns of both kinds alternate
and the ratio is that of their medians, so that a busy machine weighs on both alike.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable

import torch
from torch import nn

import objtui

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
    parser.add_argument("--width", type=int, default=128, help="hidden neurons")
    parser.add_argument("--turns", type=int, default=12, help="turns of each kind")
    parser.add_argument("--turn-s", type=float, default=2.0, help="seconds of a turn")
    args = parser.parse_args()
    torch.set_num_threads(1)
    step = loop(args.width)
    number = 0
    seconds: dict[bool, list[float]] = {False: [], True: []}
    with (
        tempfile.TemporaryDirectory() as runs,
        objtui.Recorder("bench", runs=runs, strict=True) as recorder,
    ):
        for turn in range(2 * args.turns + 2):
            with_one = turn % 2 == 1
            began, first = time.thread_time(), number
            until = time.perf_counter() + args.turn_s
            while time.perf_counter() < until:
                number += 1
                step(number, recorder if with_one else None)
            if turn > 1:
                seconds[with_one].append((time.thread_time() - began) / (number - first))
    bare, recorded = (statistics.median(seconds[kind]) for kind in (False, True))
    print(f"step {1e3 * bare:.2f} ms, recorded {1e3 * recorded:.2f} ms", end="; ")
    print(f"ratio {recorded / bare:.4f}, goal {GOAL}")


if __name__ == "__main__":
    main()
