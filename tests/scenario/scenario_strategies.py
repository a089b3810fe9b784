"""Scenarios of every shape that can be loaded, for tests that hold for all of them."""

from __future__ import annotations

from math import prod
from typing import Any

from hypothesis import strategies as st

from objtui.scenario.schema import Scenario

positive = st.floats(1e-12, 1e6)
side = st.floats(1, 1e6)
share = st.floats(0, 1)
open_share = st.floats(1e-6, 0.999)
momentum = st.floats(0, 0.999)
count = st.integers(1, 10**6)
text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
word = text.filter(bool)


def table(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table with all required and some optional keys."""
    return st.fixed_dictionaries(required, optional=optional)


listed_anchors = table(
    {},
    {
        "stride": count,
        "sizes": st.lists(side | st.tuples(side, side).map(list), min_size=1, max_size=3),
        "positive_iou": st.floats(0.5, 1),
        "negative_iou": st.floats(0, 0.3),
    },
)
anchors = listed_anchors | table(
    {"sizes": st.just("auto"), "per_object": st.integers(1, 9)},
    {"stride": count, "count": st.integers(1, 100)},
)
images = table({"images": word, "annotations": word}, {})
anchored = {
    "missing": st.floats(0, 0.99),
    "background_images": st.integers(0, 99),
    "seed": st.integers(0, 2**63 - 1),
    "anchors": anchors,
    "objectness": st.sampled_from(["hard", "iou"]),
    "crop": count,
}


@st.composite
def points(draw: st.DrawFn) -> dict[str, Any]:
    """Rows of one length, a target each."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    row = st.lists(st.floats(-1e9, 1e9), min_size=columns, max_size=columns)
    return {
        "source": "points",
        "features": draw(st.lists(row, min_size=rows, max_size=rows)),
        "targets": draw(st.lists(share, min_size=rows, max_size=rows)),
    }


drawn_rows = {"train_rows": count, "val_rows": st.integers(0, 99), "dim": count}
data_tables = st.one_of(
    points(),
    table(
        {"source": st.just("gaussians")},
        {**drawn_rows, "label_flip": share, "separation": positive, "positive_share": open_share},
    ),
    table({"source": st.just("logistic")}, {**drawn_rows, "slope": st.floats(-99, 99)}),
    table(
        {"source": st.just("table"), "train": st.sampled_from(["a.npz", "b/c.safetensors"])},
        {"features": st.just("x"), "targets": st.just("y"), "val_share": open_share},
    ),
    table(
        {"source": st.just("table"), "train": st.sampled_from(["a.csv", "c.parquet", "ü.CSV"])},
        {
            "features": st.lists(st.text("xyz", min_size=1), min_size=1, max_size=3, unique=True),
            "val": st.just("v.csv"),
            "standardize": st.booleans(),
        },
    ),
    table(
        {"source": st.just("coco"), "train": images}, {**anchored, "val": images, "category": text}
    ),
    table(
        {"source": st.just("yolo"), "data": word},
        {**anchored, "category": text | st.integers(0, 99), "max_images": count},
    ),
    table(
        {"source": st.just("yolo"), "train": word | st.lists(word, min_size=1, max_size=3)},
        {**anchored, "val": word},
    ),
    table(
        {"source": st.just("scenes")},
        {**anchored, "train_images": count, "size": st.integers(16, 999), "noise": share},
    ),
)

models = table({"backbone": st.just("none")}, {}) | table(
    {"backbone": st.just("mlp")},
    {
        "hidden": st.lists(count, min_size=1, max_size=3),
        "activation": st.sampled_from(["relu", "tanh", "silu", "gelu"]),
    },
)

trains_of_all = {
    "steps": st.integers(100, 10**9),
    "batch": count | st.just("all"),
    "lr": positive,
    "weight_decay": share,
    "schedule": st.sampled_from(["constant", "cosine"]),
    "warmup": st.integers(0, 100),
    "seeds": st.integers(1, 20) | st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True),
    "init": st.sampled_from(["matched", "independent"]),
    "dtype": st.sampled_from(["float32", "float64", "bfloat16"]),
    "device": st.sampled_from(["auto", "cpu", "mps", "cuda", "cuda:0", "cuda:11"]),
    "eval_every": count,
    "compile": st.sampled_from(["auto", "never"]),
    "normalise": st.sampled_from(["rows", "positives"]),
    "hard_negatives": positive,
}
trains = table(
    {"optimizer": st.just("sgd"), "momentum": st.floats(0.1, 0.9)},
    {**trains_of_all, "nesterov": st.booleans()},
) | table(
    {"optimizer": st.sampled_from(["adam", "adamw"])},
    {**trains_of_all, "betas": st.tuples(momentum, momentum).map(list), "eps": positive},
)

heads_of_all = {
    "lr_scale": positive,
    "weight_decay_scale": share,
    "label_smoothing": st.floats(0, 0.9),
    "positive_weight": positive,
}
own_heads = st.one_of(
    table({"loss": st.just("bce")}, {**heads_of_all, "prior": open_share, "class_p": open_share}),
    table({"loss": st.just("mse")}, {**heads_of_all, "double_sigmoid": st.booleans()}),
    table({"loss": st.just("focal")}, {**heads_of_all, "gamma": share, "alpha": open_share}),
    table({"loss": st.just("quality")}, {**heads_of_all, "beta": st.floats(1, 9)}),
    table({"loss": st.just("varifocal")}, {**heads_of_all, "gamma": share, "alpha": open_share}),
    table(
        {"loss": st.just("asymmetric")},
        {**heads_of_all, "gamma_pos": share, "gamma_neg": share, "margin": st.floats(0, 0.9)},
    ),
    table({"loss": st.just("logit_adjusted")}, {**heads_of_all, "tau": share}),
    table({"loss": st.just("raw_mse")}, {**heads_of_all, "initial_logit": st.floats(-9, 9)}),
    table(
        {"loss": st.just("ce")},
        {**heads_of_all, "negative_neuron": st.sampled_from(["free", "zero", "frozen"])},
    ),
)


rows = table({"data": data_tables, "model": models, "train": trains}, {})


@st.composite
def detectors(draw: st.DrawFn) -> dict[str, Any]:
    """Tables of a detector, whose layers, anchors and tiles fit together."""
    strides = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    stride = prod(strides)
    layers = [[draw(count), step + draw(st.sampled_from([0, 2, 4])), step] for step in strides]
    tile = draw(st.just("whole") | st.integers(1, 99).map(lambda cells: cells * stride))
    largest = 99.0 if tile == "whole" else tile
    sides = st.floats(1, largest)
    sizes = draw(st.lists(sides | st.tuples(sides, sides).map(list), min_size=1, max_size=3))
    data = draw(
        table({"source": st.just("scenes")}, {"size": st.integers(16, 999)})
        | table({"source": st.just("coco"), "train": images}, {"val": images})
    )
    boxes = draw(st.sampled_from(["joint", "detached", "none"]))
    weight = {} if boxes == "none" else {"box_weight": positive}
    train = draw(trains)
    if tile != "whole" and train.get("batch") == "all":
        del train["batch"]
    return {
        "data": data | {"anchors": draw(listed_anchors) | {"stride": stride, "sizes": sizes}},
        "model": {"backbone": "conv", "layers": layers, "boxes": boxes}
        | draw(table({}, {"activation": st.sampled_from(["relu", "silu"]), **weight})),
        "train": train | {"tile": tile} | draw(table({}, {"augment": st.just("none")})),
        "detect": draw(table({}, {"nms_iou": share, "candidates": count, "most": count})),
    }


@st.composite
def scenario_tables(draw: st.DrawFn) -> dict[str, Any]:
    """The tables of a scenario file that loads."""
    others = draw(st.lists(own_heads, max_size=3))
    heads: list[dict[str, Any]] = [{"name": "b", "loss": "bce"}]
    heads += [{"name": f"h{place}", **head} for place, head in enumerate(others)]
    if draw(st.booleans()):
        heads.append({"name": "twin", "loss": "ce", "mirror": "b"})
    claims = [{"text": draw(word), "test": "b.ap > 0.5"}] if draw(st.booleans()) else []
    below = draw(detectors() if draw(st.booleans()) else rows)
    return {
        "title": draw(word),
        "question": draw(text),
        **below,
        "heads": heads,
        "claims": claims,
    }


scenarios = scenario_tables().map(Scenario.model_validate)
