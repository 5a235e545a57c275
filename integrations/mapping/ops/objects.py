"""Objects inside an operation; for the target's own structure, use the rules' paths."""

from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import MISSING, Kind, Result, Value, at


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


def _field(value: Result, *keys: str | int) -> Result:
    for key in keys:
        value = at(value, key)
    return value


def _merge(*objects: dict[str, Value]) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for found in objects:
        made |= found
    return made


def _from_entries(entries: list[Value]) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for entry in entries:
        key = at(entry, "key")
        if not isinstance(key, str):
            raise MappingError(
                "mapping.type",
                "from_entries needs a list of objects with key and value, the key being text.",
                hint="Make them with map and object.",
            )
        made[key] = entry.get("value") if isinstance(entry, dict) else None
    return made


OBJECT: Final = Arg("object", Kind.OBJECT)
NAMES: Final = Arg("key", Kind.TEXT, fixed=True)
SHOES: Final[dict[str, Value]] = {"sizes": {"38": 4, "39": 0}}

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
    Op(
        key="field",
        title="Field of a value",
        help="The value at a path inside of an object or list, such as an entry that lookup gave. The keys "
        "may be computed; a whole number picks from a list, from 0. Missing when it is not there.",
        args=(Arg("value"),),
        rest=Arg("key", Kind.TEXT | Kind.INTEGER),
        rest_min=1,
        run=_field,
        is_flat=True,
        examples=(
            Example(["field", ["get", "sizes"], ["get", "size"]], 4, SHOES | {"size": "38"}),
            Example(["field", ["split", "a-b", "-"], 1], "b"),
            Example(["field", ["get", "sizes"], "40"], MISSING, SHOES),
        ),
    ),
    Op(
        key="keys",
        title="Keys",
        help="The keys of an object as a list.",
        args=(OBJECT,),
        result=Kind.LIST,
        run=list,
        examples=(Example(["keys", ["get", "sizes"]], ["38", "39"], SHOES),),
    ),
    Op(
        key="values",
        title="Values",
        help="The values of an object as a list.",
        args=(OBJECT,),
        result=Kind.LIST,
        run=lambda found: [*found.values()],
        is_fast=False,
        examples=(Example(["values", ["get", "sizes"]], [4, 0], SHOES),),
    ),
    Op(
        key="entries",
        title="Entries",
        help="The keys and values of an object as a list of objects with key and value.",
        args=(OBJECT,),
        result=Kind.LIST,
        run=lambda found: [{"key": key, "value": value} for key, value in found.items()],
        is_fast=False,
        examples=(
            Example(
                ["entries", ["get", "sizes"]], [{"key": "38", "value": 4}, {"key": "39", "value": 0}], SHOES
            ),
        ),
    ),
    Op(
        key="from_entries",
        title="From entries",
        help="An object from a list of objects with key and value; the last of equal keys wins.",
        args=(Arg("list", Kind.LIST),),
        result=Kind.OBJECT,
        run=_from_entries,
        is_fast=False,
        examples=(
            Example(["from_entries", ["lit", [{"key": "a", "value": 1}]]], {"a": 1}),
            Example(["from_entries", ["lit", [1]]], error="mapping.type"),
        ),
    ),
    Op(
        key="merge",
        title="Merge",
        help="One object with the keys of all; the value of the last object that has a key wins.",
        args=(OBJECT,),
        rest=OBJECT,
        result=Kind.OBJECT,
        run=_merge,
        is_fast=False,
        examples=(Example(["merge", ["lit", {"a": 1, "b": 1}], ["lit", {"b": 2}]], {"a": 1, "b": 2}),),
    ),
    Op(
        key="pick",
        title="Pick keys",
        help="The object with only these keys.",
        args=(OBJECT,),
        rest=NAMES,
        rest_min=1,
        result=Kind.OBJECT,
        run=lambda found, *keys: {key: found[key] for key in keys if key in found},
        is_fast=False,
        examples=(Example(["pick", ["get", "sizes"], "39", "40"], {"39": 0}, SHOES),),
    ),
    Op(
        key="omit",
        title="Leave out keys",
        help="The object without these keys.",
        args=(OBJECT,),
        rest=NAMES,
        rest_min=1,
        result=Kind.OBJECT,
        run=lambda found, *keys: {key: value for key, value in found.items() if key not in keys},
        is_fast=False,
        examples=(Example(["omit", ["get", "sizes"], "39"], {"38": 4}, SHOES),),
    ),
)
