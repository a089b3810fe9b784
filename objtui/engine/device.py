"""Which device trains, and whether it is there and large enough."""

from __future__ import annotations

import torch

from objtui.datafiles.memory import available_memory
from objtui.errors import DeviceError

DTYPES: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
}


def pick_device(name: str, dtype: torch.dtype) -> torch.device:
    """The device of a name: auto, cpu, cuda, cuda:N or mps.

    "auto" is the first GPU that knows the dtype, else the CPU.

    Raises:
        DeviceError: the device is not there, or does not know the dtype.
    """
    mps = torch.backends.mps.is_available()
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda:0")
        return torch.device("mps" if mps and dtype != torch.float64 else "cpu")
    if name == "mps":
        if not mps:
            raise DeviceError("device mps: torch finds no Metal GPU here; use --device cpu")
        if dtype == torch.float64:
            raise DeviceError(
                "device mps knows no float64; use --device cpu or another train.dtype"
            )
    if name.startswith("cuda"):
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        index = int(name.partition(":")[2] or 0)
        if count == 0:
            raise DeviceError(f"device {name}: torch finds no CUDA GPU here; use --device cpu")
        if index >= count:
            raise DeviceError(
                f"device {name}: there are only {count} GPUs, cuda:0 to cuda:{count - 1}"
            )
        return torch.device("cuda", index)
    return torch.device(name)


def require_device_memory(device: torch.device, needed: int) -> None:
    """Refuse a training that does not fit.

    Args:
        needed: bytes.
    Raises:
        DeviceError: it does not.
    """
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else available_memory()
    if free is not None and needed > free:
        raise DeviceError(
            f"device {device}: this training needs about {needed / 1e9:.1f} GB and "
            f"{free / 1e9:.1f} GB are free; use fewer seeds, rows or hidden units, "
            "or a smaller train.batch"
        )
