"""How often a key may call."""

import dataclasses

from integrations.api.rates import Limiter


def test_the_one_call_too_many_is_told_when_to_come_back(api, settings) -> None:
    settings.SEVENM = dataclasses.replace(settings.SEVENM, api_rate=1)
    assert [api("GET", "/me").status for _ in range(4)] == [200] * 4
    got = api("GET", "/me")
    assert got.refusal == (429, "request.throttled")
    assert int(got.headers["Retry-After"]) == 1


def test_each_key_has_its_own_rate(api, make_caller, settings) -> None:
    settings.SEVENM = dataclasses.replace(settings.SEVENM, api_rate=1)
    while api("GET", "/me").status == 200:
        pass
    assert make_caller(tenant=api.tenant)("GET", "/me").status == 200


def test_a_bucket_fills_up_again(stack) -> None:
    limiter = Limiter(stack.config.redis_url, per_s=1000, burst=2)
    waits = [limiter.wait_s("somebody") for _ in range(50)]
    assert 0.0 in waits
    assert all(wait <= 0.002 for wait in waits)


def test_without_redis_nobody_is_refused(tmp_path) -> None:
    limiter = Limiter(f"unix://{tmp_path}/none.sock", per_s=1, burst=1)
    assert [limiter.wait_s("somebody") for _ in range(3)] == [0.0] * 3
