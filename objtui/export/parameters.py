"""The parameters of a run's last checkpoint as .safetensors, by names that a torch module takes.

Of every head and seed, `HEAD.SEED.` before each name:

    layers.N.weight, .bias      of each hidden layer or convolution in turn
    offsets.weight, .bias       of box offsets, (4 · sizes, units, 1, 1)
    output.weight, .bias        (neurons, units): background before object where there are two;
                                of a detector (neurons · sizes, units, 1, 1), sizes fastest

Of all of them, where rows were standardised:

    features.mean, .per_sd      (features,), float64: a row is (value − mean) · per_sd, in which
                                per_sd is 1 / sd of the training rows, 0 of a constant feature

The logit is the one neuron, or object minus background. Weights are as torch.nn.Linear and
Conv2d have them, each convolution padded by (kernel − stride) / 2. The metadata say the rest.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.cluster.container import decode_container, is_container
from objtui.datafiles.tensor_bytes import NamedTensor, read_tensors, write_tensors
from objtui.errors import RunFileError, UsageError
from objtui.runs.recorded import RecordedRun

_Bits = npt.NDArray[Any]

_AVERAGE = "average"
"""The name of the moving average in a checkpoint, which is scored in place of the parameters."""


_DAMAGE = (
    AttributeError,
    KeyError,
    IndexError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a checkpoint leads to that is not as it was written."""


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """What a checkpoint holds of some seeds: its layout, and the parameters that are scored."""

    layout: dict[str, Any]
    flat: NamedTensor


def write_parameters(runs: Sequence[RecordedRun], place: Path) -> None:
    """Write those of the first run, the only one of this format, to a new file.

    Raises UsageError where the run has no checkpoint, RunFileError where it is damaged.
    """
    run = runs[0]
    step, data = _checkpoint(run)
    try:
        parts = [_part(state) for state in _states(run, data)]
        if not all(part.layout for part in parts):
            raise UsageError(
                f"the checkpoint of the run {run.name} is of an earlier version of objtui, which "
                "does not say what lies where; `objtui resume` goes on and writes another, of a "
                "finished run with --steps"
            )
        tensors = _scale(parts[0]) | {
            name: tensor for part in parts for name, tensor in _members(part)
        }
        metadata = _metadata(run, step, parts)
    except _DAMAGE as error:
        raise RunFileError(f"{run.reader.path}: damaged: its checkpoint is none") from error
    with place.open("wb") as out:
        write_tensors(out, tensors, metadata)


def _checkpoint(run: RecordedRun) -> tuple[int, bytes]:
    header = run.header
    if header.measured or header.recorded:
        how = "measured" if header.measured else "recorded by a training loop of its own"
        raise UsageError(f"the run {run.name} was {how}: objtui has no parameters of it")
    checkpoint = run.reader.checkpoint()
    if checkpoint is None:
        raise UsageError(
            f"the run {run.name} has no checkpoint: one is written within seconds of training, at "
            "a stop and at the end, but none where every head has diverged"
        )
    return checkpoint


def _states(run: RecordedRun, data: bytes) -> list[bytes]:
    """The checkpoints of a run's parts, or the one of all; ValueError."""
    if not is_container(data):
        return [data]
    header = run.header
    heads, seeds = len(header.heads), len(header.seeds)
    container = decode_container(data, heads, seeds, header.score_names, len(header.pictures))
    return [part.state for part in container.parts]


def _part(state: bytes) -> _Part:
    tensors, metadata = read_tensors(state)
    layout = json.loads(metadata.get("layout") or "{}")
    return _Part(layout, tensors.get(_AVERAGE, tensors["parameters"]))


def _scale(part: _Part) -> dict[str, NamedTensor]:
    """How rows were standardised; empty where they were not, and in earlier versions."""
    features = part.layout.get("features", {})
    return {
        f"features.{name}": NamedTensor("F64", np.frombuffer(b64decode(features[name]), "<f8"))
        for name in ("mean", "per_sd")
        if name in features
    }


def _members(part: _Part) -> Iterator[tuple[str, NamedTensor]]:
    """All tensors of all members, by name, heads in the order of the checkpoint."""
    layout = part.layout
    blocks = {each["name"]: _block(part.flat.bits, each) for each in layout["blocks"]}
    output = blocks.pop("output")  # (neurons, seeds, *sizes, units + 1 and idle ones)
    heads, units = layout["heads"], layout["units"]
    convolves = "anchors" in layout
    for at, head in enumerate(heads):
        # Background neurons lie behind all others, in the order of their heads.
        neurons = [output[at]] if head["neurons"] == 1 else [output[len(heads) + at], output[at]]
        for place, seed in enumerate(layout["seeds"]):
            last = np.stack([neuron[place] for neuron in neurons])
            own = {name: block[place, at] for name, block in blocks.items()}
            own["output.weight"] = last[..., :units].reshape(-1, units)
            own["output.bias"] = last[..., units].reshape(-1)
            for name, bits in own.items():
                is_kernel = convolves and name in ("output.weight", "offsets.weight")
                shaped = bits[..., None, None] if is_kernel else bits
                yield f"{head['name']}.{seed}.{name}", part.flat.of(shaped)


def _block(flat: _Bits, block: dict[str, Any]) -> _Bits:
    start, shape = block["start"], block["shape"]
    return flat[start : start + math.prod(shape)].reshape(shape)


def _metadata(run: RecordedRun, step: int, parts: Sequence[_Part]) -> dict[str, str]:
    """What is not in the names; JSON but for plain words."""
    layout = parts[0].layout
    order = {head.name: at for at, head in enumerate(run.header.heads)}
    heads = sorted(layout["heads"], key=lambda head: order[head["name"]])
    text = {
        "run": run.header.run,
        "step": str(step),
        "backbone": layout["backbone"],
        "parameters": "as trained"
        if layout["average"] is None
        else f"their moving average, train.ema = {layout['average']:g}, which the scores are of",
        "logit": "the neuron, or object (second) minus background (first); with double_sigmoid "
        "the sigmoid of that, with class_p the logit of class_p · p",
        "model": json.dumps(layout["model"]),
        "heads": json.dumps(heads),
        "seeds": json.dumps([seed for part in parts for seed in part.layout["seeds"]]),
    }
    if "anchors" in layout:
        text["anchors"] = json.dumps(layout["anchors"])
        text["pixels"] = json.dumps(layout["pixels"])
        text["inputs"] = (
            "8-bit pixels, (value − pixels.mean) · pixels.per_sd by channel; 0 right and below up "
            "to whole cells of anchors.stride"
        )
        text["offsets"] = (
            "by size dx, dy, ln w, ln h: centre + (dx, dy) · sides, sides · exp(ln w, ln h) of an "
            "anchor whose centre is at (cell + ½) · anchors.stride"
        )
    else:
        text["inputs"] = _inputs(layout.get("features"))
    return text


def _inputs(features: dict[str, Any] | None) -> str:
    """What a model of rows is given."""
    if features is None:  # of an earlier version
        return "a row's features in their order, standardised where [data] has them so"
    what = "a row's features in their order"
    if features["crops"]:
        what = (
            "8-bit pixels of an anchor's crop (row, column, channel), then its width and height "
            "over the largest side of any anchor, one number where all anchors are square"
        )
    if "mean" not in features:
        return what
    return f"{what}; each (value − features.mean) · features.per_sd"
