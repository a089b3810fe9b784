"""What the sample pictures of a run show."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from objtui.engine.data.images.image_set import AnchorImage, DetectorImages
from objtui.engine.scoring.detection.pictures import picture_contents, sample_pictures
from objtui.measures.pictures import MAX_SIDE, outcomes
from objtui.measures.scores import DETECTOR_SCORE_NAMES
from tests.engine.detector_cases import detector_data, detector_scenario, detector_training


def images_of(*images: AnchorImage) -> DetectorImages:
    anchors = detector_scenario().data.anchors
    channels = len(images[0].pixels)
    return DetectorImages(anchors, None, np.zeros(channels), np.ones(channels), images, None)


def image(shape: tuple[int, int, int], boxes: list, crowds: list = ()) -> AnchorImage:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    corners = [np.array(some, dtype=float).reshape(-1, 4) for some in (boxes, crowds)]
    return AnchorImage(pixels, *corners, np.empty(0, np.int64), "a")


def test_they_are_the_pictures_that_frames_have_detections_of() -> None:
    images = detector_data(detector_scenario(data={"val_images": 6})).images
    assert images is not None
    contents = picture_contents(images)
    assert len(contents) == len(sample_pictures(images)) == 4
    for picture, whole in zip(contents, images.evaluation, strict=False):
        np.testing.assert_array_equal(picture.pixels, whole.pixels.transpose(1, 2, 0))
        corners = np.hstack([picture.boxes[:, :2], picture.boxes[:, :2] + picture.boxes[:, 2:]])
        np.testing.assert_allclose(corners, whole.boxes, rtol=1e-6)


def test_a_large_one_is_scaled_down_and_its_boxes_stay_in_its_own_pixels() -> None:
    large = image((3, 300, 4 * MAX_SIDE), [[10, 20, 30, 60]], [[0, 0, 900, 300]])
    (content,) = picture_contents(images_of(large))
    assert content.pixels.shape == (75, MAX_SIDE, 3)
    assert content.boxes.tolist() == [[10, 20, 20, 40]]
    assert content.crowds.tolist() == [[0, 0, 900, 300]]
    whole = Image.fromarray(large.pixels.transpose(1, 2, 0))
    small = whole.resize((MAX_SIDE, 75), Image.Resampling.BOX)
    np.testing.assert_array_equal(content.pixels, np.asarray(small))


def test_channels_that_are_no_colours_become_grey() -> None:
    (content,) = picture_contents(images_of(image((5, 8, 8), [])))
    assert content.pixels.shape == (8, 8, 1)
    assert content.to_bytes()


def test_hits_among_the_objects_are_the_recall_of_the_evaluation() -> None:
    heads = [{"name": loss, "loss": loss, "positive_weight": 8.0} for loss in ("bce", "mse")]
    scenario = detector_scenario(heads, data={"val_images": 4}, steps=300, seeds=1, lr=0.02)
    training = detector_training(scenario)
    training.advance(300)
    frame = training._evaluator.measure()
    images = detector_data(scenario).images
    assert images is not None
    assert frame.detections is not None
    recall = dict(zip(DETECTOR_SCORE_NAMES, frame.scores[:, 0].T, strict=True))["recall50"]
    for head, expected in enumerate(recall.tolist()):
        said = [
            outcomes(frame.detections.of(head, number), content)
            for number, content in enumerate(picture_contents(images))
        ]
        assert all(each.complete for each in said)
        for number, each in enumerate(said):
            hit = frame.detections.hit_objects(head, number, 3)
            assert hit is not None
            assert hit.sum() == len(each.of("hit"))
            totals = len(each.of("hit")), len(each.of("false alarm"))
            assert frame.detections.totals_of(head, number) == totals
        hits, missed = (sum(len(each.of(kind)) for each in said) for kind in ("hit", "missed"))
        assert hits + missed == 12
        assert hits / 12 == pytest.approx(expected)
    assert recall.max() > 0
