"""Choosing between values; only the arguments that are needed are evaluated."""

from decimal import Decimal
from typing import Final

from integrations.mapping.ops.signature import Arg, Example, Form, Op
from integrations.mapping.values import MISSING, Kind

CONDITION: Final = Arg("condition", Kind.BOOLEAN)
VALUE: Final = Arg("value")


OPS: Final = (
    Op(
        key="coalesce",
        title="First present",
        help="The first value that is neither missing nor null. An empty text counts as present.",
        rest=VALUE,
        rest_min=1,
        form=Form.LAZY,
        examples=(
            Example(
                ["coalesce", ["get", "nickname"], ["get", "name"]], "Ana", {"nickname": None, "name": "Ana"}
            ),
            Example(["coalesce", ["get", "name"], "unknown"], "", {"name": ""}),
            Example(["coalesce", ["get", "name"]], MISSING),
        ),
    ),
    Op(
        key="if_empty",
        title="If empty",
        help="The value, or the fallback when the value is missing, null or empty.",
        args=(VALUE, Arg("fallback")),
        form=Form.LAZY,
        examples=(
            Example(["if_empty", ["get", "name"], "unknown"], "unknown", {"name": ""}),
            Example(["if_empty", ["get", "stock"], 5], 0, {"stock": 0}),
        ),
    ),
    Op(
        key="if",
        title="If",
        help="One value when the condition holds, another when it does not. Missing where no other is "
        "given. A missing or null condition does not hold.",
        args=(CONDITION, Arg("then"), Arg("else", default=None)),
        form=Form.LAZY,
        examples=(
            Example(
                ["if", ["gt", ["get", "total"], 100], "free", "paid"], "free", {"total": Decimal("100.01")}
            ),
            Example(["if", ["get", "gift"], "wrap"], MISSING),
            Example(["if", "yes", 1, 2], error="mapping.type"),
        ),
    ),
    Op(
        key="switch",
        title="Switch",
        help="The result that stands behind the first case equal to the value; a last single argument is "
        "the result for all others.",
        args=(VALUE,),
        rest=Arg("case, result"),
        rest_min=2,
        form=Form.LAZY,
        examples=(
            Example(["switch", ["get", "country"], "DE", 19, "AT", 20, 0], 20, {"country": "AT"}),
            Example(["switch", ["get", "country"], "DE", 19, "AT", 20, 0], 0, {"country": "TH"}),
            Example(["switch", ["get", "country"], "DE", 19], MISSING, {"country": "TH"}),
        ),
    ),
)
