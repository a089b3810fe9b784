"""A scenario for annotated images."""

from __future__ import annotations

from objtui.scenario.proposals.numbers import percent
from objtui.scenario.proposals.parts import claims, given_lines, heads, training
from objtui.scenario.proposals.proposal import Proposal, stem_for
from objtui.scenario.proposals.summary import category_text, image_facts, images_text
from objtui.scenario.proposals.survey import ImageSurvey, Size
from objtui.scenario.toml_comments import comment, entry
from objtui.scenario.toml_text import toml_string, toml_value
from objtui.text.numbers import grouped


def of_images(proposal: Proposal, survey: ImageSurvey) -> str:
    """Heads on the crops of anchors that are fitted to the boxes."""
    name, rows = stem_for(proposal.user_data), survey.rows
    what = "all categories as one"
    if survey.category_count == 1:
        what = category_text(survey.categories[0][0])
    return "\n".join(
        [
            *comment(f"Made from {proposal.user_data.path}: {images_text(survey)}."),
            *(
                line
                for fact in image_facts(survey)
                for line in comment(f"{fact[0].upper()}{fact[1:]}.")
            ),
            "",
            f"title    = {toml_string(f'{name}: {what}, three losses')}",
            'question = "How extreme and how right is objectness here, and does the loss decide '
            'it?"',
            "",
            "[data]",
            *given_lines(proposal),
            *_held_out(survey),
            *_fewer_images(survey),
            *_categories(survey),
            *_anchors(survey),
            *entry("objectness", "hard", '"iou": the overlap is the target, and not 1'),
            *entry(
                "crop", 12 if survey.channels == 1 else 8, "an anchor is resized to crop × crop"
            ),
            "",
            "[model]",
            *entry("backbone", "mlp", 'hidden layers of its own; "none": heads on the features'),
            *entry("hidden", [32], "units of every layer; more can learn finer differences"),
            "",
            *training(rows, steps=2000 if rows >= 2000 else 1000, lr=1e-3),
            "",
            *heads(survey.base_rate),
            *claims(survey.base_rate, survey.val_rows or rows),
        ]
    )


def _held_out(survey: ImageSurvey) -> list[str]:
    if survey.val_share is not None:
        why = "held out for validation, as there are no images of its own for it"
        return entry("val_share", survey.val_share, why)
    if survey.val_images is None:
        return ["# One image alone: scores are measured on what was learnt from."]
    return []


def _fewer_images(survey: ImageSurvey) -> list[str]:
    there = max(survey.images, survey.val_images or 0)
    if survey.used_images >= there:
        return []
    why = f"of {grouped(there)}, for a first answer; raise it for a truer one"
    return entry("max_images", survey.used_images, why)


def _categories(survey: ImageSurvey) -> list[str]:
    if survey.category_count < 2:
        return []
    counts = ", ".join(f"{name} ({grouped(boxes)} boxes)" for name, boxes in survey.categories)
    more = ", …" * (survey.category_count > len(survey.categories))
    return [
        *comment(f"All categories are taken as one: {counts}{more}. To take one alone:"),
        f"# category = {toml_string(survey.categories[0][0])}",
    ]


def _anchors(survey: ImageSurvey) -> list[str]:
    anchors: dict[str, object] = {
        "stride": survey.stride,
        "sizes": [_plain(size) for size in survey.sizes],
        "positive_iou": 0.5,
        "negative_iou": 0.3,
    }
    return [
        *comment(
            f"Fitted to the boxes: {percent(survey.reached)} of them have an anchor of IoU >= 0.5 "
            "(the recall ceiling). A smaller stride or more sizes reach more, and make more rows. "
            "Below negative_iou an anchor is background; between the two it is left out."
        ),
        f"anchors = {toml_value(anchors)}",
    ]


def _plain(size: Size) -> int | float | list[int | float]:
    """An anchor size without needless decimals."""
    if isinstance(size, tuple):
        return [_number(side) for side in size]
    return _number(size)


def _number(side: float) -> int | float:
    return int(side) if float(side).is_integer() else side
