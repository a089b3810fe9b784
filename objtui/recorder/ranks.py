"""Which of several processes of one training this is, without importing what tells."""

from __future__ import annotations

import os
import sys


def rank() -> int:
    """The rank of this process: of torch.distributed where it is in use, else of its launcher.

    It is asked at the first record: before that a process may not know its own yet.
    """
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    for name in ("RANK", "SLURM_PROCID"):
        value = os.environ.get(name, "")
        if value.isdigit():
            return int(value)
    return 0
