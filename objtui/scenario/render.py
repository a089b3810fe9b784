"""A scenario as TOML text with every default filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from objtui.scenario.schema import DEFAULT_BATCH, DEFAULT_TILES, Anchors, Scenario, Table, Train
from objtui.scenario.toml_text import toml_string, toml_value
from objtui.scenario.unused import (
    unused_by_anchors,
    unused_by_data,
    unused_by_detect,
    unused_by_head,
    unused_by_model,
    unused_by_train,
)


def render_scenario(scenario: Scenario) -> str:
    """TOML text that loads back to an equal scenario.

    Keys without a value and keys that mean nothing here, such as `momentum` of
    "adam", are left out.
    """
    model, train = scenario.model, scenario.train
    tables = [
        f"title = {toml_string(scenario.title)}\nquestion = {toml_string(scenario.question)}\n",
        _table("[data]", scenario.data, unused_by_data(scenario.data, model)),
        _table("[model]", model, unused_by_model(model)),
        _table("[train]", train, unused_by_train(train, model)) + _comments(scenario),
        *([] if unused_by_detect(model) else [_table("[detect]", scenario.detect)]),
        *([_table("[calibrate]", scenario.calibrate)] if scenario.calibrate.score_names else []),
        *(_table("[[heads]]", head, unused_by_head(head)) for head in scenario.heads),
        *(_table("[[claims]]", claim) for claim in scenario.claims),
    ]
    return "\n".join(tables)


def _table(header: str, table: Table, without: Iterable[str] = ()) -> str:
    lines = [header]
    for key, value in _given(table).items():
        if key not in without:
            lines.append(f"{key} = {toml_value(_short(key, value))}")
    return "\n".join(lines) + "\n"


def _given(table: Table) -> dict[str, object]:
    """Every key that has a value, in the order of a scenario file: `source` first."""
    values = {key: getattr(table, key) for key in type(table).model_fields}
    if "source" in values:
        values = {"source": values["source"]} | values
    return {key: _plain(value) for key, value in values.items() if value is not None}


def _plain(value: object) -> object:
    if not isinstance(value, Table):
        return value
    unused = unused_by_anchors(value) if isinstance(value, Anchors) else {}
    return {key: item for key, item in _given(value).items() if key not in unused}


def _short(key: str, value: object) -> object:
    """The seeds 0, 1, … as their number; any other value as it is."""
    if key == "seeds" and isinstance(value, tuple) and value == tuple(range(len(value))):
        return len(value)
    return value


def _comments(scenario: Scenario) -> str:
    """What the keys without a value come to."""
    train: Train = scenario.train
    notes: Mapping[str, str] = {
        "weight_decay": f'not given: {train.decay:g}, as "{train.optimizer}" has it',
        "batch": f"not given: {DEFAULT_TILES} tiles"
        if scenario.model.sees_images
        else f"not given: {DEFAULT_BATCH}, or all rows where there are fewer",
        "clip_norm": "not given: gradients are not clipped",
        "balance": "not given: batches have the share of positives of the data",
        "hard_negatives": "not given: all negatives are trained on",
        "ema": "not given: scores are those of the parameters themselves",
        "eval_every": "not given: about 200 evaluations, dense at first",
        "checkpoint_every": "not given: after 2 s, then more rarely, up to every half minute",
    }
    unused = unused_by_train(train, scenario.model)
    missing = (key for key in notes if getattr(train, key) is None and key not in unused)
    return "".join(f"# {key} {notes[key]}\n" for key in missing)
