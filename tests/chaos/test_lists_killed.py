"""Lists that many runs fill, while their worker is killed again and again: nothing is lost or doubled."""

import random
from collections import Counter

import pytest

from bench import processes
from tests.chaos.stack import hold, wait_until

SEED = 20261123
KILLS = 3
FLOW = """
name: {name}
steps:
  - key: order
    kind: webhook_trigger
    next: lot
  - key: lot
    kind: aggregate
    config: {{value: [get, order, body], count: 7, within: 2, unit: seconds}}
    next: {{full: each}}
  - key: each
    kind: for_each
    config: {{items: [get, lot, items]}}
    next: {{each: send}}
  - key: send
    kind: http
    config:
      url: {sink}/orders
      value: [get, each, item]
      mode: idempotent
      idempotency_header: Idempotency-Key
"""


@pytest.mark.chaos
def test_no_value_of_a_list_is_lost_or_doubled_when_the_worker_is_killed(site):
    dice = random.Random(SEED)  # noqa: S311  not for secrets
    site.publish(FLOW.format(name=site.name, sink=site.sink.url))
    site.processes.start("web")
    site.processes.start("worker-1", "worker")
    body = '{"order_id": "{{id}}"}'
    spec = site.spec(mode="open", rate=60, seconds=8, connections=64, body=body)
    with processes.LoadProcess(spec) as load:
        for _ in range(KILLS):
            hold(dice.uniform(0.2, 0.9))
            site.processes.kill("worker-1")
            site.processes.restart("worker-1")
        load.result(60)
    sent = {one.id for one in site.sent() if one.outcome == "ok"}

    def arrived() -> Counter[str]:
        """Count the lists that a value came out of: a call in flight is made again, under its old key."""
        return Counter(order for order, _ in {(record.id, record.key) for record in site.sink.records()})

    wait_until(lambda: set(arrived()) >= sent, within_s=60, what="every value to come out of a list")
    site.wait_settled(within_s=30)
    assert len(sent) > 100
    assert arrived() == dict.fromkeys(arrived(), 1)
