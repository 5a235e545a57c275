"""The one form of ciphertext at rest: values in, bytes out. Randomness is an argument.

    offset  bytes
    0       2   magic ``7M``
    2       1   version, 1
    3       1   algorithm, 1 = AES-256-GCM
    4       4   key version: which tenant key wraps the data key, big endian
    8       60  wrapped data key: nonce 12, key 32, tag 16
    68      12  nonce
    80      n   ciphertext
    80+n    16  tag

The place of a value (tenant, purpose, table, column, row id) is authenticated with it: an envelope that was
moved to another row opens nowhere. The data key's wrap is bound to the key version as well; the body is not,
so a rotation rewrites a header and never a body.
"""

from dataclasses import dataclass
from struct import Struct
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.errors import SevenMError

MAGIC = b"7M"
VERSION = 1
ALGORITHM = 1
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
HEADER_BYTES = 8 + WRAPPED_BYTES
OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES
RANDOM_BYTES = KEY_BYTES + 2 * NONCE_BYTES
START = MAGIC + bytes((VERSION, ALGORITHM))
MAX_KEY_VERSION = 2**32 - 1

_U32 = Struct(">I")
_BODY_AT = HEADER_BYTES + NONCE_BYTES


class UnreadableError(SevenMError):
    """Bytes that are no envelope of ours, or belong elsewhere, or whose key is gone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lives. A value opens only in the place it was sealed for."""

    tenant_id: UUID
    purpose: str
    table: str
    column: str
    row_id: UUID | str | bytes


def parts(*values: bytes) -> bytes:
    """Join values, each with its length (4 bytes) before it, so that no two lists give the same bytes."""
    return b"".join([_U32.pack(len(value)) + value for value in values])


def row_bytes(row_id: UUID | str | bytes) -> bytes:
    """Give the 16 bytes of a UUID, the UTF-8 of a text."""
    if isinstance(row_id, UUID):
        return row_id.bytes
    return row_id.encode() if isinstance(row_id, str) else row_id


def place_prefix(tenant_id: UUID, purpose: str, table: str, column: str) -> bytes:
    """Give the authenticated data of a column; with ``row_part`` behind it, of a value."""
    names = (purpose.encode(), table.encode(), column.encode())
    return parts(bytes((VERSION,)), bytes((ALGORITHM,)), tenant_id.bytes, *names)


def row_part(row_id: UUID | str | bytes) -> bytes:
    return parts(row_bytes(row_id))


def aad(place: Place) -> bytes:
    """Give what the body is bound to."""
    return place_prefix(place.tenant_id, place.purpose, place.table, place.column) + row_part(place.row_id)


def wrap_aad(body_aad: bytes, key_version: int) -> bytes:
    """Give what the wrapped data key is bound to: the same and the key version."""
    return body_aad + parts(_U32.pack(key_version))


def key_version_of(envelope: bytes) -> int:
    """Which tenant key an envelope needs. Raises UnreadableError unless it is an envelope of ours."""
    if len(envelope) < OVERHEAD_BYTES or envelope[:4] != START:
        raise _not_an_envelope()
    version: int = _U32.unpack_from(envelope, 4)[0]
    return version


def seal(tenant_key: AESGCM, key_version: int, body_aad: bytes, plaintext: bytes, *, random: bytes) -> bytes:
    """Encrypt under a new data key.

    random: RANDOM_BYTES never used before: data key 32, nonce of its wrap 12, nonce of the body 12.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"seal needs {RANDOM_BYTES} random bytes")
    version = _U32.pack(key_version)
    data_key, wrap_nonce, nonce = random[:32], random[32:44], random[44:]
    wrapped = tenant_key.encrypt(wrap_nonce, data_key, body_aad + b"\0\0\0\4" + version)
    return b"".join(
        (START, version, wrap_nonce, wrapped, nonce, AESGCM(data_key).encrypt(nonce, plaintext, body_aad))
    )


def open_(tenant_key: AESGCM, body_aad: bytes, envelope: bytes) -> bytes:
    """Decrypt. Raises UnreadableError where anything at all does not fit: form, key, place or any bit."""
    if len(envelope) < OVERHEAD_BYTES:
        raise _not_an_envelope()
    data_key = _data_key(tenant_key, body_aad, envelope)
    try:
        return AESGCM(data_key).decrypt(envelope[HEADER_BYTES:_BODY_AT], envelope[_BODY_AT:], body_aad)
    except InvalidTag as wrong:
        raise _altered() from wrong


def rewrap(
    old_key: AESGCM, new_key: AESGCM, new_version: int, body_aad: bytes, header: bytes, *, random: bytes
) -> bytes:
    """Give the header (the first HEADER_BYTES) of an envelope under another tenant key.

    random: NONCE_BYTES never used before.
    """
    if len(random) != NONCE_BYTES:
        raise ValueError(f"rewrap needs {NONCE_BYTES} random bytes")
    data_key = _data_key(old_key, body_aad, header)
    version = _U32.pack(new_version)
    wrapped = new_key.encrypt(random, data_key, wrap_aad(body_aad, new_version))
    return b"".join((START, version, random, wrapped))


def _data_key(tenant_key: AESGCM, body_aad: bytes, envelope: bytes) -> bytes:
    if len(envelope) < HEADER_BYTES or envelope[:4] != START:
        raise _not_an_envelope()
    bound_to = body_aad + b"\0\0\0\4" + envelope[4:8]
    try:
        return tenant_key.decrypt(envelope[8:20], envelope[20:HEADER_BYTES], bound_to)
    except InvalidTag as wrong:
        raise _altered() from wrong


def _not_an_envelope() -> UnreadableError:
    return UnreadableError("vault.not_an_envelope", "The stored value is not in the form that 7M writes.")


def _altered() -> UnreadableError:
    return UnreadableError(
        "vault.altered",
        "The stored value was altered, or belongs to another place.",
        hint="Restore it from a backup, or enter it again.",
    )
