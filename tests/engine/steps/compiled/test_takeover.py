"""When compiled steps take over, and what becomes of a compiler that fails, is late or is left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.engine.schedule import COMPILE_S, Costs, takeover_step
from objtui.engine.steps.compiled import process
from objtui.engine.training import Training
from objtui.errors import TrainingError
from objtui.measures.frames import Frame, Progress
from objtui.runfile.processes import is_alive, process_started
from objtui.scenario.schema import Train
from tests.engine.cases import make_scenario, make_training, scheduled
from tests.patience import GIVE_UP_S

SAYS_WHY = "import sys; print('no compiler here', flush=True); sys.stdin.read()"
DIES = "import sys; sys.exit(7)"
LIES = "import sys; print('compiled', flush=True); sys.stdin.read()"
NEVER_ENDS = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).with_name("pid").write_text(str(os.getpid()))
time.sleep(600)
"""

Compile = Callable[[str, int | None], None]


@pytest.fixture
def compile_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Compile:
    """Sets a program in the compiler's place, and the step of the takeover."""

    def folder(prefix: str) -> str:
        (tmp_path / "package").mkdir()
        return str(tmp_path / "package")

    def by(program: str, step: int | None = None) -> None:
        monkeypatch.setattr(process, "COMPILER", (sys.executable, "-c", program))
        monkeypatch.setattr("objtui.engine.steps.compiled.process.mkdtemp", folder)
        if step is not None:
            monkeypatch.setattr("objtui.engine.training.takeover_step", lambda train, costs: step)

    return by


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (SAYS_WHY, "no compiler here"),
        (DIES, "ended with exit code 7"),
        (LIES, "FileNotFoundError: .*"),
    ],
    ids=["says why", "dies", "says that it could"],
)
def test_a_training_that_must_be_compiled_fails_where_it_cannot(
    program: str, reason: str, compile_by: Compile
) -> None:
    compile_by(program)
    with pytest.raises(TrainingError, match=f'cannot be compiled: .*{reason}; .* = "never"'):
        scheduled(make_training(make_scenario(compile="always")))


def test_another_one_says_so_and_goes_on_with_the_same_frames(compile_by: Compile) -> None:
    plain = scheduled(make_training(make_scenario(eval_every=25)))
    compile_by(SAYS_WHY, 37)
    with pytest.warns(RuntimeWarning, match="cannot be compiled: no compiler here"):
        frames = scheduled(make_training(make_scenario(eval_every=25)))
    assert [frame.step for frame in frames] == [0, 25, 50, 75, 100]
    for frame, expected in zip(frames, plain, strict=True):
        assert frame.scores.tobytes() == expected.scores.tobytes()


def test_without_a_place_for_the_compiler_it_goes_on_too(
    compile_by: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_by(SAYS_WHY, 37)

    def full(prefix: str) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("objtui.engine.steps.compiled.process.mkdtemp", full)
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


@pytest.mark.parametrize("step", [0, 30])
def test_it_waits_at_its_step_and_a_compiler_that_is_left_ends(
    step: int, compile_by: Compile, tmp_path: Path
) -> None:
    compile_by(NEVER_ENDS, step)
    seen = until_it_waits(make_training(make_scenario(eval_every=25)))
    assert seen[-1].step == step
    assert [event.step for event in seen if isinstance(event, Frame)] == [0, 25][: 1 + step // 25]
    assert not (tmp_path / "package").exists()
    if (tmp_path / "pid").exists():  # it has come so far
        pid = int((tmp_path / "pid").read_text())
        assert not is_alive(pid, process_started(pid) or 0.0)


def test_the_compiling_process_leaves_nothing_where_its_trainer_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    compiling = subprocess.Popen(
        [*process.COMPILER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert compiling.stdout is not None
    compiling.stdout.close()
    assert compiling.stdin is not None
    compiling.stdin.write(b"no job\n")
    compiling.stdin.close()
    assert compiling.wait(GIVE_UP_S) == 0
    assert compiling.stderr is not None
    with compiling.stderr as said:
        assert said.read() == b""
    assert not folder.exists()


def test_only_long_trainings_are_compiled_from_a_step_that_the_scenario_fixes() -> None:
    costs = Costs(step=100e-6, evaluation=1e-3, dispatch=60e-6)
    ready = round(COMPILE_S / 100e-6)
    repaid = ready + round(2 * COMPILE_S / (0.7 * 60e-6))
    assert takeover_step(Train(steps=repaid - 10), costs) is None
    assert takeover_step(Train(steps=repaid + 10), costs) == ready
    assert takeover_step(Train(steps=10**9, compile="never"), costs) is None
    large = Costs(step=1e-3, evaluation=1e-3, dispatch=60e-6)
    assert takeover_step(Train(steps=10**9), large) is None
    assert takeover_step(Train(steps=1, compile="always"), costs) == 0
    assert takeover_step(Train(steps=10**9, dtype="bfloat16"), costs) is None
