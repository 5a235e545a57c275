"""Plans and environments for the tests of mappings."""

from datetime import UTC, datetime

from integrations.errors import MappingError
from integrations.mapping import Explained, MapEnv, compile_plan, explain

ENV = MapEnv(
    now=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    run_id="0198c0de-0000-7000-8000-000000000001",
    lookups={"carriers": {"DHLX": "DHL Express", "7": "seven"}},
)


def single(op, **rule):
    """A plan of one rule that writes one operation to the key *it*."""
    return {"version": 1, "rules": [{"to": "it", "op": op, **rule}]}


def outcome(call):
    """The value, error code and error place of a mapping."""
    try:
        result = call()
    except MappingError as error:
        code = error.problems[0].code if error.problems else error.code
        return None, code, error.place
    if not isinstance(result, Explained):
        return result, "", ""
    if result.error:
        return None, result.error.code, result.error.place
    return result.value, "", ""


def both(plan, source, env=ENV):
    """The outcome of a plan, which must be the same in both engines."""
    compiled = outcome(lambda: compile_plan(plan)(source, env))
    explained = outcome(lambda: explain(plan, source, env))
    assert repr(compiled) == repr(explained)
    return compiled
