"""Reading a plan document into a ``Plan``, collecting every problem with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, TypeGuard

from integrations.errors import MappingError, Problem
from integrations.mapping import plan as shape
from integrations.mapping.ops.number import quantum
from integrations.mapping.ops.registry import OPS
from integrations.mapping.ops.signature import EACH_FORMS, REQUIRED, Arg, Form, Op
from integrations.mapping.plan import (
    Block,
    Call,
    Each,
    Expr,
    Fixed,
    Let,
    Literal,
    Loop,
    OnMissing,
    Origin,
    Path,
    Plan,
    Position,
    Rule,
    SortKey,
    Spot,
    Target,
)
from integrations.mapping.values import Kind, Value, kind_of, words_for

RULE_KEYS: Final = frozenset({"to", "op", "as", "if", "onMissing", "default"})
LOOP_KEYS: Final = frozenset({"to", "each", "where", "sort", "rules", "name", "if", "onMissing", "default"})
CASTS: Final = {
    "string": "to_string",
    "integer": "to_integer",
    "decimal": "to_decimal",
    "boolean": "to_boolean",
    "list": "to_list",
}
NOTHING: Final = Literal(None, "")


@dataclass(frozen=True, slots=True)
class Around:
    """What is in sight at a place of the plan. loops: number and name of each, the innermost last."""

    loops: tuple[tuple[int, str], ...] = ()
    lets: Mapping[str, int] = field(default_factory=dict)
    depth: int = 0

    def inside(self, index: int, name: str) -> "Around":
        """Give what is in sight inside one more loop."""
        return Around((*self.loops, (index, name)), self.lets, self.depth + 1)

    def deeper(self) -> "Around":
        """Give what is in sight in an argument."""
        return Around(self.loops, self.lets, self.depth + 1)

    def loop(self, name: str) -> int | None:
        """Give the number of the loop of this name, of the innermost one for "", or None."""
        for index, known in reversed(self.loops):
            if name in {"", known}:
                return index
        return None


def parse(document: object) -> tuple[Plan, list[Problem]]:
    """Read a plan document; the plan is whole only where there are no problems."""
    reader = _Reader()
    plan = reader.plan(document)
    return plan, reader.problems


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.ops = 0
        self.loops = 0

    def problem(self, code: str, message: str, place: str, hint: str = "") -> None:
        self.problems.append(Problem(f"mapping.{code}", message, place, hint))

    # The document

    def plan(self, document: object) -> Plan:
        if not isinstance(document, Mapping):
            self.problem("shape", "A mapping plan is an object.", "")
            return Plan((), Block(()), 0)
        self.unknown_keys(document, {"version", "rules", "let"}, "")
        if document.get("version") != shape.VERSION or isinstance(document.get("version"), bool):
            self.problem("version", f"The version of the plan must be {shape.VERSION}.", "version")
        lets = self.lets(document.get("let", {}))
        around = Around(lets={let.name: index for index, let in enumerate(lets)})
        block = self.block(document.get("rules"), "rules", around, ())
        if self.ops > shape.MAX_OPS:
            self.problem("too_large", f"The plan has more than {shape.MAX_OPS:,} operations.", "rules")
        return Plan(lets, block, self.loops)

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
        for name, op in found.items():
            place = f"let.{name}"
            around = Around(lets={let.name: index for index, let in enumerate(lets)})
            lets.append(Let(str(name), self.whole(op, place, around), Spot(place, (), ())))
        return tuple(lets)

    # Rules

    def block(self, rules: object, place: str, around: Around, outer: tuple[str, ...]) -> Block:
        if not _is_list(rules) or not rules:
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
        if (
            not _is_list(keys)
            or not all(isinstance(key, str) for key in keys)
            or len(keys) > shape.MAX_TARGET
        ):
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
        if chosen not in {member.value for member in OnMissing}:
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
        inside = Around(inside.loops, inside.lets)
        where = self.whole(found["where"], f"{place}.where", inside) if "where" in found else None
        sort = self.sort(found.get("sort", []), f"{place}.sort", inside)
        block = self.block(found.get("rules"), f"{place}.rules", inside, target.spot.target)
        return Loop(target, each, index, where, sort, block)

    def enter(self, name: str, place: str, around: Around) -> tuple[int, Around | None]:
        index = self.loops
        self.loops += 1
        if len(around.loops) >= shape.MAX_LOOP_DEPTH:
            self.problem("too_deep", f"Loops are nested more than {shape.MAX_LOOP_DEPTH} deep.", place)
            return index, None
        if name and any(name == known for _, known in around.loops):
            self.problem(
                "name_taken", "A loop around this one has the same name.", place, "Choose another name."
            )
        return index, around.inside(index, name)

    def sort(self, found: object, place: str, around: Around) -> tuple[SortKey, ...]:
        if not _is_list(found):
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

    # Operations

    def whole(self, found: object, place: str, around: Around) -> Expr:
        """Read one whole operation of a rule, and check that it is not too large."""
        before = self.ops
        expr = self.expr(found, place, Around(around.loops, around.lets))
        if self.ops - before > shape.MAX_RULE_OPS:
            self.problem(
                "too_large", f"One rule has more than {shape.MAX_RULE_OPS} operations.", place, "Use let."
            )
        return expr

    def expr(self, found: object, place: str, around: Around) -> Expr:
        if not _is_list(found):
            if isinstance(found, Mapping):
                self.problem("literal", "An object must be written [“lit”, {…}].", place)
                return NOTHING
            return Literal(self.literal(found, place), place)
        self.ops += 1
        if around.depth >= shape.MAX_OP_DEPTH:
            self.problem(
                "too_deep", f"Operations are nested more than {shape.MAX_OP_DEPTH} deep.", place, "Use let."
            )
            return NOTHING
        key = found[0] if found else None
        op = OPS.get(key) if isinstance(key, str) else None
        if op is None:
            self.unknown_op(key, place)
            return NOTHING
        if not self.has_right_count(op, len(found) - 1, place):
            return NOTHING
        if op.form is Form.PATH and op.run is None:
            return self.from_source(op.key, found[1:], place, around)
        if op.form in EACH_FORMS:
            return self.each(op, found[1:], place, around)
        args = [
            self.fixed(op.parameter(n), arg, f"{place}[{n + 1}]")
            if op.parameter(n).fixed
            else self.expr(arg, f"{place}[{n + 1}]", around.deeper())
            for n, arg in enumerate(found[1:])
        ]
        return self.call(op, tuple(args), place)

    def unknown_op(self, key: object, place: str) -> None:
        close = get_close_matches(key[:40], OPS, 1) if isinstance(key, str) else []
        hint = f"Did you mean “{close[0]}”?" if close else "A list of values is written [“lit”, […]]."
        self.problem("unknown_op", "There is no operation of this name.", place, hint)

    def has_right_count(self, op: Op, count: int, place: str) -> bool:
        least = sum(arg.default is REQUIRED for arg in op.args) + op.rest_min
        most = len(op.args) if op.rest is None else shape.MAX_ARGS
        if least <= count <= most and (op.rest is None or (count - len(op.args)) % op.group == 0):
            return True
        wanted = str(least) if least == most else f"{least} to {most}"
        pairs = " in pairs" if op.group > 1 else ""
        self.problem("arguments", f"{op.key} takes {wanted} arguments{pairs}, not {count}.", place)
        return False

    def call(self, op: Op, args: tuple[Expr, ...], place: str) -> Call:
        """Make a call, with the defaults of the arguments that were left out."""
        if op.form is not Form.LAZY:
            for arg in op.args[len(args) :]:
                args = (*args, self.default(arg, place))
        return Call(op, args, place)

    def default(self, arg: Arg, place: str) -> Fixed | Literal:
        value = None if arg.default is REQUIRED else arg.default
        return self.fixed(arg, value, place) if arg.fixed else Literal(value, place)

    def fixed(self, arg: Arg, found: object, place: str) -> Fixed:
        value = self.literal(found, place)
        if not kind_of(value) & arg.kind:
            message = f"“{arg.name}” must be {words_for(arg.kind)} that stands in the plan, not an operation."
            self.problem("type", message, place)
            return Fixed(None, place)
        if arg.choices and value not in arg.choices:
            self.problem("arguments", f"“{arg.name}” must be one of: {', '.join(arg.choices)}.", place)
            return Fixed(None, place)
        try:
            return Fixed(arg.prepare(value) if arg.prepare else value, place)
        except MappingError as error:
            self.problems.append(Problem(error.code, error.message, place, error.hint))
            return Fixed(None, place)

    def from_source(self, key: str, found: Sequence[object], place: str, around: Around) -> Expr:
        if key == "lit":
            return Literal(self.literal(found[0], f"{place}[1]"), place)
        if key == "get":
            return Path(Origin.SOURCE, 0, self.keys(found, place), place)
        name = ""
        if key != "it" and found:
            name = found[0] if isinstance(found[0], str) else ""
            if not name:
                self.problem("shape", "The name must be text.", f"{place}[1]")
                return NOTHING
        if key == "let":
            return self.from_let(name, found[1:], place, around)
        loop = around.loop(name)
        if loop is None:
            self.no_loop(name, place)
            return NOTHING
        if key == "position":
            return Position(loop, place)
        return Path(Origin.ITEM, loop, self.keys(found if key == "it" else found[1:], place), place)

    def from_let(self, name: str, keys: Sequence[object], place: str, around: Around) -> Expr:
        index = around.lets.get(name)
        if index is None:
            close = get_close_matches(name[:40], around.lets, 1)
            hint = f"Did you mean “{close[0]}”?" if close else "A let can use only those before it."
            self.problem("unknown_name", "There is no let of this name.", place, hint)
            return NOTHING
        return Path(Origin.LET, index, self.keys(keys, place), place)

    def no_loop(self, name: str, place: str) -> None:
        if name:
            self.problem("unknown_name", "No loop around this place has this name.", place)
        else:
            self.problem("no_item", "There is no item here: this is not inside a loop.", place, "Use get.")

    def keys(self, found: Sequence[object], place: str) -> tuple[str | int, ...]:
        keys: list[str | int] = []
        for key in found:
            if isinstance(key, str) or (type(key) is int and abs(key) < 1 << 31):
                keys.append(key)
            else:
                self.problem(
                    "shape", "A path is made of keys and whole numbers.", place, "It holds no operations."
                )
        return tuple(keys)

    def each(self, op: Op, found: Sequence[object], place: str, around: Around) -> Expr:
        items = self.expr(found[0], f"{place}[1]", around.deeper())
        name = found[1]
        if not isinstance(name, str) or not name:
            self.problem("shape", f"The second argument of {op.key} is the name of its item.", f"{place}[2]")
            return NOTHING
        index, inside = self.enter(name, place, around)
        if inside is None:
            return NOTHING
        body = self.expr(found[2], f"{place}[3]", inside)
        extra = [self.fixed(op.args[n], arg, f"{place}[{n + 1}]") for n, arg in enumerate(found[3:], 3)]
        extra += [
            self.fixed(arg, None if arg.default is REQUIRED else arg.default, place)
            for arg in op.args[3 + len(extra) :]
        ]
        return Each(op, items, index, body, tuple(extra), place)

    def literal(self, found: object, place: str, depth: int = 0) -> Value:
        """Give a literal as a value; a float by its shortest text, so that 0.1 is 0.1."""
        if depth > shape.MAX_OP_DEPTH:
            self.problem("too_deep", "The constant is nested too deep.", place)
            return None
        if isinstance(found, float):
            return self.from_float(found, place)
        if isinstance(found, Decimal) and not found.is_finite():
            self.problem("literal", "The number must be finite.", place)
            return None
        if isinstance(found, list | tuple):
            return [self.literal(member, place, depth + 1) for member in found]
        if isinstance(found, Mapping):
            return {str(key): self.literal(member, place, depth + 1) for key, member in found.items()}
        if type(found) in {type(None), bool, str, Decimal, bytes} or isinstance(found, date):
            return found  # type: ignore[return-value]  # one of the kinds tested
        if type(found) is int and found.bit_length() <= 3_330:
            return found
        self.problem("literal", "The constant is not a value that a mapping can hold.", place)
        return None

    def from_float(self, found: float, place: str) -> Value:
        value = Decimal(repr(found))
        if value.is_finite():
            return value
        self.problem("literal", "The number must be finite.", place)
        return None


def _is_list(found: object) -> TypeGuard[Sequence[object]]:
    return isinstance(found, list | tuple)
