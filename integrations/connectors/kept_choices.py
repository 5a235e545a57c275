"""The values that a service listed for a field: sealed, for ten minutes, in Valkey, which may forget them."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

import msgspec
import redis
from django.conf import settings

from integrations.connectors.choices import Choice
from integrations.errors import UnavailableError
from integrations.vault import services as vault
from integrations.vault.envelope import UnreadableError
from integrations.vault.purposes import Purpose

KEPT_S: Final = 600
FAILED_S: Final = 30
ASKED_S: Final = 60
PLACE: Final = ("connectors_connection", "choices")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which field of which connection's operation."""

    tenant_id: UUID
    connection_id: UUID
    operation: str
    field: str

    @property
    def row(self) -> str:
        return f"{self.connection_id}:{self.operation}:{self.field}"

    @property
    def key(self) -> str:
        return f"sevenm:choices:{self.tenant_id}:{self.row}"


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What came. message: in words where nothing did. at: when, in seconds since 1970."""

    items: list[Choice] = []
    message: str = ""
    at: float = msgspec.field(default_factory=time.time)


@lru_cache(maxsize=1)
def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_connect_timeout=1.0, socket_timeout=2.0)


def _valkey() -> "redis.Redis":
    return _client(settings.SEVENM.redis_url)


def keep(asked: Asked, loaded: Loaded) -> None:
    """Keep what came, a failure for half a minute only. Raises UnavailableError where Valkey is away."""
    sealed = vault.seal(asked.tenant_id, Purpose.DATA, *PLACE, asked.row, msgspec.json.encode(loaded))
    store(asked, sealed, FAILED_S if loaded.message else KEPT_S)


def store(asked: Asked, sealed: bytes, for_s: int = KEPT_S) -> None:
    """Put what is sealed where it is kept."""
    try:
        _valkey().set(asked.key, sealed, ex=for_s)
        _valkey().delete(f"{asked.key}:asked")
    except redis.RedisError as error:
        raise UnavailableError("choices.store", "The list cannot be kept at the moment.") from error


def stored(asked: Asked) -> bytes | None:
    """Give what is kept as it lies there, sealed."""
    try:
        found = _valkey().get(asked.key)
    except redis.RedisError as error:
        raise UnavailableError("choices.store", "The list cannot be read at the moment.") from error
    return found if isinstance(found, bytes) else None


def kept(asked: Asked) -> Loaded | None:
    """Give what is kept, None where nothing is."""
    sealed = stored(asked)
    if sealed is None:
        return None
    try:
        text = vault.open_(asked.tenant_id, Purpose.DATA, *PLACE, asked.row, sealed)
    except UnreadableError:  # of a key that is no more: loaded anew
        return None
    return msgspec.json.decode(text, type=Loaded)


def begin(asked: Asked) -> bool:
    """Note that they are asked for; False where they were within the last minute and have not come."""
    try:
        return bool(_valkey().set(f"{asked.key}:asked", b"1", nx=True, ex=ASKED_S))
    except redis.RedisError as error:
        raise UnavailableError("choices.store", "The list cannot be asked for at the moment.") from error


def forget(asked: Asked) -> None:
    """Drop what is kept, so that it is loaded anew."""
    try:
        _valkey().delete(asked.key, f"{asked.key}:asked")
    except redis.RedisError as error:
        raise UnavailableError("choices.store", "The list cannot be asked for at the moment.") from error
