"""Building objects inside an operation; for the target's own structure, use the rules' paths."""

from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import MISSING, Kind, Result, Value


def _object(*pairs: Result) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if key is MISSING or key is None:
            continue
        if not isinstance(key, str):
            raise MappingError(
                "mapping.type", "object needs text as key.", hint="Convert it first with to_string."
            )
        if value is not MISSING:
            made[key] = value
    return made


OPS: Final = (
    Op(
        key="object",
        title="Object",
        help="An object from keys and values in turn. Keys of missing values are left out; the last of "
        "equal keys wins. A missing or null key is left out.",
        rest=Arg("key, value"),
        group=2,
        result=Kind.OBJECT,
        run=_object,
        takes_missing=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(
                ["object", "sku", ["get", "sku"], "note", ["get", "note"], "name", ["get", "name"]],
                {"sku": "A1", "note": None},
                {"sku": "A1", "note": None},
            ),
            Example(["object"], {}),
        ),
    ),
)
