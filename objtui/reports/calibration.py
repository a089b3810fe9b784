"""What a calibration after training does to each head, as text for people."""

from __future__ import annotations

from objtui.measures.frames import Frame
from objtui.reports.style import Style
from objtui.reports.table import score_table
from objtui.runfile.records import RunHeader
from objtui.text.numbers import counted, grouped
from objtui.text.terminal import printable

COLUMNS = ("nll_held", "nll_calibrated", "ece_held", "ece_calibrated", "ap_held", "ap_calibrated")
"""Each score before beside the same after."""


def calibration_part(
    header: RunHeader, frame: Frame, diverged_at: dict[str, int], style: Style
) -> list[str]:
    """The heads before and after it, on the rows that it was not fitted on; empty without one."""
    calibration = frame.calibration
    if calibration is None:
        return []
    words = (
        f"calibrated by {calibration.method}, fitted on {counted(calibration.fitted, 'row')}, "
        f"measured on {grouped(calibration.held)} others"
    )
    lines = ["", style.paint(words, "strong")]
    lines += score_table(header, frame, diverged_at, style, COLUMNS)
    for position, head in enumerate(header.heads):
        kept = ~frame.diverged[position]
        missing = sum(
            member is None and bool(sound)
            for member, sound in zip(calibration.members[position], kept, strict=True)
        )
        if missing:
            lines.append(
                f"{printable(head.name)}: no {calibration.method} is best for {missing} of "
                f"{counted(kept.size, 'seed')}: its rows are told apart, or not at all"
            )
    return lines
