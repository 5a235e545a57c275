"""X-1 in small: values sent through the door are nowhere at rest in the clear, and a planted leak is found.

Searched: every table as text, PostgreSQL's data and WAL files, everything in Valkey, every log. Each value is
looked for raw, in base64 at three offsets, as hex, with URL and with JSON escapes.
"""

import base64
import http.client
import json
import random
import subprocess
import time
from urllib.parse import quote

import psycopg
import pytest
import redis

from bench import order
from bench.sink import Mode
from tests.chaos.stack import wait_until

SEED = 20261123
COUNT = 200


def canaries(dice: random.Random) -> dict[str, str]:
    """Make one unique value of each kind."""
    digits = "".join(dice.choices("0123456789", k=15))
    return {
        "card": f"4{digits}",
        "ssn": f"{digits[:3]}-{digits[3:5]}-{digits[5:9]}",
        "mrn": f"MRN-{digits[:10]}",
        "person": f"Jörg Testmann-{digits[:9]}",
        "note": f"diagnosis F32.{digits[:9]} / recurrent",
        "secret": f"sk_live_{dice.getrandbits(96):024x}",
    }


def spellings(text: str) -> set[str]:
    """Give the forms in which a leak would be seen."""
    raw = text.encode()
    found = {text, raw.hex(), raw.hex().upper(), quote(text, safe=""), json.dumps(text)[1:-1]}
    for offset in range(3):  # base64 without the characters that the neighbours change
        whole = base64.b64encode(b"\0" * offset + raw).decode()
        found.add(whole[(4 if offset else 0) : len(whole) - 4])
    return {one for one in found if len(one) >= 9}


def order_with(n: int, values: dict[str, str]) -> dict[str, object]:
    made = order.order(f"can{n:09d}", f"k{n}", 100_000_000 + n)
    made["email"] = f"{values['mrn']}@example.com"
    made["phone"] = values["ssn"]
    made["note"] = values["note"]
    made["tags"] = values["secret"]
    made["customer"] = {"first_name": values["person"], "last_name": values["card"]}
    if n % 10 == 7:
        made["total_price"] = values["card"] + "x"  # a rule fails on it
    return made


def send(site, n: int, values: dict[str, str]) -> int:
    body = json.dumps(order_with(n, values), ensure_ascii=n % 2 == 0)
    if n % 10 == 3:
        body = body[:-1]  # no JSON any more: refused, with a message
    host = site.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        headers = {**site.headers, "X-Note": values["secret"], "Idempotency-Key": values["mrn"]}
        path = site.hook.removeprefix(site.url) + f"?note={quote(values['ssn'])}"
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        assert not any(text in said for text in values.values())
        return answer.status
    finally:
        connection.close()


def gather(site, stack, folder) -> list[str]:
    """Write what tables and Valkey hold into files, and name all places to search."""
    with (
        psycopg.connect(stack.postgres.superuser("sevenm"), autocommit=True) as connection,
        (folder / "tables").open("w") as file,
    ):
        connection.execute("CHECKPOINT")
        tables = connection.execute(
            "SELECT oid::regclass::text FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t"):  # noqa: S608  names of tables
                file.write(f"{table}: {row}\n")
    with (
        redis.Redis(unix_socket_path=str(stack.valkey.instance.valkey_socket)) as client,
        (folder / "valkey").open("wb") as file,
    ):
        for key in client.scan_iter(count=1000):
            file.write(key + b" " + (client.dump(key) or b"") + b"\n")
    return [str(folder), str(stack.config.home), str(stack.postgres.data)]


def hits(needles, places) -> set[str]:
    """Name the needles that stand in any file of the places."""
    found = subprocess.run(  # noqa: S603  reads only
        ["/usr/bin/env", "grep", "-rhaoFf", "-", *places],
        input="\n".join(needles).encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert found.returncode in {0, 1, 2}, found.stderr
    return set(found.stdout.decode(errors="replace").split("\n")) - {""}


@pytest.mark.chaos
def test_no_value_is_at_rest_in_the_clear(site, stack):
    began, dice = time.monotonic(), random.Random(SEED)  # noqa: S311  not for secrets
    site.set_up()
    site.processes.start("web")
    site.processes.start("worker-1", "worker")
    values = [canaries(dice) for _ in range(COUNT)]
    refused = frozenset(f"can{n:09d}" for n in range(0, COUNT, 4))
    site.sink.mode(Mode(kind="status", status=422, ids=refused))
    statuses = [send(site, n, one) for n, one in enumerate(values)]
    assert set(statuses) == {202, 400}
    site.wait_settled(within_s=60)
    states = site.states()
    assert states["succeeded"] + states["dead"] == statuses.count(202)
    assert states["dead"] > 0
    needles = {spelling for one in values for text in one.values() for spelling in spellings(text)}
    assert hits(needles, gather(site, stack, site.folder)) == set()
    planted = canaries(dice)
    plant(site, stack, planted)
    found = hits({*needles, *planted.values()}, gather(site, stack, site.folder))
    assert found == {planted["note"], planted["secret"], planted["mrn"]}
    print(  # noqa: T201  what the run proved
        f"X-1: seed={SEED} N={COUNT}x6 needles={len(needles)} duration={time.monotonic() - began:.1f}s "
        f"hits=0 planted_found={len(found)} states={states}"
    )


def plant(site, stack, values: dict[str, str]) -> None:
    """Leak one value into a table, one into Valkey and one into a log."""
    with psycopg.connect(stack.postgres.superuser("sevenm"), autocommit=True) as connection:
        connection.execute("CREATE TABLE planted (note text)")
        connection.execute("INSERT INTO planted VALUES (%s)", (values["note"],))
    with redis.Redis(unix_socket_path=str(stack.valkey.instance.valkey_socket)) as client:
        client.set("planted", values["secret"], ex=60)
    with (site.folder / "web.log").open("a") as log:
        log.write(f"planted {values['mrn']}\n")
    wait_until(lambda: values["mrn"] in site.processes.log("web"), within_s=5, what="the planted line")


@pytest.fixture(autouse=True)
def _unplanted(stack):
    yield
    with psycopg.connect(stack.postgres.superuser("sevenm"), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS planted")
