"""What a screen may load: scenarios are read in it, never checked, and nothing is trained."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["objtui.ui.picker.screen", "objtui.ui.keys"])
def test_neither_torch_nor_pydantic_is_loaded(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert {"torch", "pydantic"}.isdisjoint(json.loads(done.stdout))
