"""`python -m objtui.cluster.keeper [HOST:PORT]`: holds a cluster for others.

It joins the cluster there, or makes one of this machine alone, says in one line of JSON what there
is (`address` and `cpus`, or `error`), and lives until its stdin is closed, be it by the death of
whoever started it.
"""

from __future__ import annotations

import json
import sys

from objtui.cluster.ray_pool import cluster, cluster_address, cluster_cpus
from objtui.errors import EXIT_DONE, ObjtuiError


def main(address: str) -> int:
    """Hold the cluster until stdin is closed; the exit code."""
    try:
        with cluster(address):
            there = {"address": address or cluster_address(), "cpus": cluster_cpus()}
            print(json.dumps(there), flush=True)
            sys.stdin.read()
    except ObjtuiError as error:
        print(json.dumps({"error": " ".join(error.lines())}), flush=True)
        return error.exit_code
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
