"""Source `coco`: rows from images and their boxes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from objtui.engine.data import Dataset, build_dataset, builder_of
from objtui.errors import DataError
from objtui.scenario.schema import Anchors, CocoData
from objtui.session import no_listener

SCENARIOS = Path(__file__).parents[4] / "scenarios"


def build_coco(data: CocoData, base: Path, precision: torch.dtype) -> Dataset:
    """The rows of images, which need not hold a positive one."""
    return builder_of(CocoData)(data, base, precision, no_listener)


def nuclei(**keys: object) -> CocoData:
    parts = {
        part: {"images": "data/nuclei", "annotations": f"data/nuclei/{part}.json"}
        for part in ("train", "val")
    }
    return CocoData.model_validate({"source": "coco", **parts, **keys})


@pytest.fixture(scope="module")
def nuclei_rows() -> Dataset:
    return build_dataset(nuclei(), SCENARIOS, torch.float64)


def test_nuclei_have_the_published_numbers_of_rows(nuclei_rows: Dataset) -> None:
    val = nuclei_rows.evaluation
    assert (len(nuclei_rows.train), int(nuclei_rows.train.positive.sum())) == (4631, 260)
    assert (len(val), int(val.positive.sum())) == (4809, 182)
    assert nuclei_rows.width == 145


def test_features_are_standardised_by_the_training_rows(nuclei_rows: Dataset) -> None:
    features = nuclei_rows.train.features.numpy()
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(features.std(axis=0), 1, atol=1e-9)
    assert abs(nuclei_rows.evaluation.features.mean().item()) > 1e-3


def raw_features(part: str) -> np.ndarray:
    """The crops of all rows by Pillow, and their sizes, with a plain loop over anchors."""
    folder = SCENARIOS / "data/nuclei"
    image = Image.open(folder / f"{part}.png").convert("F")
    document = json.loads((folder / f"{part}.json").read_text())
    boxes = [(a["bbox"], a["iscrowd"]) for a in document["annotations"]]
    rows = []
    for size in (16, 24, 32):
        for top in range(4 - size // 2, 512 - size + 1, 8):
            for left in range(4 - size // 2, 256 - size + 1, 8):
                if top < 0 or left < 0:
                    continue
                best, crowded = 0.0, False
                for (x, y, w, h), crowd in boxes:
                    across = max(0, min(left + size, x + w) - max(left, x))
                    shared = across * max(0, min(top + size, y + h) - max(top, y))
                    if crowd:
                        crowded |= shared >= size * size / 2
                    else:
                        best = max(best, shared / (size * size + w * h - shared))
                if best >= 0.5 or (best < 0.3 and not crowded):
                    cut = image.crop((left, top, left + size, top + size))
                    small = cut.resize((12, 12), Image.Resampling.BILINEAR)
                    rows.append([*np.rint(np.asarray(small)).ravel() / 255, size / 32])
    return np.array(rows)


def test_all_features_are_those_of_a_plain_loop_with_pillow(nuclei_rows: Dataset) -> None:
    train, val = raw_features("train"), raw_features("val")
    mean, sd = train.mean(axis=0), train.std(axis=0)
    for rows, expected in ((nuclei_rows.train, train), (nuclei_rows.evaluation, val)):
        difference = np.abs(rows.features.numpy() * sd - (expected - mean))
        assert (difference < 2e-4).mean() > 0.99  # pixels at a half: either way
        assert difference.max() < 1.02 / 255


def test_the_same_scenario_gives_the_same_bits(nuclei_rows: Dataset) -> None:
    again = build_dataset(nuclei(), SCENARIOS, torch.float64)
    assert torch.equal(again.train.features, nuclei_rows.train.features)
    single = build_dataset(nuclei(), SCENARIOS, torch.float32)
    assert single.train.features.dtype == torch.float32
    np.testing.assert_allclose(single.train.features, nuclei_rows.train.features, atol=1e-4)


def test_iou_targets_are_the_overlap_of_positives_and_0_of_negatives(nuclei_rows: Dataset) -> None:
    rows = build_dataset(nuclei(objectness="iou"), SCENARIOS, torch.float64).train
    assert torch.equal(rows.positive, nuclei_rows.train.positive)
    assert torch.equal(nuclei_rows.train.targets, rows.positive.double())
    assert rows.targets[rows.positive].min() >= 0.5
    assert 0.5 < rows.targets[rows.positive].mean() < 1
    assert not rows.targets[~rows.positive].any()


def test_anchors_are_positive_from_positive_iou_on_even_below_a_half() -> None:
    data = nuclei(objectness="iou", anchors=Anchors(positive_iou=0.4))
    rows = build_dataset(data, SCENARIOS, torch.float64).train
    assert 0.4 <= rows.targets[rows.positive].min() < 0.5


def lost_boxes(part: str, positive_iou: float) -> tuple[int, int]:
    """Boxes without an anchor of so much IoU, and all boxes, with a plain loop over anchors."""
    document = json.loads((SCENARIOS / f"data/nuclei/{part}.json").read_text())
    boxes = [a["bbox"] for a in document["annotations"] if not a["iscrowd"]]
    lost = 0
    for x, y, w, h in boxes:
        best = 0.0
        for size in (16, 24, 32):
            for top in range((-size // 2 + 4) % 8, 512 - size + 1, 8):
                for left in range((-size // 2 + 4) % 8, 256 - size + 1, 8):
                    across = max(0, min(left + size, x + w) - max(left, x))
                    shared = across * max(0, min(top + size, y + h) - max(top, y))
                    best = max(best, shared / (size * size + w * h - shared))
        lost += best < positive_iou
    return lost, len(boxes)


@pytest.mark.parametrize("positive_iou", [0.5, 0.8])
def test_boxes_that_no_anchor_matches_are_told(positive_iou: float) -> None:
    data = nuclei(anchors=Anchors(positive_iou=positive_iou))
    expected = []
    for part, name in (("train", "training"), ("val", "validation")):
        lost, boxes = lost_boxes(part, positive_iou)
        assert 0 < lost < boxes
        beginning = (
            f"{lost} of {boxes} {name} boxes have no anchor of IoU >= {positive_iou}"
            f"{' either' if name == 'validation' else ''}: "
            f"the recall ceiling is {100 - 100 * lost / boxes:.3g} %"
        )
        expected.append((beginning, lost > 0.1 * boxes))
    notices = build_dataset(data, SCENARIOS, torch.float64).notices
    assert len(notices) == len(expected)
    for notice, (beginning, low) in zip(notices, expected, strict=True):
        assert notice.startswith(beginning)
        better = "would reach" if low else "a smaller stride would find them"
        assert (better in notice) == (" training " in beginning)


def test_nothing_is_told_of_boxes_that_all_have_an_anchor(tmp_path: Path) -> None:
    data = make(tmp_path, [np.zeros((16, 32), np.uint8)], [(0, [0, 0, 8, 8], 0)])
    assert build_dataset(data, tmp_path, torch.float32).notices == ()


def make(
    folder: Path, images: list[np.ndarray], boxes: list[tuple[int, list[float], int]]
) -> CocoData:
    """A data set of images and of (image, box, iscrowd), with anchors of 8 × 8 and 16 × 8."""
    for i, pixels in enumerate(images):
        Image.fromarray(pixels).save(folder / f"{i}.png")
    document = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(len(images))],
        "categories": [{"id": 1, "name": "thing"}, {"id": 2, "name": "other"}],
        "annotations": [
            {"id": n, "image_id": i, "category_id": 1, "bbox": box, "iscrowd": crowd}
            for n, (i, box, crowd) in enumerate(boxes)
        ],
    }
    (folder / "a.json").write_text(json.dumps(document))
    part = {"images": ".", "annotations": "a.json"}
    anchors = {"stride": 8, "sizes": [8.0, [16.0, 8.0]]}
    return CocoData.model_validate({"source": "coco", "train": part, "anchors": anchors, "crop": 4})


def pictures(count: int, *shape: int) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8))


def test_rows_follow_images_then_sizes_then_the_grid(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(2, 16, 24), [(1, [8, 8, 8, 8], 0)])
    rows = build_dataset(data, tmp_path, torch.float64).train
    # 2 × 3 squares, and 2 × 1 wide ones: centre 12 is the only one with 8 to either side
    assert len(rows) == 2 * (6 + 2)
    assert rows.positive.nonzero().ravel().tolist() == [8 + 4, 8 + 7]  # IoU 1 and exactly 1/2


def test_sides_are_the_last_features_over_the_largest_side(tmp_path: Path) -> None:
    rows = build_coco(make(tmp_path, pictures(1, 16, 24), []), tmp_path, torch.float64).train
    assert rows.features.shape == (8, 18)
    sides = np.array([[0.5, 0.5]] * 6 + [[1, 0.5]] * 2)
    expected = (sides[:, 0] - sides[:, 0].mean()) / sides[:, 0].std()
    np.testing.assert_allclose(rows.features[:, 16], expected)
    assert not rows.features[:, 17].any()  # the height is the same for all: sd 0


def test_data_without_a_positive_row_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.train\.annotations: none of the 16 .* has no box"):
        build_dataset(make(tmp_path, pictures(2, 16, 24), []), tmp_path, torch.float32)


def test_images_without_a_box_are_all_negatives(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(2, 16, 24), [(1, [8, 8, 8, 8], 0)])
    rows = build_dataset(data, tmp_path, torch.float32).train
    assert len(rows) == 16
    assert not rows.positive[:8].any()


def test_colour_images_have_three_channels_of_features(tmp_path: Path) -> None:
    dataset = build_coco(make(tmp_path, pictures(1, 16, 24, 3), []), tmp_path, torch.float32)
    assert dataset.width == 4 * 4 * 3 + 2


def test_an_image_of_one_grey_has_features_0(tmp_path: Path) -> None:
    data = make(tmp_path, [np.full((160, 240), 77, np.uint8)], [])
    features = build_coco(data, tmp_path, torch.float32).train.features
    assert not features[:, :16].any()


def test_iscrowd_boxes_take_negatives_away_and_add_no_positives(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 16, 24), [(0, [0, 0, 8, 8], 1)])
    rows = build_coco(data, tmp_path, torch.float32).train
    assert len(rows) == 8 - 1
    assert not rows.positive.any()


def test_boxes_of_another_category_are_background(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 16, 24), [(0, [0, 0, 8, 8], 0)])
    document = json.loads((tmp_path / "a.json").read_text())
    other = {"id": 9, "image_id": 0, "category_id": 2, "bbox": [16, 8, 8, 8]}
    document["annotations"].append(other)
    (tmp_path / "a.json").write_text(json.dumps(document))
    for category, positives in ((None, 2), ("thing", 1), ("other", 1)):
        chosen = data.model_copy(update={"category": category})
        assert build_dataset(chosen, tmp_path, torch.float32).train.positive.sum() == positives


def test_a_category_may_be_given_by_its_id_and_several_are_counted(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 16, 24), [(0, [0, 0, 8, 8], 0), (0, [8, 0, 8, 8], 0)])
    document = json.loads((tmp_path / "a.json").read_text())
    other = {"id": 9, "image_id": 0, "category_id": 2, "bbox": [16, 8, 8, 8]}
    document["annotations"].append(other)
    (tmp_path / "a.json").write_text(json.dumps(document))
    (notice,) = build_dataset(data, tmp_path, torch.float32).notices
    assert notice == (
        "training boxes of 2 categories are taken as one: 'thing' (2), 'other' (1); "
        "data.category = 'thing' would take that one alone"
    )
    for category in ("other", 2, "2"):
        dataset = build_dataset(
            data.model_copy(update={"category": category}), tmp_path, torch.float32
        )
        assert dataset.train.positive.sum() == 1
        assert dataset.notices == ()
    with pytest.raises(
        DataError, match=r"data\.category: .* has no category 7; there is 1 \('thing'\)"
    ):
        build_dataset(data.model_copy(update={"category": 7}), tmp_path, torch.float32)


def test_the_best_anchor_of_an_object_is_positive_with_per_object(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 16, 24), [(0, [9, 1, 3, 3], 0)])
    with pytest.raises(DataError, match="no row is positive"):
        build_dataset(data, tmp_path, torch.float64)
    best = data.anchors.model_copy(update={"per_object": 1})
    for objectness, target in (("hard", 1.0), ("iou", 9 / 64)):
        keys = {"anchors": best, "objectness": objectness}
        rows = build_dataset(data.model_copy(update=keys), tmp_path, torch.float64).train
        assert len(rows) == 8
        assert rows.positive.nonzero().ravel().tolist() == [1]
        assert rows.targets[1] == target
        assert rows.targets.sum() == target


def test_a_category_without_boxes_is_answered_with_those_that_have_some(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 16, 24), [(0, [0, 0, 8, 8], 0)])
    other = data.model_copy(update={"category": "other"})
    with pytest.raises(DataError, match=r"data\.category: .* 'other'; there are .* 'thing' \(1\)"):
        build_dataset(other, tmp_path, torch.float32)


def test_images_smaller_than_every_anchor_are_refused(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 6, 7), [])
    with pytest.raises(DataError, match=r"the training images have no anchors: .* 16 × 8 .* 7 × 6"):
        build_dataset(data, tmp_path, torch.float32)


def test_data_of_which_every_anchor_is_left_out_are_refused(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(1, 16, 24), [(0, [0, 0, 24, 16], 1)])
    with pytest.raises(DataError, match="all anchors of the training images are left out"):
        build_dataset(data, tmp_path, torch.float32)


def test_every_image_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    data = make(tmp_path, pictures(3, 160, 240), [])
    for name in ("0.png", "2.png"):
        raw = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DataError) as caught:
        build_coco(data, tmp_path, torch.float32)
    assert [(key, line.split(":")[0]) for key, line in caught.value.problems] == [
        (("data", "train", "images"), str(tmp_path / "0.png")),
        (("data", "train", "images"), str(tmp_path / "2.png")),
    ]


def test_grey_images_among_colour_ones_count_as_colour(tmp_path: Path) -> None:
    grey, colour = pictures(1, 16, 24)[0], pictures(1, 16, 24, 3)[0]
    thrice = np.repeat(grey[..., None], 3, axis=2)
    built = []
    for name, images in (("mixed", [grey, colour]), ("plain", [thrice, colour])):
        (tmp_path / name).mkdir()
        data = make(tmp_path / name, images, [])
        built.append(build_coco(data, tmp_path / name, torch.float64))
    assert built[0].width == 4 * 4 * 3 + 2
    assert torch.equal(built[0].train.features, built[1].train.features)


@pytest.mark.parametrize("order", [("grey", "colour"), ("colour", "grey")])
def test_grey_and_colour_may_also_be_split_over_training_and_validation(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    for name, shape in (("grey", (16, 24)), ("colour", (16, 24, 3))):
        (tmp_path / name).mkdir()
        data = make(tmp_path / name, pictures(1, *shape), [])
    named = zip(("train", "val"), order, strict=True)
    parts = {k: {"images": d, "annotations": f"{d}/a.json"} for k, d in named}
    data = CocoData.model_validate({"source": "coco", **parts, "crop": 4, "anchors": data.anchors})
    dataset = build_coco(data, tmp_path, torch.float32)
    assert dataset.width == dataset.evaluation.features.shape[1] == 4 * 4 * 3 + 2


def test_more_anchors_than_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make(tmp_path, pictures(1, 160, 240), [])
    monkeypatch.setattr("objtui.datafiles.memory.available_memory", lambda: 1_000_000)
    with pytest.raises(DataError, match=r"needs about .* of memory, but only 1\.0 MB"):
        build_coco(data, tmp_path, torch.float32)


def test_an_image_of_2000_by_2000_pixels_is_a_matter_of_seconds(tmp_path: Path) -> None:
    boxes = [(0, [x, y, 16, 10], 0) for x in range(0, 1980, 60) for y in range(0, 1980, 60)]
    data = make(tmp_path, pictures(1, 2000, 2000), boxes)
    rows = build_dataset(data, tmp_path, torch.float32).train
    assert len(rows) > 100_000
    assert 1000 < rows.positive.sum() < 5000


def test_fitted_sizes_and_the_share_of_boxes_that_they_reach_are_told() -> None:
    fitted = nuclei(anchors=Anchors(sizes="auto"))
    first, *others = build_dataset(fitted, SCENARIOS, torch.float64).notices
    assert first.startswith("anchors fitted to 69 boxes: ")
    assert first.endswith(" % of the boxes are reached")
    assert "a larger data.anchors.count or a smaller stride would find" in others[0]
    more = nuclei(anchors=Anchors(sizes="auto", count=9, stride=2))
    assert (
        build_dataset(more, SCENARIOS, torch.float64)
        .notices[0]
        .endswith("; 100 % of the boxes are reached")
    )
