"""What the mapper sends once and then names: samples and schemas, in the memory of this process only.

A key is the hash of what was sent; only the tenant that sent it finds it. What is not here any more
is refused with `mapper.forgotten`, and the script sends it again.
"""

from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import Any, Final
from uuid import UUID

from integrations.errors import InputError
from integrations.flows.exact_json import json_bytes

MOST_BYTES: Final = 64 << 20
MOST: Final = 200
_kept: OrderedDict[tuple[UUID, str], tuple[int, Any]] = OrderedDict()
_lock: Final = Lock()


def keep(tenant_id: UUID, value: object, told: bytes | None = None) -> str:
    """Remember a value and give its key. told: what it was read from, where that is at hand."""
    text = json_bytes(value) if told is None else told
    key = sha256(text).hexdigest()
    with _lock:
        _kept[tenant_id, key] = len(text), value
        _kept.move_to_end((tenant_id, key))
        while len(_kept) > 1 and (len(_kept) > MOST or sum(size for size, _ in _kept.values()) > MOST_BYTES):
            _kept.popitem(last=False)
    return key


def find(tenant_id: UUID, key: str) -> Any:  # noqa: ANN401  what was kept
    """Give what is kept under a key. Raises InputError ``mapper.forgotten``."""
    with _lock:
        found = _kept.get((tenant_id, key))
        if found is not None:
            _kept.move_to_end((tenant_id, key))
    if found is None:
        raise InputError("mapper.forgotten", "This is not remembered any more.", hint="Send it again.")
    return found[1]
