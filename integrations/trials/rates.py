"""How often a person may try: a count for each minute in Redis, shared by all web processes.

Redis may forget at any moment; then somebody may try more often for a while, and no more than that.
"""

import logging
import time
from functools import lru_cache
from typing import Final

import redis
from django.conf import settings

from integrations.errors import ConflictError
from integrations.tenants.access import Actor

log = logging.getLogger(__name__)

PER_MINUTE: Final = 60


@lru_cache(maxsize=4)
def _client(url: str) -> "redis.Redis":
    return redis.Redis.from_url(url, socket_connect_timeout=1.0, socket_timeout=1.0, health_check_interval=30)


def take_turn(by: Actor, *, most: int = PER_MINUTE) -> None:
    """Count one trial of this person. Raises ConflictError ``trial.rate``."""
    minute = int(time.time() // 60)
    key = f"sevenm:trials:{by.tenant_id}:{by.id}:{minute}"
    try:
        with _client(settings.SEVENM.redis_url).pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, 120)
            count, _ = pipe.execute()
    except redis.RedisError:
        log.warning("trials.rates_unknown")
        return
    if count > most:
        raise ConflictError(
            "trial.rate",
            f"At most {most} trials a minute are possible.",
            hint="Wait a minute, then try again.",
        )
