"""What `objtui help cluster` says: starting a cluster, whom to trust, what it takes."""

from __future__ import annotations

OPENING = (
    "With `--ray HOST:PORT` the seeds of a run, or the cells of a sweep, train on the "
    "nodes of a Ray cluster. The trainer's process on this machine is the driver: it "
    "builds the data, cuts the seeds into parts, merges what they send and alone writes "
    "the run file. So every run can be watched, stopped, paused and resumed as any other,"
    " and no shared folder is needed. Without HOST:PORT a cluster of this machine alone "
    "is made, on loopback, with a token of its own; it ends with the training, and leaves "
    "neither process nor folder, even if that is killed."
)

STEPS: tuple[tuple[str, str], ...] = (
    (
        "head",
        "ray start --head --port=6379    on one machine, with RAY_AUTH_MODE=token",
    ),
    (
        "nodes",
        "ray start --address=HEAD:6379   on every other, and on this one",
    ),
    (
        "run",
        "objtui run SCENARIO --seeds 64 --ray HEAD:6379",
    ),
    (
        "resume",
        "objtui resume RUN --ray HEAD:6379   on as many nodes as there are then, or "
        "without --ray on this machine alone",
    ),
    (
        "sweep",
        "objtui sweep SCENARIO --over train.lr=1e-3,1e-2 --ray HEAD:6379",
    ),
)

NOTES: tuple[tuple[str, str], ...] = (
    (
        "trust",
        "Ray executes what whoever reaches it sends. Let its ports be reached from a "
        "private network alone, and set a token: RAY_AUTH_MODE=token, and the same "
        "RAY_AUTH_TOKEN on every node and here. By default it listens on all interfaces",
    ),
    (
        "a node needs",
        "objtui[ray]'s own packages, above all torch; the same patch version of Python "
        "and of Ray as here. objtui itself is sent to it. A run says what a node lacks, and "
        "where nodes have other processors or versions of torch",
    ),
    (
        "parts",
        "at most one a free CPU, each with one thread (OMP_NUM_THREADS says otherwise). "
        "They are settled when a run begins: seeds are cut at multiples of 4 to 32, by heads "
        "and batch, so few seeds are one part. Parts train on CPUs alone",
    ),
    (
        "detectors",
        "train in parts as other scenarios do, their seeds cut at multiples of 8 at least. "
        "Their last digits may differ from those of the run on one machine, which the run says",
    ),
    (
        "what is lost",
        "a worker or node that dies costs the work since the last checkpoint "
        "(train.checkpoint_every, else 30 s at most); the part begins again there by "
        "itself. Where the head dies runs have crashed half a minute later; resume them. "
        "Where the driver of a sweep dies, its trainers go on to their ends, on a cluster of "
        "others alone: one of this machine ends with its driver",
    ),
    (
        "last digits",
        "are those of the run on one machine where processors, torch and threads are "
        "alike, but for detectors. There are no live frames between the scheduled ones",
    ),
    (
        "sweeps",
        "each cell is a part of its own on the cluster, and has a trainer of about 300 MB"
        " here; --jobs limits how many there are at once. With --stop and several at once, "
        "which cells are ended depends on who comes first; with --jobs 1 they are those that one "
        "machine ends",
    ),
)

SIZES = (
    "What much would take, on paper, from what was measured on two cores. A frame takes "
    "about 0.5 kB of the run file for each seed and head: 1000 seeds × 3 heads are 1.6 MB"
    " a frame and 324 MB for 200 frames, 126 ms of the driver to encode each. 10 000 "
    "seeds × 3 heads are 16 MB a frame, 3.2 GB in all and about 1.3 s of the driver a "
    "frame, 4 minutes a run; a part's checkpoint travels to the driver as well. Streams "
    "carry 40 to 70 frames of 3 MB a second and are no limit. It would break first in "
    "whoever reads the run: a dashboard keeps all counts in memory, about 13 times the "
    "file. A larger train.eval_every helps. A million cells of one second each are 12 "
    "days of one CPU, 3 hours of 100; the driver's share is to start a trainer for each, "
    "about 3 s of a core, so 35 days of one core: it breaks first, then the folder, with "
    "a run file each of 100 kB and more, 100 GB. A sweep takes 100 000 cells at most."
)
