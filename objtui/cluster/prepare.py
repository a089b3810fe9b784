"""From a scenario to a training in parts that is ready to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from objtui.cluster.container import Container, PartState
from objtui.cluster.parts import Pool
from objtui.cluster.sharded import ShardedTraining
from objtui.engine.data.dataset import Dataset
from objtui.engine.part import cut_seeds, is_detector, prepare_part
from objtui.engine.session import prepare_data, session_of
from objtui.errors import DeviceError
from objtui.scenario.schema import Scenario
from objtui.session import ProgressListener, Session

DETECTOR_NOTICE = (
    "a detector's last digits may differ from those of the run on one machine: how convolutions "
    "round depends on how many seeds are in a part"
)


@dataclass(frozen=True, slots=True)
class Room:
    """A pool, and how many parts it can train at once."""

    pool: Pool
    parts: int


def prepare_parts(
    scenario: Scenario,
    base: Path,
    progress: ProgressListener,
    room: Callable[[Dataset], Room],
    *,
    max_parts: int,
    say: Callable[[str], None],
) -> Session:
    """Read and check the data, and cut the seeds into parts that train on CPUs.

    Args:
        room: is asked once the data are right, for the pool that will train on them.
        max_parts: more are not made, however many the pool could train.
        say: is told a line of what happens to parts on the way.
    Raises:
        DataError: the data are wrong.
        DeviceError: the scenario asks for a device that is no CPU.
    """
    if scenario.train.device not in ("auto", "cpu"):
        raise DeviceError(
            f'train.device = "{scenario.train.device}": parts of a run train on CPUs; '
            "use --device cpu"
        )
    train = scenario.train.model_copy(update={"device": "cpu"})
    scenario = scenario.model_copy(update={"train": train})
    device = torch.device("cpu")
    data = prepare_data(scenario, base, progress, device)
    dataset = data.dataset
    first = prepare_part(scenario, dataset, range(1))  # the schedule of the whole, at little cost
    there = room(dataset)

    cuts = cut_seeds(scenario, len(dataset.train), min(max_parts, there.parts))
    notices = first.notices
    if is_detector(scenario) and len(cuts) > 1:
        notices += (DETECTOR_NOTICE,)

    session = session_of(scenario, first, data, device)
    training = ShardedTraining(
        there.pool,
        cuts,
        first.schedule,
        heads=len(scenario.heads),
        score_names=scenario.score_names,
        pictures=len(session.pictures),
        notices=notices,
        adopt=lambda checkpoint: whole_as_part(scenario, dataset, checkpoint),
        say=say,
    )
    return session_of(scenario, training, data, device)


def whole_as_part(scenario: Scenario, dataset: Dataset, checkpoint: bytes) -> Container:
    """The checkpoint of a training as a whole as that of one part with all seeds; ValueError."""
    seeds = range(len(scenario.train.seeds))
    whole = prepare_part(scenario, dataset, seeds)
    whole.restore(checkpoint)
    part = PartState(seeds, whole.step, False, whole.train_s, whole.eval_s, checkpoint)
    return Container(whole.step, whole.elapsed_s, (part,))
