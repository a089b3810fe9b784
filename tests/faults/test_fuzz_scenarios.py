"""Scenario files and options made odd by chance: a scenario, or clear lines that say what is wrong.

A longer form: OBJTUI_FUZZ=20 pytest tests/faults/test_fuzz_scenarios.py
"""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from random import Random

import pytest

from objtui.errors import ScenarioError, UsageError
from objtui.scenario.bundled import bundled_names, bundled_path
from objtui.scenario.load import MAX_PROBLEMS, load_scenario, parse_scenario
from objtui.scenario.render import render_scenario
from objtui.text.terminal import printable
from objtui.ui.picker.choices import scenario_rows
from objtui.ui.theme import Theme
from tests.thorough import in_part

TIMES = int(os.environ.get("OBJTUI_FUZZ", "1"))
BATCHES, CASES = 4, 380 * TIMES

MAX_LINE = 2000
"""Characters of a line; the path of the test's folder has some of them."""

ODD_VALUES = (
    "0", "-1", "1e999", "nan", "-inf", "9223372036854775808", "9" * 5000, "0x" + "f" * 400,
    "1e-320", "true", '""', '"x"', '"\\u0000\\u001b[31m"', '"\\u202E"', "'''\n\n'''", "[]", "{}",
    "[[]]", "[1, 'a', {b = 2}]", "1979-05-27T07:32:00Z", "07:32:00", "{a.b.c = 1}", "", "'", '"""',
    f'"{"x" * 10**5}"', "[" * 50 + "]" * 50, "[" * 20_000 + "]" * 20_000, f"[{'1,' * 30_000}]",
    "bce.nll < 1", '"((((bce.nll < 1"', f'"{"(" * 5000}"', f'"bce.nll < {"9" * 999}"', '"nan"',
    f"{{{', '.join(f'k{i} = 1' for i in range(500))}}}", "1" * 25, "1_0", "+1",
)  # fmt: skip
ODD_LINES = (
    "[train]", "[[train]]", "[data]", "[[heads]]", "[heads]", "[[claims]]", "[a.b.c]", "[model.x]",
    'title = "b"', "heads = 1", "data.source = 1", "train = []", "= 1", "a", '"" = 1', "[[[x]]]",
    "a." * 30 + "b = 1", "[" + "a." * 30 + "b]", "x = 1 # \x00", "\x1b[2J", "\ufeff", "#" * 10_000,
    '"\\u001b[2J\\nforged" = 1', "'a\tb' = 1", "[train.schedule.x]", "k" * 50_000 + " = 1",
    "\r", "\x85x = 1", "[['\u202e']]",
)  # fmt: skip
ODD_OPTIONS = (
    "", "=", "a", "=1", "train.steps", "train.steps=", "train.steps=x", "heads[0].name=1",
    "heads[9].loss=bce", "heads[-1].loss=bce", "heads[99999999999999999999].loss=bce", "heads=[]",
    "heads.bce.loss=ce", "data=", "train=1", "train.steps.x=1", "a." * 50 + "a=1", "\x1b[31m=1",
    "title=\x1b[31m", "title=a\nb", "claims[0].test=(((", "data.source=coco", "x" * 10**5 + "=1",
    "x" * 10**5, "heads." + "x" * 150 + "=1", "a\udcff.b=1", "train.\udcff=1", "[=1", "a]=1",
    "heads.\udcff.loss=bce", "train.steps=" + "9" * 5000, "train.steps=" + "[" * 5000, "'a=1",
    "model.widths=[1,2", "\ud800=1", "data.train={images=\udcff}", "title=\ud800", "train.lr=nan",
    "train.seeds=1e9", "train.steps=5\nx=1",
)  # fmt: skip


def mutated(text: str, chance: Random) -> bytes:
    """A scenario file of another content."""
    lines = text.splitlines()
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(lines))
        key, equals, value = lines[at].partition("=")
        kind = chance.randrange(9)
        if kind <= 2 and equals:
            lines[at] = f"{key}= {chance.choice(ODD_VALUES)}"
        elif kind == 3 and equals:
            odd = chance.choice((key + "x", f"x.{key}", key.upper(), f'"{key}\\u001b"', "", "é"))
            lines[at] = f"{odd}={value}"
        elif kind == 4:
            lines.insert(at, chance.choice(ODD_LINES))
        elif kind == 5:
            lines[at:at] = lines[at : at + chance.choice((1, 3))] * chance.choice((1, 2, 500))
        elif kind == 6:
            del lines[at : at + chance.choice((1, 2, 10))]
            lines = lines or [""]
        elif kind == 7:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            place = chance.randrange(len(lines[at]) + 1)
            odd = chance.choice(("\x00", "\x1b", "'", '"', "[", "]", "{", "=", ".", "\u2028", "#"))
            lines[at] = lines[at][:place] + odd + lines[at][place:]
    data = bytearray("\n".join(lines).encode(errors="surrogatepass"))
    if chance.random() < 0.2:
        at = chance.randrange(len(data) + 1)
        odd_bytes = chance.choice((b"", b"\xff", b"\xed\xa0\x80", b"\0", chance.randbytes(8)))
        data[at : at + chance.choice((0, 1, 50))] = odd_bytes
    return bytes(data)


def assert_clear(error: ScenarioError | UsageError, options: list[str]) -> None:
    """Some lines, not too many and not too long."""
    lines = error.lines()
    assert 1 <= len(lines) <= MAX_PROBLEMS + 1 + len(options)
    for line in lines:
        assert printable(line).strip()  # as it is said
        assert len(line) <= MAX_LINE, line[:300]


def load(path: Path, options: list[str]) -> bool:
    """Whether it is a scenario; one that can be written down and is the same again."""
    try:
        scenario = load_scenario(str(path), options).scenario
    except (ScenarioError, UsageError) as error:
        assert_clear(error, options)
        return False
    again = parse_scenario(render_scenario(scenario), "again", path.parent).scenario
    assert render_scenario(again) == render_scenario(scenario)
    return True


def peak_of(path: Path, options: list[str]) -> int:
    tracemalloc.start()
    try:
        load(path, options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("batch", in_part(range(BATCHES), usual=2))
def test_any_file_and_options_are_a_scenario_or_clear_lines(batch: int, tmp_path: Path) -> None:
    texts = [bundled_path(name).read_text() for name in bundled_names()]
    path = tmp_path / "odd.toml"
    sound = 0
    for number in range(batch * CASES, (batch + 1) * CASES):
        chance = Random(number)
        text = chance.choice(texts)
        has_options = chance.random() < 0.3
        options = chance.choices(ODD_OPTIONS, k=chance.choice((1, 1, 2))) if has_options else []
        odd = text.encode() if has_options and chance.random() < 0.7 else mutated(text, chance)
        path.write_bytes(odd)
        try:
            sound += load(path, options)
            for row in scenario_rows(tmp_path, Theme())[:1]:
                assert row.detail.isprintable()
            if number % 25 == 0:
                assert peak_of(path, options) < 100 * 2**20
        except BaseException as error:
            error.add_note(f"case {number}: {options!r:.200}\n{odd[:3000]!r}")
            raise
        assert [left.name for left in tmp_path.iterdir()] == ["odd.toml"]
    assert CASES / 50 < sound < CASES / 2  # else it is no fuzz of what is read
