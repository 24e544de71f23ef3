"""Which web addresses may be asked, and to which numbers on the network they may lead.

An address is refused before anything is sent if it is not plain http or https, or carries a user
name. What a host's name stands for is looked up once, and every number it has must be public: one
private number among public ones is how a page reaches into the network that it is read from.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

from kb.online import OnlineError

Resolver = Callable[[str, int], tuple[str, ...]]
Objection = Callable[[str, int], str]

PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_LONGEST = 4000
# RFC 6890's global unicast; the rest of IPv6 is either special or not given out.
_GLOBAL = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address stands in the last 32 bits
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))  # Teredo, 6to4: lead elsewhere


@dataclass(frozen=True, slots=True)
class Address:
    """A web address taken apart. `host` is ASCII, small letters; `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(text: str) -> Address:
    """Take an address apart. Raises OnlineError for any that must not be asked."""
    text = text.strip(" ")
    shown = _shown(text)
    broken = OnlineError(f"{shown}: not a web address; copy it again from the browser")
    if _FORBIDDEN.search(text) or len(text) > _LONGEST:
        raise broken
    try:
        parts = urlsplit(text)
        scheme, port, host = parts.scheme.lower(), parts.port, parts.hostname or ""
        target = quote(parts.path or "/", safe="/%:;=@&+$,!~*'()")
        if parts.query:
            target += "?" + quote(parts.query, safe="/%:;=@&+$,!~*'()?[]")
    except ValueError:
        raise broken from None
    if scheme not in PORTS:
        raise OnlineError(f"{shown}: only addresses that begin with http:// or https:// are asked")
    if "@" in parts.netloc:
        raise OnlineError(f"{shown}: not asked with a user name; leave out what is before the @")
    name = _ascii(host)
    if not name:
        raise OnlineError(f"{shown}: no host can have that name; check the address")
    return Address(scheme, name, port or PORTS[scheme], target)


def _shown(text: str) -> str:
    """An address as it may be repeated: it can come from a redirect and goes to a terminal, and
    what stands before an @ may be a password."""
    plain = text[:200].encode("ascii", "backslashreplace").decode()
    return _FORBIDDEN.sub("?", re.sub(r"//.*@", "//...@", plain))


def _ascii(host: str) -> str:
    """The host as DNS knows it, so that look-alike letters and dots are seen for what they are;
    "" for what cannot be one."""
    try:
        if ":" in host:
            return "" if "%" in host else str(IPv6Address(host))
        name = host.encode("idna").decode().lower().removesuffix(".")
    except ValueError:
        return ""
    return name if len(name) <= 253 and _HOST.fullmatch(name) else ""


def resolve(host: str, port: int) -> tuple[str, ...]:
    """The network numbers of a host, by the system's own resolver, which has its own time limit.
    Raises OSError (socket.gaierror) when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def objection(number: str, port: int) -> str:
    """What speaks against connecting to a network number and port; "" for nothing."""
    against = []
    if port not in PORTS.values():
        against.append(f"port {port} is not one that web servers use (80 or 443)")
    if not is_public(number):
        against.append(f"it leads to {number}, which is not on the public internet")
    return ", and ".join(against)


def is_public(number: str) -> bool:
    """Whether a number is anyone's on the public internet, and not of this machine, this network
    or set aside. IPv4 in IPv6 clothes (mapped, NAT64) is judged as IPv4."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(number)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.scope_id:
            return False
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _GLOBAL or any(ip in tunnel for tunnel in _TUNNELS):
            return False
    return ip.is_global and not (
        ip.is_private
        or ip.is_loopback
        or ip.is_link_local
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
    )
