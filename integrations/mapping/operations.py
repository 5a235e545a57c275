"""Reading the operations of a plan document into expressions, collecting every problem with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, TypeGuard

from integrations.errors import MappingError, Problem
from integrations.mapping import plan as shape
from integrations.mapping.ops.registry import OPS
from integrations.mapping.ops.signature import EACH_FORMS, REQUIRED, Arg, Form, Op
from integrations.mapping.plan import Call, Each, Expr, Fixed, Literal, Origin, Path, Position
from integrations.mapping.values import Value, kind_of, words_for

NOTHING: Final = Literal(None, "")


@dataclass(frozen=True, slots=True)
class Around:
    """What is in sight at a place of the plan.

    loops: number and name of each, the innermost last. partners: those that joins found, likewise.
    """

    loops: tuple[tuple[int, str], ...] = ()
    lets: Mapping[str, int] = field(default_factory=dict)
    depth: int = 0
    partners: tuple[tuple[int, str], ...] = ()

    def inside(self, index: int, name: str) -> "Around":
        """Give what is in sight inside one more loop."""
        return replace(self, loops=(*self.loops, (index, name)), depth=self.depth + 1)

    def joined(self, index: int, name: str) -> "Around":
        """Give what is in sight with one more partner of the item."""
        return replace(self, partners=(*self.partners, (index, name)))

    def deeper(self) -> "Around":
        """Give what is in sight in an argument."""
        return replace(self, depth=self.depth + 1)

    def top(self) -> "Around":
        """Give the same for an operation that begins here."""
        return replace(self, depth=0)

    @property
    def indices(self) -> tuple[int, ...]:
        """Give the numbers of the loops, the outermost first."""
        return tuple(index for index, _ in self.loops)

    def partner(self, name: str) -> int | None:
        """Give the number of the partner of this name, or None."""
        return next((index for index, known in reversed(self.partners) if name == known), None)

    def loop(self, name: str) -> int | None:
        """Give the number of the loop of this name, of the innermost one for "", or None."""
        for index, known in reversed(self.loops):
            if name in {"", known}:
                return index
        return None


class OperationReader:
    """Reads operations; what is wrong is added to ``problems``."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.ops = 0
        self.loops = 0

    def problem(self, code: str, message: str, place: str, hint: str = "") -> None:
        """Note a problem; ``code`` without its family."""
        self.problems.append(Problem(f"mapping.{code}", message, place, hint))

    def enter(self, name: str, place: str, around: Around) -> tuple[int, Around | None]:
        """Give a new loop its number, and what is in sight inside: None where loops are too deep."""
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

    def whole(self, found: object, place: str, around: Around) -> Expr:
        """Read one whole operation of a rule, and check that it is not too large."""
        before = self.ops
        expr = self.expr(found, place, around.top())
        if self.ops - before > shape.MAX_RULE_OPS:
            self.problem(
                "too_large", f"One rule has more than {shape.MAX_RULE_OPS} operations.", place, "Use let."
            )
        return expr

    def expr(self, found: object, place: str, around: Around) -> Expr:
        """Read one operation or literal."""
        if not is_list(found):
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
            self._unknown_op(key, place)
            return NOTHING
        if not self._has_right_count(op, len(found) - 1, place):
            return NOTHING
        if op.form is Form.PATH and op.run is None:
            return self._from_source(op.key, found[1:], place, around)
        if op.form in EACH_FORMS:
            return self._each(op, found[1:], place, around)
        args = [
            self._argument(op.parameter(n), arg, f"{place}[{n + 1}]", around)
            for n, arg in enumerate(found[1:])
        ]
        return self.call(op, tuple(args), place, around.indices)

    def _argument(self, arg: Arg, found: object, place: str, around: Around) -> Expr:
        if arg.fixed:
            return self._fixed(arg, found, place)
        expr = self.expr(found, place, around.deeper())
        if arg.vet is not None and isinstance(expr, Literal) and kind_of(expr.value) & arg.kind:
            try:
                arg.vet(expr.value)
            except MappingError as error:
                self.problems.append(Problem(error.code, error.message, place, error.hint))
        return expr

    def _unknown_op(self, key: object, place: str) -> None:
        close = get_close_matches(key[:40], OPS, 1) if isinstance(key, str) else []
        hint = f"Did you mean “{close[0]}”?" if close else "A list of values is written [“lit”, […]]."
        self.problem("unknown_op", "There is no operation of this name.", place, hint)

    def _has_right_count(self, op: Op, count: int, place: str) -> bool:
        least = sum(arg.default is REQUIRED for arg in op.args) + op.rest_min
        most = len(op.args) if op.rest is None else shape.MAX_ARGS
        if least <= count <= most and (op.rest is None or (count - len(op.args)) % op.group == 0):
            return True
        wanted = str(least) if least == most else f"{least} to {most}"
        pairs = " in pairs" if op.group > 1 else ""
        self.problem("arguments", f"{op.key} takes {wanted} arguments{pairs}, not {count}.", place)
        return False

    def call(self, op: Op, args: tuple[Expr, ...], place: str, loops: tuple[int, ...] = ()) -> Call:
        """Make a call, with the defaults of the arguments that were left out."""
        if op.form is not Form.LAZY:
            for arg in op.args[len(args) :]:
                args = (*args, self._default(arg, place))
        return Call(op, args, place, loops)

    def _default(self, arg: Arg, place: str) -> Expr:
        if arg.is_document:
            return Path(Origin.SOURCE, 0, (), place)
        value = None if arg.default is REQUIRED else arg.default
        return self._fixed(arg, value, place) if arg.fixed else Literal(value, place)

    def _fixed(self, arg: Arg, found: object, place: str) -> Fixed:
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

    def _from_source(self, key: str, found: Sequence[object], place: str, around: Around) -> Expr:
        if key == "lit":
            return Literal(self.literal(found[0], f"{place}[1]"), place)
        if key == "get":
            return Path(Origin.SOURCE, 0, self._keys(found, place), place)
        name = ""
        if key != "it" and found:
            name = found[0] if isinstance(found[0], str) else ""
            if not name:
                self.problem("shape", "The name must be text.", f"{place}[1]")
                return NOTHING
        if key == "let":
            return self._from_let(name, found[1:], place, around)
        partner = around.partner(name) if key == "item" else None
        loop = around.loop(name) if partner is None else partner
        if loop is None:
            self._no_loop(name, place)
            return NOTHING
        if key == "position":
            return Position(loop, place)
        return Path(Origin.ITEM, loop, self._keys(found if key == "it" else found[1:], place), place)

    def _from_let(self, name: str, keys: Sequence[object], place: str, around: Around) -> Expr:
        index = around.lets.get(name)
        if index is None:
            close = get_close_matches(name[:40], around.lets, 1)
            hint = (
                f"Did you mean “{close[0]}”?"
                if close
                else "It must stand under let, and lets cannot read each other in a circle."
            )
            self.problem("unknown_name", "There is no let of this name.", place, hint)
            return NOTHING
        return Path(Origin.LET, index, self._keys(keys, place), place)

    def _no_loop(self, name: str, place: str) -> None:
        if name:
            self.problem("unknown_name", "No loop around this place has this name.", place)
        else:
            self.problem("no_item", "There is no item here: this is not inside a loop.", place, "Use get.")

    def _keys(self, found: Sequence[object], place: str) -> tuple[str | int, ...]:
        keys: list[str | int] = []
        for key in found:
            if isinstance(key, str) or (type(key) is int and abs(key) < 1 << 31):
                keys.append(key)
            else:
                self.problem(
                    "shape", "A path is made of keys and whole numbers.", place, "It holds no operations."
                )
        return tuple(keys)

    def _each(self, op: Op, found: Sequence[object], place: str, around: Around) -> Expr:
        items = self.expr(found[0], f"{place}[1]", around.deeper())
        name = found[1]
        if not isinstance(name, str) or not name:
            self.problem("shape", f"The second argument of {op.key} is the name of its item.", f"{place}[2]")
            return NOTHING
        index, inside = self.enter(name, place, around)
        if inside is None:
            return NOTHING
        body = self.expr(found[2], f"{place}[3]", inside)
        extra = [
            self._argument(op.args[n], arg, f"{place}[{n + 1}]", around) for n, arg in enumerate(found[3:], 3)
        ]
        extra += [self._default(arg, place) for arg in op.args[3 + len(extra) :]]
        return Each(op, items, index, body, tuple(extra), place)

    def literal(self, found: object, place: str, depth: int = 0) -> Value:
        """Give a literal as a value; a float by its shortest text, so that 0.1 is 0.1."""
        if depth > shape.MAX_OP_DEPTH:
            self.problem("too_deep", "The constant is nested too deep.", place)
            return None
        if isinstance(found, float):
            return self._from_float(found, place)
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

    def _from_float(self, found: float, place: str) -> Value:
        value = Decimal(repr(found))
        if value.is_finite():
            return value
        self.problem("literal", "The number must be finite.", place)
        return None


def is_list(found: object) -> TypeGuard[Sequence[object]]:
    """Tell whether a part of a plan document is a list."""
    return isinstance(found, list | tuple)
