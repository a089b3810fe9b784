"""`objtui help [COMMAND|TOPIC]`: the options of a command, or what a subject's tables say."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from objtui.cli.slips import MEANT
from objtui.errors import EXIT_DONE, UsageError
from objtui.text.columns import page_width, paragraph, two_columns
from objtui.text.nearest import nearest
from objtui.text.numbers import either


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that is no command.

    Attributes:
        says: what is explained, in a few words.
        page: its lines, at most as many letters wide as asked for.
    """

    name: str
    says: str
    page: Callable[[int], list[str]]


class HelpCommand:
    """Prints the help of a command, or a page out of the tables that the program uses itself."""

    name = "help"
    help = "explain a command, or a topic such as scores"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """COMMAND or TOPIC, or nothing."""
        parser.add_argument(
            "topic",
            metavar="COMMAND|TOPIC",
            nargs="?",
            help=f"a command, or one of {', '.join(TOPICS)} (default: the commands and topics)",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Print the page; UsageError with the nearest spelling where there is none."""
        from objtui.reports.style import open_stdout

        out, name, width = open_stdout(), args.topic, page_width()
        if name is None:
            args.root.print_help(out)
            topics = ((topic.name, topic.says) for topic in TOPICS.values())
            lines = ["", "topics, for objtui help TOPIC:", *two_columns(topics, width)]
        elif name in args.parsers:
            args.parsers[name].print_help(out)
            lines = []
        elif name in TOPICS:
            lines = TOPICS[name].page(width)
        else:
            names = [*TOPICS, *args.parsers]
            near = nearest(name, names)
            if name in MEANT:
                raise UsageError(f'no command is called "{name}"; {MEANT[name]}')
            hint = f'did you mean "{near}"?' if near else f"there are: {', '.join(names)}"
            raise UsageError(f'no command or topic is called "{name}"; {hint}')
        for line in lines:
            print(line, file=out)
        return EXIT_DONE


def scores_page(width: int) -> list[str]:
    """Every score and its meaning."""
    from objtui.measures.scores import CALIBRATION_SCORES, DETECTION_SCORES, SCORES

    opening = (
        "Every head is measured on the logit z, the neuron's output, or object minus background "
        "where there are two neurons; p = sigmoid(z). A score of a head is the mean over its seeds."
    )
    return [
        *paragraph(opening, width),
        "",
        *two_columns(((score.name, score.meaning) for score in SCORES), width),
        "",
        *paragraph('Of detections, where the backbone is "conv":', width),
        "",
        *two_columns(((score.name, score.meaning) for score in DETECTION_SCORES), width),
        "",
        *paragraph("At the last frame, where the scenario has a table [calibrate]:", width),
        "",
        *two_columns(((score.name, score.meaning) for score in CALIBRATION_SCORES), width),
    ]


def claims_page(width: int) -> list[str]:
    """What a test of a claim may be, with an example of each form."""
    from objtui.claims.language import FUNCTIONS, OPERATORS, SCORES_OF_HEADS, UNDEFINED, VERDICTS

    opening = (
        "A claim is a sentence with a test: a comparison of scores, which the run confirms or "
        "refutes. Tests are made of these and nothing else:"
    )
    groups = (
        ("scores", SCORES_OF_HEADS),
        ("operators", OPERATORS),
        ("functions", tuple(FUNCTIONS.values())),
    )
    lines = paragraph(opening, width)
    for heading, forms in groups:
        rows = ((form.written, f"{form.meaning}. As in: {form.example}") for form in forms)
        lines += ["", heading, *two_columns(rows, width)]
    return [
        *lines,
        "",
        "verdicts",
        *two_columns(VERDICTS, width),
        "",
        *paragraph(UNDEFINED, width),
    ]


def scenario_page(width: int) -> list[str]:
    """Every table and key of a scenario file: meaning, allowed values, default."""
    from objtui.scenario.reference import scenario_reference

    opening = (
        "A scenario is a TOML file. `objtui new PATH` writes one to start from, and `objtui show "
        "SCENARIO` prints one with every default filled in."
    )
    lines = paragraph(opening, width)
    for table in scenario_reference():
        lines += ["", *paragraph(table.heading, width), *paragraph(table.meaning, width)]
        rows = []
        for key in table.keys:
            default = "required" if key.required else ""
            if key.default is not None:
                default = f"default {key.default}"
            values = "; ".join(filter(None, (key.allowed, default)))
            rows.append((key.name, f"{key.meaning} ({values})"))
        lines += two_columns(rows, width)
    return lines


def keys_page(width: int) -> list[str]:
    """Every key of the dashboard by group."""
    from objtui.ui.dashboard.mouse_help import MOUSE_HELP
    from objtui.ui.graphics.capability import CHOICES, VARIABLE
    from objtui.ui.key import help_rows
    from objtui.ui.keys import KEYS

    lines = ["Keys of the dashboard."]
    for group, rows in groupby([*help_rows(KEYS), *MOUSE_HELP], key=lambda row: row.group):
        lines += ["", group, *two_columns([(row.keys, row.text) for row in rows], width)]
    others = either(CHOICES[1:])
    pictures = (
        f"Pictures, at v, are in pixels where the terminal can show them. {VARIABLE} in the "
        f"environment says what to show them by: {others}."
    )
    return [*lines, "", *paragraph(pictures, width)]


def glossary_page(width: int) -> list[str]:
    """Every word and its meaning."""
    from objtui.text.glossary import GLOSSARY

    return two_columns(GLOSSARY, width)


def recorder_page(width: int) -> list[str]:
    """The lines that record a training, by framework."""
    from objtui.integrations.examples import EXAMPLES, NOTES

    opening = (
        "A training of your own becomes a run by objtui.Recorder. With `import objtui` before, "
        "these lines do it; what they do not name is what your program has there."
    )
    lines = paragraph(opening, width)
    for example in EXAMPLES:
        lines += ["", *paragraph(f"{example.framework}: {example.says}", width)]
        lines += [f"    {line}".rstrip() for line in example.code.splitlines()]
    return [*lines, "", "to know", *two_columns(NOTES, width)]


def cluster_page(width: int) -> list[str]:
    """How to train on a cluster, whom it trusts, and what it takes."""
    from objtui.text.cluster import NOTES, OPENING, SIZES, STEPS

    lines = [*paragraph(OPENING, width), "", *two_columns(STEPS, width)]
    return [*lines, "", "to know", *two_columns(NOTES, width), "", *paragraph(SIZES, width)]


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic("scores", "what is measured of every head", scores_page),
        Topic("claims", "the language of claims", claims_page),
        Topic("scenario", "every table and key of a scenario file", scenario_page),
        Topic("keys", "the keys of the dashboard", keys_page),
        Topic("recorder", "the lines that record a training of your own", recorder_page),
        Topic("cluster", "training on the nodes of a Ray cluster", cluster_page),
        Topic("glossary", "the words used here", glossary_page),
    )
}
"""Every topic, in the order of the help."""
