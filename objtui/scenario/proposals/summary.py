"""What was seen of somebody's data, in lines for a person."""

from __future__ import annotations

from objtui.scenario.proposals.numbers import percent, size_text
from objtui.scenario.proposals.proposal import Proposal
from objtui.scenario.proposals.survey import ImageSurvey
from objtui.text.numbers import counted, grouped


def summary(proposal: Proposal) -> list[str]:
    """What was seen, in lines for a person."""
    survey, where = proposal.survey, str(proposal.user_data.path)
    if isinstance(survey, ImageSurvey):
        return [f"{where}: {images_text(survey)}", *image_facts(survey)]
    what = "logits" if proposal.user_data.kind == "logits" else counted(survey.features, "feature")
    val = f" and {grouped(survey.val_rows)} of validation" if survey.val_rows else ""
    return [
        f"{where}: {counted(survey.rows, 'training row')}{val}, {what}, "
        f"{percent(survey.base_rate)} positive"
    ]


def images_text(survey: ImageSurvey) -> str:
    """How many images there are, and of what kind."""
    val = "none" if survey.val_images is None else grouped(survey.val_images)
    sizes = {survey.smallest, survey.largest}
    size = " to ".join(f"{w} × {h}" for w, h in sorted(sizes, key=lambda s: s[0] * s[1]))
    colour = "grey" if survey.channels == 1 else "colour"
    held_out = " held out" if survey.val_share is not None else ""
    return (
        f"{counted(survey.images, 'training image')} and {val}{held_out} for validation, "
        f"{colour}, {size} pixels"
    )


def image_facts(survey: ImageSurvey) -> list[str]:
    """Boxes, anchors and rows, a line each."""
    low, middle, high = (f"{w:.3g} × {h:.3g}" for w, h in survey.box_sides)
    of = f" in {counted(survey.looked_at, 'image')}"
    if survey.category_count == 1:
        of += f", all {category_text(survey.categories[0][0])}"
    elif survey.categories:
        name, count = survey.categories[0]
        most = f"{category_text(name)} ({grouped(count)})"
        of += f", of {survey.category_count} categories, most of all {most}"
    sizes = ", ".join(map(size_text, survey.sizes))
    val = f" and {grouped(survey.val_rows)} of validation" if survey.val_rows else ""
    boxes = "1 box" if survey.boxes == 1 else f"{grouped(survey.boxes)} boxes"
    return [
        f"{boxes}{of}; usual sides {middle} pixels ({low} to {high})",
        f"anchors fitted to them: {sizes} at stride {survey.stride}, which reach "
        f"{percent(survey.reached)} of the boxes",
        f"about {counted(survey.rows, 'training row')}{val}, {percent(survey.base_rate)} positive",
    ]


def category_text(name: str) -> str:
    """A category as it is called; one without a name is told by its number."""
    return f"class {name}" if name.isdigit() else name
