"""Both engines mean the same: values, error codes and places, on generated plans and documents."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from integrations.mapping import MapEnv, check
from integrations.mapping.ops.registry import OPS
from integrations.mapping.ops.signature import EACH_FORMS, REQUIRED, Form
from integrations.mapping.values import Kind
from tests.mapping.plans import both

FIELDS = ["a", "b", "items", "a.b", ""]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**18 + 7, 10**30, Decimal("10.10"), Decimal("-0.005"), Decimal("1E+20"), Decimal(0)]),
    st.sampled_from(["", "a", " B ", "12", "1.50", "yes", "2026-03-01", "ß" * 600, "x" * 1500]),
    st.sampled_from([date(2026, 3, 1), datetime(2026, 3, 1, 7, tzinfo=UTC), datetime(2026, 3, 1), b"\xff\x00"]),  # noqa: DTZ001
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
SOURCES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5)
LITERALS = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -2, 5, 0.1, "a", "12", "x", "YYYY-MM-DD", "2026-03-01"]),
    st.sampled_from([["lit", [3, 1, 2]], ["lit", {"a": 1}], ["lit", []], ["lit", ["a", None, "b"]]]),
)
FIXED = {
    "pattern": st.sampled_from(["YYYY-MM-DD", "iso", "DD.MM.YY"]),
    "digits": st.integers(0, 3),
    "table": st.sampled_from(["carriers", "nothing"]),
    "group": st.just(0),
}
PLAIN = [op for op in OPS.values() if op.form not in EACH_FORMS and op.form is not Form.PATH]
EACH = [op for op in OPS.values() if op.form in EACH_FORMS]


@st.composite
def operations(draw, depth=3, loops=(), lets=()):
    choice = draw(st.integers(0, 9))
    if depth == 0 or choice <= 2:
        return draw(paths(loops, lets))
    if choice == 3:
        return draw(LITERALS)
    if choice == 4:
        return draw(each(depth, loops, lets))
    op = draw(st.sampled_from(PLAIN))
    least = sum(arg.default is REQUIRED for arg in op.args) + op.rest_min
    most = max(least, len(op.args) + (op.group * draw(st.integers(0, 2)) if op.rest else 0))
    args = [draw(argument(op, n, depth, loops, lets)) for n in range(most)]
    return [op.key, *args]


@st.composite
def argument(draw, op, n, depth, loops, lets):
    arg = op.parameter(n)
    if arg.choices:
        return draw(st.sampled_from(arg.choices))
    if op.key == "regex_extract" and arg.name == "pattern":
        return draw(st.sampled_from(["[0-9]+", "(a)|(b)", "^$"]))
    if arg.fixed:
        return draw(FIXED[arg.name])
    if arg.kind is Kind.LIST and draw(st.booleans()):
        return draw(st.sampled_from([["get", "items"], ["to_list", ["get", "a"]], ["lit", [2, 1, 2]]]))
    return draw(operations(depth - 1, loops, lets))


@st.composite
def paths(draw, loops, lets):
    keys = draw(st.lists(st.sampled_from([*FIELDS, 0, -1]), max_size=2))
    starts = [["get"]] + [["it"]] * bool(loops) + [["item", name] for name in loops] + [["let", name] for name in lets]
    start = draw(st.sampled_from(starts))
    return ["position"] if loops and draw(st.integers(0, 9)) == 0 else [*start, *keys]


@st.composite
def each(draw, depth, loops, lets):
    op = draw(st.sampled_from(EACH))
    name = f"n{len(loops)}"
    items = draw(st.sampled_from([["get", "items"], ["to_list", ["get", "a"]], ["lit", [{"a": 2}, {"a": 1}, {}]]]))
    body = draw(operations(depth - 1, (*loops, name), lets))
    return [op.key, items, name, body, *(["desc"] if op.key == "sort_by" and draw(st.booleans()) else [])]


@st.composite
def rules(draw, depth=2, loops=(), lets=()):
    targets = draw(st.lists(st.sampled_from(["t", "u", ["v", "w"], ["v", "x", "y"]]), min_size=1, max_size=3, unique_by=str))
    if draw(st.integers(0, 5)) == 0:
        targets = [[]]
    return [draw(rule(target, depth, loops, lets)) for target in targets]


@st.composite
def rule(draw, target, depth, loops, lets):
    made = {"to": target}
    if draw(st.integers(0, 3)) == 0:
        made["if"] = draw(operations(2, loops, lets))
    on_missing = draw(st.sampled_from([None, "skip", "null", "error", "default"]))
    if on_missing:
        made["onMissing"] = on_missing
    if on_missing == "default":
        made["default"] = draw(st.sampled_from([0, "", [], {"k": [1]}]))
    if depth and draw(st.booleans()):
        return made | draw(loop(depth, loops, lets))
    made["op"] = draw(operations(3, loops, lets))
    if draw(st.integers(0, 2)) == 0:
        made["as"] = draw(st.sampled_from(["string", "integer", "decimal", "decimal(2)", "boolean", "list"]))
    return made


@st.composite
def loop(draw, depth, loops, lets):
    name = f"l{len(loops)}"
    inside = (*loops, name)
    made = {"each": draw(st.sampled_from([["get", "items"], ["to_list", ["get", "a"]], ["get", "a"]])), "name": name}
    if draw(st.booleans()):
        made["where"] = draw(operations(2, inside, lets))
    if draw(st.booleans()):
        made["sort"] = [{"by": draw(operations(1, inside, lets)), "order": draw(st.sampled_from(["asc", "desc"]))}]
    return made | {"rules": draw(rules(depth - 1, inside, lets))}


@st.composite
def plans(draw):
    let = draw(st.dictionaries(st.sampled_from(["p", "q"]), operations(2), max_size=2))
    return {"version": 1, "let": let, "rules": draw(rules(lets=tuple(let)))}


ENVS = st.builds(
    MapEnv,
    now=st.just(datetime(2026, 3, 1, tzinfo=UTC)),
    run_id=st.just("r"),
    lookups=st.just({"carriers": {"a": "A"}}),
    max_steps=st.sampled_from([2_000_000, 12, 3]),
    max_output=st.sampled_from([10 << 20, 2_000, 60]),
)


@given(plan=plans(), source=SOURCES, env=ENVS)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@example({"version": 1, "rules": [{"to": "t", "op": ["upper", ["get", "a"]]}]}, {"a": "ß" * 600}, ENVS.example() if False else MapEnv(datetime(2026, 3, 1, tzinfo=UTC), "r"))
def test_compiled_and_explained_agree(plan, source, env):
    assume(not [problem for problem in check(plan) if problem.severity == "error"])
    both(plan, source, env)
