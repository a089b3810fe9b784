"""Exported detections and truth, given to pycocotools, come to the AP that the run has."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from objtui.cli.main import main
from objtui.cluster.here import PoolHere
from objtui.cluster.prepare import Room, prepare_parts
from objtui.engine.data.dataset import Dataset
from objtui.measures.all_detections import AllDetections
from objtui.runfile.reader import RunReader
from objtui.scenario.schema import Scenario
from objtui.session import no_listener
from tests.engine.detector_cases import detector_scenario
from tests.export.conftest import refused_export
from tests.picture_runs import record_pictures
from tests.runs_for_tests import MakeRun
from tests.trained_runs import trained_run


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def exported(path: Path) -> Path:
    place = path.parent / f"{path.stem}-coco"
    assert main(["export", str(path), "--format", "coco", "-o", str(place)]) == 0
    return place


def of_pycocotools(truth: Path, results: Path) -> tuple[float, float]:
    """AP50 and AP75."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(truth))
        evaluation = COCOeval(coco, coco.loadRes(str(results)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[1]), float(evaluation.stats[2])


def require_scores(path: Path, truth: Path | None = None) -> list[float]:
    """Those of every member by pycocotools are those of the last frame; AP50 of each."""
    place = exported(path)
    with RunReader(path) as reader:
        header, frame = reader.header(), reader.frames_after()[-1].frame
    values = []
    for head, info in enumerate(header.heads):
        for at, seed in enumerate(header.seeds):
            results = place / f"{info.name}-{seed}.json"
            both = of_pycocotools(truth or place / "truth.json", results)
            for name, value in zip(("ap50", "ap75"), both, strict=True):
                assert value == pytest.approx(frame.score(name)[head, at], abs=1e-12)
            values.append(both[0])
    assert len(list(place.iterdir())) == len(values) + 1
    return values


SCENES = detector_scenario(
    data={"train_images": 6, "val_images": 4, "size": 96, "noise": 0.02},
    steps=120,
    seeds=2,
    dtype="float32",
)


def test_of_painted_scenes(tmp_path: Path) -> None:
    path = trained_run(SCENES, tmp_path)
    assert max(require_scores(path)) > 0.05
    truth = json.loads((tmp_path / "a-run-coco" / "truth.json").read_text())
    assert [image["id"] for image in truth["images"]] == [1, 2, 3, 4]
    assert truth["categories"] == [{"id": 1, "name": "object"}]
    assert truth["info"]["detections"] == "all"


def test_after_a_stop(tmp_path: Path) -> None:
    steps: list[int] = []

    def stop() -> bool:
        steps.append(0)
        return len(steps) > 3

    path = trained_run(SCENES, tmp_path, is_stop_requested=stop)
    require_scores(path)
    with RunReader(path) as reader:
        assert reader.status().state == "stopped"
        stored = reader.all_detections()
    assert stored is not None
    assert 0 < stored.step < 120


def test_of_a_run_in_parts_of_many_seeds(tmp_path: Path) -> None:
    scenario = detector_scenario(seeds=10, steps=4, dtype="float32")

    def room(dataset: Dataset) -> Room:
        return Room(PoolHere(scenario, dataset), 2)

    session = prepare_parts(
        scenario, tmp_path, no_listener, room, max_parts=2, say=lambda line: None
    )
    require_scores(trained_run(scenario, tmp_path, session=session))


def coco_files(folder: Path) -> dict[str, Any]:
    """Pictures of squares whose ids fall, with a crowd and a second category."""
    rng = np.random.default_rng(1)
    annotations: list[dict[str, Any]] = []
    images = []
    for number, identity in enumerate((907, 41, 40, 8)):
        pixels = rng.integers(0, 60, (80, 96), dtype=np.uint8)
        for left, top in ((8, 8), (48, 16), (24, 48)):
            side = int(rng.integers(16, 26))
            pixels[top : top + side, left : left + side] += 150
            annotations.append(
                {"id": len(annotations) + 1, "image_id": identity, "category_id": 9, "iscrowd": 0}
                | {"bbox": [left, top, side, side], "area": side * side}
            )
        annotations[-1]["iscrowd"] = number == 1
        annotations[-2]["category_id"] = 4 if number == 2 else 9
        Image.fromarray(pixels).save(folder / f"{number}.png")
        size = {"width": 96, "height": 80}
        images.append({"id": identity, "file_name": f"{number}.png"} | size)
    for annotation in annotations:
        annotation["iscrowd"] = int(annotation["iscrowd"])
    categories = [{"id": 4, "name": "dirt"}, {"id": 9, "name": "cell"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "a.json").write_text(json.dumps(document))
    part = {"images": str(folder), "annotations": str(folder / "a.json")}
    return {"source": "coco", "train": part, "val": part, "category": "cell"}


def test_of_coco_files_with_their_own_ids(tmp_path: Path) -> None:
    data = coco_files(tmp_path) | {"anchors": {"stride": 8, "sizes": [16.0, 24.0]}}
    fields = SCENES.model_dump(mode="json", exclude_unset=True) | {"data": data}
    path = trained_run(Scenario.model_validate(fields), tmp_path)
    assert max(require_scores(path)) > 0.1
    place = tmp_path / "a-run-coco"
    truth = json.loads((place / "truth.json").read_text())
    assert [image["id"] for image in truth["images"]] == [907, 41, 40, 8]
    results = json.loads((place / "bce-0.json").read_text())
    assert {each["category_id"] for each in results} == {9}
    scores = [each["score"] for each in results]
    assert scores == sorted(scores, reverse=True)
    # The user's own file has another category beside, which COCO's evaluation averages over.
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "a.json"))
        evaluation = COCOeval(coco, coco.loadRes(str(place / "bce-0.json")), "bbox")
        evaluation.params.catIds = [9]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    own = of_pycocotools(place / "truth.json", place / "bce-0.json")
    assert own[0] == pytest.approx(float(evaluation.stats[1]), abs=1e-12)


def test_runs_without_them_say_why_in_one_line(
    new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "detects nothing" in refused_export(new_run("rows", tmp_path).path, "coco", capsys)
    begun = record_pictures(new_run, tmp_path, steps=(0, 10)).path
    assert "written after the last step or at a stop" in refused_export(begun, "coco", capsys)
    with closing(sqlite3.connect(begun)) as connection, connection:
        connection.execute("DROP TABLE all_detections")
        connection.execute("PRAGMA user_version = 3")
    assert "of an earlier version of objtui" in refused_export(begun, "coco", capsys)


def test_where_a_file_has_little_room_the_best_are_kept_and_their_number_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within = AllDetections.within
    monkeypatch.setattr(AllDetections, "within", lambda every, limit: within(every, 3000))
    path = trained_run(detector_scenario(steps=4, dtype="float32"), tmp_path)
    place = exported(path)
    truth = json.loads((place / "truth.json").read_text())
    said = truth["info"]["detections"]
    most = int(said.removeprefix("the best ").split()[0])
    assert said == f"the best {most} of each picture: the run file had no more room"
    results = json.loads((place / "ce-0.json").read_text())
    for image in truth["images"]:
        assert len([each for each in results if each["image_id"] == image["id"]]) <= most
