"""Taps take logits and targets out of a training, and leave nothing in it."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import _get_current_function_mode_stack

import objtui
from objtui.measures.frames import Frame
from objtui.recorder import converters
from objtui.recorder.recorder import Recorder
from objtui.recorder.taps import MAX_SILENT
from objtui.runfile.reader import RunReader


def frames_of(recorder: Recorder) -> list[Frame]:
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        return [stored.frame for stored in reader.frames_after()]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """One that counts every step it can, and raises whatever fails."""
    with objtui.Recorder("taps", runs=tmp_path, live_s=0.0, share=1.0, strict=True) as recorder:
        yield recorder


@pytest.fixture
def forgiving(tmp_path: Path) -> Iterator[Recorder]:
    """As for users."""
    with objtui.Recorder("taps", runs=tmp_path, live_s=0.0, share=1.0) as recorder:
        yield recorder


class Detector(nn.Module):
    """A head on a layer with dropout, and its loss: a module, or a call of torch's function."""

    def __init__(self, *, functional_loss: bool = False) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
        self.criterion = nn.BCEWithLogitsLoss()
        self.functional_loss = functional_loss

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        z = self.net(x)[:, 0]
        if self.functional_loss:
            return functional.binary_cross_entropy_with_logits(z, t)
        loss: Tensor = self.criterion(z, t)
        return loss


def copies_of(model: nn.Module) -> list[nn.Module]:
    stream = io.BytesIO()
    torch.save(model, stream)
    stream.seek(0)
    loaded = torch.load(stream, weights_only=False)
    return [loaded, copy.deepcopy(model), pickle.loads(pickle.dumps(model))]


def trained(
    recorder: Recorder | None, *, functional_loss: bool
) -> tuple[list[Tensor], list[float], Tensor]:
    """Weights, losses and the state of the random numbers after 40 steps."""
    torch.manual_seed(0)
    x, t = torch.randn(200, 5), (torch.rand(200) < 0.2).float()
    model = Detector(functional_loss=functional_loss)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    losses = []
    for step in range(1, 41):
        batch = torch.randint(0, 200, (32,))
        with ExitStack() as stack:
            if recorder is not None:
                stack.enter_context(recorder.step(step))
            loss = model(x[batch], t[batch])
            if recorder is not None:
                copies_of(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 20 == 0:
            model.eval()
            with torch.inference_mode(), ExitStack() as stack:
                if recorder is not None:
                    stack.enter_context(recorder.evaluation(step))
                model(x, t)
            model.train()
        assert not model.criterion._forward_hooks
    return [*model.parameters()], losses, torch.get_rng_state()


def tapped(recorder: Recorder, criterion: nn.Module, *, functional_loss: bool) -> None:
    if functional_loss:
        recorder.watch_calls()
    else:
        recorder.attach(criterion)


@pytest.mark.parametrize("functional_loss", [False, True])
def test_a_training_has_the_same_bits_with_and_without(
    recorder: Recorder, functional_loss: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = trained(None, functional_loss=functional_loss)
    made: list[nn.Module] = []
    original = Detector.__init__

    def attached(self: Detector, **options: Any) -> None:
        original(self, **options)
        made.append(self)
        tapped(recorder, self.criterion, functional_loss=functional_loss)

    monkeypatch.setattr(Detector, "__init__", attached)
    weights, losses, random = trained(recorder, functional_loss=functional_loss)
    assert made
    assert losses == bare[1]
    assert torch.equal(random, bare[2])
    assert all(torch.equal(mine, other) for mine, other in zip(weights, bare[0], strict=True))
    recorder.finish()
    frames = frames_of(recorder)
    assert [frame.step for frame in frames] == [20, 40]
    assert {int(frame.counts.sum()) for frame in frames} == {200}


@pytest.mark.parametrize("functional_loss", [False, True])
def test_counts_are_those_of_an_explicit_update(
    tmp_path: Path, recorder: Recorder, functional_loss: bool
) -> None:
    model = Detector(functional_loss=functional_loss)
    tapped(recorder, model.criterion, functional_loss=functional_loss)
    x, t = torch.randn(300, 5), torch.rand(300).round()
    model.eval()
    with objtui.Recorder("explicit", runs=tmp_path, strict=True) as explicit, torch.no_grad():
        with recorder.evaluation(1) as evaluation, explicit.evaluation(1) as expected:
            for part in (slice(0, 100), slice(100, 300)):
                model(x[part], t[part])
                expected.update(model.net(x[part])[:, 0], t[part])
        scores = evaluation.compute()
    recorder.finish()
    assert scores == pytest.approx(expected.compute(), nan_ok=True)
    (mine,), (theirs,) = frames_of(recorder), frames_of(explicit)
    assert np.array_equal(mine.counts, theirs.counts)


def test_a_hook_is_in_the_module_within_a_sampled_step_alone(tmp_path: Path) -> None:
    criterion = nn.BCEWithLogitsLoss()
    with objtui.Recorder("sampled", runs=tmp_path, live_s=3600.0, strict=True) as recorder:
        recorder.attach(criterion)
        hooks = []
        for step in (1, 2, 3):
            with recorder.step(step):
                hooks.append(len(criterion._forward_hooks))
                criterion(torch.zeros(4), torch.ones(4))
            assert not criterion._forward_hooks
            assert not criterion._forward_hooks_with_kwargs
    assert hooks == [1, 0, 0]
    (frame,) = frames_of(recorder)
    assert (frame.step, int(frame.counts.sum()), frame.of_training) == (1, 4, True)


def test_several_calls_of_a_step_are_its_rows(recorder: Recorder) -> None:
    levels = nn.BCEWithLogitsLoss()
    recorder.attach(levels)
    with recorder.step(1):
        for size in (80, 40, 20):
            levels(input=torch.zeros(2, 3, size), target=torch.zeros(2, 3, size))
    recorder.finish()
    (frame,) = frames_of(recorder)
    assert frame.counts.sum() == 6 * 140


def test_one_call_of_a_step_is_chosen(recorder: Recorder) -> None:
    shared = nn.BCEWithLogitsLoss()
    recorder.attach(shared, call=0)

    def losses(size: int) -> None:
        shared(torch.zeros(size), torch.zeros(size))
        shared(torch.zeros(size, 7), torch.zeros(size, 7))

    with recorder.step(1):
        losses(10)
    with recorder.evaluation(2) as evaluation:
        for _ in range(3):
            with recorder.step(2, phase="val"):
                losses(10)
    assert evaluation.sums()[0].rows == 30
    with pytest.raises(ValueError, match=r"around each"), recorder.evaluation(3):
        losses(10)


def test_a_phase_that_is_no_training_takes_nothing(recorder: Recorder) -> None:
    criterion = nn.BCEWithLogitsLoss()
    recorder.attach(criterion)
    with recorder.step(1, phase="val"):
        criterion(torch.zeros(3), torch.zeros(3))
    assert recorder.path is None


def test_heads_have_taps_of_their_own(tmp_path: Path) -> None:
    one, two = nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss()
    with objtui.Recorder("two", heads=["one", "two"], runs=tmp_path, strict=True) as recorder:
        recorder.attach(one, "one")
        recorder.attach(two, head="two")
        with pytest.raises(ValueError, match="say which head"):
            recorder.attach(one)
        with recorder.evaluation(1) as evaluation:
            one(torch.tensor([1.0]), torch.tensor([1.0]))
            two(torch.tensor([[1.0, 4.0], [0.0, 0.0]]), torch.tensor([1, -100]))
        assert evaluation.compute("one")["z_pos"] == 1
        assert evaluation.compute("two")["z_pos"] == 3
        assert evaluation.sums()[1].ignored == 1


def test_probabilities_and_what_is_no_module_are_refused(recorder: Recorder) -> None:
    with pytest.raises(TypeError, match=r"handed probabilities.*converters\.probabilities"):
        recorder.attach(nn.BCELoss())
    with pytest.raises(TypeError, match="log probabilities, not logits"):
        recorder.attach(nn.NLLLoss())
    with pytest.raises(TypeError, match="handed probabilities"):
        recorder.watch_calls("binary_cross_entropy")
    with pytest.raises(TypeError, match="watch_calls"):
        recorder.attach(functional.cross_entropy)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no function 'bce'"):
        recorder.watch_calls("bce")
    criterion = nn.BCELoss()
    recorder.attach(criterion, convert=converters.probabilities)
    with recorder.evaluation(1) as evaluation:
        criterion(torch.tensor([0.75]), torch.tensor([1.0]))
    assert evaluation.compute()["z_pos"] == pytest.approx(np.log(3), abs=1e-6)


def test_a_failure_is_said_once_and_the_training_goes_on(forgiving: Recorder) -> None:
    def convert(args: object, kwargs: object) -> converters.Rows:
        raise KeyError("labels")

    criterion = nn.BCEWithLogitsLoss()
    forgiving.attach(criterion, convert=convert)
    z = torch.zeros(3, requires_grad=True)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for step in (1, 2, 3):
            with forgiving.step(step):
                assert criterion(z, torch.ones(3)).item() == pytest.approx(np.log(2))
    (only,) = said
    assert issubclass(only.category, RuntimeWarning)
    assert "the training goes on: KeyError" in str(only.message)
    assert Path(only.filename).name == "test_taps.py"
    assert not criterion._forward_hooks


def test_shapes_that_differ_do_not_reach_the_training(forgiving: Recorder) -> None:
    loss = nn.CrossEntropyLoss()
    forgiving.attach(loss, convert=converters.binary)
    with pytest.warns(RuntimeWarning, match="the training goes on.*shape"), forgiving.step(1):
        loss(torch.zeros(3, 4), torch.zeros(3, dtype=torch.long))


def test_an_error_of_the_training_leaves_no_hook(recorder: Recorder) -> None:
    criterion = nn.BCEWithLogitsLoss()
    recorder.attach(criterion)
    recorder.watch_calls()
    for block in (recorder.step(1), recorder.evaluation(1)):
        with pytest.raises(ZeroDivisionError), block:
            raise ZeroDivisionError
        assert not criterion._forward_hooks
        assert _get_current_function_mode_stack() == []


def test_a_tap_ends_with_its_block_or_when_it_is_removed(recorder: Recorder) -> None:
    criterion = nn.BCEWithLogitsLoss()
    with recorder.attach(criterion) as tap, recorder.evaluation(1) as evaluation:
        criterion(torch.zeros(3), torch.ones(3))
        tap.remove()
        assert not criterion._forward_hooks
        criterion(torch.zeros(3), torch.ones(3))
    tap.remove()
    assert evaluation.sums()[0].rows == 3
    with recorder.evaluation(2) as later:
        criterion(torch.zeros(3), torch.ones(3))
    assert later.sums() == {}


def test_a_copy_made_within_a_step_is_loaded_without_objtui(
    recorder: Recorder, tmp_path: Path
) -> None:
    criterion = nn.BCEWithLogitsLoss()
    recorder.attach(criterion)
    with recorder.evaluation(1) as evaluation:
        made = copies_of(criterion)
        torch.save(criterion, tmp_path / "criterion.pt")
        for each in made:
            assert each(torch.zeros(1), torch.ones(1)).item() == pytest.approx(np.log(2))
    assert evaluation.sums() == {}
    code = (
        "import sys, torch; sys.modules['objtui'] = None\n"
        f"loss = torch.load({str(tmp_path / 'criterion.pt')!r}, weights_only=False)\n"
        "print(loss(torch.zeros(1), torch.ones(1)).item())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(np.log(2))


def test_a_copy_of_the_recorder_has_no_taps(recorder: Recorder) -> None:
    criterion = nn.BCEWithLogitsLoss()
    recorder.attach(criterion)
    with recorder.step(1):
        copied = copy.deepcopy(recorder)
    with copied.step(1):
        assert not criterion._forward_hooks
    copied.finish()


def test_calls_are_chosen_by_who_makes_them(recorder: Recorder) -> None:
    def objectness(size: int) -> Tensor:
        return functional.binary_cross_entropy_with_logits(torch.zeros(size), torch.ones(size))

    def classes(size: int) -> Tensor:
        return functional.binary_cross_entropy_with_logits(torch.zeros(size), torch.zeros(size))

    recorder.watch_calls(where="test_taps.py:objectness")
    with recorder.evaluation(1) as evaluation:
        objectness(3)
        classes(5)
        nn.functional.mse_loss(torch.zeros(2), torch.zeros(2))
    sums = evaluation.sums()[0]
    assert (sums.rows, sums.positives) == (3, 3)


def test_logits_under_autocast_are_counted_as_they_are(recorder: Recorder) -> None:
    model = Detector()
    recorder.attach(model.criterion)
    given: list[Tensor] = []
    model.criterion.register_forward_pre_hook(lambda _, args: given.append(args[0].detach()))
    with recorder.evaluation(1) as evaluation, torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(torch.randn(20, 5), torch.ones(20))
    loss.backward()
    assert given[0].dtype == torch.bfloat16
    assert evaluation.compute()["z_pos"] == pytest.approx(given[0].double().mean().item())


def compiled(counter: Any, function: Any) -> Any:
    return torch.compile(function, backend=counter, fullgraph=True)


@pytest.mark.parametrize("functional_loss", [False, True])
def test_a_loss_outside_a_compiled_graph_is_seen(recorder: Recorder, functional_loss: bool) -> None:
    """The function mode costs one more compilation, once; a hook on the loss costs none."""
    from torch._dynamo.testing import CompileCounter

    torch._dynamo.reset()
    model, counter = Detector(functional_loss=functional_loss).eval(), CompileCounter()
    tapped(recorder, model.criterion, functional_loss=functional_loss)
    model.net = compiled(counter, model.net)
    for step in range(1, 31):
        model(torch.randn(4, 5), torch.ones(4))
        with recorder.step(step):
            model(torch.randn(4, 5), torch.ones(4))
    recorder.finish()
    assert counter.frame_count == (2 if functional_loss else 1)
    frames = frames_of(recorder)
    assert frames
    assert {int(frame.counts.sum()) for frame in frames} == {4}


def test_a_loss_within_a_compiled_graph_is_not_seen_and_that_is_said(forgiving: Recorder) -> None:
    from torch._dynamo.testing import CompileCounter

    torch._dynamo.reset()
    model, counter = Detector().eval(), CompileCounter()
    forgiving.attach(model.criterion)
    whole = compiled(counter, model)
    x, t = torch.randn(4, 5), torch.ones(4)
    expected = whole(x, t).item()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step in range(1, MAX_SILENT):
            with forgiving.step(step):
                assert whole(x, t).item() == expected
    with pytest.warns(RuntimeWarning, match="in a compiled graph"), forgiving.step(MAX_SILENT):
        whole(x, t)
    assert counter.frame_count <= 2
    assert forgiving.path is None


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("functional_loss", [False, True])
def test_a_tapped_step_does_not_wait_for_the_device(
    recorder: Recorder, functional_loss: bool
) -> None:
    model = Detector(functional_loss=functional_loss).cuda()
    tapped(recorder, model.criterion, functional_loss=functional_loss)
    x, t = torch.randn(100, 5, device="cuda"), torch.ones(100, device="cuda")
    with recorder.step(1):
        model(x, t)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(2, 51):
            with recorder.step(step):
                model(x, t)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    recorder.finish()
    assert {int(frame.counts.sum()) for frame in frames_of(recorder)} == {100}
