"""Settings at the ends of what is allowed: a training that comes to its end, or clear lines."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from objtui.engine.session import prepare
from objtui.errors import ObjtuiError
from objtui.scenario.load import parse_scenario
from objtui.scenario.render import render_scenario

SHARES = ("5e-324", "1e-300", "1e-9", "0.01", "0.3", "0.5", "0.999", "0.9999999999999999")
POWERS = ("1.0", "1.5", "2.0", "100.0", "1e18", "1e300", "1.7976931348623157e308")
ANY = (*SHARES, *POWERS)

SOURCES = {
    "gaussians": ("train_rows = 20\nval_rows = 50\ndim = 2",),
    "logistic": ("train_rows = 200\nval_rows = 50\ndim = 2", "train_rows = 2\nval_rows = 0"),
    "points": tuple(
        f"features = [[0.0], [1.0], [2.0], [3.0]]\ntargets = {targets}"
        for targets in ("[0, 0, 1, 1]", "[0.2, 0.5, 0.9, 1]", "[1, 1, 1, 1]", "[0, 0, 0, 0]")
    ),
    "scenes": tuple(
        f"train_images = 2\nval_images = 1\nsize = 64\nobjects = 4\ncrop = 4\n{more}"
        for more in ("", "background_images = 3", 'objectness = "iou"\niou_power = {odd}')
    ),
}
LOSSES: dict[str, dict[str, tuple[str, ...]]] = {
    "bce": {},
    "ce": {},
    "mse": {},
    "raw_mse": {},
    "focal": {"alpha": SHARES, "gamma": ANY},
    "quality": {"beta": POWERS},
    "varifocal": {"alpha": SHARES, "gamma": ANY},
    "asymmetric": {"gamma_pos": ANY, "gamma_neg": ANY, "margin": SHARES},
    "logit_adjusted": {"tau": ANY},
}
TRAIN = {
    "balance": SHARES,
    "hard_negatives": ANY,
    "ema": SHARES,
    "normalise": ('"positives"',),
    "dtype": ('"float64"', '"bfloat16"'),
    "seeds": ("2",),
}
METHODS = ("temperature", "platt", "isotonic")


def extreme(chance: Random) -> str:
    """A scenario of few rows and steps."""

    def some(keys: dict[str, tuple[str, ...]], share: float) -> list[str]:
        drawn = {key: chance.choice(values) for key, values in keys.items()}
        return [f"{key} = {value}" for key, value in drawn.items() if chance.random() < share]

    source = chance.choice(list(SOURCES))
    data = chance.choice(SOURCES[source]).replace("{odd}", chance.choice(ANY))
    lines = ['title = "x"', "[data]", f'source = "{source}"', data, *some({"missing": SHARES}, 0.5)]
    lines += ["[model]", f'backbone = "{chance.choice(("none", "mlp"))}"', "[train]"]
    lines += [f"steps = {chance.choice((1, 2, 5))}", "eval_every = 1"]
    lines += [f"batch = {chance.choice((1, 2, 4))}", *some(TRAIN, 0.3)]
    for number in range(2):
        loss = chance.choice(list(LOSSES))
        lines += ["[[heads]]", f'name = "h{number}"', f'loss = "{loss}"']
        lines += some(LOSSES[loss], 0.6)
        lines += some({"positive_weight": ANY, "label_smoothing": SHARES}, 0.2)
    if chance.random() < 0.5:
        lines += ["[calibrate]", f'method = "{chance.choice(METHODS)}"']
    return "\n".join(lines)


@pytest.mark.parametrize(
    "numbers", [range(12), pytest.param(range(12, 1000), marks=pytest.mark.thorough)], ids=len
)
def test_extreme_settings_are_trained_or_refused_in_clear_lines(numbers: range) -> None:
    trained = 0
    said: list[str] = []
    for number in numbers:
        text = extreme(Random(number))
        try:
            scenario = parse_scenario(text, "a.toml", Path()).scenario
            assert parse_scenario(render_scenario(scenario), "b.toml", Path()).scenario == scenario
            for _ in prepare(scenario, Path()).training.events():
                pass
            trained += 1
        except ObjtuiError as error:
            said += error.lines()
        except BaseException as error:
            error.add_note(f"case {number}:\n{text}")
            raise
    assert all(line.isprintable() and len(line) < 500 for line in said)
    assert trained > len(numbers) / 4
