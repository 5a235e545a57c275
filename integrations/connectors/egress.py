"""The egress guard: decides which URLs may be called and pins every connection to addresses it has checked.

Order of the checks: the text of the URL, scheme, port, host; every address the name resolves to; and the
peer of the finished connection, before a byte is written to it (`client`). Whoever calls out does it
through `client.Outbound`.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from integrations.connectors.addresses import Network, is_loopback, why_forbidden
from integrations.errors import RefusedError

MAX_URL_CHARS = 8192
KEPT = 1024
DEFAULT_PORTS = (80, 443, 8080, 8443)
_BAD_TEXT = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_AUTHORITY = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]|[^\[\]:]+)(:[0-9]{0,5})?")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_CANONICAL_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)")
_NUMERIC_LABEL = re.compile(r"0x[0-9a-f]*|\d+")

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What the operator opened beside the public internet.

    allowed_networks: special-purpose networks that may be called after all. allowed_ports: ranges of ports.
    denied_ports: ports closed whatever else is open, such as those of our own PostgreSQL and Valkey.
    own_ports: closed on this machine only: who connects to our listeners from here is trusted by them.
    """

    allowed_networks: tuple[Network, ...] = ()
    allowed_ports: tuple[range, ...] = tuple(range(port, port + 1) for port in DEFAULT_PORTS)
    denied_ports: frozenset[int] = frozenset()
    own_ports: frozenset[int] = frozenset()

    def permits_port(self, port: int) -> bool:
        return port not in self.denied_ports and any(port in ports for ports in self.allowed_ports)


def read_ports(text: str) -> tuple[range, ...]:
    """Read ``"443, 8000-8999"``. Raises ValueError for anything else."""
    ranges = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        ports = range(int(first), int(last or first) + 1)
        if not ports or ports[0] < 1 or ports[-1] > 65535:
            raise ValueError(f"not a range of ports: {part}")
        ranges.append(ports)
    return tuple(ranges)


def development(denied_ports: Iterable[int] = ()) -> EgressPolicy:
    """Give the policy of a try-out on one machine: loopback and its unprivileged ports are open."""
    return EgressPolicy(
        allowed_networks=(IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        allowed_ports=read_ports("80, 443, 1024-65535"),
        denied_ports=frozenset(denied_ports),
    )


def only(url: str) -> EgressPolicy:
    """Open one address of the operator's and nothing else. Raises OSError where its name has no address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname or "", port, type=socket.SOCK_STREAM)
    networks = tuple(ip_network(str(entry[4][0])) for entry in found)
    return EgressPolicy(networks, (range(port, port + 1),))


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """Ask the operating system for the addresses of a name, in its order. Raises OSError if it has none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _refusal(code: str, message: str, hint: str = "") -> RefusedError:
    return RefusedError(f"egress.{code}", message, hint=hint)


def _check_authority(text: str) -> None:
    if "@" in text:
        raise _refusal("userinfo", "A user name or password must not stand in an address.")
    if not text or "%" in text:
        raise _refusal("host", "The host name in the address is not valid.")
    if not _HOST_AND_PORT.fullmatch(text):
        raise _refusal("url_form", "This is not a valid address.")


class Guard:
    """Checks URLs, addresses and peers against one policy."""

    def __init__(self, policy: EgressPolicy, lookup: Lookup = system_lookup) -> None:
        self.policy = policy
        self.resolver = CheckedResolver(self, lookup)
        self._urls: dict[str, URL] = {}
        self._passed: set[tuple[str, int]] = set()

    def check_url(self, text: str) -> URL:
        """Give the URL to call, parsed by the parser the client uses. Raises RefusedError ``egress.*``."""
        url = self._urls.get(text)
        if url is None:
            url = self._checked(text)
            if len(self._urls) >= KEPT:
                self._urls.clear()
            self._urls[text] = url
        return url

    def _checked(self, text: str) -> URL:
        if len(text) > MAX_URL_CHARS:
            raise _refusal("url_too_long", f"The address is longer than {MAX_URL_CHARS} characters.")
        if _BAD_TEXT.search(text):
            raise _refusal("url_characters", "The address holds a blank, a control character or a backslash.")
        match = _AUTHORITY.match(text)
        if match is None:
            raise _refusal("url_form", "This is not a full address of the form https://host/path.")
        if match[1].lower() not in {"http", "https"}:
            raise _refusal("scheme", "Only http and https can be called.")
        _check_authority(match[2])
        try:
            url = URL(text, encoded=text.isascii())
            host, port = url.raw_host, url.port
        except ValueError as error:
            raise _refusal("url_form", "This is not a valid address.") from error
        if url.raw_user is not None or url.raw_password is not None:
            raise _refusal("userinfo", "A user name or password must not stand in an address.")
        if port is None or not self.policy.permits_port(port):
            raise _refusal("port", "This port is closed for outgoing calls.", "Ask the operator to open it.")
        self._check_host((host or "").lower(), port)
        return url.with_fragment(None) if url.raw_fragment else url

    async def addresses(self, host: str, port: int) -> list[str]:
        """Give the addresses that a transport other than HTTP may dial, each one checked.

        The caller checks the peer once more (`check_address`) before it sends a byte. Raises RefusedError
        ``egress.*``; OSError where the name has no address.
        """
        if not self.policy.permits_port(port):
            raise _refusal("port", "This port is closed for outgoing calls.", "Ask the operator to open it.")
        self._check_host(host.lower(), port)
        found = await self.resolver.resolve(host, port, socket.AF_UNSPEC)
        return [result["host"] for result in found]

    def _check_host(self, host: str, port: int) -> None:
        if ":" in host or _CANONICAL_V4.fullmatch(host):
            self.check_address(host, port)
            return
        if len(host) > 253 or not _HOST.fullmatch(host):
            raise _refusal("host", "The host name in the address is not valid.")
        if _NUMERIC_LABEL.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise _refusal("host", "An address in numbers must be written in its usual form.")

    def check_address(self, address: str, port: int) -> None:
        """Let an address pass, or raise RefusedError."""
        if (address, port) in self._passed:
            return
        reason = why_forbidden(address, self.policy.allowed_networks)
        if reason is not None:
            raise _refusal(
                "address",
                f"This address is closed for outgoing calls ({reason}).",
                "Only addresses on the public internet can be called unless the operator opens a network.",
            )
        if port in self.policy.denied_ports or (port in self.policy.own_ports and is_loopback(address)):
            raise _refusal("port", "This port is closed for outgoing calls.")
        if len(self._passed) >= KEPT:
            self._passed.clear()
        self._passed.add((address, port))


class CheckedResolver(AbstractResolver):
    """Resolves names for the client; a name with one forbidden address among its addresses is refused."""

    def __init__(self, guard: Guard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host, port)
        for address in addresses:
            self._guard.check_address(address, port)
        results = [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
            if family in {socket.AF_UNSPEC, socket.AF_INET6 if ":" in address else socket.AF_INET}
        ]
        if not results:
            raise OSError(None, "no address for this name")
        return results

    @override
    async def close(self) -> None:
        """Nothing is held."""
