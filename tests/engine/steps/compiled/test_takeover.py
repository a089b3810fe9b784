"""Which trainings are compiled, and what becomes of a compiler that fails, is late or is left."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.engine.schedule import COMPILE_S, Costs, is_compiled
from objtui.engine.steps.compiled.compiler import Compiling
from objtui.engine.training import Training
from objtui.errors import TrainingError
from objtui.measures.frames import Frame, Progress
from objtui.runfile.processes import is_alive, process_started
from objtui.scenario.schema import Train
from tests.engine.cases import make_scenario, make_training, scheduled
from tests.patience import GIVE_UP_S

SAYS_WHY = "echo 'no compiler today' >&2; exit 1"
MAKES_NOTHING = "exit 0"
MAKES_NO_LIBRARY = 'while [ "$1" != -o ]; do shift; done; echo text > "$2"'
NEVER_ENDS = """
case "$*" in *-dM*) exit 0;; esac
echo $$ > "$(dirname "$0")/pid"
sleep 600
"""

CompileBy = Callable[[str], None]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary directory, in a home without a cache."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("OBJTUI_CACHE", "/proc/nowhere")
    return folder


@pytest.fixture
def compile_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, temporary: Path) -> CompileBy:
    """Sets a shell script in the compiler's place."""

    def by(script: str) -> None:
        compiler = tmp_path / "compiler"
        compiler.write_text(f"#!/bin/sh\n{script}\n")
        compiler.chmod(0o700)
        monkeypatch.setenv("CC", str(compiler))

    return by


@pytest.fixture
def compile_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short trainings are compiled too, and go on where they cannot be."""
    monkeypatch.setattr(
        "objtui.engine.training.is_compiled", lambda train, costs: train.compile != "never"
    )


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (SAYS_WHY, "no compiler today"),
        (MAKES_NOTHING, "OSError: .*cannot open shared object"),
        (MAKES_NO_LIBRARY, "OSError: "),
    ],
    ids=["says why", "makes nothing", "makes no library"],
)
def test_a_training_that_must_be_compiled_fails_where_it_cannot(
    script: str, reason: str, compile_by: CompileBy, temporary: Path
) -> None:
    compile_by(script)
    with pytest.raises(TrainingError, match=f'cannot be compiled: .*{reason}.*; .* = "never"'):
        scheduled(make_training(make_scenario(compile="always")))
    assert list(temporary.iterdir()) == []


def test_so_does_one_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(TrainingError, match=r"no C compiler \(no-such-compiler\) is there"):
        scheduled(make_training(make_scenario(compile="always")))


@pytest.mark.usefixtures("compile_all")
def test_another_one_says_so_and_goes_on_with_the_same_frames(compile_by: CompileBy) -> None:
    plain = scheduled(make_training(make_scenario(eval_every=25, compile="never")))
    compile_by(SAYS_WHY)
    with pytest.warns(RuntimeWarning, match="cannot be compiled: no compiler today"):
        frames = scheduled(make_training(make_scenario(eval_every=25)))
    assert [frame.step for frame in frames] == [0, 25, 50, 75, 100]
    for frame, expected in zip(frames, plain, strict=True):
        assert frame.scores.tobytes() == expected.scores.tobytes()


@pytest.mark.usefixtures("compile_all", "temporary")
def test_without_a_place_for_the_compiler_it_goes_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(prefix: str) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("objtui.engine.steps.compiled.compiler.mkdtemp", full)
    with pytest.warns(RuntimeWarning, match="cannot be compiled: OSError: .*No space left"):
        frames = scheduled(make_training(make_scenario(eval_every=25)))
    assert frames[-1].step == 100


def until_it_waits(training: Training) -> list[Frame | Progress]:
    """The events up to the second that finds it at the same step, where it is left."""
    seen: list[Frame | Progress] = []
    for event in training.events():
        last = seen[-1] if seen else None
        both = isinstance(event, Progress) and isinstance(last, Progress)
        if both and event.step == last.step:
            break
        if isinstance(event, Frame | Progress):
            seen.append(event)
    return seen


@pytest.mark.usefixtures("compile_all")
def test_it_waits_before_its_first_step_and_a_compiler_that_is_left_ends(
    compile_by: CompileBy, tmp_path: Path, temporary: Path
) -> None:
    compile_by(NEVER_ENDS)
    seen = until_it_waits(make_training(make_scenario(eval_every=25)))
    assert seen[-1].step == 0
    assert [event.step for event in seen if isinstance(event, Frame)] == [0]
    assert list(temporary.iterdir()) == []
    if (tmp_path / "pid").exists():  # it has come so far
        pid = int((tmp_path / "pid").read_text())
        assert not is_alive(pid, process_started(pid) or 0.0)


@pytest.mark.usefixtures("compile_all")
def test_one_that_is_started_ahead_is_that_of_the_training(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    texts: list[str] = []

    class Counted(Compiling):
        def __init__(self, text: str) -> None:
            texts.append(text)
            super().__init__(text)

    monkeypatch.setattr("objtui.engine.steps.compiled.takeover.Compiling", Counted)
    ahead, plain = (make_training(make_scenario(eval_every=25)) for _ in range(2))
    ahead.compile_ahead()
    assert len(texts) == 1
    frames = scheduled(ahead)
    assert len(texts) == 1
    for frame, expected in zip(frames, scheduled(plain), strict=True):
        assert frame.scores.tobytes() == expected.scores.tobytes()
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("compile_all")
def test_one_that_is_started_ahead_of_a_training_that_never_begins_ends_with_it(
    compile_by: CompileBy, temporary: Path
) -> None:
    compile_by(NEVER_ENDS)
    training = make_training(make_scenario())
    training.compile_ahead()
    assert list(temporary.iterdir()) != []
    del training
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("compile_all")
def test_what_keeps_one_from_starting_ahead_is_said_once_the_training_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    training = make_training(make_scenario(eval_every=25))
    training.compile_ahead()
    with pytest.warns(RuntimeWarning, match="no C compiler") as said:
        frames = scheduled(training)
    assert (len(said), frames[-1].step) == (1, 100)


@pytest.mark.usefixtures("temporary")
def test_the_compiler_leaves_nothing_where_its_trainer_is_gone(temporary: Path) -> None:
    compiling = Compiling("int main(void) { return 0; }")
    process = compiling._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # as the system does
    process.stdin = None
    process.wait(GIVE_UP_S)
    assert list(temporary.iterdir()) == []
    compiling.close()


def test_what_a_compiler_compiles_for_is_asked_once(compile_by: CompileBy, tmp_path: Path) -> None:
    compile_by(f'case "$*" in *-dM*) echo asked >> {tmp_path}/asked;; esac; exit 1')
    for text in ("int one;", "int two;"):
        Compiling(text).close()
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_nor_does_one_that_never_ends(
    compile_by: CompileBy, tmp_path: Path, temporary: Path
) -> None:
    compile_by(NEVER_ENDS)
    compiling = Compiling("int main(void) { return 0; }")
    until = time.monotonic() + GIVE_UP_S
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().endswith("\n"):
        assert time.monotonic() < until
        time.sleep(0.01)
    pid = int((tmp_path / "pid").read_text())
    started = process_started(pid)
    assert started is not None
    process = compiling._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # as the system does
    process.stdin = None
    process.wait(GIVE_UP_S)
    while is_alive(pid, started):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert list(temporary.iterdir()) == []
    compiling.close()


@pytest.mark.usefixtures("compile_all")
def test_one_that_does_not_end_is_left_behind(
    compile_by: CompileBy, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_by(NEVER_ENDS)
    monkeypatch.setattr("objtui.engine.steps.compiled.takeover.MAX_COMPILE_S", 0.1)
    with pytest.warns(RuntimeWarning, match="cannot be compiled: the compiler has not ended"):
        frames = scheduled(make_training(make_scenario(eval_every=25)))
    assert frames[-1].step == 100
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("compile_all")
@pytest.mark.parametrize("script", ["sleep 600", "yes"], ids=["silent", "endless"])
def test_nor_does_a_training_wait_for_one_that_does_not_say_what_it_compiles_for(
    script: str, compile_by: CompileBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_by(f'case "$*" in *-dM*) {script};; esac; exit 1')
    monkeypatch.setattr("objtui.engine.steps.compiled.compiler.ASK_S", 0.2)
    with pytest.warns(RuntimeWarning, match="cannot be compiled: "):
        frames = scheduled(make_training(make_scenario(eval_every=25)))
    assert frames[-1].step == 100


def test_one_that_fails_without_a_word_is_said_to(compile_by: CompileBy) -> None:
    compile_by("exit 1")
    with pytest.raises(TrainingError, match="the compiler said nothing"):
        scheduled(make_training(make_scenario(compile="always")))


def test_its_words_reach_no_terminal_as_they_are(compile_by: CompileBy) -> None:
    compile_by("printf '\\033]52;c;eA==\\007no\\n' >&2; echo compiled; exit 1")
    with pytest.raises(TrainingError) as raised:
        scheduled(make_training(make_scenario(compile="always")))
    assert str(raised.value).isprintable()


def test_a_command_that_is_none_is_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "gcc 'unended")
    with pytest.raises(TrainingError, match="no C compiler"):
        scheduled(make_training(make_scenario(compile="always")))


def test_what_was_compiled_is_kept_for_trainings_of_the_same_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    monkeypatch.setenv("OBJTUI_CACHE", str(cache))
    first = scheduled(make_training(make_scenario(compile="always")))
    (library,) = cache.iterdir()
    compiling = Compiling(make_training(make_scenario(lr=0.5))._stepper.program.text)
    assert compiling.library() == library
    again = scheduled(make_training(make_scenario(compile="always")))
    assert again[-1].scores.tobytes() == first[-1].scores.tobytes()
    compiling.close()


def test_only_long_trainings_of_small_operations_are_compiled() -> None:
    costs = Costs(step=100e-6, evaluation=1e-3, dispatch=60e-6)
    repaid = round(2 * COMPILE_S / (0.9 * 60e-6))
    assert not is_compiled(Train(steps=repaid - 10), costs)
    assert is_compiled(Train(steps=repaid + 10), costs)
    assert not is_compiled(Train(steps=10**9, compile="never"), costs)
    wide = Costs(step=1e-3, evaluation=1e-3, dispatch=60e-6, passes=300e-6)
    assert is_compiled(Train(steps=repaid // 5), wide)
    large = Costs(step=4e-3, evaluation=1e-3, dispatch=60e-6)
    assert not is_compiled(Train(steps=10**9), large)
    assert is_compiled(Train(steps=1, compile="always"), costs)
    assert not is_compiled(Train(steps=10**9, dtype="bfloat16"), costs)
