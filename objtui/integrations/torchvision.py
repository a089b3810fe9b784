"""`watch(recorder, model)`: logits and targets of torchvision's detectors.

Losses exist in training alone there: `losses_in_eval` makes a model in eval mode compute them, for
an evaluation.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from objtui.errors import UsageError
from objtui.integrations.random_numbers import random_numbers_kept
from objtui.recorder.converters import Convert, Rows, any_class, softmax
from objtui.recorder.recorder import Recorder
from objtui.recorder.taps import Call, Tap


def watch(
    recorder: Recorder, model: nn.Module, head: str | None = None, *, convert: Convert | None = None
) -> Tap:
    """Take the rows of a detector within steps and evaluations of a recorder.

    Faster R-CNN and what derives from it: objectness of its region proposals, at all anchors,
    not at those alone that are drawn for the loss; anchors that are neither are ignored. RetinaNet
    and FCOS: the largest class logit of a place. SSD: the log odds of any class.

    Args:
        head: whose rows they are; not needed where there is one.
        convert: reads a call of the classification loss; not of region proposals.

    Raises UsageError for other models.
    """
    model = getattr(model, "module", model)  # of DistributedDataParallel
    proposals = getattr(model, "rpn", None)
    if isinstance(proposals, nn.Module):
        return recorder.add_tap(_MethodTap(proposals, "compute_loss", head, _all_anchors))
    kind = type(model).__name__
    if kind == "SSD":
        convert = convert or softmax(background=0)
        return recorder.watch_calls("cross_entropy", head, where="compute_loss", convert=convert)
    if kind in ("RetinaNet", "FCOS"):
        convert = convert or any_class
        return recorder.watch_calls(head=head, where="sigmoid_focal_loss", convert=convert)
    raise UsageError(
        f"{kind} is none of torchvision's detectors; use recorder.attach or recorder.watch_calls"
    )


@contextmanager
def losses_in_eval(model: nn.Module) -> Iterator[None]:
    """Within the block `model(images, targets)` gives losses in eval mode.

    Only the parts that choose by it are told that they train: dropout and batch norms are not.
    What the losses draw at random is given back.
    """
    whole = getattr(model, "module", model)
    parts = [whole, *(getattr(whole, name, None) for name in ("rpn", "roi_heads"))]
    changed = [part for part in parts if part is not None and not part.training]
    with random_numbers_kept(whole):
        for part in changed:
            part.training = True
        try:
            yield
        finally:
            for part in changed:
                part.training = False


def _all_anchors(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
    """Of `compute_loss(objectness, pred_bbox_deltas, labels, regression_targets)`.

    Objectness (images × anchors, 1); labels (anchors,) of each image: 1, 0, or −1, neither.
    """
    given = dict(zip(("objectness", "deltas", "labels"), args, strict=False)) | dict(kwargs)
    labels = torch.cat(given["labels"])
    return given["objectness"].flatten(), labels.clamp(min=0), labels < 0


class _MethodTap(Tap):
    """On the calls of a method of a module, wrapped within a block."""

    def __init__(self, owner: nn.Module, method: str, head: str | None, convert: Convert) -> None:
        super().__init__(f"{type(owner).__name__}.{method}", head, convert, None)
        self._owner, self._method = owner, method

    def install(self, seen: Call) -> None:
        original = getattr(self._owner, self._method)
        setattr(self._owner, self._method, _Wrapped(original, self, seen))

    def uninstall(self) -> None:
        if isinstance(vars(self._owner).get(self._method), _Wrapped):
            delattr(self._owner, self._method)


class _Wrapped:
    """A method that any copy leaves behind, but for what it wraps."""

    def __init__(self, original: Any, tap: Tap, seen: Call) -> None:
        self._original, self._tap, self._seen = original, tap, seen

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self._original(*args, **kwargs)
        if not torch.compiler.is_compiling():
            self._seen(self._tap, args, kwargs)
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return copy.copy, (self._original,)
