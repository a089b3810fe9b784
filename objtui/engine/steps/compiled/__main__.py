"""Compiles the step of a training; its job comes on stdin.

Started as `python -m objtui.engine.steps.compiled FOLDER`.

A process of its own, at low priority: it takes a core for a while, and Python's lock with it.
It says on stdout how it ended, and keeps what it made until its stdin is closed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path

import torch

from objtui.engine.data.dataset import Rows
from objtui.engine.data.features import NumberTable
from objtui.engine.device import DTYPES
from objtui.engine.model.backbones import make_backbone
from objtui.engine.model.head_loss import need_classes
from objtui.engine.model.population import Population
from objtui.engine.steps.batches import Batches
from objtui.engine.steps.compiled.job import DONE, LAYOUT, PACKAGE, CompileJob
from objtui.engine.steps.compiled.traced import TracedStep, layout, traced_inputs
from objtui.engine.steps.stepper import Stepper
from objtui.errors import brief
from objtui.scenario.schema import Scenario

NICENESS = 10

OPTIONS = {"realize_reads_threshold": 1, "realize_opcount_threshold": 1}
"""Of the compiler. What is read more than once is kept: it would be worked out again by every
reader, and gradients are put together from blocks through masks, number by number."""


def compile_step(job: CompileJob, package: Path) -> None:
    """Trace a step and compile it into a package; whatever torch raises."""
    scenario = Scenario.model_validate_json(job.scenario)
    train = scenario.train
    torch.set_num_threads(job.threads)
    # Of the size of the real ones, but never written: the system gives no memory for them.
    features = torch.zeros(job.rows, job.features, dtype=DTYPES[train.dtype])
    positive = torch.zeros(job.rows, dtype=torch.bool)
    table = NumberTable(features)
    rows = Rows(table, positive.to(features.dtype), positive)
    backbone = make_backbone(scenario.model, (job.features,))
    population = Population(scenario, backbone, features.dtype, features.device)
    batches = Batches(
        table, rows, job.batch, train.seeds, classes=need_classes(scenario.heads), most_steps=1
    )
    state = Stepper(scenario, population, batches).state()
    traced = TracedStep(scenario, population, tuple(state), whole=job.batch == 0)
    with torch.no_grad():
        inputs = next(traced_inputs(batches, 0, 1, train, state))
        program = torch.export.export(traced, tuple(inputs), strict=False)
        torch._inductor.aoti_compile_and_package(
            program, package_path=str(package), inductor_configs=dict(OPTIONS)
        )
    package.with_suffix(LAYOUT).write_text(json.dumps(layout(inputs)))


def main() -> int:
    """Compile what stdin asks for into a folder that is removed with the end of stdin."""
    os.nice(NICENESS)
    folder = Path(sys.argv[1])
    answer = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what others print is no answer
    try:
        compile_step(CompileJob.from_json(sys.stdin.readline()), folder / PACKAGE)
        outcome = DONE
    except Exception as error:  # of whatever kind: the trainer goes on without
        outcome = brief(error)
    with contextlib.suppress(BrokenPipeError):  # the trainer is gone
        os.write(answer, f"{outcome}\n".encode())
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
