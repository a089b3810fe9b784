"""Which arrays of a file are logits and targets, and what is said where they are not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from objtui.errors import DataError, UsageError
from objtui.measuring.given import HeadArrays, head_arrays, read_given, require_different
from objtui.text.commands import shell_quote
from tests.measuring.measured_files import T, Z, kinds, write

LOGITS = HeadArrays("logits", ("logits",))


def missing(path: Path, *heads: HeadArrays, targets: str = "targets") -> str:
    with pytest.raises(DataError) as caught:
        read_given(path, heads or (LOGITS,), (targets,))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "head", "arrays"),
    [
        ("obj", "obj", ("obj",)),
        ("ce=z0,z1", "ce", ("z0", "z1")),
        (" ce = z0 , z1 ", "ce", ("z0", "z1")),
        ("a=model/out:0", "a", ("model/out:0",)),
    ],
)
def test_an_option_names_a_head_and_its_arrays(
    text: str, head: str, arrays: tuple[str, ...]
) -> None:
    assert head_arrays(text) == HeadArrays(head, arrays)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=b,c,d", "expected NAME, HEAD=NAME, or HEAD=BACKGROUND,OBJECT"),
        ("a=", "expected NAME"),
        ("model.out", "try --logits model_out=model.out"),
        ("z0,z1", "try --logits z0_z1=z0,z1"),
        ("9", "try --logits head=9"),
    ],
)
def test_an_option_that_names_no_head_is_refused_with_one_that_does(
    text: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        head_arrays(text)
    assert message in str(caught.value)


def test_two_heads_have_two_names() -> None:
    require_different([HeadArrays("a", ("x",)), HeadArrays("b", ("x",))])
    with pytest.raises(UsageError, match="names the head a 2 times"):
        require_different([HeadArrays("a", ("x",)), HeadArrays("a", ("y",))])


@kinds
def test_every_kind_of_file_is_read(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"v{kind}", logits=Z, other=-Z, targets=T, step=np.arange(60))
    given = read_given(path, (LOGITS,), ("targets",))
    assert set(given.arrays) == {"logits", "targets", "step"}
    np.testing.assert_array_equal(given.arrays["logits"], Z)
    np.testing.assert_array_equal(given.arrays["targets"], T)
    np.testing.assert_array_equal(given.arrays["step"], np.arange(60))


@pytest.mark.parametrize(
    ("names", "proposal"),
    [
        (("scores", "y_true"), "--logits scores --targets y_true"),
        (("Logits", "labels"), "--logits Logits --targets labels"),
        (("probs", "target"), "--logits probs --probabilities --targets target"),
        (("whatever", "targets"), "--logits whatever"),
        (("neuron0", "neuron1", "targets"), "--logits ce=neuron0,neuron1"),
        (("logits", "y"), "--targets y"),
    ],
)
@kinds
def test_other_names_are_proposed(
    kind: str, names: tuple[str, ...], proposal: str, tmp_path: Path
) -> None:
    path = write(tmp_path / f"v{kind}", **dict.fromkeys(names, Z))
    said = missing(path)
    assert said.endswith(f"; try: objtui measure {path} {proposal}")
    assert all(repr(name) in said for name in names)


def test_what_is_typed_wrong_is_proposed_as_it_is_called(tmp_path: Path) -> None:
    path = write(tmp_path / "v.npz", obj=Z, two=Z, targets=T)
    said = missing(path, HeadArrays("objj", ("objj",)), HeadArrays("t", ("two",)))
    assert said.endswith(f"objtui measure {path} --logits obj --logits t=two")


def test_nothing_is_proposed_where_nothing_suggests_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "v.npz", a=Z, b=Z, c=T)
    assert missing(path).endswith(
        f"{path}: has no array 'logits' and no array 'targets'; it has 'a', 'b', 'c'"
    )


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", Z)
    assert "numpy.savez('val.npz', logits=..., targets=...)" in missing(tmp_path / "v.npy")
    (tmp_path / "v.txt").write_text("1")
    assert "expected a file that ends in .npz, .safetensors, .csv" in missing(tmp_path / "v.txt")
    (tmp_path / "v.npz").mkdir()
    assert "is not a regular file" in missing(tmp_path / "v.npz")
    assert "No such file" in missing(tmp_path / "w.npz")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("logits,logits,targets\n1,2,0\n")
    assert "column 'logits' is there 2 times" in missing(path)


def test_a_place_is_a_line_of_a_text_and_an_index_of_an_array(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("\nlogits,targets\n1,0\n\n2,1\n")
    given = read_given(path, (LOGITS,), ("targets",))
    assert given.place("logits", 1) == f"{path}:5: column 'logits'"
    path = write(tmp_path / "v.npz")
    assert read_given(path, (LOGITS,), ("targets",)).place("logits", 1) == f"{path}: logits[1]"


@pytest.mark.parametrize("odd", ["tar\ngets", "targets\x1b[2J", "\u202etargets"])
def test_a_name_with_a_newline_begins_no_line_of_its_own(tmp_path: Path, odd: str) -> None:
    path = write(tmp_path / "v.npz", **{"logits": Z, odd: T})
    (line,) = missing(path).splitlines()
    assert line.isprintable()
    assert shell_quote(odd) in line


@pytest.mark.parametrize(
    ("heads", "targets", "said"),
    [
        (["a=z,z"], ("t",), "every z is 0"),
        (["z"], ("z",), "'z' is given as the logits of z and as targets"),
        (["a=t,z"], ("t",), "'t' is given as the logits of a and as targets"),
        (["z"], ("t", "t"), "as background and as object"),
    ],
)
def test_one_array_is_not_two_things(heads: list[str], targets: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        require_different([head_arrays(text) for text in heads], targets)
