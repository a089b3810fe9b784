"""Small data sets of the kinds that people have."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

NAMES = ("cell", "dust")


def picture(seed: int, boxes: list[tuple[int, int, int, int]]) -> Image.Image:
    """64 × 48 grey noise, brighter in the boxes."""
    pixels = np.random.default_rng(seed).integers(0, 90, (48, 64), dtype=np.uint8)
    for x, y, w, h in boxes:
        pixels[y : y + h, x : x + w] += 120
    return Image.fromarray(pixels)


def boxes_of(seed: int) -> list[tuple[int, int, int, int]]:
    """Two boxes in an image, x, y, width and height in pixels."""
    draw = np.random.default_rng(100 + seed).integers
    return [
        (int(draw(2, 12)), int(draw(2, 30)), 16, 14),
        (int(draw(34, 44)), int(draw(2, 30)), 14, 16),
    ]


def write_yolo(folder: Path, parts: dict[str, int]) -> Path:
    """images/PART and labels/PART of so many images; every first box is of class 0."""
    for part, count in parts.items():
        images, labels = folder / "images" / part, folder / "labels" / part
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for seed in range(count):
            boxes = boxes_of(seed)
            picture(seed, boxes).save(images / f"{seed}.png")
            lines = [
                f"{number} {(x + w / 2) / 64} {(y + h / 2) / 48} {w / 64} {h / 48}\n"
                for number, (x, y, w, h) in enumerate(boxes)
            ]
            (labels / f"{seed}.txt").write_text("".join(lines))
    return folder


def write_coco(file: Path, images: Path, count: int, names: tuple[str, ...] = NAMES) -> Path:
    """A COCO file and its images; the boxes of an image are of the categories in turn."""
    images.mkdir(parents=True, exist_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    annotations: list[dict[str, object]] = []
    for seed in range(count):
        boxes = boxes_of(seed)
        picture(seed, boxes).save(images / f"{seed}.png")
        annotations += [
            {
                "id": 2 * seed + number,
                "image_id": seed,
                "category_id": number % len(names),
                "bbox": box,
                "iscrowd": 0,
            }
            for number, box in enumerate(boxes)
        ]
    document = {
        "images": [
            {"id": seed, "file_name": f"{seed}.png", "width": 64, "height": 48}
            for seed in range(count)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in enumerate(names)],
    }
    file.write_text(json.dumps(document))
    return file


def write_rows(path: Path, rows: int, seed: int = 0) -> Path:
    """`features` (rows, 3), the first of which tells `targets`; an .npz or a .csv."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(rows, 3))
    targets = (generator.random(rows) < 1 / (1 + np.exp(1 - 3 * features[:, 0]))).astype(int)
    if path.suffix == ".npz":
        np.savez(path, features=features, targets=targets)
    else:
        table = np.column_stack([features, targets])
        np.savetxt(path, table, delimiter=",", header="a,b,c,label", comments="")
    return path


def write_logits(path: Path, rows: int) -> Path:
    """`logits` that are twice as large as they should be, and `targets`."""
    generator = np.random.default_rng(0)
    logits = 3 * generator.normal(size=rows) - 1
    targets = generator.random(rows) < 1 / (1 + np.exp(-logits / 2))
    np.savez(path, logits=logits, targets=targets)
    return path
