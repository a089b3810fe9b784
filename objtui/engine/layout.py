"""What lies where in the flat tensors of a checkpoint, for readers that have no torch."""

from __future__ import annotations

import json
from typing import Any

from objtui.engine.data.images.image_set import DetectorImages
from objtui.engine.model.population import Population
from objtui.scenario.schema import Scenario
from objtui.scenario.schema.model import BACKBONE_KEYS


def layout_text(scenario: Scenario, population: Population, images: DetectorImages | None) -> str:
    """As JSON the blocks of `Population.flat` by name, and what a model of one's own has to be.

    `scenario` has the seeds of the population; `images` are those of a detector.
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
    if images is not None:
        anchors = images.anchors.model_dump(mode="json")
        layout["anchors"] = {key: anchors[key] for key in ("stride", "sizes")}
        layout["pixels"] = {
            "mean": images.mean.tolist(),
            # The inverse, since that of a channel whose pixels are all alike is 0.
            "per_sd": (1 / images.sd).tolist(),
        }
    return json.dumps(layout, allow_nan=False)


def _head(scenario: Scenario, position: int) -> dict[str, Any]:
    head = scenario.heads[position]
    return {
        "name": head.name,
        "loss": head.loss,
        "neurons": head.neurons,
        "double_sigmoid": head.double_sigmoid,
        "class_p": head.class_p,
    }
