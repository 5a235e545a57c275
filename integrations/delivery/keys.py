"""Stable keys: the same in every retry, crash recovery and replay of the same work."""

from hashlib import blake2b
from uuid import UUID

KEY_PERSON = b"7m-idempotency"
ORDER_PERSON = b"7m-ordering"


def idempotency_key(run_id: UUID, step_key: str, iteration: tuple[int, ...] = ()) -> str:
    """Give the key that a destination sees for one call: a version 8 UUID (RFC 9562), 36 characters.

    iteration: index within each for-each around the step, outermost first. Parts cannot run into each
    other: the id has a fixed length, and a step key holds no NUL.
    """
    name = f"{step_key}\0{','.join(map(str, iteration))}" if iteration else step_key
    raw = blake2b(run_id.bytes + name.encode(), digest_size=16, person=KEY_PERSON).hexdigest()
    variant = "89ab"[int(raw[16], 16) & 3]
    return f"{raw[:8]}-{raw[8:12]}-8{raw[13:16]}-{variant}{raw[17:20]}-{raw[20:]}"


def ordering_key(secret: bytes, flow_id: UUID, value: str) -> int:
    """Give a signed 64-bit number for the runs that must keep their order, never 0 (0 is "no order").

    secret: 16 to 64 bytes of the tenant, so that the stored number tells nothing about the value. Two
    values that fall on one number only wait for each other.
    """
    raw = blake2b(flow_id.bytes + value.encode(), digest_size=8, key=secret, person=ORDER_PERSON).digest()
    return int.from_bytes(raw, "big", signed=True) or 1
