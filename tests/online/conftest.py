"""A small web of its own: every name is this machine, every answer is written in the test."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kb.online import addresses
from kb.online.fetching import Policy, Session
from kb.online.services import Service
from kb.records import Described

Handler = Callable[[BaseHTTPRequestHandler], None]

ASKED = Described(
    title="Reminders in general practice: a randomised trial",
    authors=("Ann Smith", "Jan van der Berg"),
    year="2020",
    doi="10.5555/reminders.2020",
)
"""An article that nobody wrote; 10.5555 is Crossref's prefix for tests."""


@dataclass
class Web:
    """A server on 127.0.0.1. `answers` by path without query; `asked` are the requests that came,
    path and query; `headers` those of the last."""

    server: ThreadingHTTPServer
    answers: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def session(self, **changes: Any) -> Session:
        return Session(replace(self.policy, **changes))

    def service(self, service: Service) -> Service:
        """The same service, at home here."""
        name = service.name.lower().replace(" ", "")
        return replace(service, base=self.url(f"/{name}", host=f"{name}.test"))


def says(
    body: bytes | str | Any,
    content_type: str | None = "application/json",
    status: int = 200,
    **headers: str,
) -> Handler:
    """Answer with bytes, text, or anything else as JSON; `Retry_After="1"` is a header."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()

    def handler(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if content_type:
            request.send_header("Content-Type", content_type)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handler


def redirects(location: str, status: int = 302) -> Handler:
    return says(b"", "text/plain", status, Location=location)


def raw(content: bytes) -> Handler:
    """Answer with these bytes and nothing of HTTP's."""

    def handler(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(content)

    return handler


def packed(body: bytes, content_type: str = "application/json") -> Handler:
    return says(gzip.compress(body), content_type, Content_Encoding="gzip")


def in_turn(*handlers: Handler) -> Handler:
    """One after another; the last stays."""
    left = list(handlers)

    def handler(request: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(request)

    return handler


@pytest.fixture
def web() -> Iterator[Web]:
    class Requests(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.headers = dict(self.headers)
            try:
                found.answers.get(self.path.partition("?")[0], says("no", status=404))(self)
            except OSError:
                self.close_connection = True  # who asked has heard enough

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    found = Web(server)

    def objection(number: str, port: int) -> str:
        here = (number, port) == ("127.0.0.1", found.port)
        return "" if here else addresses.objection(number, port)

    def resolve(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",) if host.endswith(".test") else addresses.resolve(host, port)

    found.policy = Policy(interval=0, seconds=5, resolve=resolve, objection=objection)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()
