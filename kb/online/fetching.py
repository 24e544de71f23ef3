"""Asking the web, safely and politely.

A Session follows at most five redirects, checks every address on the way anew, asks a host no more
than once a second, does as a Retry-After says, and keeps no cookies.
"""

import contextlib
import re
import socket
import ssl
import time
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from urllib.parse import urljoin

from kb.errors import ConfigError
from kb.online import NotFound, OnlineError, addresses, exchange
from kb.online.addresses import Address, Objection, Resolver
from kb.version import __version__

MAX_REDIRECTS = 5
_ATTEMPTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = {429, 500, 502, 503, 504}
_CONTACT = re.compile(r"[^\s@()<>\"',;]+@[^\s@()<>\"',;]+|https?://[^\s@()<>\"',;]+")
# arXiv's terms of use ask for three seconds between requests.
_SLOWER = {"export.arxiv.org": 3.0}
UNTOLD = "application/octet-stream"
"""The content type where the server names none."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How the web is asked.

    `contact`: an e-mail or web address at which services can reach who asks, "" for none;
    `seconds`: the time for one answer, redirects and body included; `interval`: seconds between
    two requests to one host; `patience`: the longest wait, in seconds, that a server may ask for;
    `max_bytes`: the largest body, unpacked. `resolve` finds the network numbers of a host and
    `objection` says what speaks against one; `trust` are the certificates believed in, None for
    the system's own (SSL_CERT_FILE names others).
    """

    contact: str = ""
    seconds: float = 60.0
    interval: float = 1.0
    patience: float = 60.0
    max_bytes: int = 100_000_000
    resolve: Resolver = addresses.resolve
    objection: Objection = addresses.objection
    trust: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and where it came from in the end. `content_type` is in small letters without
    parameters; `charset` what the server says of its letters, "" if nothing."""

    address: str
    content_type: str
    charset: str
    body: bytes


class Session:
    """Asks with one policy and remembers when each host may be asked again. For one thread.
    Raises ConfigError when the contact is neither an e-mail nor a web address."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._ready: dict[str, float] = {}
        self._agent = f"evidence-kb/{__version__}"
        if contact := self._policy.contact:
            if not (contact.isascii() and _CONTACT.fullmatch(contact)):
                raise ConfigError(
                    f"kb.toml: online.contact is '{contact}'; give an e-mail address, or a web "
                    "address that begins with https://"
                )
            self._agent += f" ({'+' if '://' in contact else 'mailto:'}{contact})"

    def get(self, url: str, accept: Collection[str], max_bytes: int | None = None) -> Answer:
        """The answer of a web address if it is of one of the content types `accept`.

        A busy server (HTTP 429, 5xx) is asked up to three times. Raises NotFound, or OnlineError
        saying what was wrong. Bound: 3 × (`seconds` + `patience`) and the resolver's own time.
        """
        start = addresses.parse(url)
        limit = min(max_bytes or self._policy.max_bytes, self._policy.max_bytes)
        for attempt in range(_ATTEMPTS):
            answer = self._followed(start, accept, limit, self._policy.interval * 2**attempt)
            if isinstance(answer, Answer):
                return answer
        raise OnlineError(f"{start}: busy or out of order (HTTP {answer}); try again later")

    def _followed(
        self, start: Address, accept: Collection[str], limit: int, pause: float
    ) -> Answer | int:
        """The answer at the end of all redirects, or the status of a server that is busy."""
        deadline = time.monotonic() + self._policy.seconds
        address = start
        for _ in range(MAX_REDIRECTS + 1):
            deadline += self._wait_for_turn(address)
            with self._opened(address, accept, deadline, limit) as response:
                if response.status in _BUSY:
                    wait = _retry_after(response.headers.get("Retry-After", ""))
                    wait = pause if wait is None else max(wait, self._policy.interval)
                    self._ready[address.host] = time.monotonic() + wait
                    return response.status
                if response.status not in _REDIRECTS:
                    return _answer(address, response, accept, limit)
                location = response.headers.get("Location", "")
            # Headers arrive as Latin-1; addresses in them are mostly UTF-8 if they are not ASCII.
            with contextlib.suppress(UnicodeError):
                location = location.encode("latin-1").decode("utf-8")
            address = _next(address, location)
        raise OnlineError(f"{start}: more than {MAX_REDIRECTS} redirects; open it in a browser")

    def _wait_for_turn(self, address: Address) -> float:
        """Seconds waited until the host may be asked; its next turn is noted."""
        host = address.host
        wait = max(0.0, self._ready.get(host, 0.0) - time.monotonic())
        if wait > self._policy.patience:
            raise OnlineError(
                f"{host}: too many requests; it asks to wait {wait:.0f} seconds, try again then"
            )
        time.sleep(wait)
        self._ready[host] = time.monotonic() + _SLOWER.get(host, 1.0) * self._policy.interval
        return wait

    @contextlib.contextmanager
    def _opened(
        self, address: Address, accept: Collection[str], deadline: float, limit: int
    ) -> Iterator[HTTPResponse]:
        """One request to one checked address; whatever goes wrong is an OnlineError."""
        headers = {
            "User-Agent": self._agent,
            "Accept": ", ".join(accept),
            "Accept-Encoding": "gzip",
        }
        try:
            numbers = self._policy.resolve(address.host, address.port)
            for number in numbers:
                if complaint := self._policy.objection(number, address.port):
                    raise OnlineError(f"{address}: not asked: {complaint}")
            with exchange.opened(
                address,
                numbers,
                headers,
                deadline=deadline,
                max_bytes=limit,
                trust=self._policy.trust,
            ) as response:
                yield response
        except (exchange.TooLarge, EOFError, HTTPException, OSError, ValueError, zlib.error) as e:
            raise OnlineError(f"{address}: {_reason(e, self._policy.seconds)}") from None


def _next(address: Address, location: str) -> Address:
    if not location:
        raise OnlineError(f"{address}: redirects to nowhere; open it in a browser")
    try:
        return addresses.parse(urljoin(str(address), location))
    except ValueError:
        raise OnlineError(f"{address}: redirects to something that is no address") from None
    except OnlineError as error:
        raise OnlineError(f"{address}: redirects to {error}") from None


def _answer(
    address: Address, response: HTTPResponse, accept: Collection[str], limit: int
) -> Answer:
    if response.status in (404, 410):
        raise NotFound(f"{address}: there is nothing at this address (HTTP {response.status})")
    if response.status in (401, 402, 403, 451):
        raise OnlineError(
            f"{address}: not given to everyone (HTTP {response.status}); if you may read it, save "
            "it in a browser and add the file"
        )
    if response.status != 200:
        raise OnlineError(f"{address}: answers HTTP {response.status}; open it in a browser")
    told = "Content-Type" in response.headers
    content_type = response.headers.get_content_type() if told else UNTOLD
    if content_type not in accept:
        raise OnlineError(
            f"{address}: sends {content_type[:60]!a}, not {' or '.join(accept)}; open it in a "
            "browser"
        )
    charset = response.headers.get_content_charset("") if told else ""
    if not re.fullmatch(r"[\w.:-]{1,40}", charset):
        charset = ""
    return Answer(str(address), content_type, charset, exchange.body(response, limit))


def _reason(error: Exception, seconds: float) -> str:
    match error:
        case TimeoutError():
            return f"no whole answer within {seconds:.0f} seconds; try again later"
        case socket.gaierror():
            return "no such host, or no connection to the internet; check both"
        case ssl.SSLCertVerificationError():
            return (
                f"its certificate cannot be trusted ({error.verify_message}); if others can be, it "
                "is not safe; if none can, name your certificates in SSL_CERT_FILE"
            )
        case exchange.TooLarge() | EOFError():
            return f"{error}; open it in a browser"
        case OSError():
            return f"cannot be reached ({error.strerror or error}); try again later"
    said = ascii(str(error))[:100]  # it may quote what came, and goes to a terminal
    return f"not a proper answer ({type(error).__name__}: {said}); try again later"


def _retry_after(value: str) -> float | None:
    """Seconds from now, None where the header is missing or senseless (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"\s*\d{1,9}\s*", value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
