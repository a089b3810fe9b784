"""A training loop without torch, recorded or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.recorder.recorder import Recorder


def numpy_loop(
    steps: int, recorder: Recorder | None, evaluate_every: int = 0
) -> npt.NDArray[np.float64]:
    """Logistic regression: the weights after so many steps, or where it was told to stop."""
    random = np.random.default_rng(0)
    x = np.c_[random.normal(size=(600, 6)), np.ones(600)]
    t = (x @ random.normal(size=7) > 1).astype(np.float64)
    unseen, truth = x[400:], t[400:]
    weights = np.zeros(7)
    for step in range(1, steps + 1):
        batch = random.integers(0, 400, 32)
        z = x[batch] @ weights
        p = 1 / (1 + np.exp(-z))
        loss = np.mean(np.logaddexp(0, z) - t[batch] * z)
        weights = weights - 0.5 * x[batch].T @ (p - t[batch]) / 32
        if recorder is None:
            continue
        if not recorder.train(step, loss=loss, logits=z, targets=t[batch]):
            break
        if step % 10 == 0:
            recorder.log(step, norm=float(np.linalg.norm(weights)))
        if evaluate_every and step % evaluate_every == 0:
            with recorder.evaluation(step) as evaluation:
                for part in (slice(0, 100), slice(100, 200)):
                    evaluation.update(unseen[part] @ weights, truth[part])
    return weights
