"""From a scenario file to a valid scenario, or to all of its problems with their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from objtui.errors import DataError, KeyPath, Problem, ScenarioError
from objtui.scenario.findings import Raw, findings_of, too_large_integers, too_long_lists
from objtui.scenario.lines import Finding, find_lines, show_path
from objtui.scenario.overrides import Applied, Override, apply_overrides, parse_override
from objtui.scenario.read import base_of, read_tables, read_text, scenario_path
from objtui.scenario.rules import broken_rules
from objtui.scenario.schema import Scenario
from objtui.scenario.unused import drop_unused, given_keys

SWEEP = "sweep"
"""The table of a file that lists the values of a sweep, `objtui.sweep.plan` reads it."""

MAX_PROBLEMS = 100
"""Problems of a file that are shown; the others are counted."""

_MAX_OF_A_LIST = 20
"""Problems of one list of values that are shown one by one."""


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario with all that is needed to load it again.

    Attributes:
        scenario: the valid scenario, overrides included.
        path: the file as shown to people.
        base: the folder that relative paths of data start from, absolute.
        text: the TOML text as read, overrides not included.
        overrides: KEY=VALUE texts, in the order applied.
    """

    scenario: Scenario
    path: str
    base: Path
    text: str
    overrides: tuple[str, ...]


def load_scenario(
    spec: str,
    overrides: Sequence[str] = (),
    *,
    seeds: int | None = None,
    device: str | None = None,
) -> LoadedScenario:
    """Load a scenario file by path, or a bundled scenario by name.

    `overrides` are KEY=VALUE texts, where an empty value removes the key; `seeds`
    and `device` come after them. A key of the file that only an override leaves
    without meaning is dropped. Raises UsageError where there is no such file,
    ScenarioError with every problem of it.
    """
    path = scenario_path(spec)
    text = read_text(path, str(path))
    return parse_scenario(text, str(path), base_of(path), overrides, seeds=seeds, device=device)


def parse_scenario(
    text: str,
    path: str,
    base: Path,
    overrides: Sequence[str] = (),
    *,
    seeds: int | None = None,
    device: str | None = None,
) -> LoadedScenario:
    """The scenario in a text that was read before; raises ScenarioError.

    `path` is only shown; `base` is where relative paths of data start from.
    """
    raw = read_tables(text, path)
    raw.pop(SWEEP, None)  # which says what a sweep goes over, and is no part of a run
    texts = list(overrides)
    parsed = [parse_override(override) for override in texts]
    changes = [override for override in parsed if isinstance(override, Override)]
    for option, key, value in (("--seeds", "seeds", seeds), ("--device", "device", device)):
        if value is not None:
            changes.append(Override(option, f"train.{key}", value))
            texts.append(f"train.{key}={value}")
    if too_long := list(too_long_lists(raw)):
        raise ScenarioError(_located(too_long, text, path, Applied({}, [])))
    before = given_keys(raw) if changes else None
    applied = apply_overrides(raw, changes)
    if before is not None:
        drop_unused(raw, before, applied)
    bad = [problem for problem in parsed if isinstance(problem, Problem)] + applied.problems

    scenario, findings = _validated(raw)
    if scenario is None or bad:
        raise ScenarioError(bad + _located(findings, text, path, applied))
    return LoadedScenario(scenario, path, base, text, tuple(texts))


def _validated(raw: Raw) -> tuple[Scenario | None, list[Finding]]:
    """The scenario, or what is wrong with it."""
    if too_long := list(too_long_lists(raw)):  # going through such a list is what takes long
        return None, too_long
    findings = list(too_large_integers(raw))
    scenario = None
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        paths = {finding.path for finding in findings}
        findings += [each for each in findings_of(error, raw) if each.path not in paths]
    findings += broken_rules(raw)
    return (None if findings else scenario), findings


def _located(findings: list[Finding], text: str, path: str, applied: Applied) -> list[Problem]:
    """Findings with their places: by line, those of the command line last."""
    findings = _shortened(findings)
    paths = [finding.path for finding in findings]
    paths += [finding.other for finding in findings if finding.other is not None]
    lines = find_lines(text, paths)
    problems: list[Problem] = []
    for finding in findings:
        option = applied.option_at(finding.path)
        message = finding.message
        if finding.other is not None:
            elsewhere = applied.option_at(finding.other) or f"line {_line(lines, finding.other)}"
            message += f"; the other: {elsewhere}"
        line = None if option else _line(lines, finding.path)
        problems.append(Problem(option or path, line, show_path(finding.path), message))
    problems.sort(key=lambda problem: (problem.line is None, problem.line or 0))
    hidden = len(problems) - MAX_PROBLEMS
    if hidden <= 0:
        return problems
    more = f"and {hidden} more problem{'s' if hidden > 1 else ''}"
    return [*problems[:MAX_PROBLEMS], Problem(path, None, "", more)]


def located_data_error(
    error: DataError, text: str, path: str, overrides: Sequence[str]
) -> DataError:
    """The same problems, each with the scenario file and the line of the key it belongs to.

    `text` is the scenario file's, `path` as people are shown it. A key that an option of
    the command line wrote is at that option.
    """
    keys = [key for key, _ in error.problems]
    lines = find_lines(text, [key for key in keys if key])
    applied = _options_behind(text, path, overrides)
    problems = [
        Problem(option, None, show_path(key), message)
        if (option := applied.option_at(key)) is not None
        else Problem(path, lines.get(key), show_path(key), message)
        for key, message in error.problems
    ]
    return DataError("\n".join(map(str, problems)))


def _options_behind(text: str, path: str, overrides: Sequence[str]) -> Applied:
    """Which keys the options wrote; none where the text cannot be read."""
    try:
        raw = read_tables(text, path)
    except ScenarioError:
        return Applied({}, [])
    parsed = [parse_override(override) for override in overrides]
    return apply_overrides(raw, [each for each in parsed if isinstance(each, Override)])


def _line(lines: dict[KeyPath, int], path: KeyPath) -> int:
    return next(lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines)


def _shortened(findings: list[Finding]) -> list[Finding]:
    """The findings, without the later ones of lists that are wrong all over."""
    counts: dict[KeyPath, int] = {}
    kept: list[Finding] = []
    for finding in dict.fromkeys(findings):
        group = _list_of(finding.path)
        if group is not None:
            counts[group] = counts.get(group, 0) + 1
        if group is None or counts[group] <= _MAX_OF_A_LIST:
            kept.append(finding)
    return kept + [
        Finding(group, f"and {count - _MAX_OF_A_LIST} more such values")
        for group, count in counts.items()
        if count > _MAX_OF_A_LIST
    ]


def _list_of(path: KeyPath) -> KeyPath | None:
    """The list of plain values that a path lies in; None for heads and claims."""
    if path[0] in ("heads", "claims"):
        return None
    end = next((place for place, part in enumerate(path) if isinstance(part, int)), None)
    return None if end is None else path[:end]
