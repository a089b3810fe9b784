"""The line at the top of the dashboard: what runs, how far it is, how long it will take."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from objtui.runfile.liveness import is_silent
from objtui.runfile.records import ENDED, RunHeader
from objtui.runs.differing import DifferingKey
from objtui.runs.history import RunHistory
from objtui.text.numbers import duration, grouped, step_of
from objtui.ui.charts.words import READING, between, cut, legible
from objtui.ui.theme import BAD, GOOD, STRONG, Theme

_GAP = "  "
_MIN_TITLE = 16
_MIN_MESSAGE = 12
STYLES: dict[str, str] = {
    "running": GOOD,
    "finished": GOOD,
    "paused": STRONG,
    "silent": STRONG,
    "stopped": STRONG,
    "failed": BAD,
    "crashed": BAD,
    "diverged": BAD,
}


def header_line(
    history: RunHistory,
    theme: Theme,
    width: int,
    now: float,
    at: str = "",
    *,
    reading: bool = False,
) -> Text:
    """One line of `width` cells; the narrower, the fewer parts, the least important go first.

    Args:
        now: seconds since the epoch, by the clock of the trainer.
        at: where the step cursor stands; empty while the dashboard is live.
        reading: whether more of the run is known to be in its file.
    """
    header, status = history.header, history.status
    word = "measured" if header.measured else status.state
    state = Text(word, theme.hue(STYLES.get(status.state, "")) or STRONG)
    steps = grouped(max(header.steps or 0, status.step))
    step = f"step {grouped(status.step).rjust(len(steps))}"
    if header.steps is not None:
        step += f"/{grouped(header.steps)}"
    parts = {  # in the order of the line
        "state": state,
        "device": Text(legible(header.device, theme)),
        "step": Text(at, "reverse") if at else Text(READING if reading else step),
        "speed": Text(_speed(history)),
        "time": Text(_time(history, now)),
    }
    if header.measured:  # nothing was trained, so there is neither a device nor a speed
        parts |= dict.fromkeys(("device", "speed", "time"), Text())
        if not at and header.steps == 1:
            parts["step"] = Text()
    brand = " objtui  "
    note = f" ({header.note})" if header.note else ""
    title = legible(f"{header.title}{note}", theme)
    message = legible(status.message, theme) if status.state in ENDED else ""
    least = min(cell_len(title), _MIN_TITLE)

    def used() -> int:
        shown = [part.cell_len for part in parts.values() if part.cell_len]
        return len(brand) + sum(shown) + len(_GAP) * len(shown) + 1

    if message or at:  # a parked cursor is not where the training is
        del parts["speed"], parts["time"]
    for name in ("device", "speed", "brand", "time"):
        if used() + least + (_MIN_MESSAGE if message else 0) <= width:
            break
        if name == "brand":
            brand = " "
        else:
            parts.pop(name, None)
    room = width - used()
    if message and room - least > _MIN_MESSAGE:
        words = cut(message, room - least - 2, theme)
        parts["state"] = Text.assemble(state, ": ", words)
        room = width - used()
    line = Text.assemble((brand, STRONG if brand.strip() else ""), cut(title, max(room, 0), theme))
    right = Text(_GAP).join(part for part in parts.values() if part.cell_len)
    line.pad_right(max(0, width - line.cell_len - right.cell_len - 1))
    line.append_text(right)
    line.truncate(width)
    line.pad_right(width - line.cell_len)
    return line


def _speed(history: RunHistory) -> str:
    """Steps a second in three digits; blank while training goes on at an unknown speed."""
    status = history.status
    speed = status.steps_per_s
    if status.state not in ("running", "starting"):
        return ""
    if not math.isfinite(speed) or speed <= 0:
        return " " * len("1 234 steps/s")
    digits = max(0, 2 - math.floor(math.log10(speed)))
    shown = grouped(float(f"{speed:.3g}")) if speed >= 100 else f"{speed:.{min(digits, 3)}f}"
    return f"{shown:>5} steps/s"


def _time(history: RunHistory, now: float) -> str:
    """Time left of a running training, time taken of one that has ended."""
    status = history.status
    if status.state in ENDED:
        return f"in {duration(status.elapsed_s)}" if status.step else ""
    if status.state != "running":
        return ""
    if is_silent(status, now):
        return f"silent for {duration(now - status.heartbeat_at)}"
    if not math.isfinite(status.steps_per_s) or status.steps_per_s <= 0:
        return " " * len("00:00 left")
    if history.header.steps is None:
        return f"{duration(status.elapsed_s)} so far".rjust(len("00:00 so far"))
    left = max(0, history.header.steps - status.step) / status.steps_per_s
    return f"{duration(left)} left".rjust(len("00:00 left"))


def comparison_line(
    header: RunHeader,
    histories: Sequence[RunHistory],
    theme: Theme,
    width: int,
    times: Sequence[float],
    at: str = "",
    differing: Sequence[DifferingKey] = (),
    *,
    reading: bool = False,
    still: bool = False,
) -> Text:
    """One line of `width` cells: which runs, and what differs between them as far as there is room.

    Args:
        header: what the runs have in common.
        times: the present by the clock of each run's trainer, in seconds since the epoch.
        at: where the step cursor stands; empty while the dashboard is live.
        reading: whether more of the runs is known to be in their files.
        still: whether nobody has the key that says what else differs.
    """
    states = Counter(
        "silent" if is_silent(history.status, now) else history.status.state
        for history, now in zip(histories, times, strict=True)
    )
    right = Text("  ").join(
        Text(
            state if len(states) == 1 else f"{count} {state}",
            theme.hue(STYLES.get(state, "")) or STRONG,
        )
        for state, count in states.items()
    )
    step = step_of(max(history.status.step for history in histories), header.steps)
    where = Text(at, "reverse") if at else Text(READING if reading else f"step {step}")
    right = Text.assemble(right, "  ", where, " ")
    brand = " objtui  " if width >= right.cell_len + 40 else " "
    room = max(width - len(brand) - right.cell_len - 2, 0)
    title = legible(header.title, theme)
    line = Text.assemble((brand, STRONG), cut(title, room, theme))
    line.append(_differing_words(differing, room - cell_len(title), theme, still=still))
    line.pad_right(max(0, width - line.cell_len - right.cell_len))
    line.append_text(right)
    line.truncate(width)
    return line


def _differing_words(
    differing: Sequence[DifferingKey], room: int, theme: Theme, *, still: bool
) -> str:
    """As many of the keys that differ as fit, the first ones first, and where the others are."""
    key = "" if still else "D: "
    for shown in range(len(differing), -1, -1):
        left = len(differing) - shown
        words = [legible(each.line, theme) for each in differing[:shown]]
        others = f"{left} more differ" if shown or still else "what differs"
        more = [key + others] if left else []
        joined = "".join(f"{between(theme)}{each}" for each in [*words, *more])
        if cell_len(joined) <= room:
            return joined
    return ""
