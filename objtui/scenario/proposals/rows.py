"""Scenarios for tables: of features, and of logits."""

from __future__ import annotations

from objtui.datafiles.table import PROBABILITY_NAMES
from objtui.optimizers import DEFAULT_OPTIMIZER, OPTIMIZERS
from objtui.scenario.proposals.parts import (
    calibration_claim,
    claims,
    gap_claim,
    given_lines,
    heads,
    training,
)
from objtui.scenario.proposals.proposal import Proposal, stem_for
from objtui.scenario.proposals.summary import summary
from objtui.scenario.proposals.survey import RowSurvey
from objtui.scenario.toml_comments import comment, entry
from objtui.scenario.toml_text import toml_string
from objtui.text.numbers import either

_MAX_ROWS_AT_ONCE = 20_000  # of logits, on which every step sees all rows


def of_features(proposal: Proposal, survey: RowSurvey) -> str:
    """Heads on the features, as a detector has its objectness layer on its own."""
    rows, name = survey.rows, stem_for(proposal.user_data)
    return "\n".join(
        [
            *comment(f"Made from {summary(proposal)[0]}."),
            "",
            f"title    = {toml_string(f'{name}: three losses on one table')}",
            'question = "Do three losses learn the same scores from these features?"',
            "",
            "[data]",
            *_table_lines(proposal, survey),
            "",
            "[model]",
            *entry("backbone", "none", 'heads on the features; "mlp": on hidden layers'),
            '# hidden = [32]               # with "mlp"',
            "",
            *training(rows, steps=2000, lr=1e-2 if survey.features <= 64 else 1e-3),
            "",
            *heads(survey.base_rate),
            *claims(survey.base_rate, survey.val_rows or rows),
        ]
    )


def of_logits(proposal: Proposal, survey: RowSurvey) -> str:
    """Heads on the logits: what slope and offset would make them right."""
    rows, name = survey.rows, stem_for(proposal.user_data)
    one = survey.features == 1
    fit = "p = sigmoid(slope · z + offset)" if one else "p = sigmoid(w · z + offset)"
    features = proposal.data["features"]
    named = features if isinstance(features, str) else features[0]
    kept = "probabilities p" if named.casefold() in PROBABILITY_NAMES else "logits z"
    all_at_once = rows <= _MAX_ROWS_AT_ONCE
    return "\n".join(
        [
            *comment(f"Made from {summary(proposal)[0]}."),
            *comment(
                "`objtui measure` shows these scores as they are. Here heads are fitted on top of "
                f"the {kept}, which says by what slope and offset they would be right: {fit}."
            ),
            "",
            f"title    = {toml_string(f'{name}: three losses on given logits')}",
            'question = "Do a slope and an offset make these scores right, whatever the loss?"',
            "",
            "[data]",
            *_table_lines(proposal, survey),
            "",
            "[model]",
            *entry("backbone", "none", "the head is the slope and the offset, and nothing else"),
            "",
            "[train]",
            *entry("steps", 1500, "enough for slope and offset to settle"),
            *entry("batch", "all" if all_at_once else 4096, "rows of a step"),
            *entry("optimizer", DEFAULT_OPTIMIZER, either(OPTIMIZERS)),
            *entry("weight_decay", 0.0, "it would pull the slope to 0"),
            *entry("lr", 2e-2, "rate at which slope and offset move"),
            *entry("schedule", "cosine", "the rate falls to 0, so that they come to rest"),
            *entry("seeds", 3, "independent repetitions, for the ±"),
            "",
            *heads(survey.base_rate),
            *gap_claim(),
            "",
            *calibration_claim(survey.base_rate, survey.val_rows or rows),
        ]
    )


def _table_lines(proposal: Proposal, survey: RowSurvey) -> list[str]:
    lines = given_lines(proposal)
    if survey.val_share is not None:
        why = "of the rows, held out at random: what scores are measured on"
        lines += entry("val_share", survey.val_share, why)
    elif not survey.val_rows:
        lines.append("# Too few rows to hold some out: scores are measured on the training rows.")
    if "step" in proposal.user_data.names and proposal.user_data.kind == "logits":
        lines.append("# The rows of every `step` are taken together.")
    return lines
