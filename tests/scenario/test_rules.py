"""Rules that join keys, each on a file that breaks it and one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.errors import ScenarioError
from objtui.optimizers import Sgd
from objtui.scenario.load import parse_scenario

DATA = '[data]\nsource = "gaussians"\n'
HEADS = '[[heads]]\nname = "b"\nloss = "bce"\n'
TWIN = f'{HEADS}[[heads]]\nname = "c"\nloss = "ce"\nmirror = "b"\n'
UNDECAYED = TWIN.replace('loss = "bce"', 'loss = "bce"\nweight_decay_scale = 0')
DECAYED = UNDECAYED.replace("scale = 0", "scale = 3")
SCENES = '[data]\nsource = "scenes"\n'
CONV = '[model]\nbackbone = "conv"\n'
CLIPPED_BACKBONE = '[model]\nbackbone = "mlp"\n[train]\nclip_norm = 1.0\n'


def problems(*tables: str) -> list[str]:
    """Key and message of every problem of a file made of tables."""
    try:
        parse_scenario('title = "t"\n' + "\n".join(tables), "x.toml", Path())
    except ScenarioError as error:
        return [f"{problem.key}: {problem.message}" for problem in error.problems]
    return []


def head(loss: str, *keys: str) -> str:
    return "\n".join(['[[heads]]\nname = "h"', f'loss = "{loss}"', *keys])


def table_data(*keys: str) -> str:
    return "\n".join(['[data]\nsource = "table"', *keys])


def image_data(source: str, *keys: str) -> str:
    """[data] of a source of images."""
    return "\n".join(["[data]", f'source = "{source}"', *keys])


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ([DATA, HEADS, HEADS], 'heads[1].name: a second head named "b"; the other: line 6'),
        ([DATA, TWIN, '[[heads]]\nname="d"\nloss="ce"\nmirror="d"'], "heads[2].mirror: a head can"),
        ([DATA, head("ce", 'mirror = "B"'), HEADS], 'no head named "B"; did you mean "b"?'),
        ([DATA, head("mse", 'mirror = "b"'), HEADS], 'heads[0].mirror: only with loss "ce"'),
        (
            [DATA, head("mse"), '[[heads]]\nname = "c"\nloss = "ce"\nmirror = "h"'],
            'heads[1].mirror: expected a head with loss "bce"; "h" has "mse"',
        ),
        (
            [
                DATA,
                head("bce", "double_sigmoid = true"),
                TWIN.replace('mirror = "b"', 'mirror="h"'),
            ],
            'no exact map exists onto "h", which has a double sigmoid',
        ),
        (
            [DATA, TWIN, '[model]\nbackbone = "mlp"\n[train]\nclip_norm = 1.0'],
            "heads[1].mirror: no exact map exists with train.clip_norm over a backbone",
        ),
        (
            [DATA, TWIN + 'negative_neuron = "frozen"'],
            "no exact map exists with a frozen background neuron and a weight decay of 0.01",
        ),
        (
            [
                DATA,
                DECAYED + 'negative_neuron = "frozen"',
                '[train]\noptimizer = "sgd"\nweight_decay = 0.1',
            ],
            "heads[1].mirror: no exact map exists with a frozen background neuron",
        ),
        ([DATA, HEADS, head("bce", 'negative_neuron = "zero"')], "heads[1].negative_neuron: only"),
        (
            [DATA, head("bce", "double_sigmoid = true", "prior = 0.1")],
            "heads[0].prior: it fixes the neuron's output, which a double sigmoid",
        ),
        (
            [DATA, head("mse", "initial_logit = 1", "double_sigmoid = true")],
            "leave out one of the two; the other: line 9",
        ),
        ([DATA, head("bce", "prior = 0.1", "initial_logit = 1")], "give prior or initial_logit"),
        (
            [DATA, '[train]\nbatch = "all"\nbalance = 0.5\n', HEADS],
            'train.balance: not with batch = "all", which has every row once; the other: line 6',
        ),
        (
            [DATA, '[train]\ndtype = "bfloat16"\nema = 0.9\n', HEADS],
            'train.ema: not for dtype "bfloat16"',
        ),
        (
            [SCENES, CONV, "[train]\nbalance = 0.5\n", HEADS],
            'train.balance: not with backbone "conv"',
        ),
        (
            ['[data]\nsource = "scenes"\niou_power = 0.5\n', HEADS],
            'data.iou_power: only with objectness = "iou"',
        ),
        ([DATA, head("bce", "margin = 0.1")], 'heads[0].margin: only with loss "asymmetric"'),
        ([DATA, head("bce", "gamma = 1")], 'heads[0].gamma: only with loss "focal"'),
        ([DATA, head("raw_mse", "double_sigmoid = true")], "heads[0].double_sigmoid: only with"),
        ([DATA, head("raw_mse", "class_p = 0.5")], "heads[0].class_p: not with loss"),
        ([DATA, head("bce", "class_p = 0")], "heads[0].class_p: expected a number > 0 and ≤ 1"),
        (
            [DATA, head("bce", "class_p = 0.5"), TWIN.replace('mirror = "b"', 'mirror="h"')],
            'heads[2].mirror: class_p is not that of "h"',
        ),
        ([DATA, HEADS, "[train]\nseeds = []"], "train.seeds: expected a whole number from 1"),
        ([DATA, HEADS, "[train]\nseeds = [3, 1, 3]"], "train.seeds[2]: seed 3 is listed twice"),
        ([DATA, HEADS, "[train]\nmomentum = 0.5"], 'train.momentum: only with optimizer "sgd"'),
        ([DATA, HEADS, '[train]\noptimizer="sgd"\neps=1'], "train.eps: only with optimizer"),
        ([DATA, HEADS, '[train]\noptimizer="sgd"\nnesterov=true'], "needs a momentum > 0"),
        ([DATA, HEADS, "[train]\nsteps=10\nwarmup=11"], "at most the 10 steps"),
        (
            [DATA, HEADS, '[train]\ncompile="always"\ndtype="bfloat16"'],
            'train.compile: not for dtype "bfloat16"',
        ),
        ([DATA, HEADS, '[train]\ndevice="cuda:x"'], "train.device: expected auto, cpu, cuda"),
        ([DATA, HEADS, "[model]\nhidden = [3]"], 'model.hidden: only with backbone "mlp"'),
        (
            [DATA, HEADS, CONV],
            'model.backbone: "conv" needs images: a source of them is "coco", "yolo" or "scenes"',
        ),
        (
            [SCENES, HEADS, '[[claims]]\ntext="t"\ntest="b.ap50 > 0"'],
            "claims[0].test: column 3: score 'ap50' is of detections: only a run with backbone = "
            '"conv" has it',
        ),
        ([SCENES, HEADS, CONV + "hidden = [3]"], 'model.hidden: only with backbone "mlp"'),
        ([SCENES + "crop = 8", HEADS, CONV], 'data.crop: not with backbone "conv", which sees'),
        ([SCENES, HEADS, "[train]\ntile = 64"], 'train.tile: only with backbone "conv"'),
        ([SCENES, HEADS, '[train]\naugment = "none"'], 'train.augment: only with backbone "conv"'),
        ([SCENES, HEADS, "[detect]\nmost = 5"], 'detect.most: only with backbone "conv"'),
        ([SCENES, HEADS, '[model]\nboxes = "none"'], 'model.boxes: only with backbone "conv"'),
        (
            [SCENES, HEADS, CONV + 'boxes = "none"\nbox_weight = 2.0'],
            'model.box_weight: only with boxes "joint" or "detached"',
        ),
        (
            [SCENES, HEADS, CONV + "layers = [[8, 4, 4], [8, 3, 1]]"],
            "model.layers: the strides of the layers multiply to 4, expected the 8 of "
            "data.anchors.stride",
        ),
        (
            [SCENES, HEADS, CONV + "layers = [[8, 4, 4], [8, 3, 2]]"],
            "model.layers[1]: expected a kernel − stride of 0, 2, 4, …, so that cells lie on the "
            "anchors' centres, such as kernel 4 with stride 2; got kernel 3",
        ),
        (
            [SCENES, HEADS, CONV + "layers = [[8, 2, 8]]"],
            "such as kernel 8 with stride 8; got kernel 2",
        ),
        (
            [SCENES, HEADS, CONV + "[train]\ntile = 100"],
            "train.tile: expected a multiple of data.anchors.stride, which is 8, such as 96",
        ),
        (
            [SCENES, HEADS, CONV + "[train]\ntile = 24"],
            "train.tile: expected at least 32, the largest of data.anchors.sizes; got 24",
        ),
        (
            [SCENES, HEADS, CONV + '[train]\nbatch = "all"'],
            'train.batch: a batch of all images has train.tile = "whole"',
        ),
        (
            [SCENES, HEADS, CONV + '[train]\ncompile = "always"'],
            "train.compile: not with a backbone that sees images",
        ),
        (
            [HEADS, '[data]\nsource="scenes"\nanchors={positive_iou=0.3, negative_iou=0.4}'],
            "data.anchors.negative_iou: expected at most positive_iou, which is 0.3, got 0.4",
        ),
        (
            [HEADS, '[data]\nsource="points"\nfeatures=[[1,2],[3]]\ntargets=[0,1]'],
            "data.features[1]: expected 2 numbers, as in the first row, got 1",
        ),
        (
            [HEADS, '[data]\nsource="points"\nfeatures=[[1],[3]]\ntargets=[0]'],
            "data.targets: expected 2 targets, one a row of features, got 1",
        ),
        ([HEADS, table_data('train="a.xls"')], "or .parquet, got .xls"),
        ([HEADS, table_data('train="a.npz"', 'features=["a"]')], "the name of one array"),
        ([HEADS, table_data('train="a.csv"', 'features="a"')], 'a list of columns, such as ["a"]'),
        ([HEADS, table_data('train="a.csv"', 'features=["a","a"]')], "features[1]: a column that"),
        ([HEADS, table_data('train="a.csv"', 'features=["targets"]')], "cannot be features too"),
        (
            [HEADS, table_data('train="a.csv"', 'val="b.csv"', "val_share=0.1")],
            "data.val_share: give val or val_share, not both; the other: line 9",
        ),
        (
            [HEADS, image_data("yolo")],
            "data.data: missing; expected a data.yaml or a folder, or else data.train",
        ),
        (
            [HEADS, image_data("yolo", 'data="a"', 'val="b"')],
            "data.val: give data, which names training and validation images, or train and val, "
            "not both; the other: line 8",
        ),
        (
            [HEADS, image_data("scenes", "anchors = { count = 2 }")],
            'data.anchors.count: only with sizes = "auto"',
        ),
        (
            [HEADS, image_data("scenes", "anchors = { per_object = 1, positive_iou = 0.2 }")],
            "data.anchors.positive_iou: with per_object the best anchors of an object are positive",
        ),
        (
            [DATA, HEADS, '[[claims]]\ntext="t"\ntest="x.ap > 0"'],
            "claims[0].test: column 1: ",
        ),
    ],
)
def test_what_does_not_fit_together_is_one_problem(tables: list[str], expected: str) -> None:
    (problem,) = problems(*tables)
    assert expected in problem


@pytest.mark.parametrize(
    "key",
    [
        "lr_scale",
        "weight_decay_scale",
        "prior",
        "initial_logit",
        "label_smoothing",
        "positive_weight",
    ],
)
def test_a_mirror_takes_from_its_head_what_its_head_decides(key: str) -> None:
    (problem,) = problems(DATA, TWIN + f"{key} = 0.5")
    assert problem == (
        f'heads[1].{key}: a mirror takes it from its head: set it on "b", '
        "or remove mirror (--set heads.c.mirror=)"
    )


@pytest.mark.parametrize(
    "tables",
    [
        [DATA, TWIN + 'negative_neuron = "zero"'],
        [DATA, TWIN, "[train]\nclip_norm = 1.0"],
        [DATA, TWIN + 'negative_neuron = "zero"', CLIPPED_BACKBONE],
        [DATA, TWIN + 'negative_neuron = "frozen"', CLIPPED_BACKBONE + "weight_decay = 0"],
        [DATA, TWIN + 'negative_neuron = "frozen"', '[train]\noptimizer = "adam"'],
        [DATA, UNDECAYED + 'negative_neuron = "frozen"'],
        [DATA, head("raw_mse", "label_smoothing = 0.1")],
        [DATA, head("focal", "double_sigmoid = true", "gamma = 0")],
        [DATA, HEADS, '[train]\noptimizer="sgd"\nmomentum=0.5\nnesterov=true\ndevice="cuda:1"'],
        [HEADS, table_data('train="a.CSV"', 'features=["a"]', 'val="b.parquet"')],
        [HEADS, image_data("yolo", 'data="a.yaml"', 'anchors.sizes="auto"', "category=0")],
        [HEADS, image_data("yolo", 'train=["a","b.txt"]', 'val="c"', "anchors.per_object=2")],
        [HEADS, image_data("scenes", 'anchors={sizes="auto",count=5,positive_iou=0.4}')],
        [HEADS, table_data('train="a.safetensors"', 'features="x"', "val_share=0.5")],
    ],
)
def test_what_fits_together_loads(tables: list[str]) -> None:
    assert problems(*tables) == []


def test_always_compiled_is_refused_where_an_optimiser_cannot_be_traced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Sgd, "traceable", False)
    (problem,) = problems(DATA, HEADS, '[train]\noptimizer = "sgd"\ncompile = "always"')
    assert problem == 'train.compile: not for optimizer "sgd"; the other: line 10'
    assert problems(DATA, HEADS, '[train]\noptimizer = "sgd"') == []


def test_every_unknown_name_of_a_claim_is_a_problem() -> None:
    claim = '[[claims]]\ntext = "t"\ntest = "b.nlll < 1 and c.ap > 2"'
    found = problems(DATA, HEADS, claim)
    assert [problem.partition(";")[0] for problem in found] == [
        "claims[0].test: column 3: no score is called 'nlll'",
        "claims[0].test: column 16: no head is called 'c'",
    ]


def test_rules_are_reported_beside_wrong_fields() -> None:
    found = problems(DATA, TWIN.replace("bce", "bec"), "[train]\nwarmup = 9\nsteps = 5\n")
    assert [problem.partition(":")[0] for problem in found] == ["heads[0].loss", "train.warmup"]
