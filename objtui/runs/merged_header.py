"""The header of several runs that are compared: what is known of them before a frame is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from objtui.measures.scores import joined_names
from objtui.runfile.records import HeadInfo, RunHeader
from objtui.runs.shared_claims import shared_claims


def merged_header(headers: Sequence[RunHeader], labels: Sequence[str]) -> RunHeader:
    """The header of runs that are compared.

    The dtype is empty where they differ in it; seeds are those of the run with the most,
    scores those of any of them.
    """
    first = headers[0]
    heads = tuple(
        HeadInfo(f"{label}:{head.name}", head.loss, head.neurons, f"{label}:{head.reference}")
        for label, header in zip(labels, headers, strict=True)
        for head in header.heads
    )
    dtypes = {header.dtype for header in headers}
    return replace(
        first,
        run=", ".join(labels),
        title=f"{len(headers)} runs: {', '.join(labels)}",
        dtype=first.dtype if len(dtypes) == 1 else "",
        steps=_most_steps(headers),
        seeds=max((header.seeds for header in headers), key=len),
        heads=heads,
        claims=shared_claims(headers, labels),
        score_names=joined_names(header.score_names for header in headers),
    )


def _most_steps(headers: Sequence[RunHeader]) -> int | None:
    """Of the longest run; None where one of them may go on for any time."""
    steps = [header.steps for header in headers if header.steps is not None]
    return max(steps) if len(steps) == len(headers) else None
