"""What the processes of one training have counted, added up by `torch.distributed`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import distributed

from objtui.measures.sums import Sums


def merged_over_ranks(sums: Mapping[int, Sums], heads: int) -> dict[int, Sums]:
    """By position of a head, the rows of all ranks; heads without any are left out.

    Every rank has to come here, whatever it has counted: two vectors are added up over all.
    """
    own = [(sums.get(head) or Sums.zero()).to_arrays() for head in range(heads)]
    total = {
        kind: np.split(_added_up(np.concatenate([arrays[kind] for arrays in own])), heads)
        for kind in ("integers", "floats")
    }
    merged = {}
    for head in range(heads):
        part = Sums.from_arrays({kind: vectors[head] for kind, vectors in total.items()})
        if part.rows or part.nan.any() or part.ignored:
            merged[head] = part
    return merged


def on_any_rank(flag: bool) -> bool:
    """Whether a rank says so; every rank has to come here, where there are several."""
    if not is_distributed():
        return flag
    return bool(_added_up(np.array([float(flag)]))[0])


def is_distributed() -> bool:
    """Whether this process is one of several."""
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


def _added_up(vector: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The sum over all ranks, by the device that the processes speak through."""
    device = torch.device("cpu")
    if distributed.get_backend() == "nccl":
        device = torch.device("cuda", torch.cuda.current_device())
    with torch.inference_mode(mode=False), torch.no_grad():
        tensor = torch.from_numpy(vector).to(device)
        distributed.all_reduce(tensor)
        total: npt.NDArray[Any] = tensor.cpu().numpy()
    return total
