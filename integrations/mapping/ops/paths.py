"""Where values come from: the document, the item of a loop, a let, a literal."""

from datetime import UTC, datetime
from typing import Final

from integrations.mapping.ops.signature import Arg, Example, Form, Op
from integrations.mapping.values import MISSING, Kind, Value

KEYS: Final = Arg("keys", Kind.TEXT | Kind.INTEGER, fixed=True)
ORDER: Final[dict[str, Value]] = {
    "order": {"id": 820982911946154508, "lines": [{"sku": "A1"}, {"sku": "B2"}], "note": None}
}

OPS: Final = (
    Op(
        key="get",
        title="Field",
        help="The value at a path of the document. A path is a list of keys; a whole number picks from a "
        "list, from 0, or from the end with -1. Missing when any part of the path is not there.",
        rest=KEYS,
        form=Form.PATH,
        examples=(
            Example(["get", "order", "id"], 820982911946154508, ORDER),
            Example(["get", "order", "lines", -1, "sku"], "B2", ORDER),
            Example(["get", "order", "note"], None, ORDER),
            Example(["get", "order", "name"], MISSING, ORDER),
            Example(["get", "a.b"], "one key", {"a.b": "one key", "a": {"b": "two keys"}}),
        ),
    ),
    Op(
        key="it",
        title="Item",
        help="The item of the innermost loop, or the value at a path of it.",
        rest=KEYS,
        form=Form.PATH,
        examples=(Example(["map", ["get", "order", "lines"], "line", ["it", "sku"]], ["A1", "B2"], ORDER),),
    ),
    Op(
        key="item",
        title="Item by name",
        help="The item of the loop with this name, or the value at a path of it: for reaching an outer loop.",
        args=(Arg("name", Kind.TEXT, fixed=True),),
        rest=KEYS,
        form=Form.PATH,
        examples=(
            Example(
                ["map", ["get", "boxes"], "box", ["map", ["it", "skus"], "sku", ["item", "box", "number"]]],
                [[7, 7]],
                {"boxes": [{"number": 7, "skus": ["A1", "B2"]}]},
            ),
        ),
    ),
    Op(
        key="let",
        title="Named value",
        help="The value that the plan's let computes under this name, or the value at a path of it.",
        args=(Arg("name", Kind.TEXT, fixed=True),),
        rest=KEYS,
        form=Form.PATH,
    ),
    Op(
        key="lit",
        title="Constant",
        help="A value as it stands: text, number, yes or no, null, list or object.",
        args=(Arg("value", fixed=True),),
        form=Form.PATH,
        examples=(
            Example(["lit", {"country": "TH", "codes": [1, 2]}], {"country": "TH", "codes": [1, 2]}),
            Example(["lit", "get"], "get"),
        ),
    ),
    Op(
        key="position",
        title="Position",
        help="The number of the item in the innermost loop or in the loop with this name, from 1. In a "
        "loop's where and sort it counts the items of the source, in its rules the items that are "
        "written.",
        args=(Arg("name", Kind.TEXT, default="", fixed=True),),
        form=Form.PATH,
        result=Kind.INTEGER,
        examples=(
            Example(["map", ["get", "order", "lines"], "line", ["position"]], [1, 2], ORDER),
            Example(["map", ["get", "order", "lines"], "line", ["position", "line"]], [1, 2], ORDER),
        ),
    ),
    Op(
        key="now",
        title="Now",
        help="The instant at which the run was accepted; the same in every retry and replay.",
        result=Kind.DATETIME,
        run=lambda allowance: allowance.env.now,
        needs_allowance=True,
        is_certain=True,
        examples=(Example(["now"], datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),),
    ),
)
