"""What could take minutes or gigabytes is refused before anything is built from it."""

from __future__ import annotations

import tomllib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.errors import ScenarioError
from objtui.measures.bounds import MAX_COUNT
from objtui.runfile.records import MAX_TEXT
from objtui.scenario.findings import MAX_ITEMS
from objtui.scenario.load import MAX_PROBLEMS, parse_scenario
from objtui.scenario.read import MAX_KEY_PARTS, deep_key_line

PLAIN = 'title = "a"\n[data]\nsource = "gaussians"\n'
HEAD = '[[heads]]\nname = "bce"\nloss = "bce"\n'
HEADS = [HEAD.replace('"bce"', f'"h{place}"', 1) for place in range(104)]
CLAIM = f'[[claims]]\ntext = "{"a" * (MAX_TEXT + 1)}"\ntest = "bce.nll < 1"\n'


def refused(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "a.toml", Path(), overrides)
    return caught.value.lines()


DEEP = "a." * 20_000 + "a"


@pytest.mark.parametrize(
    "text",
    [f"{DEEP} = 1", f"[{DEEP}]", f"[[{DEEP}]]", f"x = {{ {DEEP} = 1 }}", '"a".' * 99 + "a=1"],
)
def test_a_key_of_many_parts_is_refused_before_it_is_read(text: str) -> None:
    tracemalloc.start()
    try:
        (line,) = refused(PLAIN + HEAD + text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert line.startswith("a.toml:7: a key has more than 16 parts")
    assert peak < 50 * len(text) + 1_000_000


@pytest.mark.parametrize(
    "kept", [f"# {DEEP}\n", f'question = "{DEEP}"\n', f"question = '{DEEP}'\n"]
)
def test_dots_in_a_text_or_a_comment_are_no_key(kept: str) -> None:
    parse_scenario(kept + PLAIN + HEAD, "a.toml", Path())


@given(
    st.lists(st.sampled_from(["a", "-", "1", '"x.y"', "'x.y'"]), min_size=1, max_size=40),
    st.sampled_from([".", " .", ". ", " . "]),
)
def test_the_parts_of_a_key_are_counted_as_toml_counts_them(parts: list[str], dot: str) -> None:
    text = f"# one\n{dot.join(parts)} = 1"
    depth, value = 0, tomllib.loads(text)
    while isinstance(value, dict):
        depth, value = depth + 1, next(iter(value.values()))
    assert deep_key_line(text) == (2 if depth > MAX_KEY_PARTS else None)


@pytest.mark.parametrize("path", MAX_ITEMS, ids=str)
def test_a_list_that_is_too_long_is_refused_whole(path: tuple[str, ...]) -> None:
    most = MAX_ITEMS[path]
    texts = {
        ("heads",): PLAIN + HEAD * (most + 1),
        ("claims",): PLAIN + HEAD + '[[claims]]\ntext = "a"\ntest = "b"\n' * (most + 1),
    }
    table, key = ".".join(path[:-1]), path[-1]
    items = ", ".join(map(str, range(1, most + 2)))
    source = PLAIN if table != "data.anchors" else PLAIN.replace("gaussians", "scenes")
    text = texts.get(path, f"{source}[{table}]\n{key} = [{items}]\n{HEAD}")
    (line,) = refused(text)
    assert line.endswith(
        f"{'.'.join(map(str, path))}: expected at most {most} items, got {most + 1}"
    )
    assert refused(text, "train.steps=5") == [line]


def test_of_many_problems_some_are_shown_and_all_counted() -> None:
    lines = refused(PLAIN + '[[heads]]\nname = "a b"\nloss = "cd"\nlos = 1\n' * 500)
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[-1] == f"a.toml: and {4 * 500 - 1 - MAX_PROBLEMS} more problems"
    assert max(map(len, refused("k" * 100_000 + " = 1\n" + PLAIN + HEAD))) < 500


@pytest.mark.parametrize("size", ["1e-300", "[4, 1e-300]", "0.5"])
def test_an_anchor_below_a_pixel_is_refused(size: str) -> None:
    scenes = PLAIN.replace("gaussians", "scenes") + f"anchors.sizes = [16, {size}]\n"
    (line,) = refused(scenes + HEAD)
    assert line.startswith("a.toml:4: data.anchors.sizes[1]: expected at least 1 pixel, got ")


def test_an_option_with_a_key_of_many_parts_is_refused() -> None:
    (line,) = refused(PLAIN + HEAD, f"{DEEP}=1")
    assert line.endswith("a key has more than 16 parts")


@pytest.mark.parametrize("source", ["YOLOv8", "darknet", "voc", "csv"])
def test_a_source_that_others_have_is_answered_with_what_to_do(source: str) -> None:
    (line,) = refused(PLAIN.replace("gaussians", source) + HEAD)
    assert line.startswith('a.toml:3: data.source: expected "points"')
    assert any(f'source = "{name}"' in line for name in ("coco", "yolo", "table"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (PLAIN.replace('"a"', f'"{"a" * (MAX_TEXT + 1)}"'), "title"),
        (f'question = "{"a" * (MAX_TEXT + 1)}"\n{PLAIN}', "question"),
        (f"{PLAIN}[train]\nsteps = {MAX_COUNT + 1}\n", "train.steps"),
        (f"{PLAIN}[train]\nseeds = 10000\n{''.join(HEADS)}", "train.seeds"),
        (f"{PLAIN}{CLAIM}", "claims[0].text"),
    ],
)
def test_what_no_run_file_could_record_is_refused_with_its_key(text: str, key: str) -> None:
    (line,) = refused(text + HEAD)
    assert f": {key}: " in line
    assert "at most" in line
    assert len(line) < 300
