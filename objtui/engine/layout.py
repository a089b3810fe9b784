"""What lies where in the flat tensors of a checkpoint, for readers that have no torch."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.engine.data.dataset import Dataset, is_packed
from objtui.engine.model.population import Population
from objtui.scenario.schema import Scenario
from objtui.scenario.schema.model import BACKBONE_KEYS


def layout_text(scenario: Scenario, population: Population, dataset: Dataset) -> str:
    """As JSON the blocks of `Population.flat` by name, and what a model of one's own has to be
    and to be given.

    `scenario` has the seeds of the population.
    """
    backbone = population.backbone
    model = scenario.model.model_dump(mode="json")
    layout: dict[str, Any] = {
        "backbone": scenario.model.backbone,
        "model": {key: model[key] for key in BACKBONE_KEYS[scenario.model.backbone].keys},
        "average": scenario.train.ema,
        "seeds": list(scenario.train.seeds),
        "heads": [_head(scenario, position) for position in population.order],
        "units": backbone.units,
        "blocks": [
            {"name": name, "start": start, "shape": shape}
            for name, start, shape in population.named_blocks()
        ],
    }
    if dataset.images is None:
        layout["features"] = _features(dataset)
    else:
        images = dataset.images
        anchors = images.anchors.model_dump(mode="json")
        layout["anchors"] = {key: anchors[key] for key in ("stride", "sizes")}
        layout["pixels"] = {
            "mean": images.mean.tolist(),
            # The inverse, since that of a channel whose pixels are all alike is 0.
            "per_sd": (1 / images.sd).tolist(),
        }
    return json.dumps(layout, allow_nan=False)


def _features(dataset: Dataset) -> dict[str, Any]:
    """What rows are: crops of anchors or not, and how they were standardised, if they were."""
    features: dict[str, Any] = {"crops": is_packed(dataset)}
    if dataset.scale is not None:
        features["mean"] = _text(dataset.scale.mean)
        features["per_sd"] = _text(dataset.scale.per_sd)
    return features


def _text(numbers: npt.NDArray[np.float64]) -> str:
    """Little-endian float64 as base64: rows may have thousands of features."""
    return b64encode(numbers.astype("<f8").tobytes()).decode()


def _head(scenario: Scenario, position: int) -> dict[str, Any]:
    head = scenario.heads[position]
    return {
        "name": head.name,
        "loss": head.loss,
        "neurons": head.neurons,
        "double_sigmoid": head.double_sigmoid,
        "class_p": head.class_p,
    }
