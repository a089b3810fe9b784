"""A one-class detector of one's own, recorded: a convolution that gives a logit to every cell."""

from __future__ import annotations

import sys

import torch
from torch import Tensor, nn

import objtui

CELL = 8


def scenes(count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Noisy pictures of bright squares, and which of their cells holds the middle of one."""
    pictures = torch.randn(count, 1, 64, 64, generator=random) * 0.3
    targets = torch.zeros(count, 1, 8, 8)
    for picture, target in zip(pictures[:, 0], targets[:, 0], strict=True):
        for row, column in torch.randint(0, 7, (3, 2), generator=random).tolist():
            picture[row * CELL : row * CELL + 9, column * CELL : column * CELL + 9] += 1
            target[row, column] = 1
    return pictures, targets


def main(steps: int, name: str = "cells") -> str:
    random = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    pictures, targets = scenes(256, random)
    unseen, truth = scenes(64, random)
    trunk = nn.Conv2d(1, 16, CELL, CELL)
    detector = nn.Sequential(trunk, nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(detector.parameters(), lr=3e-3)
    with objtui.Recorder(name, steps=steps, title="Squares on noise") as recorder:
        for step in range(1, steps + 1):
            batch = torch.randint(0, len(pictures), (16,), generator=random)
            z = detector(pictures[batch])
            loss = criterion(z, targets[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if not recorder.train(step, loss=loss, logits=z, targets=targets[batch]):
                break
            if step % 20 == 0:
                with torch.no_grad(), recorder.evaluation(step) as evaluation:
                    evaluation.update(detector(unseen), truth)
                recorder.log(step, recall=evaluation.compute()["recall"])
    return str(recorder.path)


if __name__ == "__main__":
    print(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
