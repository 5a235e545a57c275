"""Plans and environments for the tests of mappings."""

from dataclasses import replace
from datetime import UTC, datetime

from integrations.errors import MappingError
from integrations.mapping import Explained, MapEnv, compile_plan, explain

LOOKUPS = {
    "carriers": {"DHLX": "DHL Express", "7": "seven"},
    "carriers@ACME": {"DHLX": "Parcel One"},
    "closed": {"2026-12-25": "Christmas"},
}
ENV = MapEnv(
    now=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    run_id="0198c0de-0000-7000-8000-000000000001",
    lookups=LOOKUPS,
)


class Counters:
    """Counters as an engine keeps them: the same key gets the same number again."""

    def __init__(self):
        self.given = {}
        self.last = {}

    def __call__(self, name, key):
        if (name, key) not in self.given:
            self.last[name] = self.given[name, key] = self.last.get(name, 0) + 1
        return self.given[name, key]


def single(op, **rule):
    """A plan of one rule that writes one operation to the key *it*."""
    return {"version": 1, "rules": [{"to": "it", "op": op, **rule}]}


def outcome(call):
    """The value, error code, error place and message of a mapping."""
    try:
        result = call()
    except MappingError as error:
        code = error.problems[0].code if error.problems else error.code
        return None, code, error.place, error.message
    if not isinstance(result, Explained):
        return result, "", "", ""
    if result.error:
        return None, result.error.code, result.error.place, result.error.message
    return result.value, "", "", ""


def both(plan, source, env=ENV):
    """The value, error code and error place of a plan, which must be the same in both engines."""
    compiled = outcome(lambda: compile_plan(plan)(source, replace(env, number=Counters())))
    explained = outcome(lambda: explain(plan, source, replace(env, number=Counters())))
    assert repr(compiled) == repr(explained)
    return compiled[:3]
