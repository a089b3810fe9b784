"""Who may read a served page: whoever was given its address, from this machine's browser alone.

A page elsewhere can send a browser here, under a name of its own (DNS rebinding) or with a form.
So a request must name this very host and port, come from no other origin, and bring the token of
the address once, and then the cookie that it was given for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from email.message import Message
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

LOOPBACK = "127.0.0.1"

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Access:
    """The secrets of a server at a port, and what they open.

    Attributes:
        port: of this machine.
        local_port: of the machine of the browser, where a tunnel gives the page another one there;
            0 where it has the same.
        token: in the address that is told to the user.
        session: in the cookie that its first use gives.
    """

    port: int
    local_port: int = 0
    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES))

    @property
    def address(self) -> str:
        """What is to be opened in a browser."""
        return f"http://{LOOPBACK}:{self.local_port or self.port}/?token={self.token}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may call this server: loopback names at ports that were agreed upon.

        A name of another site that leads here (DNS rebinding) is none of them.
        """
        ports = [self.port, *([self.local_port] if self.local_port else [])]
        return tuple(f"{name}:{port}" for port in ports for name in (LOOPBACK, "localhost"))

    @property
    def cookie(self) -> str:
        """What gives a browser the session; no script can read it, and no other site send it."""
        return f"{self._cookie_name}={self.session}; Path=/; HttpOnly; SameSite=Strict"

    def refusal(self, headers: Message) -> str:
        """Why nothing is answered, by the headers alone; empty where something may be."""
        hosts, origins = headers.get_all("Host", []), headers.get_all("Origin", [])
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return (
                f"this page is at {' or '.join(self.hosts)}, and the browser asked for another "
                f"name or port; give a tunnel the same port at both ends, "
                f"ssh -L {self.port}:{LOOPBACK}:{self.port}, or say its other end to "
                "objtui serve --local-port"
            )
        if origins not in ([], [f"http://{hosts[0]}"]):
            return "the request comes from another site"
        return ""

    def brings_token(self, target: str) -> bool:
        """Whether the target of a request is that of the address."""
        try:
            given = parse_qs(urlsplit(target).query, max_num_fields=4).get("token", [])
        except ValueError:
            return False
        return len(given) == 1 and _equal(given[0], self.token)

    def brings_session(self, headers: Message) -> bool:
        """Whether a request has the cookie."""
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load("; ".join(headers.get_all("Cookie", [])))
        except CookieError:
            return False
        morsel = cookies.get(self._cookie_name)
        return morsel is not None and _equal(morsel.value, self.session)

    @property
    def _cookie_name(self) -> str:
        return f"objtui-{self.port}"  # a browser keeps cookies by host, whatever the port


def _equal(given: str, secret: str) -> bool:
    return secrets.compare_digest(given.encode(errors="replace"), secret.encode())
