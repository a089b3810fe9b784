"""`objtui help`: every page has every entry of the table that it is made from."""

from __future__ import annotations

import re

import pytest

from objtui.claims.language import FUNCTIONS, OPERATORS, SCORES_OF_HEADS
from objtui.cli.commands import COMMANDS
from objtui.cli.commands.help import TOPICS
from objtui.cli.main import main
from objtui.integrations.examples import EXAMPLES, NOTES
from objtui.measures.scores import DETECTION_SCORES, SCORES
from objtui.scenario.reference import scenario_reference
from objtui.text import cluster
from objtui.text.glossary import GLOSSARY
from objtui.ui.graphics.capability import VARIABLE
from objtui.ui.key import help_rows
from objtui.ui.keys import KEYS


@pytest.fixture
def page(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """A function that asks for help and gives what was printed."""

    def ask(*arguments: str, columns: int = 100) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert main(["help", *arguments]) == 0
        return capsys.readouterr().out

    return ask


def words(text: str) -> str:
    """A text as its words, so that a line's end is as good as a blank."""
    return " ".join(text.split())


def test_alone_it_is_the_general_help_and_the_topics(page, capsys) -> None:
    shown = page()
    assert main(["--help"]) == 0
    assert shown.startswith(capsys.readouterr().out)
    for topic in TOPICS.values():
        assert re.search(rf"^  {topic.name} +{topic.says}$", shown, re.MULTILINE)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_of_a_command_it_is_that_commands_help(command: str, page, capsys) -> None:
    shown = page(command)
    assert main([command, "--help"]) == 0
    assert shown == capsys.readouterr().out


ENTRIES = {
    "scores": [(score.name, score.meaning) for score in (*SCORES, *DETECTION_SCORES)],
    "claims": [
        (form.written, f"{form.meaning}. As in: {form.example}")
        for form in (*SCORES_OF_HEADS, *OPERATORS, *FUNCTIONS.values())
    ],
    "scenario": [
        (key.name, f"{key.meaning} ({key.allowed}")
        for table in scenario_reference()
        for key in table.keys
    ],
    "keys": [
        *((row.keys, row.text) for row in help_rows(KEYS)),
        ("at v, are in pixels where the terminal can show them.", VARIABLE),
    ],
    "recorder": [
        *((f"{example.framework}: {example.says}", example.code) for example in EXAMPLES),
        *NOTES,
    ],
    "cluster": [*cluster.STEPS, *cluster.NOTES],
    "glossary": list(GLOSSARY),
}


def test_every_topic_has_a_table() -> None:
    assert set(ENTRIES) == set(TOPICS)


@pytest.mark.parametrize("columns", [40, 80, 300])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_has_every_entry_of_its_table_within_the_width(
    topic: str, columns: int, page
) -> None:
    shown = page(topic, columns=columns)
    assert "\x1b" not in shown
    # Python is shown as it has to be written.
    code = {f"    {line}".rstrip() for example in EXAMPLES for line in example.code.splitlines()}
    assert max(map(len, code)) <= 80
    assert max(len(line) for line in shown.splitlines() if line not in code) <= columns
    for name, meaning in ENTRIES[topic]:
        assert words(f"{name} {meaning}") in words(shown)


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("score", 'did you mean "scores"?'),
        ("Glosary", 'did you mean "glossary"?'),
        ("exprot", 'did you mean "export"?'),
        ("zzz", "there are: scores, claims, scenario, keys, recorder, cluster, glossary, "),
        ("", "there are: scores, "),
    ],
)
def test_an_unknown_topic_is_one_line_with_the_nearest_and_exit_code_2(
    topic: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["help", topic]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert hint in written.err
