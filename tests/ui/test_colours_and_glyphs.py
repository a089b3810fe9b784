"""Screens in 16 colours, without colours, and in ASCII alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich import terminal_theme
from rich.color import Color, ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.pilot import Pilot

from objtui.runfile.records import HeadInfo
from objtui.ui.picker.app import PickerApp
from objtui.ui.theme import BAD, GOOD, HEAD_COLOURS, Theme
from tests.runs_for_tests import MakeRun, record_nuclei
from tests.ui.driving import drive, reached, screen_lines, screen_segments, settled, show, shows

KEYS = ("", "o", "d", "z", "enter", "escape", "y", "question_mark", "escape", "l", "escape", "q")
"""Keys; after each of them another screen is shown, or one that was."""

EIGHT_HEADS = tuple(HeadInfo(f"head{n}", "bce", 1, "head0") for n in range(8))

THEMES = {
    name: getattr(terminal_theme, name)
    for name in ("DEFAULT_TERMINAL_THEME", "NIGHT_OWLISH", "MONOKAI", "DIMMED_MONOKAI")
}
"""Palettes of terminals, two light and two dark."""


def views(
    path: Path, theme: Theme, size: tuple[int, int] = (80, 24)
) -> list[tuple[list[str], list[Segment]]]:
    """The lines of the screen, and all that is painted on it, after each of the keys."""
    found = []

    async def press(pilot: Pilot[Any], app: App[Any]) -> None:
        for key in KEYS:
            if key:
                await pilot.press(key)
            if app.return_value is None:
                await settled(pilot)
                painted = [segment for row in screen_segments(app) for segment in row]
                found.append((screen_lines(app), painted))

    show(path, press, size, theme)
    assert len({tuple(lines) for lines, _ in found}) >= 7
    return found


def styles_of(path: Path, theme: Theme) -> list[Style]:
    """The styles of all that is painted on any of the screens."""
    return [part.style for _, painted in views(path, theme) for part in painted if part.style]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """An empty folder of runs."""
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def lively(new_run: MakeRun, runs: Path) -> Path:
    """A run that goes on, in which a seed has diverged: every colour is in use."""
    return record_nuclei(new_run, runs, state="running", diverged={400: {"mse": (1,)}}).path


def colours_of(styles: list[Style]) -> set[Color]:
    """Those of text and of what is behind it, but for the terminal's own."""
    colours = {color for style in styles for color in (style.color, style.bgcolor) if color}
    return {color for color in colours if not color.is_default}


def test_sixteen_colours_show_every_screen_as_it_is_meant(lively: Path) -> None:
    styles = styles_of(lively, Theme())
    used = colours_of(styles)
    assert {color.downgrade(ColorSystem.STANDARD) for color in used} == used
    greys = {0, 7, 8, 15}  # which vanish on a background of their own
    assert {color.number for color in used}.isdisjoint(greys)
    assert len(used) >= 5
    assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)


def test_heads_stay_apart_in_sixteen_colours() -> None:
    looks = [Theme().head(position) for position in range(len(HEAD_COLOURS))]
    colours = [Style.parse(of.colour).color for of in looks]
    numbers = {color.downgrade(ColorSystem.STANDARD).number for color in colours if color}
    assert len(numbers) == len(HEAD_COLOURS)


@pytest.mark.parametrize("theme", [Theme(), Theme("ascii"), Theme(colours=False)], ids=str)
def test_nine_heads_stay_apart_by_glyph_alone(theme: Theme) -> None:
    assert len({theme.head(position).mark for position in range(9)}) == 9


@pytest.mark.parametrize("theme", [Theme(), Theme("ascii"), Theme(colours=False)], ids=str)
def test_the_heads_of_several_runs_all_look_different(theme: Theme) -> None:
    assert len({theme.head(position) for position in range(16)}) == 16


def contrast(theme: TerminalTheme, style: str) -> float:
    """Ratio of the luminances of text and background: WCAG 2.1, "contrast ratio"."""
    color = Style.parse(style).color
    assert color is not None
    text, ground = theme.foreground_color, theme.background_color
    if not color.is_default:
        assert color.number is not None
        text = theme.ansi_colors[color.number]

    def luminance(triplet: tuple[int, int, int]) -> float:
        linear = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
            for part in (value / 255 for value in triplet)
        ]
        return sum(
            weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
        )

    darker, lighter = sorted((luminance(text), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_colours_are_seen_on_light_and_dark_backgrounds(theme: str) -> None:
    for style in (*HEAD_COLOURS, GOOD, BAD):
        assert contrast(THEMES[theme], style) > 2


def test_nothing_is_bold_and_has_a_hue(lively: Path) -> None:
    styles = styles_of(lively, Theme())
    # Many terminals show it in the bright hue, which is not to be read on white.
    assert not [s for s in styles if s.bold and s.color and not s.color.is_default]


@pytest.mark.parametrize("by", ["theme", "environment"])
def test_without_colours_attributes_remain_and_nothing_has_a_hue(
    by: str, lively: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "environment":  # Textual then takes hues out as well
        monkeypatch.setenv("NO_COLOR", "1")
    styles = styles_of(lively, Theme(colours=False))
    for color in colours_of(styles):
        assert color.type is ColorType.TRUECOLOR
        assert len(set(color.get_truecolor())) == 1  # a grey
    assert any(style.bold for style in styles)
    assert any(style.dim for style in styles)


ASCII = Theme("ascii", colours=False)


@pytest.mark.parametrize("kind", ["running", "failed", "diverged"])
def test_ascii_screens_hold_no_other_character(kind: str, new_run: MakeRun, runs: Path) -> None:
    changes: dict[str, Any] = {
        "running": {"state": "running"},
        "failed": {"state": "failed", "message": "the file “größe.csv” is gone", "log": "– ö\n"},
        "diverged": {"diverged": {400: {"mse": (1,)}}},
    }[kind]
    path = record_nuclei(
        new_run,
        runs,
        title="Zellkerne – größer",
        claims=(("Größer – stimmt’s?", "ce.gap < 1e-2"),),
        **changes,
    ).path
    for lines, _ in views(path, ASCII):
        assert "\n".join(lines).isascii()


@pytest.mark.parametrize("size", [(50, 12), (200, 60)], ids=str)
def test_ascii_holds_at_other_sizes(size: tuple[int, int], new_run: MakeRun, runs: Path) -> None:
    path = record_nuclei(new_run, runs, heads=EIGHT_HEADS, claims=()).path

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        assert "\n".join(screen_lines(app)).isascii()

    show(path, steps, size, ASCII)


def test_the_ascii_picker_holds_no_other_character(new_run: MakeRun, runs: Path) -> None:
    record_nuclei(new_run, runs, title="größer", steps=(0,))
    (runs / "kaputt-ä.objtui").write_bytes(b"")
    (runs / "mine.toml").write_text('title = "Größe"\nquestion = "Größer?"\n[data]\n[[heads]]\n')

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        for key in ("tab", "slash", "ä", "escape"):
            await pilot.press(key)
            await settled(pilot)
            assert "\n".join(screen_lines(app)).isascii()

    drive(PickerApp(runs, runs, ASCII), steps, (80, 24))


@pytest.mark.parametrize("typed", ["", "logit", "zzz"], ids=["all", "some", "none"])
def test_the_command_palette_is_ascii_too_and_does_what_is_chosen(typed: str, lively: Path) -> None:
    async def search(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("ctrl+p", *typed)
        found = "No matches" if typed == "zzz" else "logit or probability" if typed else "pause"
        lines = await shows(pilot, found)
        assert "\n".join(lines).isascii(), lines
        if typed == "logit":
            await pilot.press("enter")
            await reached(pilot, lambda: app.dashboard.state.probability)

    show(lively, search, (80, 24), Theme("ascii", colours=False))
