"""What is said of an address before Ray is asked."""

from __future__ import annotations

import socket

import pytest

from objtui.cluster import connect
from objtui.errors import UsageError


@pytest.mark.parametrize(
    ("address", "parts"), [("head:6379", ("head", 6379)), ("[::1]:80", ("::1", 80))]
)
def test_an_address_is_a_host_and_a_port(address: str, parts: tuple[str, int]) -> None:
    assert connect.host_and_port(address) == parts


@pytest.mark.parametrize("address", ["nuclei", "auto", ":6379", "head:", "head:0", "head:70000"])
def test_anything_else_is_refused_before_anything_starts(address: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        connect.host_and_port(address)


def test_rays_client_is_refused() -> None:
    with pytest.raises(UsageError, match="client"):
        connect.host_and_port("ray://head:10001")


def test_an_address_where_nobody_listens_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect.require_head(f"127.0.0.1:{port}")
    with pytest.raises(UsageError, match=f"127.0.0.1:{port}: no cluster answers there"):
        connect.require_head(f"127.0.0.1:{port}")


def test_a_host_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def connection(address: tuple[str, int], timeout: float) -> socket.socket:
        assert timeout == 0.01
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", connection)
    with pytest.raises(UsageError, match="timed out"):
        connect.require_head("10.0.0.1:6379", 0.01)


def test_without_ray_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install"):
        connect.check_address("head:6379")


def test_what_we_start_binds_loopback_and_has_a_token_of_its_own() -> None:
    one: dict[str, str] = {}
    other: dict[str, str] = {}
    connect.set_environment(connect.LOCAL, one)
    connect.set_environment(connect.LOCAL, other)
    assert one["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert one["RAY_AUTH_MODE"] == "token"
    assert len(one["RAY_AUTH_TOKEN"]) >= 32
    assert one["RAY_AUTH_TOKEN"] != other["RAY_AUTH_TOKEN"]


def test_settings_of_a_cluster_of_others_are_theirs() -> None:
    environment = {"RAY_AUTH_TOKEN": "theirs"}
    connect.set_environment("head:6379", environment)
    assert environment["RAY_AUTH_TOKEN"] == "theirs"
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in environment
    assert environment["RAY_USAGE_STATS_ENABLED"] == "0"
