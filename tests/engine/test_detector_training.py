"""Detectors from a scenario file to the end of a run: refusals, notices, resumption, learning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from objtui.engine import detector_checks
from objtui.engine.model.backbones import make_backbone
from objtui.engine.model.conv import Conv
from objtui.engine.session import prepare
from objtui.engine.training import Training
from objtui.errors import DataError
from objtui.measures.frames import Frame
from objtui.scenario.schema import Scenario
from tests.engine.cases import scheduled
from tests.engine.detector_cases import TWINS, detector_data, detector_scenario, detector_training


def frames_equal(one: list[Frame], other: list[Frame]) -> bool:
    """Whether scheduled frames agree to the last bit."""
    return [f.step for f in one] == [f.step for f in other] and all(
        a.scores.tobytes() == b.scores.tobytes() and a.counts.tobytes() == b.counts.tobytes()
        for a, b in zip(one, other, strict=True)
    )


SCENARIO = detector_scenario(steps=40, seeds=2, eval_every=8, dtype="float32")


def test_two_runs_have_the_same_bits() -> None:
    runs = [scheduled(detector_training(SCENARIO)) for _ in range(2)]
    assert frames_equal(*runs)
    assert [frame.step for frame in runs[0]] == [0, 8, 16, 24, 32, 40]


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_resumed_run_has_the_bits_of_one_that_went_on(optimizer: str) -> None:
    train = SCENARIO.train.model_copy(update={"optimizer": optimizer, "clip_norm": 0.5})
    scenario = SCENARIO.model_copy(update={"train": train, "heads": SCENARIO.heads[::2]})
    whole = scheduled(detector_training(scenario))
    half = detector_training(scenario)
    events, seen = half.events(), []
    while half.step < 19:
        event = next(events)
        if isinstance(event, Frame) and event.scheduled:
            seen.append(event)
    resumed = detector_training(scenario)
    resumed.restore(half.checkpoint())
    assert frames_equal(seen + scheduled(resumed), whole)


def test_at_a_stop_the_worst_mistakes_are_measured_and_nothing_else_changes() -> None:
    stopped, whole = detector_training(SCENARIO), detector_training(SCENARIO)
    for training in (stopped, whole):
        training.advance(16)
    before = stopped.checkpoint()
    end = stopped.measure_end()
    assert end is not None
    assert (end.step, end.scheduled) == (16, False)
    assert end.mistakes is not None
    assert end.mistakes.of_head(0)
    assert end.detections is not None
    for training in (stopped, whole):
        training.advance(16)
    assert before != stopped.checkpoint()
    for name, tensor in whole._state().items():
        assert torch.equal(tensor, stopped._state()[name])


def test_hard_negatives_a_sum_over_positives_and_an_average_keep_twins_and_bits() -> None:
    update = {"hard_negatives": 2.0, "normalise": "positives", "ema": 0.9}
    train = SCENARIO.train.model_copy(update=update)
    scenario = SCENARIO.model_copy(update={"train": train, "heads": SCENARIO.heads[:2]})
    whole = scheduled(detector_training(scenario))
    # An average of differences is rounded apart from a difference of averages, by the processor.
    assert whole[-1].score("gap").max() < 1e-6
    half = detector_training(scenario)
    next(event for event in half.events() if half.step >= 19)
    resumed = detector_training(scenario)
    resumed.restore(half.checkpoint())
    assert scheduled(resumed)[-1].scores.tobytes() == whole[-1].scores.tobytes()


def test_it_learns() -> None:
    data = {"train_images": 8, "size": 96, "objects": 4, "noise": 0.02, "anchors": {"sizes": [24]}}
    model = {"layers": [[8, 4, 4], [16, 2, 2], [16, 3, 1]]}
    scenario = detector_scenario(TWINS[:2], model, data, steps=150, tile=64, dtype="float32")
    first, *_, last = scheduled(detector_training(scenario))
    assert float(last.score("ap").min()) > 3 * float(first.score("ap").max())
    assert float(last.score("loss").max()) < 0.4 * float(first.score("loss").min())
    assert float(last.score("gap").max()) == 0


def test_a_double_sigmoid_and_bfloat16_train_too() -> None:
    heads = ({"name": "a", "loss": "bce", "double_sigmoid": True}, {"name": "b", "loss": "mse"})
    scenario = detector_scenario(heads, dtype="bfloat16", steps=5)
    *_, last = scheduled(detector_training(scenario))
    assert last.step == 5
    assert not last.diverged.any()


def notices(model: dict[str, Any] | None = None, **tables: Any) -> str:
    scenario = detector_scenario(model=model, data=tables.pop("data", None))
    heads = tables.pop("heads", None)
    fields = scenario.model_dump(exclude_unset=True) | tables
    if heads is not None:
        fields["heads"] = heads
    session = prepare(Scenario.model_validate(_lists(fields)), Path())
    assert isinstance(session.training, Training)
    return "\n".join(session.notices)


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(each) for key, each in value.items()}
    return [_lists(each) for each in value] if isinstance(value, tuple | list) else value


def test_what_may_surprise_is_said() -> None:
    large = {"anchors": {"stride": 8, "sizes": [16.0, [48.0, 24.0]]}}
    assert "a cell sees 24 × 24 pixels, less than the largest anchor, of 48" in notices(data=large)
    assert "a cell sees" not in notices()
    assert "has 3 boxes, but detect.most is 2" in notices(detect={"most": 2})
    assert "detect.most" not in notices(detect={"most": 3})
    none, mse = {"boxes": "none"}, [{"name": "m", "loss": "mse"}]
    assert "m: may collapse without boxes and without a prior" in notices(none, heads=mse)
    for loss in ("bce", "focal", "ce", "raw_mse"):
        assert "collapse" not in notices(none, heads=[{"name": "m", "loss": loss}])
    assert "collapse" not in notices(none, heads=[mse[0] | {"prior": 0.05}])
    assert "collapse" not in notices(heads=mse)


def test_a_claim_on_detections_where_there_is_no_box_is_refused_and_without_one_told() -> None:
    claims = ["m.ap50 > 0.5 and first(m.reach > 0.9) < 9", "m.ap > 0.5", "m.ap50_anchors < 1"]
    tests = [{"text": test, "test": test} for test in claims]
    scenario = detector_scenario([{"name": "m", "loss": "mse"}])
    images = detector_data(scenario).images
    assert images is not None
    without = tuple(replace(image, boxes=image.boxes[:0]) for image in images.evaluation)
    empty = replace(images, val=without)

    def said(tests: list[dict[str, str]]) -> str:
        fields = _lists(scenario.model_dump(exclude_unset=True)) | {"claims": tests}
        claiming = Scenario.model_validate(fields)
        backbone = make_backbone(scenario.model, detector_data(scenario).input_shape)
        assert isinstance(backbone, Conv)
        cpu = torch.device("cpu")
        return "\n".join(
            detector_checks.check_detector(claiming, empty, backbone, torch.float32, cpu)
        )

    assert "no evaluation image has a box: ap50" in said([])
    with pytest.raises(DataError) as refused:
        said(tests)
    first, second = refused.value.lines()
    assert first.endswith("so ap50 and reach are undefined; use images with some")
    assert first.startswith("claims[0].test") or "claims.0" in first
    assert "so ap50_anchors is undefined" in second


def test_a_training_beyond_memory_names_what_to_make_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(detector_checks, "available_memory", lambda: 10**6)
    with pytest.raises(DataError, match=r"train\.batch: this training needs about .* MB") as error:
        prepare(detector_scenario(seeds=3), Path())
    assert str(error.value).endswith(
        "make smaller train.batch, now 2, train.tile, now 48, or train.seeds, now 3"
    )
    large = {"val_images": 40, "size": 400, "train_images": 1}
    with pytest.raises(DataError, match=r"train\.seeds: .*seeds, now 9, or the evaluation images$"):
        prepare(detector_scenario(data=large, seeds=9), Path())
    with pytest.raises(DataError, match=r"model\.layers: .* the channels of model\.layers, or"):
        prepare(detector_scenario(model={"layers": [[9999, 8, 8]]}), Path())


def test_memory_counts_what_grows() -> None:
    def needed(**train: Any) -> int:
        scenario = detector_scenario(**train)
        training = detector_training(scenario)
        outputs = training._evaluator._source
        images, backbone = outputs._images, training._population.backbone  # type: ignore[attr-defined]
        return detector_checks.memory_needed(scenario, images, backbone, torch.float32).total

    base = needed(batch=1000)
    assert needed(batch=3000) > 2 * base
    assert needed(batch=1000, seeds=4) > 2 * base
    assert needed(batch=4000, tile=24) == pytest.approx(base, rel=0.01)


def test_frames_are_scheduled_by_what_they_cost() -> None:
    few = {"train_images": 1, "val_images": 1}
    many = few | {"val_images": 12, "size": 256}
    schedules = [
        detector_training(detector_scenario(data=data, steps=3000)).schedule for data in (few, many)
    ]
    assert 20 <= len(schedules[1]) < len(schedules[0]) <= 201
