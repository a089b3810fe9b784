"""Draws the dashboard's panels from its runs, by the table of panels and what is chosen to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.text import Text

from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory
from objtui.text.numbers import grouped
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.scrolled import BORDERS, Content
from objtui.ui.charts.step_axis import StepAxis
from objtui.ui.charts.words import NONE_YET, legible
from objtui.ui.dashboard.answers import AnswerLines
from objtui.ui.dashboard.first_line import starting_line
from objtui.ui.dashboard.layout import PanelId
from objtui.ui.dashboard.waiting_panel import waiting_panel
from objtui.ui.graphics.graphic import Graphic
from objtui.ui.panels import table
from objtui.ui.panels.header import comparison_line, header_line
from objtui.ui.panels.notice import notice, trainer_notices
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState

NO_FRAME = "no frame was recorded"

NOTICE_SHARE = 3
"""Of the lines for what is said of runs, trainers' notices have one in so many."""


def first_state(history: HeadHistory) -> ViewState:
    """What is shown of runs before anything is chosen."""
    return ViewState.opened(len(history.header.heads), history.header.score_names)


class Renderer:
    """Draws a dashboard's runs; keeps the axis that grows with them and what is slow to draw.

    `cell`: pixels of a cell in width and height, where pictures are laid over the text in pixels.
    """

    def __init__(self, theme: Theme, title: str, *, still: bool = False) -> None:
        """`still`: for a picture, whose viewer has no keys and sees no later frame."""
        self.theme = theme
        self._title = title
        self._axis = AxisRange()
        self.answers = AnswerLines(still=still)
        self._still = still
        self.cell: tuple[int, int] | None = None
        self._slow = {panel.name: panel.slow() for panel in table.PANELS if panel.slow}

    def scene(self, runs: Comparison, state: ViewState) -> Scene | None:
        """What panels are drawn from; None before every run is known."""
        history = runs.history
        if history is None:
            return None
        moment = runs.moment_at(state.cursor)
        self._axis.update(history)
        reach = self._axis.reach_of(history, state.shown)
        return Scene(
            runs,
            history,
            moment,
            state,
            self.theme,
            reach.ends,
            reach.beyond,
            reading=runs.behind,
            answers=self.answers.answers(runs, state),
            still=self._still,
            cell=self.cell,
        )

    def panel(self, scene: Scene | None, which: PanelId, width: int, height: int) -> list[Text]:
        """The lines of a panel of so many cells."""
        if scene is None:
            return waiting_panel(which, None, width, height, self.theme)
        panel, head = which.panel, _head_of(which, scene)
        if panel.needs_frame and scene.moment is None and scene.history.ended:
            return self._no_frame(scene, which, width, height)
        drawn = table.drawn_as(panel, scene.state)
        draw = self._slow.get(drawn.name, drawn.draw)
        return draw(scene, head, width, height)

    def content(self, scene: Scene | None, which: PanelId, width: int) -> Content | None:
        """All that a panel has to say, in a frame of so many cells.

        None where it is drawn in one piece.
        """
        drawn = table.drawn_as(which.panel, scene.state) if scene else which.panel
        if scene is None or drawn.whole is None:
            return None
        return drawn.whole(scene, _head_of(which, scene), width - BORDERS)

    def graphic(
        self, scene: Scene | None, which: PanelId, width: int, height: int
    ) -> Graphic | None:
        """The picture that is laid over a drawn panel in pixels; None where there is none."""
        drawn = table.drawn_as(which.panel, scene.state) if scene else which.panel
        if scene is None or scene.cell is None or not isinstance(drawn, table.View):
            return None
        return drawn.graphic and drawn.graphic(scene, _head_of(which, scene), width, height)

    def axis(self, scene: Scene, which: PanelId, width: int, height: int) -> StepAxis | None:
        """Where the axis of steps of a drawn panel lies; None where it has none."""
        drawn = table.drawn_as(which.panel, scene.state)
        return drawn.axis and drawn.axis(scene, _head_of(which, scene), width, height)

    def head_at(self, scene: Scene, which: PanelId, height: int, line: int) -> int | None:
        """The head in whose row a line of a drawn panel lies; None where heads have no rows."""
        drawn = table.drawn_as(which.panel, scene.state)
        return None if drawn.head_at is None else drawn.head_at(scene, height, line)

    def is_due(self, panel: table.Panel, state: ViewState) -> bool:
        """Whether what stands in a panel's place lacks frames that may be drawn by now."""
        slow = self._slow.get(table.drawn_as(panel, state).name)
        return (slow is not None and slow.is_due) or (panel.advises and self.answers.is_due)

    def header(self, runs: Comparison, state: ViewState, replay: str, width: int) -> Text:
        """The line at the top; `replay` is what it says of a replay that goes on."""
        history = runs.history
        if history is None:
            return starting_line(self._title, width, runs.sources[0].building)
        at = ""
        if state.cursor is not None:
            at = f"at step {grouped(state.cursor)}"
            if history.header.steps is not None:
                at += f" of {grouped(history.header.steps)}"
            at = f"{replay}  {at}" if replay else at
        if runs.several:
            times = [source.trainer_time() for source in runs.sources if source.history is not None]
            return comparison_line(
                history.header,
                runs.histories,
                self.theme,
                width,
                times,
                at,
                runs.differing,
                reading=runs.behind,
                still=self._still,
            )
        now = runs.sources[0].trainer_time()
        return header_line(runs.histories[0], self.theme, width, now, at, reading=runs.behind)

    def notice(self, runs: Comparison, notices: Sequence[str], width: int, most: int) -> list[Text]:
        """At most so many lines about runs that ended badly, and notices of their trainers.

        None where there is no need.
        """
        said: list[Text] = []
        for source in runs.sources:
            history, reader = source.history, source.reader
            left = most - len(said)
            if history is not None and reader is not None and left >= 2:
                said += notice(history.header, history.status, reader.path, self.theme, width, left)
        room = min(most - len(said), max(1, most // NOTICE_SHARE))
        return said + trainer_notices(notices, self.theme, width, room)

    def _no_frame(self, scene: Scene, which: PanelId, width: int, height: int) -> list[Text]:
        """A panel of a run that ended before there was anything to draw."""
        title = Text(which.panel.name)
        if which.head is not None:
            style, name = scene.head_style(which.head), scene.head_name(which.head)
            title = style.named(legible(name, self.theme))
        words = NO_FRAME if scene.state.cursor is None else NONE_YET
        return message_panel(title, words, self.theme, width, height)


def _head_of(which: PanelId, scene: Scene) -> int:
    """The head that a panel is of: the one in focus, where it is of all."""
    return scene.state.focus if which.head is None else which.head


def in_row(scene: Scene | None, heads: list[int], width: int) -> Scene | None:
    """A scene whose panels of these heads stand side by side, the narrowest of that width."""
    return scene and replace(scene, row=tuple(heads), row_width=width)


def among(scene: Scene | None, in_sight: Iterable[PanelId]) -> Scene | None:
    """A scene whose panels say what those in sight do not."""
    names = {which.panel.name for which in in_sight}
    return scene and replace(scene, ridges="ridges" in names, claims_apart="claims" in names)


def placing_of(scene: Scene | None, which: PanelId) -> tuple[object, ...]:
    """What is in a panel of where others stand, and of the heads that are shown together."""
    if scene is None:
        return ()
    beside = (scene.row, scene.row_width) if which.head is not None else ()
    return (*beside, scene.ridges, scene.claims_apart, scene.ends, scene.beyond, scene.cell)


def is_changed(panel: table.Panel, before: ViewState, state: ViewState) -> bool:
    """Whether other choices change what stands in the place of a panel."""
    drawn = table.drawn_as(panel, state)
    if drawn is not table.drawn_as(panel, before):
        return True
    if drawn.reads is None:
        return state != before
    return any(getattr(before, name) != getattr(state, name) for name in drawn.reads)
