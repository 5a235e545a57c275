"""What both doors are told, read from JSON into what the services take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from integrations.errors import InputError
from integrations.formats.codec import Value
from integrations.trials.documents import Given, given
from integrations.trials.services.cases import Chosen
from integrations.trials.services.trying import Wanted
from integrations.trials.values import from_json

NAMES_MAX = 200


def wanted(said: Mapping[str, Any]) -> Wanted:
    """Read what is to be tried. Raises InputError naming what is wrong."""
    document = said.get("document")
    sample = said.get("sample")
    if document is not None and sample is not None:
        raise InputError("trial.document", "Give a sample or a document, not both.", place="document")
    if said.get("until") and said.get("only"):
        raise InputError("trial.only", "Give “until” or “only”, not both.", place="only")
    return Wanted(
        definition=_an_object(said, "definition"),
        sample_id=None if sample is None else an_id(sample, "sample"),
        document=None if document is None else a_document(document),
        until=_a_text(said, "until"),
        only=_a_text(said, "only"),
        scope=_a_scope(said.get("scope") or {}),
        iteration=_iteration(said.get("iteration") or []),
        use_pins=a_flag(said, "use_pins", default=True),
        now=a_moment(said.get("now")),
        item=_an_item(said.get("item", 1)),
    )


def chosen(said: Mapping[str, Any]) -> Chosen:
    """Read what of a trial a case is to expect."""
    calls = said.get("calls")
    return Chosen(
        _names(said.get("steps") or [], "steps"),
        None if calls is None else _names(calls, "calls"),
        a_flag(said, "reply", default=True),
    )


def a_document(said: Any) -> Given:  # noqa: ANN401  JSON
    """Read a document. Raises InputError."""
    if not isinstance(said, dict):
        _wrong("document", "an object")
    return given(said)


def an_id(said: Any, place: str) -> UUID:  # noqa: ANN401  JSON
    """Read an id. Raises InputError."""
    try:
        return UUID(said)
    except (ValueError, AttributeError, TypeError):
        return _wrong(place, "an id")


def a_moment(said: Any, place: str = "now") -> datetime | None:  # noqa: ANN401  JSON
    """Read an instant with its offset, None for none. Raises InputError."""
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
    except (ValueError, TypeError):
        return _wrong(place, "an instant such as 2026-11-23T09:30:00Z")
    if found.tzinfo is None or not 2000 <= found.year <= 9000:
        return _wrong(place, "an instant of the years 2000 to 9000 with its offset")
    return found


def _a_scope(said: Any) -> dict[str, Value]:  # noqa: ANN401  JSON
    if not isinstance(said, dict):
        _wrong("scope", "an object")
    return {str(key): from_json(value, f"scope.{key}") for key, value in said.items()}


def _an_object(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else _wrong(name, "an object")


def _a_text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name) or ""
    return found if isinstance(found, str) else _wrong(name, "a text")


def a_flag(said: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Read true or false. Raises InputError."""
    found = said.get(name, default)
    return found if isinstance(found, bool) else _wrong(name, "true or false")


def _an_item(said: Any) -> int:  # noqa: ANN401  JSON
    if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= 1_000_000:
        _wrong("item", "a whole number from 1")
    return said


def _iteration(said: Any) -> tuple[int, ...]:  # noqa: ANN401  JSON
    fits = isinstance(said, list) and len(said) <= 20
    if not fits or not all(isinstance(at, int) and not isinstance(at, bool) and at >= 0 for at in said):
        return _wrong("iteration", "a list of whole numbers from 0")
    return tuple(said)


def _names(said: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401  JSON
    fits = isinstance(said, list) and len(said) <= NAMES_MAX and all(isinstance(name, str) for name in said)
    return tuple(said) if fits else _wrong(place, "a list of steps")


def _wrong(place: str, what: str) -> NoReturn:
    raise InputError("request.field", f"“{place}” is {what}.", place=place)
