"""Every benchmark, one after the other, as markdown.

    python -m tests.bench [PART …] [--quick] [--jax PYTHON]

Parts: speed, whole (only with --jax), detector, recorder, dashboard, scale; all by default.
PYTHON is an interpreter that has jax. Nothing that a part starts outlives it, killed or not.
"""

from __future__ import annotations

import argparse
import sys

from tests.bench.keeper import run_kept

PARTS: dict[str, tuple[str, list[str], list[str]]] = {
    "speed": (
        "A step",
        ["--peers", "loops", "vmap", "compiled", "--compiled", "--rounds", "3", "--markdown"],
        ["--peers", "loops", "--compiled", "--rounds", "3", "--quick", "--markdown"],
    ),
    "whole": ("Whole trainings", ["--markdown"], ["--markdown", "--quick"]),
    "detector": ("A step of detectors", ["--markdown"], ["--markdown", "--rounds", "3"]),
    "recorder": ("The recorder", ["--markdown"], ["--markdown", "--turns", "10"]),
    "dashboard": (
        "The dashboard",
        ["--markdown", "--rounds", "10"],
        ["paint", "keys", "attached", "--markdown", "--rounds", "3", "--pairs", "3"],
    ),
    "scale": ("Many rows", ["--markdown"], ["--markdown", "evaluate"]),
}
"""By name: heading, arguments, and arguments of a quick run."""

WITH_JAX = {"speed", "whole"}


def main() -> int:
    """Run the parts asked for; 1 where one has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="every benchmark")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="fewer cases and rounds")
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has jax")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if args.parts and "whole" in args.parts and not args.jax:
        parser.error("whole needs --jax PYTHON")
    failed = False
    for name in args.parts or PARTS:
        if name == "whole" and not args.jax:
            continue
        heading, full, quick = PARTS[name]
        arguments = quick if args.quick else full
        if args.jax and name in WITH_JAX:
            arguments = [*arguments, "--jax", args.jax]
        print(f"\n## {heading}\n", flush=True)
        failed |= run_kept(f"tests.bench.{name}", arguments) != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
