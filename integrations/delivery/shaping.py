"""How fast and how wide a destination is called: token buckets and shares of its concurrency."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """per_s: tokens gained a second. burst: tokens held at most, at least 1."""

    per_s: float
    burst: float = 1.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """tokens held at `at_s`; may be negative: that many are promised to callers who wait."""

    tokens: float
    at_s: float


def full(rate: Rate, now_s: float) -> Bucket:
    """Give a bucket that nothing was taken from yet."""
    return Bucket(rate.burst, now_s)


def reserve(bucket: Bucket, rate: Rate, now_s: float, amount: float = 1.0) -> tuple[Bucket, float]:
    """Take `amount` now or promise it: the next bucket and the seconds to wait before acting.

    First come, first served: a later caller waits longer. A clock that went backwards adds nothing.
    """
    tokens = _level(bucket, rate, now_s) - amount
    wait_s = -tokens / rate.per_s if tokens < 0 else 0.0
    return Bucket(tokens, max(now_s, bucket.at_s)), wait_s


def take(bucket: Bucket, rate: Rate, now_s: float, amount: int = 1) -> tuple[Bucket, int]:
    """Take up to `amount` whole tokens without waiting: the next bucket and how many were taken."""
    tokens = _level(bucket, rate, now_s)
    taken = max(0, min(amount, int(tokens)))
    return Bucket(tokens - taken, max(now_s, bucket.at_s)), taken


def give_back(bucket: Bucket, rate: Rate, amount: float) -> Bucket:
    """Return tokens that were taken and not used."""
    return Bucket(min(rate.burst, bucket.tokens + amount), bucket.at_s)


@dataclass(frozen=True, slots=True)
class Demand:
    """One side's calls under way and calls that want to start."""

    in_flight: int
    waiting: int


def share(limit: int, live: Demand, replay: Demand) -> tuple[int, int]:
    """Give the new calls that (live, replay) may start now under `limit` calls at once.

    Both sides hold half while both want it (live gets the odd one); what one side leaves, the other may
    use. Calls under way are never taken back, so the sum never exceeds the limit by a new call.
    """
    free = limit - live.in_flight - replay.in_flight
    if free <= 0:
        return 0, 0
    replay_half = limit // 2
    live_start = min(live.waiting, free, max(0, limit - replay_half - live.in_flight))
    replay_start = min(replay.waiting, free - live_start, max(0, replay_half - replay.in_flight))
    free -= live_start + replay_start
    more = min(free, live.waiting - live_start)
    return live_start + more, replay_start + min(free - more, replay.waiting - replay_start)


def _level(bucket: Bucket, rate: Rate, now_s: float) -> float:
    gained = max(0.0, now_s - bucket.at_s) * rate.per_s
    return min(rate.burst, bucket.tokens + gained)
