"""Which device trains, and what is said where it cannot."""

from __future__ import annotations

import pytest
import torch

from objtui.engine import device as devices
from objtui.engine.device import pick_device, require_device_memory
from objtui.errors import DeviceError


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_without_a_gpu_the_cpu_trains(name: str) -> None:
    assert pick_device(name, torch.float32) == torch.device("cpu")


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps"])
def test_a_device_that_is_not_there_is_named_with_the_way_out(name: str) -> None:
    with pytest.raises(DeviceError, match=rf"device {name}: .*--device cpu"):
        pick_device(name, torch.float32)


@pytest.mark.usefixtures("two_gpus")
def test_a_gpu_is_taken_by_itself_or_by_number() -> None:
    assert pick_device("auto", torch.float32) == torch.device("cuda:0")
    assert pick_device("cuda", torch.float64) == torch.device("cuda:0")
    assert pick_device("cuda:1", torch.float32) == torch.device("cuda:1")
    with pytest.raises(DeviceError, match="cuda:0 to cuda:1"):
        pick_device("cuda:2", torch.float32)


@pytest.mark.usefixtures("no_gpu")
def test_metal_knows_no_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device("auto", torch.float32) == torch.device("mps")
    assert pick_device("auto", torch.float64) == torch.device("cpu")
    with pytest.raises(DeviceError, match="float64"):
        pick_device("mps", torch.float64)


def test_too_little_memory_is_said_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_memory", lambda: 3_000_000_000)
    require_device_memory(torch.device("cpu"), 2_900_000_000)
    with pytest.raises(DeviceError, match=r"needs about 7\.0 GB and 3\.0 GB are free"):
        require_device_memory(torch.device("cpu"), 7_000_000_000)


def test_memory_that_cannot_be_known_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_memory", lambda: None)
    require_device_memory(torch.device("cpu"), 10**15)
