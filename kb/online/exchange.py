"""One request and its answer, over a connection to a network number that was checked before.

The name is not looked up again, so DNS cannot change between the check and the connection; the
certificate is still checked against the name. Time, header and body are limited where the bytes
come in, whatever their sender does. Proxies named in the environment are not used: they would
look up the name themselves.
"""

import io
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any

from kb.online.addresses import Address

MAX_HEADER_BYTES = 64 * 1024
_CHUNK = 64 * 1024
_NUMBERS_TRIED = 4
_SECONDS_TO_CONNECT = 10.0


class TooLarge(Exception):
    """More bytes than allowed; the message says of what."""


class _Wire(io.RawIOBase):
    """The incoming bytes of a connection, until `deadline` (by time.monotonic) or until
    `allowance` bytes have come. Without this, a byte a minute would never time out."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self.allowance = MAX_HEADER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.allowance <= 0:
            raise TooLarge("it sends more than is allowed")
        self._connection.settimeout(left(self._deadline))
        got = self._connection.recv_into(memoryview(buffer)[: self.allowance])
        self.allowance -= got
        return got

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """What HTTPResponse reads from."""
        return io.BufferedReader(self)


def left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("out of time")
    return seconds


@contextmanager
def opened(
    address: Address,
    numbers: Sequence[str],
    headers: dict[str, str],
    *,
    deadline: float,
    max_bytes: int,
    trust: ssl.SSLContext | None,
) -> Iterator[HTTPResponse]:
    """Ask for `address` at one of the checked `numbers`; the answer's header is read, its body is
    not. `headers` must be safe to send as they are. Raises OSError, HTTPException, TooLarge."""
    with closing(_connected(address, numbers, deadline, trust)) as connection:
        lines = [f"GET {address.target} HTTP/1.1", f"Host: {address.authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.settimeout(left(deadline))
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii"))
        wire = _Wire(connection, deadline)
        with closing(HTTPResponse(wire, method="GET")) as response:  # type: ignore[arg-type]
            try:
                response.begin()
            except TooLarge:
                raise TooLarge(f"its header is longer than {MAX_HEADER_BYTES:,} bytes") from None
            wire.allowance += max_bytes
            yield response


def _connected(
    address: Address, numbers: Sequence[str], deadline: float, trust: ssl.SSLContext | None
) -> socket.socket:
    last: OSError = OSError("no network number to connect to")
    for number in numbers[:_NUMBERS_TRIED]:
        seconds = min(left(deadline), _SECONDS_TO_CONNECT)
        try:
            plain = socket.create_connection((number, address.port), timeout=seconds)
        except OSError as error:
            last = error
            continue
        if address.scheme == "http":
            return plain
        try:
            plain.settimeout(left(deadline))
            return (trust or ssl.create_default_context()).wrap_socket(
                plain, server_hostname=address.host
            )
        except BaseException:
            plain.close()
            raise
    raise last


def body(response: HTTPResponse, max_bytes: int) -> bytes:
    """The whole body, unpacked, of at most `max_bytes`. Raises TooLarge, EOFError when it ends
    before it should, zlib.error, OSError, HTTPException."""
    if (response.length or 0) > max_bytes:
        raise TooLarge(f"it is larger than {max_bytes:,} bytes")
    pieces = iter(lambda: response.read(_CHUNK), b"")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        pieces = _unpacked(pieces)
    elif encoding != "identity":
        raise HTTPException(f"packed as '{encoding[:20]}', which was not asked for")
    content = io.BytesIO()
    try:
        for piece in pieces:
            if content.tell() + len(piece) > max_bytes:
                raise TooLarge
            content.write(piece)
    except TooLarge:
        raise TooLarge(f"it is larger than {max_bytes:,} bytes") from None
    if response.length:
        raise EOFError("it ended before all of it had come")
    return content.getvalue()


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Gzip unpacked a piece at a time, never much in memory whatever a few bytes stand for."""
    unpack = zlib.decompressobj(wbits=31)
    for piece in pieces:
        rest = piece
        while rest and not unpack.eof:
            yield unpack.decompress(rest, _CHUNK)
            rest = unpack.unconsumed_tail
    if not unpack.eof:
        raise EOFError("it ended before all of it had come")
