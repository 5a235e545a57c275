"""Which addresses may not be called: our own table of special-purpose ranges, and IPv4 inside IPv6.

Sources: the IANA special-purpose address registries for IPv4 and IPv6, RFC 4291, 4380, 5214, 6052, 7915.
`is_global` of the standard library is not used: it changed between Python releases and knows nothing of
embedded addresses.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud host service"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "multicast relay"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
FORBIDDEN_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("100:0:0:1::/64", "dummy"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
TEREDO = IPv6Network("2001::/32")
SIX_TO_FOUR = IPv6Network("2002::/16")
_LOW_32 = 0xFFFFFFFF
_ISATAP = {0x00005EFE, 0x02005EFE}


def embedded_ipv4(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Every IPv4 address a host on the way could take out: mapped, NAT64, 6to4, Teredo, ISATAP."""
    number = int(address)
    found: list[int] = []
    if address.ipv4_mapped is not None or number >> 32 in {0, 0xFFFF0000} or address in NAT64:
        found.append(number & _LOW_32)
    if address in SIX_TO_FOUR:
        found.append(number >> 80 & _LOW_32)
    if address in TEREDO:
        found += [number >> 64 & _LOW_32, ~number & _LOW_32]
    if number >> 32 & _LOW_32 in _ISATAP:
        found.append(number & _LOW_32)
    return tuple(IPv4Address(value) for value in found)


def why_forbidden(text: str, allowed: tuple[Network, ...] = ()) -> str | None:
    """Say why this address may not be called; None where it may.

    text: an address as the operating system writes it. allowed: networks that the operator opened on purpose.
    An address inside IPv6 counts as itself: ``::ffff:127.0.0.1`` is loopback, opened or closed with
    127.0.0.0/8.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return "not an address"
    if isinstance(address, IPv4Address):
        return _why_v4(address, allowed)
    if address.scope_id is not None:
        return "scoped"
    if address.ipv4_mapped is not None:
        return _why_v4(address.ipv4_mapped, allowed)
    if any(address in network for network in allowed if isinstance(network, IPv6Network)):
        return None
    for inner in embedded_ipv4(address):
        if reason := _why_v4(inner, ()):
            return f"{reason}, inside IPv6"
    for network, reason in FORBIDDEN_V6:
        if address in network:
            return reason
    return None if address in GLOBAL_UNICAST or address in NAT64 else "not assigned"


def _why_v4(address: IPv4Address, allowed: tuple[Network, ...]) -> str | None:
    if any(address in network for network in allowed if isinstance(network, IPv4Network)):
        return None
    return next((reason for network, reason in FORBIDDEN_V4 if address in network), None)


def is_loopback(text: str) -> bool:
    """Tell whether an address, as the operating system writes it, is this machine; mapped ones too."""
    address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def read_networks(text: str) -> tuple[Network, ...]:
    """Read ``"127.0.0.0/8, ::1/128"``. Raises ValueError for anything that is not a network."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
