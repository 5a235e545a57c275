"""Following the operations of a plan through the source schema, noting what they read and what cannot be."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from integrations.errors import Problem
from integrations.mapping.check import infer
from integrations.mapping.fit.facts import UNKNOWN, Fact, either, of_field, of_value
from integrations.mapping.fit.results import result
from integrations.mapping.ops.signature import CONVERSIONS, Arg
from integrations.mapping.plan import Call, Each, Expr, Fixed, Literal, Loop, Origin, Path, Plan, SortKey
from integrations.mapping.values import Kind, Value, words_for
from integrations.schema.model import Path as SchemaPath
from integrations.schema.model import Schema

Tables = Mapping[str, Mapping[str, Value]]


class Follower:
    """Gives what is known of every operation; problems and the fields read gather on the way.

    whole: paths that were used with all that is in them; touched: paths that were walked through or looped.
    """

    def __init__(self, plan: Plan, source: Schema, tables: Tables) -> None:
        self.source = source
        self.tables = tables
        self.problems: list[Problem] = []
        self.whole: set[SchemaPath] = set()
        self.touched: set[SchemaPath] = set()
        self._items: dict[int, Fact] = {}
        self._root = Fact(Kind.OBJECT, source.root, ((),))
        self._lets: list[Fact] = []
        for let in plan.lets:
            self._lets.append(self.fact(let.op))

    def problem(self, code: str, message: str, place: str, hint: str = "", *, warn: bool = False) -> None:
        """Note a problem."""
        self.problems.append(Problem(f"mapping.{code}", message, place, hint, "warning" if warn else "error"))

    def use(self, fact: Fact) -> Fact:
        """Note that a value is used as it stands, with all that is in it."""
        self.whole.update(fact.paths)
        return fact

    def value(self, expr: Expr) -> Fact:
        """Follow an operation whose value is used."""
        return self.use(self.fact(expr))

    def fact(self, expr: Expr) -> Fact:
        """Follow an operation, whose value may be walked into."""
        match expr:
            case Literal(value=value):
                return of_value(value)
            case Path():
                return self._path(expr)
            case Call(op=op, args=args):
                if op.key in _TABLES:
                    return self._lookup(expr)
                return self._call(expr, [self.fact(arg) for arg in args])
            case Each():
                return self._each(expr)
            case Fixed():
                return UNKNOWN
            case _:
                return Fact(Kind.INTEGER)

    # Loops

    def enter(self, loop: Loop) -> Fact:
        """Follow what a loop runs over; its items, partners and groups are known from then on."""
        items = self._looped(loop.each, loop.index, "each")
        for join in loop.joins:
            other = self._looped(join.each, join.index, "join")
            self.value(join.by)
            self.value(join.on)
            partner = self._items[join.index]
            if join.takes_all:
                self._items[join.index] = Fact(Kind.LIST, item=partner, may_lack=other.may_lack)
            else:
                self._items[join.index] = replace(partner, may_lack=True)
        if loop.where is not None:
            self.value(loop.where)
        self._sorted(loop.sort)
        if loop.group is not None:
            keys = {name: self.value(key) for name, key in loop.group.by}
            members = {
                "key": Fact(Kind.OBJECT, members=keys),
                "items": Fact(Kind.LIST, item=self._items[loop.index]),
            }
            self._items[loop.index] = Fact(Kind.OBJECT, members=members)
            if loop.group.where is not None:
                self.value(loop.group.where)
            self._sorted(loop.group.sort)
        return items

    def _sorted(self, keys: tuple[SortKey, ...]) -> None:
        for key in keys:
            self.value(key.by)

    def _looped(self, each: Expr, index: int, user: str) -> Fact:
        found = self.fact(each)
        self.touched.update(found.paths)
        if found.kinds and not found.kinds & Kind.LIST and infer(each) & Kind.LIST:
            self.problem(
                "single_as_list",
                f"{user} runs over a list, but {name_of(found)} is {words_for(found.kinds)}.",
                each.place,
                "Use to_list for a single item.",
            )
        self._items[index] = found.item or UNKNOWN
        return found

    def _each(self, expr: Each) -> Fact:
        items = self._looped(expr.items, expr.index, expr.op.key)
        body = self.fact(expr.body)
        if expr.op.key != "map":
            self.use(body)
        self._arg(expr.op.args[2], expr.body, body, expr.op.key)
        for extra in expr.extra:
            if not isinstance(extra, Fixed):
                self.value(extra)
        return result(expr.op, (items, body), (expr.items, expr.body))

    # Operations

    def _call(self, expr: Call, args: list[Fact]) -> Fact:
        passes = expr.op.key in _PASSING
        for index, (arg, fact) in enumerate(zip(expr.args, args, strict=True)):
            if not passes or (expr.op.key == "if" and index == 0):
                self.use(fact)
            self._arg(expr.op.parameter(index), arg, fact, expr.op.key)
        if expr.op.key in {"eq", "ne"}:
            self._compared(expr, args)
        return result(expr.op, args, expr.args)

    def _arg(self, parameter: Arg, arg: Expr, fact: Fact, user: str) -> None:
        """Report kinds that cannot work, but for those that the plan alone shows (``check`` does)."""
        wanted = parameter.kind
        if isinstance(arg, Fixed) or not fact.kinds or fact.kinds & wanted:
            return
        if not infer(arg) & (wanted | Kind.NULL):
            return
        conversion = CONVERSIONS.get(wanted, "")
        self.problem(
            "type_clash",
            f"{user} needs {words_for(wanted)} as “{parameter.name}”, but {name_of(fact)} is "
            f"{words_for(fact.kinds)}.",
            arg.place,
            f"Convert it first, for example with {conversion}." if conversion else "",
        )

    def _compared(self, expr: Call, args: list[Fact]) -> None:
        left, right = args
        for one, other in ((left, right), (right, left)):
            if one.is_fixed and one.values and other.values is not None and not one.values & other.values:
                text = f"{name_of(other)} is never “{min(one.values)[:40]}”: its code list has no such entry."
                self.problem("never_equal", text, expr.place, warn=True)
                return
        is_fixed = left.is_fixed and right.is_fixed
        if left.kinds and right.kinds and not _wide(left.kinds) & _wide(right.kinds) and not is_fixed:
            text = f"{words_for(left.kinds)} is never equal to {words_for(right.kinds)}."
            self.problem(
                "never_equal", text[:1].upper() + text[1:], expr.place, "Convert one of them.", warn=True
            )

    def _lookup(self, expr: Call) -> Fact:
        """Report codes that a closed list may bring and no table of this name, also of a partner, knows."""
        key = self.value(expr.args[1])
        self._arg(expr.op.parameter(1), expr.args[1], key, expr.op.key)
        further = [arg.prepared if isinstance(arg, Fixed) else self.value(arg) for arg in expr.args[2:]]
        name = expr.args[0].prepared if isinstance(expr.args[0], Fixed) else None
        tables = [
            table for known, table in self.tables.items() if known == name or known.startswith(f"{name}@")
        ]
        if not tables:
            return Fact(expr.op.result, may_lack=True)
        keeps = "keep" in further
        known_keys = frozenset[str]().union(*tables)
        lacking = sorted(key.values - known_keys) if key.values is not None else []
        if lacking and not keeps:
            self.problem(
                "code_unmapped",
                f"The table “{name}” has no entry for {codes_in_words(lacking)} of {name_of(key)}.",
                expr.place,
                "Add the entries, or choose what to write when there is none.",
                warn=True,
            )
        entries = [of_value(value) for table in tables for value in table.values()]
        found = either([*entries, key] if keeps else entries)
        lacks = key.may_lack or (expr.op.key == "lookup" and (key.values is None or bool(lacking)))
        return replace(found, may_lack=lacks or "missing" in further, is_fixed=False)

    # Paths

    def _path(self, expr: Path) -> Fact:
        if expr.origin is Origin.SOURCE:
            found = self._root
        elif expr.origin is Origin.LET:
            found = self._lets[expr.index]
        else:
            found = self._items.get(expr.index, UNKNOWN)
        for key in expr.keys:
            found = self._member(found, key, expr.place)
            self.touched.update(found.paths)
        return found

    def _member(self, fact: Fact, key: str | int, place: str) -> Fact:
        if isinstance(key, int):
            return self._at(fact, key, place)
        if fact.members is not None:
            inner = fact.members.get(key)
            if inner is None:
                self._unknown(fact, key, list(fact.members), place, is_open=False)
            return inner or UNKNOWN
        if fact.kinds is Kind.LIST:
            self.problem(
                "list_as_single",
                f"{name_of(fact)} is a list: “{key[:60]}” is a field of its items.",
                place,
                "Loop over the list, take one item of it (first, find), or use map.",
            )
            return UNKNOWN
        declared = fact.declared
        if declared is None or fact.kinds is not Kind.OBJECT:
            self._no_object(fact, key, place)
            self.use(fact)
            return UNKNOWN
        fields = self.source.resolve(declared)
        found = next((inner for inner in fields if inner.name == key), None)
        if found is None:
            if fields or not declared.is_open:
                self._unknown(fact, key, [inner.name for inner in fields], place, is_open=declared.is_open)
            self.use(fact)
            return UNKNOWN
        path = (*fact.paths[0], key) if len(fact.paths) == 1 else (key,)
        return of_field(found, path, may_lack=fact.may_lack)

    def members(self, fact: Fact) -> Mapping[str, Fact]:
        """Give what is known of the keys of an object of the source."""
        declared = fact.declared
        path = fact.paths[0] if len(fact.paths) == 1 else ()
        fields = self.source.resolve(declared) if declared is not None else ()
        return {one.name: of_field(one, (*path, one.name), may_lack=fact.may_lack) for one in fields}

    def _at(self, fact: Fact, key: int, place: str) -> Fact:
        if fact.kinds & Kind.LIST:
            return replace(fact.item, may_lack=True) if fact.item else UNKNOWN
        self.problem(
            "single_as_list",
            f"{name_of(fact)} is {words_for(fact.kinds)}, not a list: it has no item {key}.",
            place,
        )
        return UNKNOWN

    def _no_object(self, fact: Fact, key: str, place: str) -> None:
        if fact.kinds and not fact.kinds & Kind.OBJECT:
            self.problem(
                "unknown_source",
                f"{name_of(fact)} is {words_for(fact.kinds)}: it has no field “{key[:60]}”.",
                place,
            )

    def _unknown(self, fact: Fact, key: str, known: list[str], place: str, *, is_open: bool) -> None:
        self.problem(
            "unknown_source",
            f"{name_of(fact)} has no field “{key[:60]}”.",
            place,
            closest(key, known),
            warn=is_open,
        )


_TABLES = frozenset({"lookup", "cross_reference"})
_PASSING = frozenset(
    {
        "coalesce",
        "if_empty",
        "if",
        "switch",
        "filter",
        "reverse",
        "take",
        "distinct",
        "first",
        "last",
        "to_list",
    }
    | {"list", "object"}
)
"""Operations that give their arguments on as they are: what is read of them shows later."""


def _wide(kinds: Kind) -> Kind:
    """Take whole and decimal numbers for one kind, and dates with and without time."""
    for group in (Kind.NUMBER, Kind.MOMENT):
        if kinds & group:
            kinds |= group
    return kinds


def name_of(fact: Fact) -> str:
    """Name the field of the source that a value is, for a message."""
    if len(fact.paths) == 1:
        return f"“{' / '.join(fact.paths[0])[:200]}”" if fact.paths[0] else "the source"
    return "the value"


def codes_in_words(codes: list[str]) -> str:
    """Name codes of a schema, which are no payload, the first few."""
    shown = ", ".join(f"“{code[:40]}”" for code in codes[:8])
    return shown + (f" and {len(codes) - 8} more" if len(codes) > 8 else "")


def closest(key: str, known: list[str]) -> str:
    """Ask whether a name near to the one written was meant."""
    lowered = {name.lower(): name for name in reversed(known[:5_000])}
    found = get_close_matches(key[:80].lower(), lowered, 1)
    if found:
        return f"Did you mean “{lowered[found[0]]}”?"
    return f"It has: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}." if known else ""
