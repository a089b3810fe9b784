"""What a training is made of, by the kind of its data: rows of features, or whole images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from objtui.engine.data.dataset import Dataset
from objtui.engine.data.images.image_set import DetectorImages, cells_of
from objtui.engine.model.backbone import RowBackbone
from objtui.engine.model.head_loss import need_classes
from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from objtui.engine.schedule import Costs, evaluation_steps
from objtui.engine.scoring.image_outputs import ImageOutputs
from objtui.engine.scoring.row_outputs import RowOutputs
from objtui.engine.steps.batches import Batches
from objtui.engine.steps.stepper import Stepper
from objtui.engine.steps.tile_steps import TileStepper
from objtui.engine.steps.tiles import TileBatches, tile_size
from objtui.scenario.schema import Scenario

CHUNK_S = 0.05
"""About how long a chunk of steps may take: commands and live frames wait for its end."""


@dataclass(frozen=True, eq=False, slots=True)
class RowParts:
    """Of a training on rows.

    Attributes:
        batches: of its steps.
        stepper: takes them.
        outputs: makes those of the evaluation rows, of a population of these heads.
        costs: of a step and an evaluation.
        schedule: ascending steps of the scheduled frames.
    """

    batches: Batches
    stepper: Stepper
    outputs: Callable[[Population], RowOutputs]
    costs: Costs
    schedule: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class ImageParts:
    """Of a training on tiles of images; for the rest as `RowParts`."""

    batches: TileBatches
    stepper: TileStepper
    outputs: Callable[[Population], ImageOutputs]
    costs: Costs
    schedule: tuple[int, ...]


def row_parts(scenario: Scenario, dataset: Dataset, population: Population) -> RowParts:
    """The parts of a training on rows of features."""
    train, flat, backbone = scenario.train, population.flat, population.backbone
    features = dataset.train.table.to(flat.device, flat.dtype)
    batch = train.batch_of(len(dataset.train))
    batch_rows = len(dataset.train) if batch == "all" else batch
    evaluation = dataset.evaluation
    costs = Costs.of(
        scenario,
        backbone,
        batch_rows,
        len(evaluation),
        seeds=population.run_seeds,
    )
    batches = Batches(
        features,
        dataset.train,
        0 if batch == "all" else batch,
        train.seeds,
        classes=need_classes(scenario),
        positives=None if batch == "all" else train.positives_of(batch),
        most_steps=_chunk_steps(costs),
        ones=isinstance(backbone, RowBackbone) and backbone.keeps_inputs,
    )
    stepper = Stepper(scenario, population, batches)
    evaluated = features
    if dataset.val is not None:
        evaluated = evaluation.table.to(flat.device, flat.dtype)
    return RowParts(
        batches,
        stepper,
        lambda members: RowOutputs(
            members, stepper.network if members is population else Network(members), evaluated
        ),
        costs,
        evaluation_steps(train, batches.rows, len(evaluation), costs),
    )


def image_parts(scenario: Scenario, images: DetectorImages, population: Population) -> ImageParts:
    """The parts of a training on tiles of images."""
    train, flat = scenario.train, population.flat
    costs = Costs.of(
        scenario,
        population.backbone,
        batch_cells(scenario, images),
        sum(evaluation_cells(images)),
        len(images.evaluation),
        population.run_seeds,
    )
    batches = TileBatches(images, train, flat.dtype, flat.device, most_steps=_chunk_steps(costs))
    stepper = TileStepper(scenario, population, batches)
    return ImageParts(
        batches,
        stepper,
        lambda members: ImageOutputs(members, images, scenario.detect),
        costs,
        evaluation_steps(train, None, None, costs),
    )


def batch_cells(scenario: Scenario, images: DetectorImages) -> int:
    """Cells of one seed's batch of tiles."""
    height, width = tile_size(images, scenario.train)
    tiles = scenario.train.tiles_of(len(images.train))
    return tiles * height * width // images.anchors.stride**2


def evaluation_cells(images: DetectorImages) -> list[int]:
    """Cells of every evaluation image."""
    stride = images.anchors.stride
    sizes = (image.size for image in images.evaluation)
    return [cells_of(height, stride) * cells_of(width, stride) for height, width in sizes]


def _chunk_steps(costs: Costs) -> int:
    return max(1, int(CHUNK_S / costs.step))
