"""What to write to record a training: the lines by framework, and what there is to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """Lines for one framework.

    Attributes:
        says: where they go, in a few words.
        code: Python, of at most 76 letters a line.
    """

    framework: str
    says: str
    code: str


EXAMPLES = (
    Example(
        "PyTorch",
        "hand logits and targets over, or let a tap take them from the loss",
        """\
with objtui.Recorder("my-run", steps=len(loader) * epochs) as recorder:
    recorder.attach(criterion)        # or recorder.watch_calls() for F.…
    for step, (x, y) in enumerate(batches, 1):
        with recorder.step(step):
            loss = criterion(model(x), y)
        ...
        if not recorder.train(step, loss=loss):
            break                     # after `objtui stop`
        if step % 1000 == 0:
            with recorder.evaluation(step):
                for x, y in val_loader:
                    criterion(model(x), y)""",
    ),
    Example(
        "YOLOv5",
        "in train.py: two lines after compute_loss is made, one around its call, one around that "
        "of val.run",
        """\
recorder = objtui.Recorder("yolov5", steps=epochs * nb, positive="assigned")
recorder.attach(compute_loss.BCEobj)
with recorder.step(ni + 1):
    loss, loss_items = compute_loss(pred, targets.to(device))
with recorder.evaluation(ni + 1):
    results, maps, _ = validate.run(data_dict, compute_loss=compute_loss)""",
    ),
    Example(
        "YOLOX",
        "a trainer of your own, which your Exp returns from get_trainer; the first of two calls "
        "of the loss is objectness",
        """\
class Recorded(Trainer):
    def before_train(self):
        super().before_train()
        head = getattr(self.model, "module", self.model).head
        steps = self.max_epoch * self.max_iter
        self.recorder = objtui.Recorder("my-yolox", steps=steps)
        self.recorder.attach(head.bcewithlog_loss, call=0)

    def train_one_iter(self):
        with self.recorder.step(self.epoch * self.max_iter + self.iter + 1):
            super().train_one_iter()""",
    ),
    Example(
        "torchvision",
        "all anchors of the region proposals; class logits of RetinaNet, FCOS and SSD",
        """\
from objtui.integrations.torchvision import losses_in_eval, watch
watch(recorder, model)
with recorder.step(step):
    losses = model(images, targets)
with recorder.evaluation(step), torch.no_grad(), losses_in_eval(model):
    for images, targets in val_loader:
        model(images, targets)""",
    ),
    Example(
        "Lightning",
        "where the module's loss is, or function=, or criterion=None and steps that return "
        '"logits" and "targets"',
        """\
from objtui.integrations.lightning import Record
Trainer(callbacks=[Record("my-run", criterion="criterion")])""",
    ),
    Example(
        "transformers",
        "detectors; the loss is found through model.loss_function",
        """\
from objtui.integrations.transformers import Record
Trainer(model, args, callbacks=[Record("my-detr")])""",
    ),
    Example(
        "Ultralytics",
        "detectors but RT-DETR; before model.train",
        """\
from objtui.integrations.ultralytics import record
record(model, "my-yolo")""",
    ),
    Example(
        "MMEngine",
        "where the model's loss is; convert= for targets that are labels",
        """\
from objtui.integrations.mmengine import Record
custom_hooks = [dict(type=Record, name="my-run", loss="bbox_head.loss_obj")]""",
    ),
)

NOTES = (
    ("bits", "A training has the same bits with and without its recorder."),
    (
        "taps",
        "What attach and watch_calls put into a model is there within a sampled step, about once a "
        "second, and within an evaluation; copies and pickles of the model leave it behind.",
    ),
    (
        "frames",
        "Until the first evaluation a run's frames are training batches, then evaluations alone.",
    ),
    (
        "call=0",
        "The first call of each step. In an evaluation put `with recorder.step(step):` around "
        "each batch, so that calls can be told apart.",
    ),
    (
        "convert=",
        "How arguments of a loss become logits and targets; by default the first two are they, or "
        "two neurons where the loss is a cross entropy.",
    ),
    (
        "objtui.recorder.converters",
        "Others: column, any_class, two_neurons, softmax, labels, and probabilities, for losses "
        "that are handed p.",
    ),
    (
        "positive=",
        'A row is positive from target 0.5 on; "assigned": from any target above 0, for soft ones.',
    ),
    (
        "merge=",
        'Rank 0 records; "all_reduce" adds up the evaluations of all ranks, which each must enter.',
    ),
    (
        "torch.compile",
        "A loss outside the compiled graph is seen; one inside is not, and that is said. "
        "watch_calls costs one more compilation.",
    ),
)
"""Words, and what there is to know."""
