"""The claims panel: what the run says so far about every claim of its scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from objtui.claims.verdict import Outcome, Verdict
from objtui.runfile.records import RunHeader
from objtui.runs.shared_claims import Claim, RunVerdict
from objtui.ui.charts.frame import framed
from objtui.ui.charts.words import cut, legible
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, FAINT, GOOD, STRONG, Theme

SIGNS: dict[Outcome, tuple[str, str, str]] = {
    "holds": ("✓", "+", GOOD),
    "fails": ("✗", "x", BAD),
    "mixed": ("~", "~", STRONG),
}
"""Signs of a verdict, the second in ASCII, and their hue."""

_MIN_TEST = 8  # cells of a claim's test below which it says nothing
_MIN_TEXT = 32  # cells of its text that verdicts of single runs must leave


def claims_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """What the runs say about their claims up to the cursor, a line a claim."""
    runs, cursor = scene.runs, scene.state.cursor
    whole = cursor is None and all(run.status.state == "finished" for run in runs.histories)
    return claim_lines(
        scene.history.header,
        runs.verdicts_at(cursor),
        scene.theme,
        width,
        height,
        whole=whole,
        by_run=runs.verdicts_by_run(cursor),
    )


def claims_in_brief(scene: Scene) -> str:
    """How many of the claims hold; empty without any verdict."""
    verdicts = scene.runs.verdicts_at(scene.state.cursor)
    held = sum(verdict.verdict == "holds" for verdict in verdicts)
    return f"{held} of {len(verdicts)} hold" if verdicts else ""


def claim_lines(
    header: RunHeader,
    verdicts: Sequence[Verdict],
    theme: Theme,
    width: int,
    height: int,
    *,
    whole: bool = True,
    by_run: Mapping[Claim, Sequence[RunVerdict]] | None = None,
) -> list[Text]:
    """A line a claim: sign, text, test and in how many seeds it holds.

    The title says "so far" where the run is not `whole`: claims are about its end.

    Where all of them have room for a second line it says what was measured. `verdicts` is empty
    before the first frame, else in the order of the header's claims. `by_run` has what single runs
    say about a claim that several make; it is shown where there is room.
    """
    inner, rows = width - 2, height - 2
    by_claim = {(verdict.text, verdict.test): verdict for verdict in verdicts}
    claims = header.claims
    shown = claims if len(claims) <= rows else claims[: max(rows - 1, 0)]
    detailed = len(claims) > 0 and rows >= 2 * len(claims)
    lines = []
    for claim in shown:
        verdict = by_claim.get(claim)
        of_runs = (by_run or {}).get(claim, ())
        shares = _shares(verdict, of_runs, len(header.seeds), theme)
        lines.append(_line(*claim, verdict, shares, theme, inner))
        if detailed:
            measured = _measured(verdict, of_runs, whole=whole)
            lines.append(Text(cut(f"   {legible(measured, theme)}", inner, theme), FAINT))
    if len(shown) < len(claims) and rows > 0:
        dots = "..." if theme.glyphs == "ascii" else "…"
        lines.append(Text(f" {dots} {len(claims) - len(shown)} more", FAINT))
    return framed(Text("claims" if whole else "claims so far"), lines, width, height, theme)


def _shares(
    verdict: Verdict | None, of_runs: Sequence[RunVerdict], seeds: int, theme: Theme
) -> list[Text]:
    """In how many seeds a claim holds, from the longest form to the shortest."""
    if verdict is None:
        return [Text(f"{theme.nothing}/{seeds}", FAINT)]
    total = _share(verdict, theme)
    if len(of_runs) < 2:
        return [total]
    single = [_share(each, theme) for _, each in of_runs]
    named = [
        Text.assemble(f"{legible(label, theme)} ", share)
        for (label, _), share in zip(of_runs, single, strict=True)
    ]
    return [Text("  ").join(named), Text("  ").join(single), total]


def _share(verdict: Verdict | None, theme: Theme) -> Text:
    if verdict is None:
        return Text(theme.nothing, FAINT)
    return Text(f"{verdict.holds}/{verdict.of}", theme.hue(SIGNS[verdict.verdict][2]))


def _measured(verdict: Verdict | None, of_runs: Sequence[RunVerdict], *, whole: bool) -> str:
    """What was measured: by run where several make the claim.

    Of a whole run with it, that the test asks for more steps than there were.
    """
    if verdict is None:
        return ""
    if len(of_runs) < 2:
        note = f"; {verdict.note}" if whole and verdict.note else ""
        return f"{verdict.measured}{note}"
    by_label = ((label, each.measured) for label, each in of_runs if each is not None)
    return "; ".join(f"{label}: {measured}" for label, measured in by_label)


def _line(
    text: str, test: str, verdict: Verdict | None, shares: list[Text], theme: Theme, width: int
) -> Text:
    sign, style = theme.nothing, FAINT
    if verdict is not None:
        fine, plain, style = SIGNS[verdict.verdict]
        sign = plain if theme.glyphs == "ascii" else fine
        style = theme.hue(style)
    text, test = legible(text, theme), legible(test, theme)
    least = min(cell_len(text), _MIN_TEXT)
    share = next((form for form in shares if width - 6 - form.cell_len >= least), shares[-1])
    room = width - 3 - share.cell_len - 3  # sign and blanks before, share and blanks after
    for_test = min(cell_len(test), room - cell_len(text) - 3)
    line = Text.assemble(" ", (sign, style), " ")
    line.append(cut(text, room, theme))
    if for_test >= min(cell_len(test), _MIN_TEST):
        shown = cut(test, for_test, theme)
        line.pad_right(width - share.cell_len - 3 - cell_len(shown) - line.cell_len)
        line.append(shown, FAINT)
    line.pad_right(max(0, width - share.cell_len - 1 - line.cell_len))
    return line.append_text(share)
