"""What becomes of runs and sweeps on real clusters in this machine, whatever is killed.

All but one are thorough: Ray takes seconds to start, and some of its faults half a minute to show.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from objtui.cluster.connect import LOCAL
from objtui.cluster.ray_pool import FOLDERS, SHORT_PATH
from objtui.errors import EXIT_DONE, EXIT_TRAINING, EXIT_USAGE
from objtui.runfile.commands import send_command
from tests.cluster.commands import LR, Objtui, commands, ended, nothing_is_left
from tests.cluster.real import (
    LOOPBACK,
    NEEDS_RAY,
    a_request,
    assert_same_bits,
    finished,
    go_on,
    kill_one,
    listening,
    log_of,
    nodes,
    our_processes,
    pause_at_frame,
    ray_environment,
    resumed,
    started,
)
from tests.conftest import wait_until

pytestmark = NEEDS_RAY


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    with ray_environment():
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of all seeds in one trainer."""
    with ray_environment():
        return finished(started(a_request(tmp_path_factory.mktemp("whole"), "whole")))


@pytest.fixture
def objtui(tmp_path: Path) -> Iterator[Objtui]:
    with commands(tmp_path) as held:
        yield held


def test_a_cluster_of_this_machine_alone_gives_the_same_bits_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    whole = finished(started(a_request(tmp_path, "whole", 60)))
    run = started(a_request(tmp_path, "parts", 60).on_cluster(LOCAL))
    assert listening(our_processes()) <= LOOPBACK
    assert_same_bits(finished(run), whole)
    wait_until(lambda: not our_processes("ray::") and not our_processes("raylet/raylet"))


@pytest.mark.thorough
def test_two_minutes_after_its_driver_was_killed_nothing_is_left(tmp_path: Path) -> None:
    run = started(a_request(tmp_path, "killed", 100_000).on_cluster(LOCAL))
    pause_at_frame(run, 2)
    (keeper,) = our_processes("objtui.cluster.keeper")
    (folder,) = Path(SHORT_PATH).glob(f"{FOLDERS}{keeper}-*")
    run.process.kill()
    run.process.wait()
    wait_until(nothing_is_left)
    assert not folder.exists()


@pytest.mark.thorough
def test_on_two_nodes_whatever_is_killed(whole: Path, tmp_path: Path) -> None:
    """A node; the driver, and going on without a cluster. A worker: `test_two_nodes`."""
    with nodes(2) as cluster:
        run = started(a_request(tmp_path, "node").on_cluster(cluster.address))
        pause_at_frame(run, 3)
        cluster.have(1)
        go_on(run)
        assert_same_bits(finished(run), whole)
        assert "begin again" in log_of(run)

        cluster.have(2)
        run = started(a_request(tmp_path, "driver").on_cluster(cluster.address))
        pause_at_frame(run, 3)
        run.process.kill()
        run.process.wait()
        wait_until(lambda: not our_processes("ray::PartActor"))
        assert_same_bits(finished(resumed(run.path, None)), whole)
    wait_until(nothing_is_left)


@pytest.mark.thorough
def test_without_its_head_a_run_has_crashed_and_goes_on_elsewhere(
    whole: Path, tmp_path: Path
) -> None:
    """Streams go past the head, so what takes less than half a minute more would end well."""
    with nodes(2) as cluster:
        run = started(a_request(tmp_path, "head").on_cluster(cluster.address))
        pause_at_frame(run, 3)
        cluster.behead()
        finished(run, "crashed")
        assert "Failed to connect to GCS" in log_of(run)
    wait_until(nothing_is_left)
    assert_same_bits(finished(resumed(run.path, None)), whole)


@pytest.mark.thorough
def test_a_wrong_token_is_an_error_that_says_so_and_leaves_nothing(objtui: Objtui) -> None:
    with nodes(0) as cluster:
        for command in (["run", "--headless"], ["sweep", "--over", LR]):
            code, said = objtui.end(
                *command, "a.toml", "--ray", cluster.address, RAY_AUTH_TOKEN="0" * 64
            )
            assert code == EXIT_USAGE, said
            assert "is its token in RAY_AUTH_TOKEN here" in said
        runs = objtui.folder / "runs"
        assert not runs.exists() or not list(runs.iterdir())
    wait_until(nothing_is_left)


SIGNALS = ("SIGKILL", "SIGINT", "SIGTERM", "SIGHUP")


@pytest.mark.thorough
def test_a_sweep_whose_driver_ends_early_goes_on_with_the_same_bits(objtui: Objtui) -> None:
    assert ended(objtui.sweep("here"))[0] == EXIT_DONE
    for name in (*SIGNALS, "keeper"):
        driver = objtui.sweep(name, "--ray")
        objtui.training_run(name)
        if name in SIGNALS:
            driver.send_signal(signal.Signals[name])
        else:
            kill_one("objtui.cluster.keeper")
        ended(driver)
        wait_until(nothing_is_left)
        # On a cluster, or without one: half of each.
        options = ["--ray"] if name in ("SIGKILL", "SIGINT") else []
        code, said = objtui.end("sweep", "resume", name, *options)
        assert code == EXIT_DONE, said
        objtui.assert_same_sweeps("here", name)
    wait_until(nothing_is_left)


@pytest.mark.thorough
def test_a_sweep_whose_head_is_lost_fails_its_cells_and_goes_on(objtui: Objtui) -> None:
    assert ended(objtui.sweep("here"))[0] == EXIT_DONE
    with nodes(2) as cluster:
        driver = objtui.sweep("swept", "--ray", cluster.address)
        send_command(objtui.training_run("swept"), "pause")  # others may end before it shows
        cluster.behead()
        code, said = ended(driver)
        assert code == EXIT_TRAINING, said
        assert '"state": "crashed"' in said
    wait_until(nothing_is_left)
    code, said = objtui.end("sweep", "resume", "swept")
    assert code == EXIT_DONE, said
    objtui.assert_same_sweeps("here", "swept")
