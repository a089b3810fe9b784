"""Keys that a table's other keys leave without meaning, each with the reason.

A file that gives one of them is refused, and so is an option of the command line;
a key of the file that only an option made idle is dropped. The printed scenario
leaves them out.
"""

from __future__ import annotations

from objtui.scenario.schema import Head, Model, Train

DOUBLE_SIGMOID_LOSSES = ("bce", "mse", "focal")
"""Losses of one neuron that apply a sigmoid themselves."""

_OF_THE_MIRRORED_HEAD = (
    "lr_scale",
    "weight_decay_scale",
    "prior",
    "initial_logit",
    "label_smoothing",
    "positive_weight",
)


def unused_by_model(model: Model) -> dict[str, str]:
    """The hidden layers' keys, where there are none."""
    if model.backbone == "mlp":
        return {}
    return dict.fromkeys(("hidden", "activation"), 'only with backbone "mlp"')


def unused_by_train(train: Train) -> dict[str, str]:
    """The keys of other optimisers."""
    if train.optimizer == "sgd":
        return dict.fromkeys(("betas", "eps"), 'only with optimizer "adam" or "adamw"')
    return dict.fromkeys(("momentum", "nesterov"), 'only with optimizer "sgd"')


def unused_by_head(head: Head) -> dict[str, str]:
    """The keys of other losses, and those that a mirrored head takes from its head."""
    unused: dict[str, str] = {}
    if head.loss != "focal":
        unused["gamma"] = 'only with loss "focal"'
    if head.loss != "ce":
        unused["negative_neuron"] = 'only with loss "ce", which has a background neuron'
        unused["mirror"] = 'only with loss "ce"'
    if head.loss not in DOUBLE_SIGMOID_LOSSES:
        unused["double_sigmoid"] = 'only with loss "bce", "mse" or "focal"'
    if head.mirror is not None and head.loss == "ce":
        reason = (
            f'a mirror takes it from its head: set it on "{head.mirror}", '
            f"or remove mirror (--set heads.{head.name}.mirror=)"
        )
        unused |= dict.fromkeys(_OF_THE_MIRRORED_HEAD, reason)
    return unused
