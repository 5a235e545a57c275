"""API keys as text: ``7m_<env>_<id>_<secret><check>``. Pure; the pepper is an argument.

id: the row's UUID, 22 characters. secret: 256 random bits, 43 characters. check: CRC-32 of all before it, 6
characters, so that scanners and forms can tell a mistyped key without asking. All in base 62. The platform
keeps HMAC-SHA-256(pepper, id + secret).
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

from typing_extensions import override

from integrations.errors import AccessError

SECRET_BYTES = 32
LOOKUP_SQL = (
    "SELECT tenant_id, name, digest, pepper_version, scopes, expires_at, live FROM tenants_api_key_lookup(%s)"
)

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_KEY = re.compile(r"7m_([a-z]{1,12})_([0-9A-Za-z]{22})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


@dataclass(frozen=True, slots=True)
class Peppers:
    """Keys of the HMAC by version, which the vault derives; ``current`` is for new keys."""

    current: int
    by_version: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    env: str
    key_id: UUID
    secret: bytes

    @override
    def __str__(self) -> str:
        shown = _encode(self.secret, 43)
        return _with_check(f"7m_{self.env}_{_encode(self.key_id.bytes, 22)}_{shown}")

    @override
    def __repr__(self) -> str:
        return f"<API key {self.key_id}>"


def parse(text: str) -> ApiKeyText:
    """Read a key. Raises AccessError, of one and the same kind, for anything that is not one."""
    found = _KEY.fullmatch(text)
    if found is None or _with_check(text[:-6]) != text:
        raise _refused()
    key_id, secret = _decode(found[2], 16), _decode(found[3], SECRET_BYTES)
    if key_id is None or secret is None:
        raise _refused()
    return ApiKeyText(found[1], UUID(bytes=key_id), secret)


def digest(key: ApiKeyText, pepper: bytes) -> bytes:
    """Give what is stored of a key, 32 bytes."""
    return hmac.digest(pepper, key.key_id.bytes + key.secret, "sha256")


def matches(key: ApiKeyText, stored: bytes, pepper_version: int, peppers: Peppers) -> bool:
    """Compare in constant time; a pepper that is gone matches nothing."""
    pepper = peppers.by_version.get(pepper_version)
    return pepper is not None and hmac.compare_digest(digest(key, pepper), stored)


def _refused() -> AccessError:
    return AccessError("access.api_key", "The API key is not valid.")


def _with_check(body: str) -> str:
    return body + _encode(crc32(body.encode()).to_bytes(4, "big"), 6)


def _encode(raw: bytes, width: int) -> str:
    number = int.from_bytes(raw, "big")
    shown = []
    for _ in range(width):
        number, value = divmod(number, 62)
        shown.append(_DIGITS[value])
    return "".join(reversed(shown))


def _decode(text: str, size: int) -> bytes | None:
    number = 0
    for digit in text:
        number = number * 62 + _VALUES[digit]
    return number.to_bytes(size, "big") if number < 1 << 8 * size else None
