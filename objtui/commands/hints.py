"""What to type next, for people."""

from __future__ import annotations

import argparse
import shlex


def watch_hint(args: argparse.Namespace, run: str) -> str:
    """The command that watches a run."""
    folder = f" --runs {shlex.quote(args.runs)}" if args.runs else ""
    return f"objtui watch {run}{folder}"
