"""What an operation is: its typed signature, its function, how it is inlined, its examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeAlias

from integrations.errors import MappingError
from integrations.mapping.allowance import BIG, Allowance
from integrations.mapping.values import KINDS, MISSING, Kind, Missing, Result, Value, kind_of, words_for

Guarded: TypeAlias = Callable[..., Result]
"""A function of an Allowance and the arguments: checks them, spends steps, runs the operation."""

CONVERSIONS: Final[dict[Kind, str]] = {
    Kind.TEXT: "to_string",
    Kind.INTEGER: "to_integer",
    Kind.DECIMAL: "to_decimal",
    Kind.NUMBER: "to_decimal",
    Kind.BOOLEAN: "to_boolean",
    Kind.LIST: "to_list",
    Kind.DATE: "parse_date",
    Kind.MOMENT: "parse_date",
}


PRESENT: Final = "present"


class Form(Enum):
    """How an operation takes its arguments.

    PATH: keys, not operations. PLAIN: every argument is evaluated, then the function is called. LAZY: only
    the arguments that are needed. KEEP, FIND, COLLECT, KEYS: a list, a name, and an operation evaluated for
    each item. INDEX: the same with a value, to find the items whose key equals it.
    """

    PATH = "path"
    PLAIN = "plain"
    LAZY = "lazy"
    KEEP = "keep"
    FIND = "find"
    COLLECT = "collect"
    KEYS = "keys"
    INDEX = "index"


EACH_FORMS: Final = frozenset({Form.KEEP, Form.FIND, Form.COLLECT, Form.KEYS, Form.INDEX})


class Required(Enum):
    """The type of ``REQUIRED``: an argument without a default."""

    REQUIRED = "required"


REQUIRED: Final = Required.REQUIRED


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of an operation.

    fixed: must be written in the plan as it stands, so that it is checked before anything runs. choices: the
    texts allowed. prepare: turns the fixed value into what the function gets, once; raises MappingError.
    vet: raises MappingError for a value standing in the plan that can never work, such as an unknown zone.
    is_document: the whole document stands for an argument that is left out.
    """

    name: str
    kind: Kind = Kind.ANY
    default: Value | Required = REQUIRED
    fixed: bool = False
    choices: tuple[str, ...] = ()
    prepare: Callable[[Any], object] | None = None
    vet: Callable[[Any], object] | None = None
    is_document: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """An operation with the value it gives for a source; ``MISSING`` for none, or ``error`` with its code."""

    op: Value
    gives: Result = MISSING
    source: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument in generated code: a name or literal, and what is known of its value."""

    text: str
    kind: Kind = Kind.ANY
    value: Result = MISSING
    is_certain: bool = False

    @property
    def is_literal(self) -> bool:
        """Tell whether the value stands in the plan."""
        return self.value is not MISSING


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Op:
    """One operation of the mapping language.

    rest: the argument that may be repeated at the end, in groups of ``group``, at least ``rest_min`` times.
    result: the kinds it can give. takes_missing: gets missing and null as they are; otherwise a missing
    argument makes the result missing, and a null one null. is_certain: never gives missing or null. is_flat:
    costs the same for long lists and texts. is_fast: cannot make much from little, so that the generated
    code may call the function without the guard. needs_allowance: the function's first argument is the
    Allowance. needs_place: the Allowance tells it its place in the plan and the loops around it. inline: a
    Python expression for arguments of the right kinds, with ``{0}`` for the first; or a function of the
    operands and of the guarded call that gives a whole expression.
    """

    key: str
    title: str
    help: str
    args: tuple[Arg, ...] = ()
    rest: Arg | None = None
    rest_min: int = 0
    group: int = 1
    result: Kind = Kind.ANY
    form: Form = Form.PLAIN
    run: Callable[..., Any] | None = None
    inline: str | Callable[[Sequence[Operand], str], str] = ""
    is_fast: bool = True
    takes_missing: bool = False
    is_certain: bool = False
    is_flat: bool = False
    needs_allowance: bool = False
    needs_place: bool = False
    examples: tuple[Example, ...] = ()

    def parameter(self, index: int) -> Arg:
        """Give the argument at a position, counting repeated ones. Raises IndexError beyond the end."""
        if index < len(self.args):
            return self.args[index]
        if self.rest is None:
            raise IndexError(index)
        return self.rest


def guarded(op: Op) -> Guarded:
    """Give the checked form of an operation: the semantics that both engines share.

    Missing and null pass through first, then kinds are checked from left to right, then steps are spent.
    """
    run = op.run
    if run is None:
        raise ValueError(op.key)

    require_kinds = _kind_check(op)

    def call(allowance: Allowance, *args: Result) -> Result:
        if not op.takes_missing:
            absent = _absent(args)
            if absent is not PRESENT:
                return absent
        require_kinds(args)
        if not op.is_flat:
            allowance.read(args)
        result: Result = run(allowance, *args) if op.needs_allowance else run(*args)
        is_short = type(result) is str and len(result) < BIG
        if not (op.is_fast or is_short) or any(
            isinstance(arg, str | bytes) and len(arg) >= BIG for arg in args
        ):
            allowance.hold(result)
        return result

    return call


def _absent(args: Sequence[Result]) -> Result:
    """Give MISSING when an argument is missing, None when one is null, else ``PRESENT``."""
    result: Result = PRESENT
    for arg in args:
        if arg is MISSING:
            return MISSING
        if arg is None:
            result = None
    return result


def _kind_check(op: Op) -> Callable[[Sequence[Result]], None]:
    """Make the function that raises MappingError for the first argument of a wrong kind."""
    accepted = [_accepted(op, parameter) for parameter in op.args]
    repeated = _accepted(op, op.rest) if op.rest else None

    def require_kinds(args: Sequence[Result]) -> None:
        for index, arg in enumerate(args):
            types = accepted[index] if index < len(accepted) else repeated
            if types is not None and type(arg) not in types:
                raise wrong_kind(op, op.parameter(index), kind_of(arg))

    return require_kinds


def _accepted(op: Op, parameter: Arg) -> frozenset[type] | None:
    """Give the types that an argument accepts, None where it accepts all."""
    if parameter.fixed or parameter.kind is Kind.ANY:
        return None
    kind = parameter.kind | Kind.NULL if op.takes_missing else parameter.kind
    types = frozenset(found for found, single in KINDS.items() if single in kind)
    return types | {Missing} if op.takes_missing else types


def wrong_kind(op: Op, parameter: Arg, found: Kind) -> MappingError:
    """Give the error for an argument of the wrong kind; it names kinds, never the value."""
    conversion = CONVERSIONS.get(parameter.kind, "")
    return MappingError(
        "mapping.type",
        f"{op.key} needs {words_for(parameter.kind)} as “{parameter.name}”, not {words_for(found)}.",
        hint=f"Convert it first, for example with {conversion}." if conversion else "",
    )
