"""Taps: logits and targets taken from the calls of a loss, in the sampled steps alone.

What a tap puts into a model is there within a block, and gone after it. A copy of the model made
meanwhile, by pickle too, has a hook that does nothing, of the standard library alone: it is loaded
where there is no objtui.

Within a graph of `torch.compile` nothing is seen: a hook of a sampled step is not in a graph that
was compiled before it. A loss outside the graph, of a compiled model, is seen as any other.
"""

from __future__ import annotations

import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import PurePath
from types import FrameType
from typing import Any, Self

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from objtui.recorder.converters import Convert, binary, two_neurons

MAX_SILENT = 100
"""Blocks in which a tap sees no call, until that is said."""

MAX_CALLERS = 40
"""Calls up the stack in which `where` is looked for."""

REFUSED = {
    "BCELoss": "probabilities",
    "binary_cross_entropy": "probabilities",
    "NLLLoss": "log probabilities",
    "nll_loss": "log probabilities",
}
"""Losses that are not handed logits, and what they are handed."""

Take = Callable[[str | None, Any, Any, Any], None]
"""What is done with rows: head, logits, targets, what is ignored."""

Call = Callable[["Tap", Sequence[Any], Mapping[str, Any]], None]


class Tap(ABC):
    """Where logits and targets come from; `remove` it, or leave its `with`, to end that.

    Args:
        name: what is tapped, in words.
        head: whose rows they are.
        convert: reads a call.
        call: only this call of a step, from 0 on; None: every one.
    """

    def __init__(self, name: str, head: str | None, convert: Convert, call: int | None) -> None:
        self.name, self.head, self.convert, self.call = name, head, convert, call
        self.calls = 0
        """Calls of this step so far."""
        self.silent = 0
        """Blocks until the first call."""
        self._removed: Callable[[Tap], None] | None = None

    @abstractmethod
    def install(self, seen: Call) -> None:
        """Put into the model what tells of its calls."""

    @abstractmethod
    def uninstall(self) -> None:
        """Take that out again."""

    def remove(self) -> None:
        """End the tap, also within a block."""
        removed, self._removed = self._removed, None
        if removed is not None:
            removed(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class ModuleTap(Tap):
    """On the calls of a loss module; TypeError where it is none, or has no logits."""

    def __init__(
        self,
        module: nn.Module,
        head: str | None = None,
        convert: Convert | None = None,
        call: int | None = None,
    ) -> None:
        if not isinstance(module, nn.Module):
            raise TypeError(
                f"attach takes a loss that is a module, not {type(module).__name__}; "
                "for a function there is recorder.watch_calls"
            )
        kind = type(module).__name__
        super().__init__(kind, head, convert or _default(kind, f"attach({kind})"), call)
        self._module = module
        self._handle: Any = None

    def install(self, seen: Call) -> None:
        hook = _Hook(self, seen)
        self._handle = self._module.register_forward_hook(hook, with_kwargs=True)

    def uninstall(self) -> None:
        if self._handle is not None:
            self._handle.remove()
            self._handle = None


class _Hook:
    """A forward hook that any copy leaves behind."""

    def __init__(self, tap: Tap, seen: Call) -> None:
        self._tap, self._seen = tap, seen

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        """What it returns would be the loss, so it returns nothing."""
        if not torch.compiler.is_compiling():
            self._seen(self._tap, args, kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (nullcontext(), "__exit__")  # takes any arguments, and does nothing


class FunctionTap(Tap):
    """On the calls of one of torch's functions; ValueError where there is none of that name."""

    def __init__(
        self,
        function: str,
        head: str | None = None,
        where: str | None = None,
        convert: Convert | None = None,
        call: int | None = None,
    ) -> None:
        if not (hasattr(nn.functional, function) or hasattr(torch, function)):
            raise ValueError(f"torch has no function {function!r}, in torch.nn.functional or torch")
        convert = convert or _default(function, f"watch_calls({function!r})")
        super().__init__(function, head, convert, call)
        self._where = where
        self._mode: _CallWatch | None = None

    def is_called(self, function: object, frame: FrameType | None) -> bool:
        """Whether a call is one of these; `frame` is the caller's."""
        if getattr(function, "__name__", None) != self.name:
            return False
        for _ in range(MAX_CALLERS if self._where else 0):
            if frame is None:
                return False
            code = frame.f_code
            if self._where in (
                code.co_name,
                f"{PurePath(code.co_filename).name}:{code.co_name}",
            ):
                return True
            frame = frame.f_back
        return self._where is None

    def install(self, seen: Call) -> None:
        self._mode = _CallWatch(self, seen)
        self._mode.__enter__()  # type: ignore[no-untyped-call]

    def uninstall(self) -> None:
        mode, self._mode = self._mode, None
        if mode is not None:
            mode.__exit__(None, None, None)  # type: ignore[no-untyped-call]


class _CallWatch(TorchFunctionMode):
    """Sees every call of torch's functions in this thread while it is entered."""

    def __init__(self, tap: FunctionTap, seen: Call) -> None:
        super().__init__()
        self._tap, self._seen = tap, seen

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if not torch.compiler.is_compiling() and self._tap.is_called(func, sys._getframe(1)):
            self._seen(self._tap, args, kwargs or {})
        return result


def _default(loss: str, what: str) -> Convert:
    """The converter of a loss by its name; TypeError where it is handed no logits."""
    if loss in REFUSED:
        hint = "; say convert=converters.probabilities" if loss in list(REFUSED)[:2] else ""
        raise TypeError(f"{what}: this loss is handed {REFUSED[loss]}, not logits{hint}")
    return two_neurons() if loss in ("CrossEntropyLoss", "cross_entropy") else binary


class Taps:
    """The taps of one recorder.

    Args:
        guarded: a block whose failures are the recorder's, not the training's.
    """

    def __init__(self, guarded: Callable[[], AbstractContextManager[None]]) -> None:
        self._guarded = guarded
        self._taps: list[Tap] = []
        self._take: Take | None = None
        self._of_batches = False
        self._are_warned = False

    def add(self, tap: Tap) -> Tap:
        """From the next block on."""
        self._taps.append(tap)
        tap._removed = self._drop
        return tap

    def _drop(self, tap: Tap) -> None:
        self._taps.remove(tap)
        tap.uninstall()

    @contextmanager
    def installed(self, take: Take, *, of_batches: bool = False) -> Iterator[None]:
        """Within the block calls are handed to `take`.

        `of_batches`: the block has several batches, each in a `batch` of its own, if a tap counts
        the calls of one.
        """
        before = self._take, self._of_batches
        self._take, self._of_batches = take, of_batches
        is_outer = before[0] is None
        mine = list(self._taps) if is_outer else []
        for tap in self._taps:
            tap.calls = 0
        try:
            with self._guarded():
                for tap in mine:
                    tap.install(self._seen)
            yield
        finally:
            for tap in reversed(mine):
                tap.uninstall()
            self._take, self._of_batches = before
            self._say_silence(mine)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One batch of several: calls are numbered anew."""
        before, self._of_batches = self._of_batches, False
        for tap in self._taps:
            tap.calls = 0
        try:
            yield
        finally:
            self._of_batches = before

    @property
    def are_installed(self) -> bool:
        """Whether calls are being taken."""
        return self._take is not None

    def _seen(self, tap: Tap, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        if self._take is None:
            return
        number, tap.calls, tap.silent = tap.calls, tap.calls + 1, -1
        if tap.call is not None and tap.call != number and not self._of_batches:
            return
        with self._guarded(), torch.no_grad():
            if tap.call is not None and self._of_batches:
                raise ValueError(
                    f"a tap on call {tap.call} cannot tell the batches of an evaluation apart: "
                    "put `with recorder.step(step):` around each"
                )
            self._take(tap.head, *tap.convert(args, kwargs))

    def _say_silence(self, taps: list[Tap]) -> None:
        for tap in taps:
            if tap.silent >= 0:
                tap.silent += 1
            if tap.silent == MAX_SILENT:
                warnings.warn(
                    f"objtui.Recorder: {tap.name} was called in none of the first {MAX_SILENT} "
                    "steps that were sampled; is it in a compiled graph, or another one in use?",
                    RuntimeWarning,
                    stacklevel=5,
                )
