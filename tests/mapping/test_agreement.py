"""Both engines mean the same: values, error codes and places, on generated plans and documents."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from integrations.mapping import MapEnv, check
from integrations.mapping.ops.registry import OPS
from integrations.mapping.ops.signature import EACH_FORMS, REQUIRED, Form
from integrations.mapping.values import Kind, kind_of
from tests.mapping.plans import both

FIELDS = {
    "text": (
        Kind.TEXT,
        st.sampled_from(["", "a", " B ", "12", "1.50", "yes", "2026-03-01", "ß" * 600, "x" * 1500]),
    ),
    "number": (
        Kind.NUMBER,
        st.sampled_from([0, 3, -2, 10**18 + 7, Decimal("10.10"), Decimal("-0.005"), Decimal("1E+20")]),
    ),
    "whole": (Kind.INTEGER, st.integers(-3, 9)),
    "flag": (Kind.BOOLEAN, st.booleans()),
    "when": (
        Kind.MOMENT,
        st.sampled_from([date(2026, 3, 1), datetime(2026, 3, 1, 7, tzinfo=UTC), datetime(2026, 3, 1)]),  # noqa: DTZ001
    ),
    "raw": (Kind.BYTES, st.sampled_from([b"", b"abc", b"\xff\x00"])),
    "none": (Kind.NULL, st.none()),
}
ODD = st.one_of(*(values for _, values in FIELDS.values()))


def objects(inner):
    fields = {
        key: st.integers(0, 9).flatmap(lambda n, v=v: v if n else ODD) for key, (_, v) in FIELDS.items()
    }
    return st.fixed_dictionaries({}, optional=fields | {"items": st.lists(inner, max_size=4)})


SOURCES = objects(objects(objects(ODD)))
LITERALS = [None, True, False, 0, 1, -2, 5, 0.1, "a", "12", "x", "YYYY-MM-DD", "2026-03-01"]
LISTS = [["lit", [3, 1, 2, 1]], ["lit", []], ["lit", ["a", None, "b"]], ["lit", [[1], [2]]]]
FIXED = {
    "pattern": st.sampled_from(["YYYY-MM-DD", "iso", "DD.MM.YY"]),
    "digits": st.integers(0, 3),
    "table": st.sampled_from(["carriers", "nothing"]),
    "group": st.just(0),
    "weekend": st.sampled_from(["67", "5", ""]),
    "choice": st.sampled_from(["items[text=a|12]", "[number=3]", "[items.whole=1,text=a]"]),
    "key": st.sampled_from(["text", "items", "whole"]),
    "other": st.sampled_from(["", "?"]),
    "more": st.sampled_from(["", "a"]),
    "expression": st.sampled_from(
        ["items.text", "$sum(items.whole)", "$string($)", "$random()", "whole + 1"]
    ),
}
KNOWN = {
    "zone": ["Europe/Berlin", "America/St_Johns"],
    "currency": ["EUR", "JPY", "XXX"],
    "unit": ["KGM", "LBR", "CEL", "EA"],
    "other unit": ["KGM", "ONZ", "FAH", "DZN"],
    "partner": ["ACME", ""],
    "counter": ["c", "d"],
    "charset": ["utf-8", "ascii"],
}
PATTERNS = {"regex_extract", "regex_replace", "matches"}
PLAIN = [op for op in OPS.values() if op.form not in EACH_FORMS and op.form is not Form.PATH]
EACH = [op for op in OPS.values() if op.form in EACH_FORMS]


def fits(kind, wanted):
    return bool(kind & wanted) and (wanted is Kind.ANY or kind is not Kind.ANY)


@st.composite
def operations(draw, depth=3, loops=(), lets=(), wanted=Kind.ANY):
    """An operation that can give the wanted kind; one in twenty gives any."""
    wanted = wanted if draw(st.integers(0, 19)) else Kind.ANY
    choice = draw(st.integers(0, 9))
    if depth == 0 or choice <= 2:
        return draw(paths(loops, lets, wanted))
    if choice == 3:
        return draw(st.sampled_from(literals(wanted) or [["get", "any"]]))
    fitting = [op for op in EACH if fits(op.result, wanted)]
    if choice == 4 and fitting:
        return draw(each(draw(st.sampled_from(fitting)), depth, loops, lets))
    op = draw(st.sampled_from([op for op in PLAIN if fits(op.result, wanted)] or PLAIN))
    least = sum(arg.default is REQUIRED for arg in op.args) + op.rest_min
    most = max(least, len(op.args) + (op.group * draw(st.integers(0, 2)) if op.rest else 0))
    return [op.key, *(draw(argument(op, n, depth, loops, lets)) for n in range(most))]


def literals(wanted):
    plain = [value for value in LITERALS if Kind.DECIMAL & wanted or type(value) is not float]
    return [value for value in plain if type(value) is float or kind_of(value) & wanted] + (
        LISTS if Kind.LIST & wanted else []
    )


@st.composite
def argument(draw, op, n, depth, *sight):
    arg = op.parameter(n)
    if arg.choices:
        return draw(st.sampled_from(arg.choices))
    if op.key in PATTERNS and arg.name == "pattern":
        return draw(st.sampled_from(["[0-9]+", "(a)|(b)", "^$"]))
    if arg.fixed:
        return draw(FIXED[arg.name])
    if arg.name in KNOWN and draw(st.integers(0, 3)):
        return draw(st.sampled_from(KNOWN[arg.name]))
    if op.key == "object":
        return draw(st.sampled_from(["k", "l"])) if n % 2 == 0 else draw(operations(depth - 1, *sight))
    return draw(operations(depth - 1, *sight, wanted=arg.kind))


@st.composite
def paths(draw, loops, lets, wanted):
    names = (
        [key for key, (kind, _) in FIELDS.items() if kind & wanted]
        + ["items"] * bool(Kind.LIST & wanted)
        + ["gone"]
    )
    keys = draw(st.lists(st.sampled_from(["items", 0, -1]), max_size=1 if draw(st.booleans()) else 0))
    starts = (
        [["get"]]
        + [["it"]] * bool(loops)
        + [["item", name] for name in loops]
        + [["let", name] for name in lets]
    )
    start = draw(st.sampled_from(starts))
    if loops and Kind.INTEGER & wanted and draw(st.integers(0, 4)) == 0:
        return ["position"]
    return [*start, *keys, draw(st.sampled_from(names))]


@st.composite
def each(draw, op, depth, loops, lets):
    name = f"n{len(loops)}"
    items = draw(operations(depth - 1, loops, lets, Kind.LIST))
    body = draw(operations(depth - 1, (*loops, name), lets, op.args[2].kind))
    if op.form is Form.INDEX:
        return [op.key, items, name, body, draw(operations(depth - 1, loops, lets))]
    return [op.key, items, name, body, *(["desc"] if op.key == "sort_by" and draw(st.booleans()) else [])]


@st.composite
def rules(draw, depth=2, loops=(), lets=()):
    targets = draw(
        st.lists(
            st.sampled_from(["t", "u", ["v", "w"], ["v", "x", "y"]]), min_size=1, max_size=3, unique_by=str
        )
    )
    if draw(st.integers(0, 5)) == 0:
        targets = [[]]
    return [draw(rule(target, depth, loops, lets)) for target in targets]


CASTS = [
    *[(None, Kind.ANY)] * 8,
    ("string", Kind.NUMBER),
    ("integer", Kind.INTEGER),
    ("decimal", Kind.NUMBER),
    ("decimal(2)", Kind.NUMBER),
    ("boolean", Kind.BOOLEAN),
    ("list", Kind.ANY),
]


@st.composite
def rule(draw, target, depth, loops, lets):
    made = {"to": target}
    if draw(st.integers(0, 3)) == 0:
        made["if"] = draw(operations(2, loops, lets, Kind.BOOLEAN))
    on_missing = draw(st.sampled_from([None, "skip", "null", "error", "default"]))
    if on_missing:
        made["onMissing"] = on_missing
    if on_missing == "default":
        made["default"] = draw(st.sampled_from([0, "", [], {"k": [1]}]))
    if depth and draw(st.booleans()):
        return made | draw(loop(depth, loops, lets))
    cast, kind = draw(st.sampled_from(CASTS))
    made["op"] = draw(operations(3, loops, lets, kind))
    return made | ({"as": cast} if cast else {})


@st.composite
def loop(draw, depth, loops, lets):
    name = f"l{len(loops)}"
    inside = (*loops, name)
    items = [
        ["get", "items"],
        ["get", "items"],
        ["it", "items"] if loops else ["get", "gone"],
        ["get", "text"],
    ]
    made = {"each": draw(st.sampled_from(items)), "name": name}
    outer = inside
    if draw(st.integers(0, 2)) == 0:
        made["join"] = [draw(join(items, inside, lets))]
        outer = (*inside, "j")
    if draw(st.booleans()):
        made["where"] = draw(operations(2, inside, lets, Kind.BOOLEAN))
    if draw(st.booleans()):
        made["sort"] = [
            {
                "by": draw(operations(1, outer, lets, Kind.NUMBER)),
                "order": draw(st.sampled_from(["asc", "desc"])),
            }
        ]
    if draw(st.integers(0, 3)) == 0:
        made["group"] = {
            "by": {"text": draw(operations(1, outer, lets)), "k": draw(operations(1, outer, lets))}
        }
        if draw(st.booleans()):
            made["group"]["where"] = draw(operations(1, inside, lets, Kind.BOOLEAN))
            made["group"]["sort"] = [{"by": draw(operations(1, inside, lets, Kind.NUMBER))}]
        outer = inside
    return made | {"rules": draw(rules(depth - 1, outer, lets))}


@st.composite
def join(draw, items, inside, lets):
    """Partners by name j, which outer loops may have as well: then the plan is not used."""
    return {
        "list": draw(st.sampled_from(items)) if len(inside) < 2 else ["get", "items"],
        "name": "j",
        "by": draw(st.sampled_from([["it", "text"], ["it", "number"], ["it"], ["it", "whole"]])),
        "on": draw(operations(1, inside, lets)),
        "take": draw(st.sampled_from(["first", "all"])),
    }


@st.composite
def plans(draw):
    let = draw(st.dictionaries(st.sampled_from(["p", "q"]), operations(2), max_size=2))
    return {"version": 1, "let": let, "rules": draw(rules(lets=tuple(let)))}


ENVS = st.builds(
    MapEnv,
    now=st.just(datetime(2026, 3, 1, tzinfo=UTC)),
    run_id=st.just("r"),
    lookups=st.just({"carriers": {"a": "A", "12": "A"}, "carriers@ACME": {"a": 12}}),
    partner=st.sampled_from(["", "ACME"]),
    max_steps=st.sampled_from([2_000_000, 12, 3]),
    max_output=st.sampled_from([10 << 20, 2_000, 60]),
)


@given(plan=plans(), source=SOURCES, env=ENVS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_compiled_and_explained_agree(plan, source, env):
    assume(not [problem for problem in check(plan) if problem.severity == "error"])
    both(plan, source, env)
