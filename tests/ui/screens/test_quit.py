"""The quit question: what each key answers, and what it says."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from objtui.ui.screens.quit import QuitScreen
from objtui.ui.theme import Theme
from tests.ui.screens.screens_host import ASCII_THEME, Host, drive_screen


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("l", "leave"),
        ("enter", "leave"),
        ("s", "stop"),
        ("ctrl+c", "interrupt"),
        ("c", "cancel"),
        ("escape", "cancel"),
    ],
)
def test_every_key_gives_its_answer(key: str, answer: str) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("x", key)

    assert drive_screen(QuitScreen("nuclei-1", Theme()), steps).result == answer


def test_another_key_leaves_the_question_open() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("x", "up", "q", "space")
        assert not host.is_closed

    drive_screen(QuitScreen("nuclei-1", Theme()), steps)


def test_it_says_what_each_answer_means_and_how_to_come_back(size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        for text in (
            "leave it running",
            "objtui watch nuclei-1",
            "stop it",
            "objtui resume nuclei-1",
            "cancel",
            "╭",
            "╰",
        ):
            assert text in host.text()

    drive_screen(QuitScreen("nuclei-1", Theme()), steps, size)


def test_its_border_is_ascii_on_demand() -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert host.text().isascii()
        assert "+-----" in host.text()

    drive_screen(QuitScreen("nüclei-1", ASCII_THEME), steps)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("s", "l"), "leave"),
        (("ctrl+c",), "interrupt"),
        (("enter",), "leave"),
        (("s", "escape"), "cancel"),
    ],
)
def test_once_the_training_has_ended_it_says_so_and_nothing_stops_it(
    keys: tuple[str, ...], answer: str
) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        host.screen.training_ended("finished")
        await pilot.pause()
        text = host.text()
        assert "The training has ended meanwhile: finished." in text
        assert "stop" not in text
        await pilot.press(*keys)

    assert drive_screen(QuitScreen("nuclei-1", Theme()), steps).result == answer
