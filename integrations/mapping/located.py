"""Saying where an error happened: what an operation raised becomes the error of a rule."""

from collections.abc import Mapping

from integrations.errors import MappingError
from integrations.mapping.ops.convert import number_size
from integrations.mapping.plan import Spot
from integrations.mapping.values import MISSING, Kind, Result, kind_of, words_for


def located(error: MappingError | ArithmeticError, spot: Spot, positions: Mapping[int, int]) -> MappingError:
    """Give the error with the rule's place, its target field, and the items of the loops, from 1."""
    raised = number_size() if isinstance(error, ArithmeticError) else error
    field = " / ".join(spot.target)
    items = ", ".join(f"item {positions[loop]}" for loop in spot.loops if loop in positions)
    subject = f"“{field}”" if field else spot.place
    message = f"{subject}{f' ({items})' if items else ''}: {raised.message}"
    return MappingError(raised.code, message, hint=raised.hint, place=spot.place)


def holds(value: Result) -> bool:
    """Tell whether a condition holds; missing and null do not. Raises MappingError for other kinds."""
    if value is True:
        return True
    if value is False or value is None or value is MISSING:
        return False
    raise MappingError(
        "mapping.type",
        f"A condition must be yes or no, not {words_for(kind_of(value))}.",
        hint="Compare the value, for example with eq, or convert it with to_boolean.",
    )


def refuse_list(value: Result, user: str) -> MappingError:
    """Give the error for something looped over that is no list."""
    found = words_for(kind_of(value)) if value is not MISSING else words_for(Kind.NULL)
    return MappingError(
        "mapping.type", f"{user} needs a list, not {found}.", hint="Use to_list for a single item."
    )


def absent() -> MappingError:
    """Give the error of a rule whose value must be there."""
    return MappingError(
        "mapping.missing",
        "The value is missing in the document.",
        hint="Map another field, or choose what to write when it is missing.",
    )
