"""The environment variables that trainers and other processes of ours are started with."""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path

import objtui

CPU_INFO = Path("/proc/cpuinfo")

PIPE_ENCODING = "utf-8:backslashreplace"
"""Of what processes of ours say to each other and into logs, whatever the user's terminal has."""

DISABLED = "NPY_DISABLE_CPU_FEATURES"

AVX_512 = ("X86_V4", "AVX512_SKX")
"""What NumPy calls it: since version 2.4, and before."""


def worded_environment() -> dict[str, str]:
    """Our environment, for a process of ours whose words are read by us or kept in a log."""
    return {**os.environ, "PYTHONIOENCODING": PIPE_ENCODING}


def trainer_environment(threads: int | None) -> dict[str, str]:
    """Our environment, in which the trainer finds this very package and leaves a core free.

    Threads of OpenMP spin while they wait for one another. Where anything else
    wants their cores, a dashboard or a second run, training slows down many
    times over; on one core fewer it does not. `threads`, and OMP_NUM_THREADS before
    them, decide otherwise.
    """
    home = Path(objtui.__file__).resolve().parent.parent
    environment = sorting_environment() | worded_environment()
    environment["OMP_NUM_THREADS"] = training_threads(threads)
    if home == Path.cwd():  # found only through the working directory, which -P leaves out
        paths = [str(home), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return environment


def training_threads(threads: int | None = None) -> str:
    """Threads that a training on the CPU takes: what OMP_NUM_THREADS says, else `asked`."""
    return os.environ.get("OMP_NUM_THREADS") or str(threads or max(1, usable_cores() - 1))


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def sorting_environment(cpu_info: Path = CPU_INFO) -> dict[str, str]:
    """What makes NumPy sort with AVX2 on an AMD Zen 4; empty elsewhere.

    Its AVX-512 sort stores compressed vectors, which takes this processor so long that AVX2
    is six times as fast (https://github.com/numpy/x86-simd-sort/issues/6).
    """
    if not _is_zen_4(cpu_info):
        return {}
    import numpy as np

    # Of what NumPy was built for there may be no AVX-512, or nothing that can be done without it.
    available = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    names = [name for name in AVX_512 if name in available]
    return {DISABLED: names[0]} if names else {}


def _is_zen_4(cpu_info: Path) -> bool:
    """Whether the first processor listed is of AMD's family 25 with AVX-512: Zen 3 has none."""
    try:
        with cpu_info.open() as lines:
            pairs = [line.partition(":") for line in takewhile(str.strip, lines)]
    except OSError:
        return False
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    family = facts.get("vendor_id"), facts.get("cpu family")
    return family == ("AuthenticAMD", "25") and "avx512f" in facts.get("flags", "").split()
