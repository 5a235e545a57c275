"""The hot statements use the indexes that their comments name, on tables of a realistic size."""

import json
from uuid import UUID

import psycopg
import pytest

from integrations.engine.database import statements

ID = UUID(int=0)
"""Stands for a run of the filled tables."""
HOT = [
    ("work", "claim", {"ids": [ID], "lease": 1, "lease_s": 10.0}, "engine_run_pkey"),
    ("work", "claim", {"ids": [ID], "lease": 1, "lease_s": 10.0}, "engine_document_pkey"),
    ("work", "read_ledger", {"ids": [ID]}, "engine_attempt_pkey"),
    ("work", "find_ready", {"grace_s": 1.0, "limit": 500}, "engine_run_due"),
    ("work", "find_next_in_order", {"keys": [7]}, "engine_run_order"),
    ("work", "find_lost", {"limit": 500}, "engine_run_due"),
    ("work", "wake_due", {"limit": 500}, "engine_run_due"),
    ("work", "renew_leases", {"ids": [ID], "lease": 1, "lease_s": 10.0}, "engine_run_pkey"),
    ("breakers", "parked_for_nobody", {}, "engine_run_parked"),
    ("breakers", "release_parked", {"destination": ID, "limit": 400}, "engine_run_parked"),
    ("breakers", "redrive_unavailable", {"tenant": ID, "destination": ID, "limit": 10}, "engine_run_failed"),
    ("upkeep", "find_expired", {"limit": 500}, "engine_run_failed"),
    ("intake", "read_keys", {"keys": [b"k"]}, "engine_idempotency_pkey"),
    ("intake", "read_outcomes", {"ids": [ID]}, "engine_run_pkey"),
]
FILL = """
INSERT INTO engine_run (id, tenant_id, flow_id, version_id, state, lane, mode, origin, due_at, accepted_at,
                        finished_at, lease_id, waits_for, ordering_key, expires_at, error_destination,
                        dead_reason)
SELECT (substr(engine_id_at(now())::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, gen_random_uuid(),
       gen_random_uuid(), gen_random_uuid(), state, 2, 2, 1, now() - n * interval '1 ms', now(),
       CASE WHEN state >= 5 THEN now() END, 1, CASE WHEN state = 3 THEN gen_random_uuid() END,
       CASE WHEN n % 50 = 0 THEN n END, now() + interval '1 h', gen_random_uuid(), 'unavailable'
FROM (SELECT n, CASE WHEN n % 100 < 5 THEN n % 100 + 1 WHEN n % 100 < 7 THEN 6 ELSE 5 END AS state
      FROM generate_series(1, 20000) n) AS made;
INSERT INTO engine_document (run_id, kind, tenant_id, body) SELECT id, 1, tenant_id, 'x' FROM engine_run;
INSERT INTO engine_attempt (run_id, ordinal, tenant_id, flow_id, started_at, number, outcome, step)
  SELECT id, 1, tenant_id, flow_id, now(), 1, 1, 'send' FROM engine_run;
INSERT INTO engine_idempotency (key, tenant_id, run_id, body)
  SELECT id::text::bytea, tenant_id, id, 'x' FROM engine_run;
INSERT INTO engine_batch (id, tenant_id, flow_id, version_id, state)
  SELECT id, tenant_id, flow_id, version_id, 'split' FROM engine_run;
ANALYZE;
"""


@pytest.fixture(scope="module")
def filled(stack, django_db_setup):
    with stack.fresh_database() as name:
        with psycopg.connect(stack.postgres.superuser(name), autocommit=True) as connection:
            connection.execute(FILL)
        with psycopg.connect(stack.database("engine", name).conninfo) as connection:
            connection.execute("SET plan_cache_mode = 'force_generic_plan'")
            connection.execute("SELECT set_config('sevenm.tenants', '{}', false)")
            yield connection


def indexes(connection, plan):
    """Name the indexes of a plan as their partitioned parents are named."""
    found = set()

    def visit(node):
        if name := node.get("Index Name"):
            found.add(name)
        for child in node.get("Plans", ()):
            visit(child)

    visit(plan["Plan"])
    parents = dict(
        connection.execute(
            "SELECT c.relname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "JOIN pg_class p ON p.oid = i.inhparent WHERE c.relkind = 'i'"
        ).fetchall()
    )
    return {parents.get(name, name) for name in found}


@pytest.mark.parametrize(
    ("file", "name", "params", "index"), HOT, ids=[f"{hot[1]} by {hot[3]}" for hot in HOT]
)
def test_a_hot_statement_uses_its_index(filled, file, name, params, index):
    ((run,),) = filled.execute("SELECT id FROM engine_run LIMIT 1").fetchall()
    given = {key: run if value == ID else [run] if value == [ID] else value for key, value in params.items()}
    query = "EXPLAIN (FORMAT JSON) " + statements(file)[name]
    ((found,),) = filled.execute(query, given, prepare=True).fetchall()
    (plan,) = found if isinstance(found, list) else json.loads(found)
    assert index in indexes(filled, plan), json.dumps(plan, indent=1)[:3000]
    full = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 1000"
    filled_tables = {table for (table,) in filled.execute(full)}
    scanned = {node["Relation Name"] for node in _nodes(plan["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert not scanned & filled_tables


def _nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
