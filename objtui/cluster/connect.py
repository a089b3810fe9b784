"""What can be said of Ray and of an address before Ray is asked, which would wait for ever."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import MutableMapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from objtui.errors import UsageError

PROBE_S = 3.0
"""How long a head may take to answer that somebody listens there."""

LOCAL = ""
"""The address of no cluster: one of this machine alone is made."""

PIP = "pip install 'objtui[ray]'"


def check_address(address: str) -> None:
    """UsageError where this is none of a cluster's head, or Ray is not installed.

    It asks nobody; `require_head` does.
    """
    require_ray()
    if address != LOCAL:
        host_and_port(address)


def require_ray() -> None:
    """UsageError where Ray is not installed."""
    if find_spec("ray") is None:
        raise UsageError(f"--ray needs the package ray; {PIP}")


def ray_version() -> str | None:
    """The version of Ray; None where it is not installed. It is not imported for that."""
    try:
        return version("ray")
    except PackageNotFoundError:
        return None


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of HOST:PORT; UsageError where it is something else."""
    if address.startswith("ray://"):
        raise UsageError(
            f"--ray {address}: Ray's client does not do; start a node of the cluster on this "
            "machine with `ray start --address=HOST:PORT` and give HOST:PORT"
        )
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(
            f"--ray {address}: the address of a cluster is HOST:PORT, as `ray start --head` says; "
            "without one --ray comes last"
        )
    return host, int(port)


def require_head(address: str, timeout_s: float = PROBE_S) -> None:
    """UsageError, within so many seconds, where nobody listens at the address."""
    host, port = host_and_port(address)
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError as error:
        reason = error.strerror or str(error) or "no answer"
        raise UsageError(
            f"--ray {address}: no cluster answers there ({reason}); "
            f"`ray start --head --port={port}` on {host} starts one"
        ) from error


def set_environment(address: str, environment: MutableMapping[str, str]) -> None:
    """Set what Ray reads when it is imported: loopback alone for what we start, and no reports.

    A cluster of this machine alone gets a token of its own: others on it could reach loopback, and
    Ray executes what whoever reaches it sends.
    """
    environment["RAY_USAGE_STATS_ENABLED"] = "0"
    environment.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "30")
    # Ray has no plain setting for it: on Linux this one makes it bind 127.0.0.1, and nothing else.
    if address == LOCAL or _is_loopback(host_and_port(address)[0]):
        environment["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    if address == LOCAL and "RAY_AUTH_TOKEN" not in environment:
        environment["RAY_AUTH_MODE"] = "token"
        environment["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def usable_cpus() -> int:
    """Cores that a cluster of this machine alone may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"
