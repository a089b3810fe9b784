"""What the user's variables say of the terminal, by the program as it is started."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from tests.ui.terminal_driver import FAKE_OBJTUI, OpenTerminal

UTF8 = {
    "LANG": {"LANG": "en_US.UTF-8"},
    "LANG alone, in small letters": {"LANG": "de_DE.utf8"},
    "C.UTF-8 in LANG": {"LANG": "C.UTF-8"},
    "C.UTF-8 in LC_CTYPE": {"LC_CTYPE": "C.UTF-8", "LANG": "C"},
    "UTF-8 in LC_CTYPE": {"LC_CTYPE": "UTF-8"},
    "LC_ALL": {"LC_ALL": "C.UTF-8", "LANG": "C"},
    "empty LC_ALL": {"LC_ALL": "", "LANG": "C.UTF-8"},
    "not on this machine": {"LANG": "xx_YY.UTF-8"},
}
OTHER = {
    "none": {},
    "empty": {"LANG": ""},
    "C": {"LANG": "C"},
    "POSIX": {"LANG": "POSIX"},
    "LC_CTYPE": {"LC_CTYPE": "C", "LANG": "en_US.UTF-8"},
    "LC_CTYPE=POSIX": {"LC_CTYPE": "POSIX", "LANG": "C.UTF-8"},
    "LC_ALL": {"LC_ALL": "C", "LANG": "en_US.UTF-8", "LC_CTYPE": "C.UTF-8"},
    "LC_ALL=POSIX": {"LC_ALL": "POSIX", "LANG": "C.UTF-8"},
    "ISO-8859-1": {"LANG": "xx.ISO-8859-1"},
    "ISO-8859-15": {"LC_ALL": "de_DE.ISO-8859-15@euro"},
    "EUC-JP": {"LC_CTYPE": "ja_JP.eucJP", "LANG": "en_US.UTF-8"},
    "no codeset": {"LANG": "en_US"},
}
CASES = [(each, True) for each in UTF8.values()] + [(each, False) for each in OTHER.values()]
NAMES = [f"UTF-8: {name}" for name in UTF8] + [f"other: {name}" for name in OTHER]

ASK_DOCTOR = """
import sys
from objtui.cli.commands import doctor
doctor.ask_torch = lambda: "not asked"
from objtui.cli.main import main
sys.exit(main(["doctor"]))
"""


@pytest.mark.parametrize(("variables", "utf8"), CASES, ids=NAMES)
def test_doctor_and_the_picker_go_by_the_locale_as_the_user_set_it(
    variables: Mapping[str, str], utf8: bool, terminal: OpenTerminal
) -> None:
    said = "UTF-8" if utf8 else "ASCII (the locale is not UTF-8)"
    doctor = terminal(command=(sys.executable, "-c", ASK_DOCTOR), variables=variables)
    assert doctor.exit_code() == 0
    assert f"glyphs   {said}" in " ".join(doctor.written.split()).replace("glyphs ", "glyphs   ")
    picker = terminal(variables=variables)
    screen = picker.wait_for("Choose a scenario", "recorded runs")
    assert ("╭" in screen) is utf8
    assert utf8 or screen.isascii()
    picker.press("q")
    assert picker.exit_code() == 0


EXPORTED = {"COLUMNS": "50", "LINES": "11"}


def test_exported_columns_and_lines_do_not_fix_the_size(terminal: OpenTerminal) -> None:
    variables = {"LANG": "C.UTF-8", **EXPORTED}
    opened = terminal(variables=variables)
    screen = opened.wait_for("Choose a scenario", "recorded runs")
    assert max(len(line.rstrip()) for line in screen.splitlines()) == 120
    opened.resize(100, 30)
    opened.wait_until(
        lambda screen: max(len(line.rstrip()) for line in screen.splitlines()) == 100,
        "the new width",
    )
    opened.press("q")
    assert opened.exit_code() == 0
    doctor = terminal(command=(sys.executable, "-c", ASK_DOCTOR), variables=variables)
    assert doctor.exit_code() == 0
    assert "120 columns, 40 lines" in doctor.written
    shown = terminal("--help", variables=variables)
    assert shown.exit_code() == 0
    assert max(len(line) for line in shown.written.splitlines()) > 50


def test_where_stdout_is_no_terminal_columns_say_the_width(terminal: OpenTerminal) -> None:
    shell = ("/bin/sh", "-c", '"$@" --help | cat', "sh", *FAKE_OBJTUI)
    shown = terminal(command=shell, variables={"LANG": "C.UTF-8", **EXPORTED})
    assert shown.exit_code() == 0
    assert max(len(line) for line in shown.written.splitlines()) <= 60
