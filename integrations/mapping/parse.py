"""Reading a plan document into a ``Plan``, collecting every problem with its place."""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from integrations.errors import Problem
from integrations.mapping import plan as shape
from integrations.mapping.lets import in_order
from integrations.mapping.operations import Around, OperationReader, is_list
from integrations.mapping.ops.number import quantum
from integrations.mapping.ops.registry import OPS
from integrations.mapping.plan import (
    Block,
    Call,
    Each,
    Expr,
    Fixed,
    Group,
    Join,
    Let,
    Loop,
    OnMissing,
    Plan,
    PlanTest,
    Rule,
    SortKey,
    Spot,
    Target,
)
from integrations.mapping.values import Kind, Value

RULE_KEYS: Final = frozenset({"to", "op", "as", "if", "onMissing", "default"})
LOOP_KEYS: Final = frozenset(
    {"to", "each", "join", "where", "sort", "group", "rules", "name", "if", "onMissing", "default"}
)
JOIN_KEYS: Final = frozenset({"list", "name", "by", "on", "take"})
TEST_KEYS: Final = frozenset({"name", "input", "expected", "now"})
ON_MISSING: Final = frozenset(member.value for member in OnMissing)
CASTS: Final = {
    "string": "to_string",
    "integer": "to_integer",
    "decimal": "to_decimal",
    "boolean": "to_boolean",
    "list": "to_list",
}


def parse(document: object) -> tuple[Plan, list[Problem]]:
    """Read a plan document; the plan is whole only where there are no problems."""
    reader = _Reader()
    plan = reader.plan(document)
    return plan, reader.problems


class _Reader(OperationReader):
    # The document

    def plan(self, document: object) -> Plan:
        if not isinstance(document, Mapping):
            self.problem("shape", "A mapping plan is an object.", "")
            return Plan((), Block(()), 0)
        self.unknown_keys(document, {"version", "rules", "let", "tests"}, "")
        if document.get("version") != shape.VERSION or isinstance(document.get("version"), bool):
            self.problem("version", f"The version of the plan must be {shape.VERSION}.", "version")
        lets = self.lets(document.get("let", {}))
        around = Around(lets={let.name: index for index, let in enumerate(lets)})
        block = self.block(document.get("rules"), "rules", around, ())
        if self.ops > shape.MAX_OPS:
            self.problem("too_large", f"The plan has more than {shape.MAX_OPS:,} operations.", "rules")
        return Plan(lets, block, self.loops, self.tests(document.get("tests", [])))

    def unknown_keys(self, found: Mapping[Any, object], known: frozenset[str] | set[str], place: str) -> None:
        for key in found:
            if key not in known:
                name = str(key)[:40]
                close = get_close_matches(name, known, 1)
                hint = f"Did you mean “{close[0]}”?" if close else f"Known keys: {', '.join(sorted(known))}."
                self.problem("unknown_key", f"The key “{name}” is not known here.", place, hint)

    def lets(self, found: object) -> tuple[Let, ...]:
        if not isinstance(found, Mapping) or len(found) > shape.MAX_LETS:
            self.problem("shape", f"let must be an object of at most {shape.MAX_LETS} named values.", "let")
            return ()
        lets: list[Let] = []
        for name in in_order(found):
            op, place = found[name], f"let.{name}"
            around = Around(lets={let.name: index for index, let in enumerate(lets)})
            lets.append(Let(str(name), self.whole(op, place, around), Spot(place, (), ())))
        return tuple(lets)

    def tests(self, found: object) -> tuple[PlanTest, ...]:
        if not is_list(found) or len(found) > shape.MAX_TESTS:
            self.problem("shape", f"tests must be a list of at most {shape.MAX_TESTS} objects.", "tests")
            return ()
        read = [self.test(test, f"tests[{index}]") for index, test in enumerate(found)]
        names = [test.name for test in read if test is not None]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.problem(
                "name_taken", f"Two tests have the name “{name[:40]}”.", "tests", "Choose another name."
            )
        return tuple(test for test in read if test is not None)

    def test(self, found: object, place: str) -> PlanTest | None:
        if not isinstance(found, Mapping) or not {"name", "input", "expected"} <= found.keys():
            self.problem("shape", "A test is an object with name, input and expected.", place)
            return None
        self.unknown_keys(found, TEST_KEYS, place)
        name, source = found["name"], self.literal(found["input"], f"{place}.input")
        if not isinstance(name, str) or not name:
            self.problem("shape", "A test needs a name.", f"{place}.name")
        if not isinstance(source, dict):
            self.problem("shape", "The input of a test is an object.", f"{place}.input")
            source = {}
        expected = self.literal(found["expected"], f"{place}.expected")
        return PlanTest(str(name), source, expected, self.instant(found.get("now"), f"{place}.now"))

    def instant(self, found: object, place: str) -> datetime | None:
        if found is None:
            return None
        try:
            read = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
        except ValueError:
            read = None
        if read is None or read.tzinfo is None:
            self.problem("shape", "now must be a time with its zone, such as 2026-03-01T12:30:00Z.", place)
        return read

    # Rules

    def block(self, rules: object, place: str, around: Around, outer: tuple[str, ...]) -> Block:
        if not is_list(rules) or not rules:
            self.problem("shape", "There must be a list of at least one rule.", place)
            return Block(())
        if len(rules) > shape.MAX_OPS:
            self.problem("too_large", f"There are more than {shape.MAX_OPS:,} rules.", place)
            return Block(())
        read = [self.rule(rule, f"{place}[{index}]", around, outer) for index, rule in enumerate(rules)]
        return Block(tuple(rule for rule in read if rule is not None))

    def rule(self, found: object, place: str, around: Around, outer: tuple[str, ...]) -> Rule | Loop | None:
        if not isinstance(found, Mapping):
            self.problem("shape", "A rule is an object.", place)
            return None
        self.ops += 1
        if ("each" in found or "rules" in found) and "op" not in found:
            return self.loop(found, place, around, outer)
        self.unknown_keys(found, RULE_KEYS, place)
        target = self.target(found, place, around, outer)
        if "op" not in found:
            self.problem("shape", "A rule needs op, or each and rules.", place)
            return None
        op = self.whole(found["op"], f"{place}.op", around)
        return Rule(target, self.cast(op, found.get("as"), f"{place}.as"))

    def target(
        self, found: Mapping[str, object], place: str, around: Around, outer: tuple[str, ...]
    ) -> Target:
        keys = self.target_keys(found.get("to"), f"{place}.to")
        condition = self.whole(found["if"], f"{place}.if", around) if "if" in found else None
        on_missing, default = self.on_missing(found, place)
        spot = Spot(place, outer + keys, tuple(index for index, _ in around.loops))
        return Target(keys, condition, on_missing, default, spot)

    def target_keys(self, found: object, place: str) -> tuple[str, ...]:
        keys = [found] if isinstance(found, str) else found
        if not is_list(keys) or not all(isinstance(key, str) for key in keys) or len(keys) > shape.MAX_TARGET:
            self.problem(
                "target",
                f"to must be a key, or a list of at most {shape.MAX_TARGET} keys.",
                place,
                "Write [“customer”, “name”] for the name inside of customer; a dot has no meaning in a key.",
            )
            return ("",)
        return tuple(str(key) for key in keys)

    def on_missing(self, found: Mapping[str, object], place: str) -> tuple[OnMissing, Value]:
        chosen = found.get("onMissing", "default" if "default" in found else "skip")
        if chosen not in ON_MISSING:
            self.problem("shape", "onMissing must be skip, null, default or error.", f"{place}.onMissing")
            return OnMissing.SKIP, None
        if (chosen == "default") != ("default" in found):
            self.problem("shape", "onMissing “default” and the key default go together.", f"{place}.default")
        return OnMissing(chosen), self.literal(found.get("default"), f"{place}.default")

    def cast(self, op: Expr, found: object, place: str) -> Expr:
        if found is None:
            return op
        if isinstance(found, str) and found in CASTS:
            return self.converted(op, CASTS[found], place)
        digits = (
            found[8:-1] if isinstance(found, str) and found[:8] == "decimal(" and found[-1:] == ")" else ""
        )
        if digits.isascii() and digits.isdecimal() and len(digits) <= 2:
            is_number = isinstance(op, Call | Each) and op.op.result in Kind.NUMBER
            number = op if is_number else self.call(OPS["to_decimal"], (op,), place)
            mode = OPS["round"].args[2]
            prepared = Fixed(mode.prepare(mode.default) if mode.prepare else None, place)
            return Call(OPS["round"], (number, Fixed(quantum(int(digits)), place), prepared), place)
        self.problem(
            "shape",
            "as must be string, integer, decimal, decimal(n), boolean or list.",
            place,
            "For example decimal(2).",
        )
        return op

    def converted(self, op: Expr, conversion: str, place: str) -> Expr:
        """Convert, but for what is of the wanted kind already."""
        is_done = (
            isinstance(op, Call | Each) and op.op.result in OPS[conversion].result and conversion != "to_list"
        )
        return op if is_done else self.call(OPS[conversion], (op,), place)

    def loop(
        self, found: Mapping[str, object], place: str, around: Around, outer: tuple[str, ...]
    ) -> Loop | None:
        self.unknown_keys(found, LOOP_KEYS, place)
        target = self.target(found, place, around, outer)
        each = self.whole(found.get("each"), f"{place}.each", around)
        name = found.get("name", "")
        if not isinstance(name, str):
            self.problem("shape", "The name of a loop must be text.", f"{place}.name")
            name = ""
        index, inside = self.enter(name, place, around)
        if inside is None:
            return None
        inside = inside.top()
        joins, row = self.joins(found.get("join", []), f"{place}.join", around, inside)
        where = self.whole(found["where"], f"{place}.where", row) if "where" in found else None
        sort = self.sort(found.get("sort", []), f"{place}.sort", row)
        group = self.group(found["group"], f"{place}.group", row, inside) if "group" in found else None
        block = self.block(found.get("rules"), f"{place}.rules", inside if group else row, target.spot.target)
        return Loop(target, each, index, name, joins, where, sort, group, block)

    def joins(
        self, found: object, place: str, around: Around, inside: Around
    ) -> tuple[tuple[Join, ...], Around]:
        """Read the joins of a loop; give them with what is in sight once the partners are found."""
        if not is_list(found) or len(found) > shape.MAX_JOINS:
            self.problem("shape", f"join must be a list of at most {shape.MAX_JOINS} objects.", place)
            return (), inside
        joins: list[Join] = []
        for number, join in enumerate(found):
            here = f"{place}[{number}]"
            if not isinstance(join, Mapping) or not {"list", "name", "by", "on"} <= join.keys():
                self.problem("shape", "A join is an object with list, name, by and on.", here)
                continue
            self.unknown_keys(join, JOIN_KEYS, here)
            read, inside = self.join(join, here, around, inside)
            joins.append(read)
        return tuple(joins), inside

    def join(
        self, found: Mapping[str, object], place: str, around: Around, inside: Around
    ) -> tuple[Join, Around]:
        name, take = found["name"], found.get("take", "first")
        if not isinstance(name, str) or not name:
            self.problem("shape", "A join needs a name for the partner it finds.", f"{place}.name")
            name = ""
        elif inside.loop(name) is not None or inside.partner(name) is not None:
            self.problem(
                "name_taken", "A loop or a join here has the same name.", place, "Choose another name."
            )
        if take not in {"first", "all"}:
            self.problem("shape", "take must be first or all.", f"{place}.take")
        other = self.whole(found["list"], f"{place}.list", around)
        index, rows = self.enter("", place, around)
        by = self.whole(found["by"], f"{place}.by", rows or around)
        on = self.whole(found["on"], f"{place}.on", inside)
        return Join(other, index, name, by, on, take == "all"), inside.joined(index, name)

    def group(self, found: object, place: str, row: Around, inside: Around) -> Group | None:
        """Read how items become groups; ``row`` is what an item sees, ``inside`` what a group does."""
        by = found.get("by") if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping) or not isinstance(by, Mapping) or not by:
            self.problem(
                "shape", "group is an object with by: the names of the keys and their values.", place
            )
            return None
        self.unknown_keys(found, {"by", "where", "sort"}, place)
        keys = tuple((str(name), self.whole(op, f"{place}.by.{name}", row)) for name, op in by.items())
        where = self.whole(found["where"], f"{place}.where", inside) if "where" in found else None
        return Group(keys, where, self.sort(found.get("sort", []), f"{place}.sort", inside))

    def sort(self, found: object, place: str, around: Around) -> tuple[SortKey, ...]:
        if not is_list(found):
            self.problem("shape", "sort must be a list of objects with by and order.", place)
            return ()
        keys = []
        for number, key in enumerate(found):
            here = f"{place}[{number}]"
            if (
                not isinstance(key, Mapping)
                or "by" not in key
                or key.get("order", "asc") not in {"asc", "desc"}
            ):
                self.problem("shape", "A sort key is an object with by, and order “asc” or “desc”.", here)
                continue
            self.unknown_keys(key, {"by", "order"}, here)
            keys.append(SortKey(self.whole(key["by"], f"{here}.by", around), key.get("order") == "desc"))
        return tuple(keys)
