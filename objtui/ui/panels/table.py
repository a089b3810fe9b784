"""Every panel of the dashboard and every view that may stand in the place of one.

A panel of your own is a function (`scene.Draw`) and an entry of PANELS; a view is a function and
an entry of VIEWS, which gives it its key, its words in the help and its name for
`objtui export --panel`. The functions here are imported as they are first drawn (`Late`); one of
your own may also be the function itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from objtui.ui.late import Late

if TYPE_CHECKING:
    from rich.text import Text

    from objtui.runfile.records import RunHeader
    from objtui.ui.panels.claims import claims_panel
    from objtui.ui.panels.claims_whole import whole_claims
    from objtui.ui.panels.curves.cache import CurvePanel
    from objtui.ui.panels.curves.panel import curve_axis, curve_panel
    from objtui.ui.panels.gradient.panel import gradient_panel
    from objtui.ui.panels.histogram import head_at_line, histogram_panel
    from objtui.ui.panels.histogram.ridges import ridge_head_at, ridge_panel
    from objtui.ui.panels.history import bands_panel, heat_map_panel, history_axis
    from objtui.ui.panels.pictures.mistakes import mistake_panel
    from objtui.ui.panels.pictures.panel import picture_graphic, picture_panel
    from objtui.ui.panels.precision_recall import precision_recall_panel
    from objtui.ui.panels.reliability import reliability_panel
    from objtui.ui.panels.scene import Draw, FindAxis, FindGraphic, FindHead, Scene, Whole
    from objtui.ui.panels.scores.panel import score_panel
    from objtui.ui.panels.scores.whole import whole_scores
    from objtui.ui.panels.threshold import threshold_panel
    from objtui.ui.view_state import ViewPlace, ViewState
else:
    claims_panel = Late("objtui.ui.panels.claims:claims_panel")
    whole_claims = Late("objtui.ui.panels.claims_whole:whole_claims")
    CurvePanel = Late("objtui.ui.panels.curves.cache:CurvePanel")
    curve_axis = Late("objtui.ui.panels.curves.panel:curve_axis")
    curve_panel = Late("objtui.ui.panels.curves.panel:curve_panel")
    gradient_panel = Late("objtui.ui.panels.gradient.panel:gradient_panel")
    head_at_line = Late("objtui.ui.panels.histogram:head_at_line")
    histogram_panel = Late("objtui.ui.panels.histogram:histogram_panel")
    ridge_head_at = Late("objtui.ui.panels.histogram.ridges:ridge_head_at")
    ridge_panel = Late("objtui.ui.panels.histogram.ridges:ridge_panel")
    bands_panel = Late("objtui.ui.panels.history:bands_panel")
    heat_map_panel = Late("objtui.ui.panels.history:heat_map_panel")
    history_axis = Late("objtui.ui.panels.history:history_axis")
    mistake_panel = Late("objtui.ui.panels.pictures.mistakes:mistake_panel")
    picture_graphic = Late("objtui.ui.panels.pictures.panel:picture_graphic")
    picture_panel = Late("objtui.ui.panels.pictures.panel:picture_panel")
    precision_recall_panel = Late("objtui.ui.panels.precision_recall:precision_recall_panel")
    reliability_panel = Late("objtui.ui.panels.reliability:reliability_panel")
    score_panel = Late("objtui.ui.panels.scores.panel:score_panel")
    whole_scores = Late("objtui.ui.panels.scores.whole:whole_scores")
    threshold_panel = Late("objtui.ui.panels.threshold:threshold_panel")


class SlowPanel(Protocol):
    """A panel that gives what it drew before where only frames are new and it was just drawn."""

    def __call__(self, scene: Scene, head: int, width: int, height: int) -> list[Text]:
        """The lines, as `Draw` has them."""

    @property
    def is_due(self) -> bool:
        """Whether what was given last lacks frames, and may be drawn again by now."""


def any_rows(header: RunHeader) -> int:
    """As many lines as there are."""
    return 1_000


def claim_rows(header: RunHeader) -> int:
    """A line a claim in a frame; 0 without claims."""
    return len(header.claims) + 2 if header.claims else 0


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of the dashboard.

    Attributes:
        name: its name, also for `objtui export --panel`.
        draw: what draws it.
        place: "heads": in the row at the top, once for every head; "all heads": there once, where
            the heads have no room side by side; "middle": in the row of the curves; "own": over
            the whole width, in a row of its own below.
        view_place: whose views may stand in its place, if any's.
        rows: of an own panel, how many lines it can fill for these runs, 0 to leave it out. It
            gets a fifth of the screen at most, and nothing where the screen is low.
        reads: the choices (fields of ViewState) that change it; None for any of them. It is drawn
            again when one of them changes.
        needs_frame: whether it can say nothing about a run that ended without a frame.
        focusable: whether the focus stops at it, so that it can be zoomed.
        slow: where drawing it takes long, makes what draws it in a dashboard.
        advises: whether it shows the advice, which may lag behind the frames.
        whole: what it says once it is zoomed, in lines to scroll through; None where it is drawn
            in one piece at any size.
        axis: where its axis of steps lies, along which the mouse moves the step cursor.
        head_at: of which head a line of it is, where heads have rows; the mouse finds it by that.
        title: what stands at its top before there is anything to draw; by default its name.
    """

    name: str
    draw: Draw
    place: Literal["heads", "all heads", "middle", "own"] = "own"
    view_place: ViewPlace | None = None
    rows: Callable[[RunHeader], int] = any_rows
    reads: frozenset[str] | None = None
    needs_frame: bool = True
    focusable: bool = True
    slow: Callable[[], SlowPanel] | None = None
    advises: bool = False
    whole: Whole | None = None
    axis: FindAxis | None = None
    head_at: FindHead | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What stands in the place of the histograms or of the curves after a key.

    Attributes:
        name: its name, also for `objtui export --panel`.
        draw: what draws it: of one head in the place of its histogram, of all shown heads in that
            of the curves, where it has the whole width.
        place: in whose place it stands.
        key: the letter that shows it, and the next of the views with that letter and place; after
            the last one what was there before.
        text: what the key does, for help and palette; of the views of one key, the first says it.
        footer: what the footer says of the key, in a word; empty to leave it out.
        reads, whole, axis, head_at: as those of a panel.
        graphic: the picture that is laid over it in pixels, where a terminal can.
    """

    name: str
    draw: Draw
    place: ViewPlace
    key: str
    text: str = ""
    footer: str = ""
    reads: frozenset[str] | None = None
    whole: Whole | None = None
    axis: FindAxis | None = None
    graphic: FindGraphic | None = None
    head_at: FindHead | None = None


_SHOWN = frozenset({"hidden", "unmatched", "cursor"})
_HEADS = _SHOWN | {"focus"}
_AXIS = frozenset({"probability"})
_STEPS = frozenset({"log_step"})

PANELS = (
    Panel(
        "head",
        histogram_panel,
        "heads",
        view_place="histograms",
        reads=_HEADS | _AXIS | {"overlay", "difference", "reference", "log_counts", "sort"},
        head_at=head_at_line,
    ),
    Panel(
        "ridges",
        ridge_panel,
        "all heads",
        title="histograms",
        reads=_HEADS | _AXIS | {"overlay", "log_counts", "sort"},
        focusable=False,
        head_at=ridge_head_at,
    ),
    Panel(
        "curves",
        curve_panel,
        "middle",
        view_place="curves",
        reads=_SHOWN | _STEPS | {"score", "log_value", "smoothing", "wall_time"},
        slow=CurvePanel,
        axis=curve_axis,
    ),
    Panel(
        "scores",
        score_panel,
        "middle",
        reads=_HEADS | {"difference", "reference", "sort"},
        advises=True,
        whole=whole_scores,
    ),
    Panel(
        "claims",
        claims_panel,
        rows=claim_rows,
        reads=frozenset({"cursor"}),
        needs_frame=False,
        whole=whole_claims,
    ),
)
"""In the order in which the focus goes through them."""

VIEWS = (
    View(
        "history",
        heat_map_panel,
        "histograms",
        "h",
        "histograms now, over steps, as bands",
        "history",
        reads=_HEADS | _AXIS | _STEPS,
        axis=history_axis,
    ),
    View(
        "bands",
        bands_panel,
        "histograms",
        "h",
        reads=_HEADS | _AXIS | _STEPS,
        axis=history_axis,
    ),
    View(
        "pictures",
        picture_panel,
        "histograms",
        "v",
        "pictures with boxes, the worst mistakes",
        reads=_HEADS | _AXIS | {"picture"},
        graphic=picture_graphic,
    ),
    View(
        "mistakes",
        mistake_panel,
        "histograms",
        "v",
        reads=_HEADS | _AXIS,
    ),
    View(
        "reliability",
        reliability_panel,
        "curves",
        "c",
        "reliability diagram, or the curves",
        reads=_HEADS | {"overlay"},
    ),
    View(
        "gradient",
        gradient_panel,
        "curves",
        "g",
        "dL/dz by class, or the curves",
        reads=_SHOWN | _STEPS,
    ),
    View(
        "threshold",
        threshold_panel,
        "curves",
        "t",
        "threshold sweep, or the curves",
        reads=_HEADS | _AXIS | {"overlay"},
    ),
    View(
        "precision-recall",
        precision_recall_panel,
        "curves",
        "T",
        "precision over recall, or the curves",
        reads=_HEADS | {"overlay"},
    ),
)
"""In the order in which their keys go through them."""


def drawn_as(panel: Panel, state: ViewState) -> Panel | View:
    """What stands in a panel's place: the view that is chosen there, else the panel itself."""
    chosen = state.view_at(panel.view_place) if panel.view_place else ""
    return next((view for view in VIEWS if view.name == chosen), panel)
