"""Each framework twice: the real package where it is installed, and a stand-in for its loop."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest


@contextmanager
def standing_in(modules: dict[str, ModuleType], integration: str) -> Iterator[ModuleType]:
    """The integration, imported anew beside these modules; afterwards all is as before."""
    from importlib import import_module

    name = f"objtui.integrations.{integration}"
    before = {each: sys.modules.pop(each, None) for each in [*modules, name]}
    sys.modules.update(modules)
    try:
        yield import_module(name)
    finally:
        for each, module in before.items():
            sys.modules.pop(each, None)
            if module is not None:
                sys.modules[each] = module


def real(package: str) -> ModuleType:
    """The installed package; skips the test where there is none."""
    module: ModuleType = pytest.importorskip(package)
    return module
