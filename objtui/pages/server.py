"""Pages over HTTP, on this machine alone: two addresses, both to be read and no more."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from objtui.errors import UsageError
from objtui.pages.access import LOOPBACK, Access
from objtui.pages.html import content_policy
from objtui.pages.live import LivePage

MAX_CONNECTIONS = 32
"""At once; what comes beyond them is closed unread."""

SLOW_S = 10.0
"""How long a request may take to come, and a viewer to take what is sent."""

KEEP_ALIVE_S = 15.0
"""After so long without news a viewer is sent a comment, which shows whether it is still there."""

_ACCEPT_S = 0.1

_STEP = re.compile(r"[0-9]{1,18}", re.ASCII)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{content_policy(live=True)}; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@contextmanager
def page_server(live: LivePage, port: int = 0, local_port: int = 0) -> Iterator[Access]:
    """Serve a page meanwhile, at a port of the loopback interface, by default a free one.

    `local_port`: at which a tunnel gives it to a browser of another machine, where that differs.

    Raises UsageError where the port is not free.
    """
    try:
        server = _Server(live, port, local_port)
    except OSError as error:
        raise UsageError(
            f"port {port}: {error.strerror or error}; name another with --port, or leave it out"
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(_ACCEPT_S,), daemon=True)
    thread.start()
    try:
        yield server.access
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a viewer that does not go must not hold the end up
    allow_reuse_address = True

    def __init__(self, live: LivePage, port: int, local_port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.live = live
        self.access = Access(self.server_address[1], local_port)
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A viewer that has gone, or sends no HTTP, is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SLOW_S

    def setup(self) -> None:
        super().setup()
        # A timeout of a socket begins anew with every byte that comes.
        self._late = threading.Timer(self.timeout, self._read_no_more)
        self._late.daemon = True
        self._late.start()

    def parse_request(self) -> bool:
        is_request = super().parse_request()
        self._late.cancel()
        return is_request

    def finish(self) -> None:
        self._late.cancel()
        super().finish()

    def _read_no_more(self) -> None:
        with suppress(OSError):  # it has gone meanwhile
            self.connection.shutdown(socket.SHUT_RD)

    def do_GET(self) -> None:
        access, path = self.server.access, _path(self.path)
        refusal = access.refusal(self.headers)
        if refusal:
            self._answer(HTTPStatus.FORBIDDEN, refusal)
        elif path == "/" and access.brings_token(self.path):
            self._answer(HTTPStatus.SEE_OTHER, "", {"Location": "/", "Set-Cookie": access.cookie})
        elif not access.brings_session(self.headers):
            self._answer(
                HTTPStatus.FORBIDDEN, "open the address that objtui serve printed, with its token"
            )
        elif path == "/":
            self._answer(HTTPStatus.OK, self.server.live.html(), kind="text/html")
        elif path == "/events":
            self._send_events()
        else:
            self._answer(HTTPStatus.NOT_FOUND, "there is no such page")

    def _only_reading(self) -> None:
        refusal = self.server.access.refusal(self.headers)
        self._answer(
            HTTPStatus.FORBIDDEN if refusal else HTTPStatus.METHOD_NOT_ALLOWED,
            refusal or "this page can be read, and no more",
            {"Allow": "GET"},
        )

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _only_reading  # noqa: N815

    def _send_events(self) -> None:
        viewer = self.server.live.join(self._last_step())
        if viewer is None:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "too many viewers", {"Retry-After": "30"})
            return
        try:
            self._begin(HTTPStatus.OK, "text/event-stream", {})
            self.wfile.write(b"retry: 3000\n\n")
            while (event := viewer.take(KEEP_ALIVE_S)) is not None:
                self.wfile.write(event or b": still here\n\n")
        except OSError:  # it has gone, or takes nothing
            pass
        finally:
            viewer.drop()

    def _last_step(self) -> int:
        """The step up to which a viewer has the moments, as it says; -1 where it says none."""
        try:
            target = parse_qs(self.path.partition("?")[2], max_num_fields=4)
        except ValueError:  # of more fields than any viewer of ours says
            return -1
        said = [*target.get("after", []), *self.headers.get_all("Last-Event-ID", [])]
        return max((int(step) for step in said if _STEP.fullmatch(step)), default=-1)

    def _answer(
        self,
        status: HTTPStatus,
        words: str,
        headers: dict[str, str] | None = None,
        kind: str = "text/plain",
    ) -> None:
        body = words.encode()
        self._begin(status, kind, {"Content-Length": str(len(body)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _begin(self, status: HTTPStatus, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        for name, value in {**_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request, and repeat nothing of it."""
        self.request_version, self.close_connection = self.protocol_version, True
        status = HTTPStatus(code)
        self._answer(status, f"this request is not understood: {status.phrase}")

    def version_string(self) -> str:
        """Who answers, without versions."""
        return "objtui"

    def log_message(self, *_: object) -> None:
        """Nobody is told who reads."""


def _path(target: str) -> str:
    """The path that a request names; empty where it names none, or another host by its target."""
    try:
        return urlsplit(target).path if target.startswith("/") else ""
    except ValueError:
        return ""
