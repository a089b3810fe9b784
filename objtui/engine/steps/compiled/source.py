"""The step of a population as a program in C, written for its shapes, losses and optimiser.

What differs between trainings in numbers alone (rates, decay, options of losses and optimisers)
is given to it at each call, so that trainings of one shape share one program.

    take(steps) ─► for each step
                     for each seed, for each block of its batch's rows
                       gather ─► hidden layers ─► outputs ─► losses and slopes ─► gradient sums
                     clip ─► update
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from math import prod

import torch

from objtui.engine.model.backbone import RowBackbone
from objtui.engine.model.population import LossGroup, Population
from objtui.engine.steps.compiled.layers import HiddenLayer, Places, hidden_layers
from objtui.engine.steps.compiled.symbols import FLAG, UNIFORM, Trace
from objtui.engine.steps.optimizers import AVERAGE, Average
from objtui.scenario.schema import Train

MAX_BLOCK = 128
"""Rows gone through at once: what is made of them stays in the first cache."""

_VECTOR = 16
"""Blocks are whole vectors of any number format."""


@dataclass(frozen=True, slots=True)
class StepProgram:
    """A program and what it is called with.

    Attributes:
        text: C, complete; `take` in it takes steps, `room_bytes` is the memory that it works in.
        constants: numbers that occur in it.
        places: whole numbers that do, and go with the number of seeds.
        states: names of the tensors of `Stepper.state` in the order in which `take` has them.
    """

    text: str
    constants: tuple[float, ...]
    places: tuple[int, ...]
    states: tuple[str, ...]


def step_program(
    population: Population, train: Train, batch: int, groups: int, *, whole: bool
) -> StepProgram:
    """The program for batches of so many rows.

    Args:
        groups: batches of a step, one for each seed, or 1 that all see.
        whole: whether a batch is all rows, in their order.
    Raises:
        UntraceableError: a loss, an activation or the optimiser has no form in C.
    """
    backbone = population.backbone
    if not isinstance(backbone, RowBackbone):
        raise TypeError(f"{type(backbone).__name__} is no backbone of rows")
    constants: list[float] = []
    places = Places()
    layers = hidden_layers(population, backbone, places)
    average = Average.of(train)
    states = ("parameters", "gradient", *train.update_rule.state())
    if average is not None:
        states += (AVERAGE,)
    clipped = train.clip_norm is not None
    parts = [
        f"#define REAL_IS_DOUBLE {int(population.flat.dtype == torch.float64)}",
        (files(__package__) / "kernels.h").read_text(encoding="utf-8"),
        _sizes(population, backbone, batch, places, shared=groups == 1),
        _room(layers),
        *(_loss(number, group, constants) for number, group in enumerate(population.groups)),
        _clip(population, places) if clipped else "",
        _seed_gradient(population, layers, constants, _per_row(train), whole=whole),
        _take(train, average, states, constants),
    ]
    return StepProgram("\n".join(parts), tuple(constants), tuple(places.values), states)


def _sizes(
    population: Population, backbone: RowBackbone, batch: int, places: Places, *, shared: bool
) -> str:
    """`shared`: whether all seeds see one batch."""
    output = population.output
    block = -(-batch // -(-batch // MAX_BLOCK))  # of equal ones, as few as there can be
    sizes = {
        "HEADS": population.heads,
        "TWO_NEURON": population.two_neuron,
        "ROWS": batch,
        "SHARED": int(shared),
        "BLOCK": block + -block % _VECTOR,
        "FEATURES": backbone.inputs,
        "UNITS": backbone.units,
        "OUTPUT_SEED": output.stride(1),
        "FEATURES_PADDED": "PADDED(FEATURES)",
        "UNITS_PADDED": "PADDED(UNITS)",
    }
    trained = ", ".join(str(int(trained)) for trained in population.background_trained)
    of_seeds = {
        "SEEDS": population.seeds,
        "PARAMETERS": len(population.flat),
        "OUTPUT_AT": output.storage_offset(),
        "OUTPUT_NEURON": output.stride(0),
    }
    macros = "\n".join(f"#define {name} {places.code(size)}" for name, size in of_seeds.items())
    return f"""
{macros}
enum {{ {", ".join(f"{name} = {size}" for name, size in sizes.items())} }};
static const real background_trained[] = {{{trained or 0}}};"""


def _room(layers: list[HiddenLayer]) -> str:
    """What the steps work in, given by the caller: several trainings may be under way."""
    return f"""
struct room {{
    real batch[BLOCK][FEATURES_PADDED], features[FEATURES_PADDED][BLOCK], target[BLOCK];
    uint8_t positive[BLOCK];
    real function[HEADS][UNITS_PADDED], function_bias[HEADS];
    real sums[HEADS][UNITS_PADDED], bias_sums[HEADS];
    real outputs[HEADS][BLOCK], slopes[HEADS][BLOCK];{"".join(layer.room for layer in layers)}
}};
int64_t room_bytes(void) {{ return sizeof(struct room); }}"""


def _loss(number: int, group: LossGroup, constants: list[float]) -> str:
    """Slopes of rows from their outputs, and the sum of their losses."""
    trace = Trace(constants, "v")
    output, target = trace.tensor("u"), trace.tensor("t")
    positive = trace.tensor("positive[r]", FLAG)
    slope = output.sigmoid()
    group.loss.slope_(output, slope, target, positive)
    value = trace.code(group.loss.values(output, target, positive))
    return f"""
INLINE real loss_{number}(const int rows, const double *constants, const real *outputs,
                   const real *targets, const uint8_t *positive, real *slopes) {{
    real total = 0;
#pragma omp simd reduction(+ : total)
    for (int r = 0; r < rows; r++) {{
        const real u = outputs[r], t = targets[r];
        {trace.text}
        slopes[r] = {trace.code(slope)};
        total += {value};
    }}
    for (int r = rows; r < BLOCK; r++) slopes[r] = 0;
    return total;
}}"""


def _per_row(train: Train) -> str:
    """The weight of a row in the sum over a batch: as `Reduction.weights`."""
    if train.normalise == "rows":
        return "(real)(1.0 / ROWS)"
    return "(real)(1.0 / (positives > 1 ? positives : 1))"


def _seed_gradient(
    population: Population,
    layers: list[HiddenLayer],
    constants: list[float],
    per_row: str,
    *,
    whole: bool,
) -> str:
    """The gradient of one seed's members over their batch, and their mean losses."""
    losses = "\n".join(
        f"for (int h = {group.heads.start}; h < {group.heads.stop}; h++)\n"
        f"    losses[h] += loss_{number}(rows, constants, room->outputs[h], room->target, "
        "room->positive, room->slopes[h]);"
        for number, group in enumerate(population.groups)
    )
    # Rows of a batch lie anywhere: those of the next block are asked for a block before.
    fetch = """const int64_t next = start + r + rows;
            if (next < index_rows) fetch(FEATURES, features + index[next] * FEATURES);"""
    return f"""
INLINE void seed_gradient(struct room *room, const int64_t *at, const int seed,
                   const double *constants, const int64_t *index, const int64_t index_rows,
                   const real *features, const real *targets, const uint8_t *positive,
                   const real *parameters, real *gradient, real *losses) {{
    const real *own = parameters + OUTPUT_AT + seed * OUTPUT_SEED;
    int64_t positives = 0;
    for (int h = 0; h < HEADS; h++) {{
        const real *object = own + h * OUTPUT_NEURON;
        const real *background = own + (HEADS + h) * OUTPUT_NEURON;
        for (int i = 0; i < UNITS; i++)
            room->function[h][i] = h < TWO_NEURON ? object[i] - background[i] : object[i];
        room->function_bias[h] = h < TWO_NEURON ? object[UNITS] - background[UNITS] : object[UNITS];
        losses[h] = 0;
    }}
    memset(room->sums, 0, sizeof room->sums);
    memset(room->bias_sums, 0, sizeof room->bias_sums);
    {"".join(layer.zeroed for layer in layers)}
    for (int start = 0; start < ROWS; start += BLOCK) {{
        const int rows = ROWS % BLOCK == 0 || ROWS - start > BLOCK ? BLOCK : ROWS - start;
        for (int r = 0; r < rows; r++) {{
            const int64_t row = {"start + r" if whole else "index[start + r]"};
            memcpy(room->batch[r], features + row * FEATURES, FEATURES * sizeof(real));
            room->target[r] = targets[row];
            room->positive[r] = positive[row];
            positives += positive[row];
            {"" if whole else fetch}
        }}
        transpose(BLOCK, FEATURES_PADDED, room->batch[0], FEATURES_PADDED, room->features[0],
                  BLOCK);
        {"".join(layer.forward(constants) for layer in layers)}
        for (int h = 0; h < HEADS; h++)
            for (int r = 0; r < BLOCK; r++) room->outputs[h][r] = room->function_bias[h];
        {_last_layer(layers)}
        {losses}
        for (int h = 0; h < HEADS; h++)
            for (int r = 0; r < BLOCK; r++) room->bias_sums[h] += room->slopes[h][r];
        {_last_layer_backward(layers)}
        {"".join(layer.backward(constants) for layer in reversed(layers))}
    }}
    const real per_row = {per_row};
    {"".join(layer.gradient for layer in layers)}
    real *own_gradient = gradient + OUTPUT_AT + seed * OUTPUT_SEED;
    for (int h = 0; h < HEADS; h++) {{
        real *object = own_gradient + h * OUTPUT_NEURON;
        real *background = own_gradient + (HEADS + h) * OUTPUT_NEURON;
        for (int i = 0; i < UNITS; i++) object[i] = room->sums[h][i] * per_row;
        object[UNITS] = room->bias_sums[h] * per_row;
        if (h < TWO_NEURON)
            for (int i = 0; i <= UNITS; i++) background[i] = -object[i] * background_trained[h];
        losses[h] *= per_row;
    }}
}}"""


def _last_layer(layers: list[HiddenLayer]) -> str:
    if not layers:
        return """
add_product(HEADS, BLOCK, FEATURES, room->function[0], UNITS_PADDED, 1, room->features[0], BLOCK,
            room->outputs[0], BLOCK);"""
    return f"""
for (int h = 0; h < HEADS; h++)
    add_product(1, BLOCK, UNITS, room->function[h], UNITS_PADDED, 1,
                room->a{len(layers)}[h * UNITS], BLOCK, room->outputs[h], BLOCK);"""


def _last_layer_backward(layers: list[HiddenLayer]) -> str:
    """Sums of its gradient, and the slopes of what it was given."""
    if not layers:
        return """
add_product(HEADS, FEATURES_PADDED, BLOCK, room->slopes[0], BLOCK, 1, room->batch[0],
            FEATURES_PADDED, room->sums[0], UNITS_PADDED);"""
    last = len(layers)
    return f"""
for (int h = 0; h < HEADS; h++)
    for (int i = 0; i < UNITS; i++) {{
        const real *a = room->a{last}[h * UNITS + i];
        real *slope = room->slope{last}[h * UNITS + i];
        room->sums[h][i] += dot(BLOCK, room->slopes[h], a);
        for (int r = 0; r < BLOCK; r++) slope[r] = room->function[h][i] * room->slopes[h][r];
    }}"""


def _clip(population: Population, places: Places) -> str:
    """The norm of each member's gradient, and its limit: as `clip_gradients_`."""
    squares, scaled = [], []
    for block in population.blocks(population.gradient):
        heads, size = block.shape[1], prod(block.shape[2:])
        numbers = (block.storage_offset(), *block.stride()[:2])
        start, seed_step, head_step = map(places.code, numbers)
        each = f"""
            if (h < {heads}) {{
                real *own = gradient + {start} + seed * {seed_step} + h * {head_step};
                for (int i = 0; i < {size}; i++)"""
        squares.append(f"{each} total += own[i] * own[i];\n            }}")
        scaled.append(f"{each} own[i] *= scale;\n            }}")
    return f"""
INLINE void clip(const int64_t *at, real *gradient, const real *limits, real *norms) {{
    for (int seed = 0; seed < SEEDS; seed++)
        for (int h = 0; h < HEADS; h++) {{
            real total = 0;{"".join(squares)}
            const real norm = SQRT(total);
            norms[seed * HEADS + h] = norm;
            const real limit = limits[2 * h] / (norm + (real)1e-6 * limits[2 * h + 1]);
            const real scale = limit > 1 ? 1 : limit;{"".join(scaled)}
        }}
}}"""


def _take(
    train: Train, average: Average | None, states: tuple[str, ...], constants: list[float]
) -> str:
    trace = Trace(constants, "w")
    state = {name: trace.tensor(f"{name}[i]") for name in states}
    rate, decay = trace.tensor("(own_rate * rate[i])"), trace.tensor("decay[i]")
    train.update_rule.update_(state, rate, decay, trace.tensor("rate_and_step[1]", UNIFORM))
    if average is not None:
        average.follow_(state[AVERAGE], state["parameters"])
    updated = "\n".join(f"{name}[i] = {trace.code(state[name])};" for name in states)
    return f"""
void take(struct room *room, const int64_t steps, const int64_t *restrict at,
          const int64_t *restrict rows, const double *restrict rate_and_step,
          const double *restrict constants,
          const real *restrict features, const real *restrict targets,
          const uint8_t *restrict positive, const real *restrict rate, const real *restrict decay,
          const real *restrict limits, real *restrict norms, real *restrict losses,
          {", ".join(f"real *restrict {name}" for name in states)}) {{
    memset(room, 0, sizeof *room);
    const int64_t all_rows = steps * (SHARED ? 1 : SEEDS) * ROWS;
    for (int64_t step = 0; step < steps; step++, rate_and_step += 2) {{
        for (int seed = 0; seed < SEEDS; seed++) {{
            const int64_t first = (SHARED ? step : step * SEEDS + seed) * ROWS;
            seed_gradient(room, at, seed, constants, rows + first, all_rows - first, features,
                          targets, positive, parameters, gradient,
                          losses + (step * SEEDS + seed) * HEADS);
        }}
        {"clip(at, gradient, limits, norms);" if train.clip_norm is not None else ""}
        const real own_rate = (real)rate_and_step[0];
        {trace.uniform_text}
#pragma omp simd
        for (int i = 0; i < PARAMETERS; i++) {{
            {trace.element_text}
            {updated}
        }}
    }}
}}
"""
