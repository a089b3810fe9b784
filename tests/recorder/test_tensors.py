"""Counting on a device: the same as on the host, whatever the tensors, and without a trace."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from objtui.measures.sums import KEPT_ROWS, Positive, Sums
from objtui.recorder.counting import Counter
from objtui.recorder.recorder import Recorder
from objtui.recorder.tensors import TensorCounter, to_array
from objtui.runfile.reader import RunReader

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
ON_HOST = torch.device("cpu")


def some_rows(rows: int = 20_000, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Logits, among them NaN and infinite ones, and soft targets."""
    draw = torch.Generator().manual_seed(0)
    z = torch.randn(rows, generator=draw) * 4 - 3
    t = (torch.rand(rows, generator=draw) < (z / 2).sigmoid()).float()
    t = torch.where(torch.rand(rows, generator=draw) < 0.2, 0.9 * t + 0.05, t)
    z[:3], z[3:6], z[6:9], z[9:12] = torch.nan, torch.inf, -torch.inf, 0.0
    t[:12] = torch.tensor([0.0, 1.0, 0.5] * 4)
    return z.to(dtype), t


def on_host(z: Tensor, t: Tensor, ignore: Tensor | None = None, rule: Positive = "half") -> Sums:
    sums = Sums.zero()
    sums.add(to_array(z), to_array(t), None if ignore is None else to_array(ignore), rule)
    return sums


def by_tensors(z: Tensor, t: Tensor, ignore: Tensor | None = None, rule: Positive = "half") -> Sums:
    counter = TensorCounter(z.device)
    counter.add(z, t, ignore, rule)
    return counter.wait()


def assert_alike(one: Sums, other: Sums) -> None:
    """Equal where they count, to 1e-12 where they sum."""
    mine, others = one.to_arrays(), other.to_arrays()
    assert np.array_equal(mine["integers"], others["integers"])
    sums, expected = (each["floats"].reshape(2, -1).sum(0) for each in (mine, others))
    np.testing.assert_allclose(sums, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("wait", [True, False])
def test_targets_outside_0_to_1_are_raised_with_the_sums_and_those_that_are_ignored_are_not(
    wait: bool,
) -> None:
    z, t = torch.randn(4), torch.tensor([-1.0, 1.0, 255.0, np.nan])
    counter = TensorCounter(z.device)
    counter.add(z, t, torch.tensor([True, False, True, False]), "half")
    assert counter.wait().rows == 1
    counter.add(z, t, None, "half")
    with pytest.raises(ValueError, match=r"outside 0 to 1 \(2 such rows\).*ignore="):
        counter.wait() if wait else counter.poll()
    counter.reset()
    counter.add(z, t.clamp(0, 1), None, "half")
    assert counter.wait().rows == 3


@pytest.fixture
def as_on_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors of the host are counted as those of a CUDA device are."""
    monkeypatch.setattr(
        Counter,
        "_device_counter",
        lambda self, logits: self.__dict__.setdefault("device", TensorCounter(logits.device)),
    )
    monkeypatch.setattr(Counter, "poll", lambda self: self.device.poll())
    monkeypatch.setattr(Counter, "wait", lambda self: self.device.wait())


@pytest.mark.parametrize("where", ["a later step", "the end", "an evaluation"])
def test_a_recording_ends_with_the_words_of_targets_that_a_device_tells_of(
    tmp_path: Path, as_on_a_device: None, where: str
) -> None:
    recorder = Recorder("a", runs=tmp_path)
    rows = torch.randn(4), torch.tensor([-1.0, 1.0, -1.0, 1.0])
    if where != "an evaluation":
        recorder.train(1, logits=rows[0], targets=rows[1])
    tells: dict[str, Callable[[], object]] = {
        "a later step": lambda: recorder.train(2, loss=1.0),
        "the end": recorder.finish,
        "an evaluation": lambda: recorder.evaluate(1, *rows),
    }
    with pytest.warns(RuntimeWarning, match=r"nothing more is recorded.*outside 0 to 1") as warned:
        tells[where]()
    assert len(warned) == 1
    recorder.finish()
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert reader.status().state == "failed"
        assert "outside 0 to 1" in reader.status().message


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", ["half", "assigned"])
def test_tensors_are_counted_as_arrays_are(dtype: torch.dtype, rule: Positive) -> None:
    z, t = some_rows(dtype=dtype)
    assert_alike(by_tensors(z, t, rule=rule), on_host(z, t, rule=rule))


LOGITS = st.floats(-2000, 2000, width=32) | st.sampled_from(
    [0.0, -0.0, 4.6, -4.6, 1e-4, -1e-4, np.nan, np.inf, -np.inf]
)


@given(st.lists(st.tuples(LOGITS, st.floats(0, 1) | st.just(np.nan), st.booleans()), max_size=20))
def test_any_rows_are_counted_as_arrays_are(rows: list[tuple[float, float, bool]]) -> None:
    table = torch.tensor(rows, dtype=torch.float64).reshape(-1, 3)
    z, t, ignore = table[:, 0], table[:, 1], table[:, 2] > 0
    for logits in (z, z.float()):
        on_device, expected = by_tensors(logits, t, ignore), on_host(logits, t, ignore)
        assert_alike(on_device, expected)
        assert on_device.scores() == pytest.approx(expected.scores(), rel=1e-9, nan_ok=True)


def test_more_rows_than_a_block_are_counted() -> None:
    z, t = some_rows(150_000)
    sums = by_tensors(z, t)
    assert_alike(sums, on_host(z, t))
    assert not sums.exact


def test_few_rows_are_kept_over_batches() -> None:
    z, t = some_rows(KEPT_ROWS)
    ignore = torch.arange(KEPT_ROWS) % 7 == 0
    counter = TensorCounter(ON_HOST)
    for part in (slice(0, 100), slice(100, None)):
        counter.add(z[part], t[part], ignore[part], "half")
    expected = on_host(z, t, ignore)
    assert counter.wait().exact
    assert expected.exact
    assert counter.wait().scores() == pytest.approx(expected.scores(), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("logits", "targets"),
    [((40, 50), (40, 50)), ((2000, 1), (2000,)), ((2000,), (2000, 1)), ((4, 5, 100), (4, 5, 100))],
)
def test_any_shape_is_counted(logits: tuple[int, ...], targets: tuple[int, ...]) -> None:
    z, t = some_rows(2000)
    assert_alike(by_tensors(z.reshape(logits), t.reshape(targets)), on_host(z, t))


@pytest.mark.parametrize("dtype", DTYPES)
def test_two_neurons_are_their_difference(dtype: torch.dtype) -> None:
    z, t = some_rows(2000)
    two = torch.stack([torch.randn(2000), z], dim=-1).to(dtype)
    difference = two.double()[:, 1] - two.double()[:, 0]
    assert_alike(by_tensors(two, t), on_host(difference, t))
    counter = Counter()
    counter.add(two, t)
    assert_alike(counter.wait(), by_tensors(two, t))


def test_targets_may_be_arrays() -> None:
    z, t = some_rows(2000)
    targets = t.numpy().copy()
    targets.setflags(write=False)
    counter = TensorCounter(ON_HOST)
    counter.add(z, targets, targets > 2, "half")
    assert_alike(counter.wait(), on_host(z, t))


class Operations(TorchDispatchMode):
    """Remembers the operations that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        self.names.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def test_no_operation_has_a_result_that_the_host_must_know() -> None:
    z, t = some_rows(2000)
    counter = TensorCounter(ON_HOST)
    with Operations() as operations:
        counter.add(z, t, t > 2, "half")
        counter.reset()
    waiting = {"_local_scalar_dense", "nonzero", "masked_select", "index", "unique", "bincount"}
    drawing = {"rand", "randn", "bernoulli_", "uniform_", "normal_"}
    of_cublas = {"mm", "mv", "dot", "bmm", "addmm"}
    assert "scatter_add_" in operations.names
    assert not operations.names & (waiting | drawing | of_cublas)


def test_shapes_that_differ_are_refused() -> None:
    counter = TensorCounter(ON_HOST)
    with pytest.raises(ValueError, match="logits of shape"):
        counter.add(torch.zeros(8), torch.zeros(7), None, "half")
    with pytest.raises(ValueError, match="ignored of shape"):
        counter.add(torch.zeros(8), torch.zeros(8), torch.zeros(7), "half")


@contextlib.contextmanager
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(mode=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(mode=False)


SURROUNDINGS: dict[str, Callable[[], contextlib.AbstractContextManager[object]]] = {
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "deterministic": deterministic,
    "inference": torch.inference_mode,
    "no grad": torch.no_grad,
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_counting_goes_on_in_and_out_of(surroundings: str) -> None:
    z, t = some_rows()
    on_device, counter = TensorCounter(ON_HOST), Counter()
    for _ in range(2):
        with SURROUNDINGS[surroundings]():
            made_within = z * 1, t * 1
            on_device.add(*made_within, None, "half")
            counter.add(*made_within)
        on_device.add(*made_within, None, "half")
        counter.add(*made_within)
    expected = Sums.zero()
    for _ in range(4):
        expected.add(to_array(made_within[0]), to_array(t))
    assert_alike(on_device.wait(), expected)
    assert_alike(counter.wait(), expected)


@pytest.mark.parametrize("make", [lambda: TensorCounter(ON_HOST), Counter])
def test_counting_leaves_no_trace(make: Callable[[], TensorCounter | Counter]) -> None:
    z, t = some_rows(600)
    weight = torch.ones(600, requires_grad=True)
    z = (weight * z).nan_to_num(posinf=50.0, neginf=-50.0)
    strided = torch.stack([z, z], dim=-1)[:, 0]
    before, generator = strided.clone(), torch.get_rng_state()
    counter = make()
    if isinstance(counter, Counter):
        counter.add(strided, t)
    else:
        counter.add(strided, t, None, "half")
    sums = counter.wait()
    assert torch.equal(strided, before)
    assert torch.equal(torch.get_rng_state(), generator)
    assert strided._version == before._version
    strided.sum().backward()
    assert weight.grad is not None
    assert_alike(sums, on_host(strided, t))


def test_a_head_takes_less_than_a_megabyte() -> None:
    counter = TensorCounter(ON_HOST)
    tensors = [value for value in vars(counter).values() if isinstance(value, Tensor)]
    assert sum(tensor.nbytes for tensor in tensors) < 1_000_000
    z, t = some_rows(KEPT_ROWS)
    assert len(pickle.dumps(on_host(z, t))) < 1_000_000


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@contextlib.contextmanager
def without_waiting() -> Iterator[None]:
    """Whatever makes the host wait for the device raises."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def polled(counter: Counter) -> Sums:
    """What comes after the device has done all its work."""
    assert counter.poll() is None
    torch.cuda.synchronize()
    sums = counter.poll()
    assert sums is not None
    return sums


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("dtype", DTYPES)
def test_on_a_gpu_nothing_waits(dtype: torch.dtype) -> None:
    z, t = some_rows(134_400, dtype)
    on_device, targets = z.cuda(), t.cuda()
    counter = Counter()
    with without_waiting():
        counter.add(on_device, targets)
        counter.add(on_device, targets, targets > 2)
        assert counter.poll() is None
    counter.reset()
    with without_waiting():
        counter.add(on_device, targets)
    assert_alike(polled(counter), on_host(z, t))


@pytest.mark.gpu
@needs_cuda
def test_on_a_gpu_deterministic_algorithms_are_kept_to() -> None:
    z, t = some_rows(134_400)
    counter = Counter()
    with deterministic():
        counter.add(z.cuda(), t.cuda())
    assert_alike(polled(counter), on_host(z, t))


@pytest.mark.gpu
@needs_cuda
def test_on_a_gpu_streams_wait_for_each_other() -> None:
    z, t = some_rows(134_400)
    on_device, targets, counter = z.cuda(), t.cuda(), Counter()
    torch.cuda.synchronize()
    for _ in range(4):
        with torch.cuda.stream(torch.cuda.Stream()):
            counter.add(on_device, targets)
    expected = Sums.zero()
    for _ in range(4):
        expected.add(to_array(z), to_array(t))
    assert_alike(polled(counter), expected)
