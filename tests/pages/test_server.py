"""A served page: who may read it, what is refused, and how it follows a run."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from objtui.cli.main import main
from objtui.errors import RunFileError, UsageError
from objtui.pages import live as lives
from objtui.pages.access import Access
from objtui.pages.html import read_in
from objtui.pages.live import LivePage, Viewer
from objtui.pages.server import page_server
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from tests.patience import GIVE_UP_S
from tests.runs_for_tests import a_frame, record_flat


@dataclass
class Served:
    """A page that is served, and a browser's way of asking for it."""

    live: LivePage
    access: Access

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """The answer to a request; a header without a value is left out."""
        asked = {"Host": f"127.0.0.1:{self.access.port}", "Cookie": self.cookie, **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.access.port, timeout=GIVE_UP_S)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.items():
            if value:
                connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        return connection.getresponse()

    @property
    def cookie(self) -> str:
        return self.access.cookie.partition(";")[0]

    @contextmanager
    def events(self, after: int = -1) -> Iterator[Iterator[tuple[str, Any]]]:
        """The events of a viewer, as they come."""
        answer = self.ask(f"/events?after={after}")
        assert (answer.status, answer.headers.get_content_type()) == (200, "text/event-stream")
        with closing(answer):
            yield _events(answer)


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    fields: dict[str, str] = {}
    while line := answer.readline().decode():
        name, _, value = line.rstrip("\n").partition(": ")
        if line == "\n" and "event" in fields:
            yield fields["event"], json.loads(fields["data"])
            fields = {}
        fields[name] = value


@pytest.fixture
def writer(new_run: Callable[..., RunWriter]) -> RunWriter:
    return record_flat(new_run, state="running")


@pytest.fixture
def served(writer: RunWriter) -> Iterator[Served]:
    with ExitStack() as stack:
        runs = Comparison([stack.enter_context(closing(RunSource(writer.path)))])
        read_in(runs)
        live = LivePage(runs)
        yield Served(live, stack.enter_context(page_server(live)))


def test_the_address_gives_a_cookie_and_the_cookie_the_page(served: Served) -> None:
    answer = served.ask(served.access.address.partition(str(served.access.port))[2], Cookie="")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert served.access.token not in cookie
    page = served.ask(Cookie=cookie.partition(";")[0])
    assert page.status == 200
    assert b"A title" in page.read()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )


def test_whoever_comes_from_elsewhere_or_without_the_cookie_is_refused(served: Served) -> None:
    port = served.access.port
    strange: tuple[dict[str, str], ...] = (
        {"Cookie": ""},
        {"Cookie": f"objtui-{port}=x"},
        {"Cookie": served.cookie.replace("objtui", "other")},
        {"Host": "evil.example"},
        {"Host": f"evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{port}"},
        {"Origin": "http://127.0.0.1"},
    )
    for headers in strange:
        for path in ("/", "/events"):
            answer = served.ask(path, **headers)
            assert (headers, path, answer.status) == (headers, path, 403)
            assert "Set-Cookie" not in answer.headers
            assert b"A title" not in answer.read()


def test_a_wrong_token_gives_no_cookie_nor_does_the_right_one_under_another_name(
    served: Served,
) -> None:
    token = served.access.token
    for path, host in (
        ("/?token=", ""),
        (f"/?token={token[:-1]}", ""),
        (f"/?token={token}&token={token}", ""),
        (f"/events?token={token}", ""),
        (f"/?token={token}", "evil.example"),
        (f"/?token={token}", f"127.0.0.1:{served.access.port + 1}"),
    ):
        named = host or f"127.0.0.1:{served.access.port}"
        answer = served.ask(path, Cookie="", Host=named)
        assert (path, answer.status) == (path, 403)
        assert "Set-Cookie" not in answer.headers


def test_localhost_is_the_same_machine(served: Served) -> None:
    name = f"localhost:{served.access.port}"
    assert served.ask(Host=name, Origin=f"http://{name}").status == 200


def test_a_tunnel_may_have_the_one_other_port_that_was_agreed_upon(served: Served) -> None:
    access = Access(served.access.port, local_port=8080)
    assert access.address.startswith("http://127.0.0.1:8080/?token=")
    hosts = {"127.0.0.1:8080", "localhost:8080", f"127.0.0.1:{access.port}"}
    for host in (*hosts, "evil.example:8080", "127.0.0.1:8081"):
        headers = Message()
        headers["Host"], headers["Origin"] = host, f"http://{host}"
        assert (host, access.refusal(headers) == "") == (host, host in hosts)
    refused = served.ask(Host="127.0.0.1:8080")
    assert refused.status == 403
    assert b"--local-port" in refused.read()


def test_nothing_can_be_sent(served: Served) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
        answer = served.ask(method=method)
        assert (method, answer.status, answer.headers["Allow"]) == (method, 405, "GET")
        assert served.ask(method=method, Origin="https://evil.example").status == 403


def test_no_path_leads_to_a_file(served: Served) -> None:
    for path in (
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/a-run.objtui",
        "//etc/passwd",
        "/events/..",
        "/%00",
        "file:///etc/passwd",
        "http://evil.example/",
    ):
        assert (path, served.ask(path).status) == (path, 404)


def test_what_is_no_http_is_closed_without_harm(served: Served) -> None:
    for sent in (b"\x00\xff\r\n\r\n", b"GET //[ HTTP/1.0\r\n\r\n", b"GET\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", served.access.port), GIVE_UP_S) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert served.ask().status == 200


def test_it_listens_on_this_machine_alone(served: Served) -> None:
    with page_server(served.live) as other:
        assert other.port != served.access.port
        assert other.token != served.access.token
    with pytest.raises(UsageError, match="name another with --port"), page_server(
        served.live, served.access.port
    ):  # fmt: skip
        pass


def test_a_viewer_gets_what_it_has_missed_and_what_comes(served: Served, writer: RunWriter) -> None:
    with served.events(after=20) as events:
        name, frame = next(events)
        assert (name, frame["step"]) == ("frame", 40)
        assert next(events)[0] == "state"
        writer.append_frame(a_frame(60, nll=0.25))
        served.live.look()
        name, frame = next(events)
        assert (name, frame["step"]) == ("frame", 60)
        assert [0.25, 0.25, 0.25] in [values[0] for values in frame["scores"]]
    assert b'"step":60' in served.ask().read()


def test_the_end_of_a_run_is_shown_and_the_page_stays(served: Served, writer: RunWriter) -> None:
    with served.events(after=40) as events:
        next(events)
        writer.finish("finished", RunSummary(40, 1.0, 0.5, 0.4, 0.1), "")
        served.live.look()
        name, state = next(events)
        assert (name, state["state"], state["ended"]) == ("state", "finished", True)
        name, frame = next(events)
        assert (name, frame["step"]) == ("frame", 40)
        assert frame["answers"]  # of a run that has ended they may be others
    assert served.ask().status == 200


def test_of_a_run_that_is_deleted_what_was_read_is_shown(served: Served, writer: RunWriter) -> None:
    with served.events(after=40) as events:
        next(events)
        for file in writer.path.parent.glob(f"{writer.path.name}*"):
            file.unlink()
        with pytest.raises(RunFileError) as error:
            served.live.look()
        served.live.end(str(error.value))
        name, why = next(events)
        assert name == "end"
        assert str(writer.path) in why
    assert b'"step":40' in served.ask().read()


def test_there_are_so_many_viewers_and_no_more_until_one_goes(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "MAX_VIEWERS", 2)
    viewers = [served.live.join(), served.live.join()]
    answer = served.ask("/events")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert served.ask().status == 200
    first = viewers[0]
    assert first is not None
    first.drop()
    with served.events():
        pass


def test_a_viewer_that_takes_nothing_is_dropped_and_the_others_go_on() -> None:
    slow, quick = Viewer(), Viewer()
    for number in range(lives.MAX_WAITING + 1):
        for viewer in (slow, quick):
            viewer.give(str(number).encode())
        assert quick.take(0) == str(number).encode()
    assert slow.take(0) is None
    assert slow.dropped.is_set()
    assert not quick.dropped.is_set()


def test_one_that_comes_again_after_long_is_sent_the_whole_page(
    served: Served, writer: RunWriter
) -> None:
    for step in range(50, 50 + lives.MAX_AT_ONCE + 1):
        writer.append_frame(a_frame(step))
        served.live.look()
    with served.events(after=40) as events:
        assert next(events)[0] == "again"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_at_once_though_somebody_looks(
    number: int, code: int, writer: RunWriter
) -> None:
    command = "from objtui.cli.main import main; raise SystemExit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "serve", str(writer.path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        place, _, token = address.removeprefix("http://").partition("/?token=")
        assert "ssh -L " in process.stdout.readline()
        connection = http.client.HTTPConnection(place, timeout=GIVE_UP_S)
        connection.request("GET", f"/?token={token}")
        cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
        connection.close()
        connection.request("GET", "/events", headers={"Cookie": cookie})
        assert connection.getresponse().readline() == b"retry: 3000\n"
        process.send_signal(number)
        assert process.wait(GIVE_UP_S) == code
        assert process.communicate()[1] == ""
        connection.close()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("port", ["0", "80", "65536", "x", "-1"])
def test_a_port_that_cannot_be_is_refused(
    port: str, writer: RunWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", str(writer.path), "--port", port]) == 2
    assert "--port: expected a port from 1024 to 65535" in capsys.readouterr().err


def test_a_run_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "nothing", "--runs", str(tmp_path)]) == 2
    assert "nothing" in capsys.readouterr().err


def test_a_request_that_never_ends_is_ended(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.pages.server._Handler.timeout", 0.3)
    with socket.create_connection(("127.0.0.1", served.access.port), GIVE_UP_S) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nX-Drip: ")
        slow.settimeout(0.02)
        until = time.monotonic() + GIVE_UP_S
        while True:
            assert time.monotonic() < until
            with suppress(TimeoutError):
                answer = slow.recv(4096)
                break
            slow.send(b"a")
    assert not answer or answer.startswith(b"HTTP/1.0 403")
    assert served.ask().status == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /?a&b&c&d&e&f HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: \xff\x1b;=;\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x1b]52;c;eA==\x07 HTTP/1.1\r\n\r\n",
        b"</script> / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 5\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=range(10),
)
def test_whatever_is_asked_is_refused_in_one_answer_without_the_page(
    served: Served, request_bytes: bytes
) -> None:
    port = str(served.access.port).encode()
    with socket.create_connection(("127.0.0.1", int(port)), GIVE_UP_S) as client:
        with suppress(ConnectionError):  # it need not read all
            client.sendall(request_bytes.replace(b"{port}", port))
            client.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionError):
            while part := client.recv(4096):
                answer += part
    assert answer.count(b"HTTP/1.0 ") == 1
    assert answer.split()[1] in (b"400", b"403", b"405", b"414", b"431", b"501", b"505")
    assert b"A title" not in answer
    assert b"\x1b" not in answer
    assert b"</script>" not in answer
    assert served.ask().status == 200


def test_a_viewer_that_says_too_much_is_answered(served: Served) -> None:
    with closing(served.ask("/events?after=3&b=&c=&d=&e=&f=1")) as answer:
        assert answer.status == 200
