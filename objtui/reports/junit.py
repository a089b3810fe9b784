"""Checks as JUnit XML, which CI systems read: a test suite a scenario, a test case a claim.

Elements and attributes are those of the schema that Jenkins reads
(https://github.com/jenkinsci/xunit-plugin, junit-10.xsd), which others have taken over.
"""

from __future__ import annotations

import os
import socket
import stat
import tempfile
import time
import xml.etree.ElementTree as ET
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from objtui.claims.verdict import Verdict
from objtui.errors import UsageError
from objtui.text.terminal import printable

CLASS = "objtui"


@dataclass(frozen=True, slots=True)
class Suite:
    """What the check of one scenario came to.

    Attributes:
        scenario: the path of its file.
        began_at: when its training began, in seconds since the epoch.
        seconds: how long that took, to the verdicts.
        verdicts: on its claims, where they could be judged.
        error: what went wrong with the training; empty where nothing did.
    """

    scenario: str
    began_at: float
    seconds: float
    verdicts: tuple[Verdict, ...]
    error: str = ""


class JunitFile:
    """A report on its way to a file, which is replaced by the whole of it."""

    def __init__(self, path: Path) -> None:
        """Make sure that the file can be written; UsageError."""
        self._path = path
        self._suites: list[Suite] = []
        try:
            if os.path.lexists(path) and not stat.S_ISREG(path.stat().st_mode):
                raise UsageError(f"--junit {path}: is not a regular file")
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        except OSError as error:
            raise UsageError(f"--junit {path}: cannot be written: {error.strerror}") from error
        os.close(descriptor)
        self._draft = Path(name)

    def add(self, suite: Suite) -> None:
        """Take what a check came to."""
        self._suites.append(suite)

    def write(self) -> None:
        """Write all that came, and leave no draft beside it; UsageError."""
        try:
            self._draft.write_bytes(junit_xml(self._suites))
            self._draft.chmod(0o666 & ~_umask())
            self._draft.replace(self._path)
        except BaseException as error:
            with suppress(OSError):
                self._draft.unlink()
            if isinstance(error, OSError):
                raise UsageError(
                    f"--junit {self._path}: cannot be written: {error.strerror}"
                ) from error
            raise


def junit_xml(suites: list[Suite]) -> bytes:
    """The report as a file's bytes.

    A scenario is trained once for all of its claims: each of them takes an equal share of the
    time, so that the cases of a suite add up to it. One that went wrong, or that claims
    nothing, has a case for its training.
    """
    root = ET.Element("testsuites")
    for suite in suites:
        root.append(_suite_element(suite))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(each.get(name, 0)) for each in root)))
    root.set("time", _seconds(sum(suite.seconds for suite in suites)))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite_element(suite: Suite) -> ET.Element:
    name = printable(suite.scenario)
    cases = [_claim_case(name, verdict) for verdict in suite.verdicts]
    if suite.error or not cases:
        cases.append(_training_case(name, suite.error))
    element = ET.Element(
        "testsuite",
        name=name,
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(suite.began_at)),
        hostname=printable(socket.gethostname()) or "localhost",
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped="0",
        time=_seconds(suite.seconds),
    )
    for case in cases:
        case.set("time", _seconds(suite.seconds / len(cases)))
        element.append(case)
    return element


def _claim_case(scenario: str, verdict: Verdict) -> ET.Element:
    case = _case(scenario, verdict.text)
    if verdict.verdict != "holds":
        said = [f"expected {verdict.test}"]
        said += [f"measured {verdict.measured}"] if verdict.measured else []
        said += [verdict.note] if verdict.note else []
        label = printable(verdict.label.strip())
        failure = ET.SubElement(case, "failure", type="claim", message=label)
        failure.text = "\n".join(map(printable, said))
    return case


def _training_case(scenario: str, message: str) -> ET.Element:
    case = _case(scenario, "trains to its end")
    if not message:
        return case
    lines = [printable(line) for line in message.splitlines()]
    error = ET.SubElement(case, "error", type="training", message=lines[0])
    error.text = "\n".join(lines)
    return case


def _case(scenario: str, name: str) -> ET.Element:
    classname = f"{CLASS}.{Path(scenario).stem.replace('.', '-')}"
    return ET.Element("testcase", classname=classname, name=printable(name))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
