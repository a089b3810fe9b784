"""From the arguments of a loss to logits and targets: how a tap reads a call.

A converter takes the positional and the named arguments of a call and gives logits, targets, and
which rows are of neither class (None: none are), as `Evaluation.update` takes them. It works on
tensors and on arrays alike. ValueError where the arguments are others than it can read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Rows = tuple[Any, Any, Any]
"""Logits, targets, and what is ignored or None."""

Convert = Callable[[Sequence[Any], Mapping[str, Any]], Rows]

LOGITS = ("input", "inputs", "logits", "pred", "preds", "cls_score", "outputs")
TARGETS = ("target", "targets", "label", "labels", "true")
WEIGHTS = ("weight", "weights", "label_weights")
"""What losses call their arguments, in the order of these."""


def binary(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
    """Of a loss on one logit a row: (…) and (…). A row whose weight is 0 is of neither class."""
    logits, targets, weights = _arguments(args, kwargs)
    return logits, targets, _without_weight(weights, targets)


def column(index: int) -> Convert:
    """Of a loss on several classes, (…, classes) both: the rows of one class."""

    def convert(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
        logits, targets, weights = _arguments(args, kwargs)
        if not -logits.shape[-1] <= index < logits.shape[-1]:
            raise ValueError(f"logits of shape {tuple(logits.shape)} have no column {index}")
        ignored = _without_weight(weights, targets)
        return logits[..., index], targets[..., index], _row_of(ignored, index)

    return convert


def any_class(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
    """Of a loss on several classes, (…, classes) both: the largest logit and target of a row."""
    logits, targets, _ = _arguments(args, kwargs)
    return _largest(logits), _largest(targets), None


def two_neurons(background: int = 0) -> Convert:
    """Of a cross entropy on two classes: z = object − background.

    Logits (rows, 2, …) or (2,); targets are labels (rows, …), of which others than the two are
    of neither class, or probabilities of the logits' shape. `background`: which of the two.
    """

    def convert(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
        logits = _arguments(args, kwargs)[0]
        if logits.shape[min(1, logits.ndim - 1)] != 2:
            raise ValueError(
                f"logits of shape {tuple(logits.shape)} are no two neurons; "
                "give convert=converters.softmax(background)"
            )
        return softmax(background)(args, kwargs)

    return convert


def softmax(background: int) -> Convert:
    """Of a cross entropy on several classes: the log odds of any of them but the background.

    z = log Σ exp(z_k) − z_background, k over the others. Shapes as of `two_neurons`.
    """

    def convert(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
        logits, targets, _ = _arguments(args, kwargs)
        axis = min(1, logits.ndim - 1)
        classes = logits.shape[axis]
        which = range(classes)[background]
        of_class = [_at(logits, axis, k) for k in range(classes)]
        z = _log_sum_exp([each for k, each in enumerate(of_class) if k != which]) - of_class[which]
        if targets.shape == logits.shape:
            return z, 1 - _at(targets, axis, which), None
        return z, targets != which, (targets < 0) | (targets >= classes)

    return convert


def labels(background: int) -> Convert:
    """Of a sigmoid loss on labels, as mmdetection's heads have it.

    Logits (rows, classes); labels (rows,): 0 to background − 1 are classes, `background` is none
    of them, others are of neither class, as is a row whose weight is 0. Targets may be a pair of
    labels and how good a match is, (rows,), which then is the target of a row of a class. z is the
    largest logit of a row.
    """

    def convert(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
        logits, targets, weights = _arguments(args, kwargs)
        quality: Any = 1
        if isinstance(targets, (tuple, list)):
            targets, quality = targets
        of_class = (targets >= 0) & (targets < background)
        ignored = ~(of_class | (targets == background))
        weightless = _without_weight(weights, targets)
        if weightless is not None:
            ignored = ignored | weightless
        return _largest(logits), of_class * quality, ignored

    return convert


def probabilities(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
    """Of a loss on probabilities, as `nn.BCELoss`: z = log p − log(1 − p).

    Logits beyond about 17 of float32 are lost in such a p, and counted as infinite.
    """
    p, targets, weights = _arguments(args, kwargs)
    p = p.double() if hasattr(p, "double") else p
    log = _log_of(p)
    return log(p) - log(1 - p), targets, _without_weight(weights, targets)


def _arguments(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Rows:
    """Logits, targets and weights of a call; the last None where it has none."""
    given = list(args[:3])
    for names in (LOGITS, TARGETS, WEIGHTS)[len(given) :]:
        given.append(next((kwargs[name] for name in names if name in kwargs), None))
    if given[0] is None or given[1] is None:
        has = f"{len(args)} arguments" + "".join(f", {name}=" for name in kwargs)
        raise ValueError(f"a loss called with {has}: no logits and targets; give convert=")
    return given[0], given[1], given[2]


def _without_weight(weights: Any, targets: Any) -> Any:
    if getattr(weights, "shape", None) != getattr(targets, "shape", ()):
        return None
    return weights == 0


def _row_of(ignored: Any, index: int) -> Any:
    return None if ignored is None else ignored[..., index]


def _at(values: Any, axis: int, index: int) -> Any:
    return values[:, index] if axis == 1 else values[index]


def _largest(values: Any) -> Any:
    largest = values.max(-1)
    return getattr(largest, "values", largest)  # torch gives positions, too


def _log_of(values: Any) -> Callable[[Any], Any]:
    if hasattr(values, "log"):
        return lambda x: x.log()
    import numpy as np

    return np.log


def _log_sum_exp(parts: Sequence[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        if hasattr(part, "logaddexp"):
            total = total.logaddexp(part)
        else:
            import numpy as np

            total = np.logaddexp(total, part)
    return total
