"""How often one API key may call: a bucket per key in Redis, shared by all web processes.

Redis may forget at any moment (SECURITY section 7). Then a key may call more often for a while, and no more
than that.
"""

import logging
from functools import lru_cache
from typing import Any, Final

import redis

log = logging.getLogger(__name__)

# Generic cell rate algorithm: one number per key, the moment at which its bucket is full again.
SCRIPT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local each = 1000000 / tonumber(ARGV[1])
local full = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now) + each
local wait = full - each * tonumber(ARGV[2]) - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%d', full), 'PX', math.ceil((full - now) / 1000) + 1000)
return 0
"""


class Limiter:
    """Lets `per_s` calls a second pass for each caller, and `burst` at once."""

    def __init__(self, redis_url: str, *, per_s: int, burst: int) -> None:
        self.per_s, self.burst = per_s, burst
        client = redis.Redis.from_url(
            redis_url, socket_connect_timeout=1.0, socket_timeout=1.0, health_check_interval=30
        )
        self._take: Any = client.register_script(SCRIPT)

    def wait_s(self, caller: str) -> float:
        """Take one call; give 0, or the seconds until the caller may call again."""
        try:
            wait_us = int(self._take(keys=[f"sevenm:api:{caller}"], args=[self.per_s, self.burst]))
        except redis.RedisError:
            log.warning("api.rates_unknown")
            return 0.0
        return wait_us / 1_000_000


@lru_cache(maxsize=4)
def limiter(redis_url: str, per_s: int, burst: int) -> Limiter:
    """Give this process's limiter."""
    return Limiter(redis_url, per_s=per_s, burst=burst)
