"""The claims panel: what the run says so far about every claim of its scenario."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from objtui.claims.verdict import Outcome, Verdict
from objtui.runfile.records import RunHeader
from objtui.ui.line_panel import framed
from objtui.ui.look import BAD, FAINT, GOOD, Look
from objtui.ui.panels.words import cut, legible

_SIGNS: dict[Outcome, tuple[str, str, str]] = {
    "holds": ("✓", "+", GOOD),
    "fails": ("✗", "x", BAD),
    "mixed": ("~", "~", "yellow"),
}
_LEAST_TEST = 8  # cells of a claim's test below which it says nothing


def claims_panel(
    header: RunHeader,
    verdicts: Sequence[Verdict],
    look: Look,
    width: int,
    height: int,
    *,
    whole: bool = True,
) -> list[Text]:
    """A line a claim: sign, text, test and in how many seeds it holds.

    The title says "so far" where the run is not `whole`: claims are about its end.

    Where all of them have room for a second line it says what was measured. `verdicts` is empty
    before the first frame, else in the order of the header's claims.
    """
    inner, rows = width - 2, height - 2
    known = {(verdict.text, verdict.test): verdict for verdict in verdicts}
    claims = header.claims
    shown = claims if len(claims) <= rows else claims[: max(rows - 1, 0)]
    detailed = len(claims) > 0 and rows >= 2 * len(claims)
    lines = []
    for text, test in shown:
        verdict = known.get((text, test))
        lines.append(_line(text, test, verdict, len(header.seeds), look, inner))
        if detailed:
            measured = verdict.measured if verdict else ""
            lines.append(Text(cut(f"   {legible(measured, look)}", inner, look), FAINT))
    if len(shown) < len(claims) and rows > 0:
        dots = "..." if look.glyphs == "ascii" else "…"
        lines.append(Text(f" {dots} {len(claims) - len(shown)} more", FAINT))
    return framed(Text("claims" if whole else "claims so far"), lines, width, height, look)


def _line(
    text: str, test: str, verdict: Verdict | None, seeds: int, look: Look, width: int
) -> Text:
    if verdict is None:
        sign, style = look.nothing, FAINT
        share = f"{look.nothing}/{seeds}"
    else:
        fine, plain, style = _SIGNS[verdict.verdict]
        sign = plain if look.glyphs == "ascii" else fine
        style = look.hue(style)
        share = f"{verdict.holds}/{verdict.of}"
    text, test = legible(text, look), legible(test, look)
    room = width - 3 - len(share) - 3  # sign and blanks before, share and blanks after
    for_test = min(cell_len(test), room - cell_len(text) - 3)
    line = Text.assemble(" ", (sign, style), " ")
    line.append(cut(text, room, look))
    if for_test >= min(cell_len(test), _LEAST_TEST):
        shown = cut(test, for_test, look)
        line.pad_right(width - len(share) - 3 - cell_len(shown) - line.cell_len)
        line.append(shown, FAINT)
    line.pad_right(max(0, width - len(share) - 1 - line.cell_len))
    return line.append(share, style)
