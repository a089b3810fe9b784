"""Tables of the benchmarks: columns on a terminal, or markdown."""

from __future__ import annotations

from collections.abc import Sequence


def show_heading(names: Sequence[str], figures: Sequence[str], markdown: bool) -> None:
    """The first line: columns of names, then of figures."""
    show([*names, *figures], markdown)
    if markdown:
        show(["---"] * len(names) + ["---:"] * len(figures), True)


def show(cells: Sequence[str], markdown: bool) -> None:
    """One line of a table."""
    if markdown:
        print("|", " | ".join(cells), "|", flush=True)
    else:
        wide = [f"{cell:>18}" if ":" in cell else f"{cell:>15}" for cell in cells]
        print("".join(wide), flush=True)
