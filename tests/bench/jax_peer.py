"""The same population in JAX: lax.scan over 64 steps, compiled. It needs jax and numpy alone.

    PYTHON tests/bench/jax_peer.py HIDDEN BATCH SEEDS THREADS ROWS FEATURES CLOCK [STEPS]

Reads seconds, a line each; trains about so long and writes the seconds of a population
step. With STEPS it takes so many and ends. Row orders are drawn by NumPy, for each seed and
epoch, within the time.
"""

import os
import sys
import time
from itertools import pairwise

HIDDEN, BATCH, SEEDS, THREADS, ROWS, FEATURES = map(int, sys.argv[1:7])
STEPS = int(sys.argv[8]) if len(sys.argv) > 8 else None
CLOCK = {"wall": time.perf_counter, "cpu": time.process_time}[sys.argv[7]]
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])

import jax  # noqa: E402  # reads the number of processors once
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

SCAN = 64
LR, BETA1, BETA2, EPS, DECAY = 1e-3, 0.9, 0.999, 1e-8, 0.01

chance = np.random.default_rng(0)
positive = chance.random(ROWS) < 0.3
features = chance.standard_normal((ROWS, FEATURES)) + 0.5 * positive[:, None]
FEATURES_ON, TARGETS_ON = jnp.asarray(features, jnp.float32), jnp.asarray(positive, jnp.float32)


def start(neurons):
    """Layers of one head, (seeds, out, in) and (seeds, 1, out)."""
    widths = [FEATURES, *([HIDDEN] if HIDDEN else []), neurons]
    layers = []
    for fan_in, out in pairwise(widths):
        draws = chance.uniform(-1, 1, (SEEDS, out, fan_in + 1)) / fan_in**0.5
        draws = jnp.asarray(draws, jnp.float32)
        layers.append((draws[..., :-1], draws[:, None, :, -1]))
    return layers


def forward(layers, x):
    """(seeds, rows, features) → (seeds, rows, neurons)."""
    for depth, (weight, bias) in enumerate(layers):
        x = jnp.einsum("...rf,sof->sro", x, weight) if x.ndim == 2 else x @ weight.mT
        x = x + bias
        if depth + 1 < len(layers):
            x = jax.nn.relu(x)
    return x


def losses(heads, x, target):
    """The sum of all members' losses, and each, (heads, seeds)."""
    bce, ce, mse = (forward(layers, x) for layers in heads)
    z, p = bce[..., 0], jax.nn.sigmoid(mse[..., 0])
    logits = jax.nn.log_softmax(ce)
    each = jnp.stack(
        [
            (jax.nn.softplus(z) - target * z).mean(-1),
            -(target * logits[..., 1] + (1 - target) * logits[..., 0]).mean(-1),
            jnp.square(p - target).mean(-1),
        ]
    )
    return each.sum(), each


def step(state, index):
    """One AdamW step of every member, on the rows of an index (seeds, batch)."""
    heads, means, squares, taken = state
    if BATCH == ROWS:
        x, target = FEATURES_ON, TARGETS_ON
    else:
        x, target = FEATURES_ON[index], TARGETS_ON[index]
    gradients, each = jax.grad(losses, has_aux=True)(heads, x, target)
    taken = taken + 1
    means = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, means, gradients)
    squares = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, squares, gradients)
    size = LR / (1 - BETA1**taken)
    correction = jnp.sqrt(1 - BETA2**taken)

    def moved(w, m, v):
        return w * (1 - LR * DECAY) - size * m / (jnp.sqrt(v) / correction + EPS)

    heads = jax.tree.map(moved, heads, means, squares)
    return (heads, means, squares, taken), each


@jax.jit
def advance(state, indices):
    """SCAN steps; the losses of each."""
    return jax.lax.scan(step, state, indices, length=SCAN)


def orders():
    """Indices of successive scans, (SCAN, seeds, batch); None where all rows are a batch."""
    waiting = np.empty((SEEDS, 0), dtype=np.int32)
    while True:
        if BATCH == ROWS:
            yield None
            continue
        while waiting.shape[1] < SCAN * BATCH:
            drawn = [chance.permutation(ROWS).astype(np.int32) for _ in range(SEEDS)]
            waiting = np.concatenate([waiting, drawn], axis=1)
        taken, waiting = waiting[:, : SCAN * BATCH], waiting[:, SCAN * BATCH :]
        yield taken.reshape(SEEDS, SCAN, BATCH).swapaxes(0, 1)


def main():
    """Take the steps, or answer each line of seconds."""
    heads = [start(neurons) for neurons in (1, 2, 1)]
    zeros = jax.tree.map(jnp.zeros_like, heads)
    state, turns = (heads, zeros, zeros, jnp.zeros((), jnp.float32)), orders()
    if STEPS is not None:
        for _ in range(-(-STEPS // SCAN)):
            state, each = advance(state, next(turns))
            np.asarray(each)
        return
    state, _ = jax.block_until_ready(advance(state, next(turns)))
    for line in sys.stdin:
        began, steps = CLOCK(), 0
        while CLOCK() - began < float(line):
            state, each = jax.block_until_ready(advance(state, next(turns)))
            np.asarray(each)
            steps += SCAN
        print((CLOCK() - began) / steps, flush=True)


if __name__ == "__main__":
    main()
