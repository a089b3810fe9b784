"""The text of a scenario for somebody's data, whatever these are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.datafiles.recognition import UserData
from objtui.scenario.load import parse_scenario
from objtui.scenario.proposals.proposal import Proposal, data_table, stem_for
from objtui.scenario.proposals.survey import ImageSurvey, RowSurvey
from objtui.scenario.proposals.write import proposal_text
from objtui.scenario.schema import Scenario, TableData, YoloData

counts = st.integers(1, 10**6)
side = st.floats(1, 900).map(lambda value: round(value * 2) / 2)
shares = st.floats(1e-6, 1)
names = st.text(min_size=1, max_size=30)


@st.composite
def image_surveys(draw: st.DrawFn) -> ImageSurvey:
    images, val_images = draw(counts), draw(counts)
    categories = draw(st.lists(st.tuples(names, counts), min_size=1, max_size=4))
    sizes = draw(st.lists(side | st.tuples(side, side), min_size=1, max_size=8))
    return ImageSurvey(
        images=images,
        val_images=draw(st.sampled_from([None, val_images])),
        used_images=draw(st.integers(1, images)),
        looked_at=images,
        smallest=(64, 48),
        largest=(640, 480),
        channels=draw(st.sampled_from([1, 3])),
        boxes=draw(counts),
        box_sides=((8.0, 9.0), (20.0, 21.0), (40.0, 41.0)),
        categories=tuple(categories),
        category_count=len(categories),
        stride=draw(st.sampled_from([1, 8, 64])),
        sizes=tuple(sizes),
        reached=draw(shares),
        rows=draw(counts),
        val_rows=draw(counts),
        base_rate=draw(shares),
        val_share=None,
    )


def scenario_of(proposal: Proposal) -> Scenario:
    return parse_scenario(proposal_text(proposal), "x.toml", Path()).scenario


@settings(deadline=None)
@given(image_surveys(), names)
def test_every_survey_of_images_makes_a_valid_scenario(survey: ImageSurvey, folder: str) -> None:
    user_data = UserData("yolo", Path(folder))
    data = {"source": "yolo", "data": folder}
    scenario = scenario_of(Proposal(user_data, data, survey))
    assert isinstance(scenario.data, YoloData)
    assert scenario.data.data == folder
    assert scenario.data.anchors.sizes == survey.sizes
    assert [head.name for head in scenario.heads] == ["bce", "ce", "mse"]
    assert len(scenario.claims) == 3


@settings(deadline=None)
@given(counts, counts, counts, shares, names, st.sampled_from(["table", "logits"]))
def test_every_survey_of_rows_makes_a_valid_scenario(
    rows: int, val_rows: int, features: int, base_rate: float, name: str, kind: str
) -> None:
    survey = RowSurvey(rows, val_rows, features, base_rate)
    user_data = UserData("logits" if kind == "logits" else "table", Path("rows.npz"), names=(name,))
    data = {"source": "table", "train": "rows.npz", "targets": "targets", "features": "z"}
    scenario = scenario_of(Proposal(user_data, data, survey))
    assert isinstance(scenario.data, TableData)
    assert scenario.model.backbone == "none"


@pytest.mark.parametrize("base_rate", [0.001, 0.049, 0.1, 0.2, 0.5, 0.99])
def test_the_claim_of_ranking_can_be_met_and_is_not_met_by_chance(base_rate: float) -> None:
    user_data = UserData("table", Path("rows.npz"))
    data = {"source": "table", "train": "rows.npz"}
    text = proposal_text(Proposal(user_data, data, RowSurvey(100, 0, 3, base_rate)))
    test = next(line for line in text.splitlines() if line.startswith('test = "bce.ap > '))
    bound = test.removeprefix('test = "bce.ap > ').removesuffix('"')
    value = eval(bound.replace("bce.base_rate", str(base_rate)))  # of our own text
    assert base_rate < value < 1


def test_rare_objects_begin_at_their_rate_and_others_at_a_half() -> None:
    user_data, data = UserData("table", Path("rows.npz")), {"source": "table", "train": "rows.npz"}
    rare = scenario_of(Proposal(user_data, data, RowSurvey(1000, 0, 3, 0.013)))
    assert [head.prior for head in rare.heads] == [0.01, None, 0.01]
    usual = scenario_of(Proposal(user_data, data, RowSurvey(1000, 0, 3, 0.13)))
    assert [head.prior for head in usual.heads] == [None, None, None]


def test_paths_start_from_the_folder_of_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    user_data = UserData("yolo", Path("cells"))
    assert data_table(user_data, tmp_path, "", "")["data"] == "cells"
    assert data_table(user_data, tmp_path / "mine", "", "")["data"] == "../cells"


@pytest.mark.parametrize(
    ("path", "stem"),
    [("cells/data.yaml", "cells"), ("coins/annotations/train.json", "coins"), ("a/b/train", "b")],
)
def test_a_scenario_of_images_is_called_as_their_folder(
    path: str, stem: str, tmp_path: Path
) -> None:
    (tmp_path / "a" / "b" / "train").mkdir(parents=True)
    assert stem_for(UserData("yolo", tmp_path / path)) == stem
