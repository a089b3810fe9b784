"""The exact mapping of a two-neuron head onto the one-neuron head that it mirrors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from objtui.scenario.schema import Head


@dataclass(frozen=True, slots=True)
class Mapping:
    """Factors of one head: on rate and weight decay of its last layer, and on its norm limit."""

    rate: float
    decay: float
    norm_limit: float


def mapping_of(head: Head, heads: dict[str, Head], trained_backbone: bool) -> Mapping:
    """The factors of a head; of a mirrored one those that make it the exact twin.

    A twin's logit moves by the steps of two rows. Half the rate and twice the
    decay keep it at the pace of one; where the background neuron is not
    trained there is but one row, and nothing to map. Its gradient is √2 as long
    as its reference's, which only a clipped norm feels.
    """
    reference = head if head.mirror is None else heads[head.mirror]
    if head.mirror is None or head.negative_neuron != "free":
        return Mapping(reference.lr_scale, reference.weight_decay_scale, 1.0)
    return Mapping(
        rate=reference.lr_scale / 2,
        decay=reference.weight_decay_scale * 2,
        norm_limit=1.0 if trained_backbone else math.sqrt(2),
    )


def resolve_mirrors(heads: tuple[Head, ...]) -> tuple[Head, ...]:
    """Heads with the options of a mirrored one taken from its reference."""
    by_name = {head.name: head for head in heads}
    taken = ("prior", "initial_logit", "label_smoothing", "positive_weight")
    return tuple(
        head
        if head.mirror is None
        else head.model_copy(update={key: getattr(by_name[head.mirror], key) for key in taken})
        for head in heads
    )
