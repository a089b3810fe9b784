"""Available memory, read from files like those of the kernel."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from objtui.datafiles import array_files, csv_files, memory, parquet_files
from objtui.datafiles.memory import available_memory, count_text, memory_text, require_memory
from objtui.engine.data import build_dataset
from objtui.engine.data.images import anchor_rows, coco_json, scenes
from objtui.engine.data.rows import draws
from objtui.engine.data.table import source as table_source
from objtui.errors import DataError
from objtui.scenario import schema

GB = 10**9


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MEMINFO = {"proc/meminfo": "MemTotal:  16000000 kB\nMemAvailable:  8000000 kB\n"}


def test_without_a_control_group_it_is_what_meminfo_offers(tmp_path: Path) -> None:
    assert available_memory(write(tmp_path, MEMINFO)) == 8_000_000 * 1024


def test_a_limit_of_control_group_2_counts_its_page_cache_as_free(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/user/job"
    files = {
        "proc/self/cgroup": "0::/user/job\n",
        f"{group}/memory.max": f"{3 * GB}\n",
        f"{group}/memory.current": f"{2 * GB}\n",
        f"{group}/memory.stat": f"anon 1\ninactive_file {GB // 2}\n",
    }
    assert available_memory(write(tmp_path, MEMINFO | files)) == 3 * GB // 2


def test_a_limit_of_an_outer_group_binds_too(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/user/job\n",
        "sys/fs/cgroup/user/job/memory.max": "max\n",
        "sys/fs/cgroup/user/job/memory.current": "5\n",
        "sys/fs/cgroup/user/memory.max": f"{GB}\n",
        "sys/fs/cgroup/user/memory.current": "0\n",
    }
    assert available_memory(write(tmp_path, MEMINFO | files)) == GB


def test_a_limit_of_control_group_1_at_the_root_of_a_container_binds(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory"
    files = {
        "proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/docker/abc\nnonsense\n",
        f"{group}/memory.limit_in_bytes": f"{2 * GB}\n",
        f"{group}/memory.usage_in_bytes": f"{GB}\n",
        f"{group}/memory.stat": "total_inactive_file 7\n",
    }
    assert available_memory(write(tmp_path, MEMINFO | files)) == GB + 7


def test_a_group_over_its_limit_offers_nothing(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/memory.max": "100\n",
        "sys/fs/cgroup/memory.current": "200\n",
    }
    assert available_memory(write(tmp_path, files)) == 0


def test_without_proc_it_is_the_physical_memory(tmp_path: Path) -> None:
    offered = available_memory(tmp_path)
    assert offered is None or offered > 2**28


def test_this_machine_offers_something() -> None:
    offered = available_memory()
    assert offered is None or offered > 2**20


def test_what_does_not_fit_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 2 * GB)
    require_memory(2 * GB, "this", str)
    with pytest.raises(DataError, match=r"this needs about 3\.0 GB .* only 2\.0 GB .*; take 2/3"):
        require_memory(3 * GB, "this", "take {}".format)


def test_where_nothing_is_known_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    require_memory(10**30, "this", str)


@given(st.integers(0, 10**4000))
def test_sizes_and_counts_of_any_magnitude_are_short(size: int) -> None:
    assert len(memory_text(size)) < 25
    assert len(count_text(size)) < 25


def _table(folder: Path, kind: str) -> schema.TableData:
    rng = np.random.default_rng(0)
    x, y = rng.random((40_000, 12)), rng.random(40_000)
    if kind == "npz":
        np.savez(folder / "t.npz", features=x, targets=y)
        return schema.TableData(source="table", train="t.npz", val_share=0.5, standardize=True)
    lines = [",".join(f"c{i}" for i in range(12)) + ",targets"]
    lines += [",".join(f"{v:.3f}" for v in (*a, b)) for a, b in zip(x[:9000], y, strict=False)]
    (folder / "t.csv").write_text("\n".join(lines))
    return schema.TableData(source="table", train="t.csv")


@pytest.mark.parametrize("kind", ["gaussians", "logistic", "scenes", "npz", "csv"])
def test_the_memory_asked_for_is_no_less_than_the_peak(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data: schema.Data
    if kind == "gaussians":
        data = schema.GaussiansData(source="gaussians", train_rows=90_000, dim=40)
    elif kind == "logistic":
        data = schema.LogisticData(source="logistic", train_rows=90_000, dim=40)
    elif kind == "scenes":
        data = schema.ScenesData(source="scenes", train_images=6, val_images=6)
    else:
        data = _table(tmp_path, kind)
    base, asked = 0, 0

    def note(needed: int, what: str, smaller: object) -> None:
        nonlocal asked
        asked = max(asked, tracemalloc.get_traced_memory()[0] - base + needed)

    for module in (anchor_rows, coco_json, draws, scenes, table_source):
        monkeypatch.setattr(module, "require_memory", note)
    for module in (array_files, csv_files, parquet_files):
        monkeypatch.setattr(module, "require_memory", note)
    build_dataset(data, tmp_path, torch.float32)  # imports and caches are no part of it
    asked = 0
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        dataset = build_dataset(data, tmp_path, torch.float32)
        peak = tracemalloc.get_traced_memory()[1] - base
    finally:
        tracemalloc.stop()
    assert dataset.train.features.nbytes < peak <= asked
