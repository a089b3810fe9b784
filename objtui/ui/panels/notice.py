"""What a person is told about a run: why it ended badly and what to do now, or is to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.text import Text

from objtui.runfile.records import RunHeader, RunStatus, State
from objtui.text.commands import shell_quote
from objtui.text.numbers import grouped
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.words import cut, legible
from objtui.ui.theme import BAD, FAINT, STRONG, Theme

MAX_REASON_LINES = 3
"""Lines that the reason gets at most; all of it is in the log."""


def notice(
    header: RunHeader, status: RunStatus, path: Path, theme: Theme, width: int, most: int
) -> list[Text]:
    """At most `most` lines, 2 or more, of at most `width` cells; none for a run that is well.

    The reason comes first and is cut where it is long; what to do, which is never cut but by
    `most`, has a line, or one for the words and one for the command.

    Args:
        path: the run file, as commands are to name it.
    """
    if status.state not in _ADVICE:
        return []
    when = _WHEN.get(status.state, f"{status.state} at step")
    reason = f"{when} {grouped(status.step)}: {status.message or _REASONS[status.state]}"
    room = max(width - 2, 1)
    advice = _advice(header, status, path, room)[: most - 1]
    lines = wrapped(legible(reason, theme), room)
    rows = min(MAX_REASON_LINES, most - len(advice))
    if len(lines) > rows:
        lines = [*lines[: rows - 1], cut(" ".join(lines[rows - 1 :]), room, theme)]
    said = [Text(f" {line}", theme.hue(BAD)) for line in lines]
    return [*said, *(Text(f" {legible(line, theme)}") for line in advice)]


def trainer_notices(notices: Sequence[str], theme: Theme, width: int, most: int) -> list[Text]:
    """What trainers thought worth knowing, in at most `most` lines of at most `width` cells.

    They have a line each where they do not fit whole; all of them are in the log. The last line
    says how to put them away.
    """
    if not notices or most < 1:
        return []
    room = max(width - 2, 1)
    lines = [line for each in notices for line in wrapped(legible(each, theme), room)]
    if len(lines) > most:  # then a line each
        lines = [cut(legible(each, theme), room, theme) for each in notices]
    if len(lines) > most:
        lines = [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), room, theme)]
    if len(lines) < most and cell_len(lines[-1]) + len(_KEYS) + 3 > room and len(_KEYS) <= room:
        return [*(Text(f" {line}", STRONG) for line in lines), Text(f" {_KEYS}", FAINT)]
    hint = _KEYS if cell_len(lines[-1]) + len(_KEYS) + 3 <= room else _KEY
    lines[-1] = cut(lines[-1], room - len(hint) - 3, theme) if room > 2 * len(hint) else lines[-1]
    said = [Text(f" {line}", STRONG) for line in lines]
    if said[-1].cell_len + len(hint) + 3 <= width:
        said[-1].append(f"   {hint}", FAINT)
    return said


_KEYS = "esc puts this away   l shows the log"
_KEY = "esc puts this away"

_REASONS: dict[State, str] = {
    "failed": "its log says why",
    "crashed": "its trainer is gone",
    "diverged": "a logit or parameter is no longer finite",
}
"""Why a run ended, where it does not say so itself."""

_WHEN: dict[State, str] = {"diverged": "every head diverged by step"}

_ADVICE: dict[State, str] = {
    "failed": "l shows the log. Put it right, then:",
    "crashed": "l shows the log. To go on:",
    "diverged": "A smaller learning rate may help:",
}

_ADVICE_RECORDED: dict[State, str] = {
    "failed": "What your training said is where it ran. To go on in this run:",
    "crashed": "Your training is gone without an end. To go on in this run:",
}
"""The same of a run that a training loop of the user's own recorded."""


def _advice(header: RunHeader, status: RunStatus, path: Path, room: int) -> list[str]:
    """What to do, and the command for it: in one line where there is room."""
    command = f"objtui resume {shell_quote(str(path))}"
    if status.state == "diverged":
        command = f"objtui run {shell_quote(header.scenario)} --set train.lr=..."
    words = _ADVICE[status.state]
    if header.recorded:
        words = _ADVICE_RECORDED.get(status.state, words)
        command = f'objtui.Recorder(..., resume="{path.stem}")'
    together = f"{words} {command}"
    return (
        [together]
        if cell_len(together) <= room
        else [*wrapped(words, room), *wrapped(command, room)]
    )
