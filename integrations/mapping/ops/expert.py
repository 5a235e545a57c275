"""Expressions in JSONata, for what the operations do not cover."""

from typing import Final

from integrations.mapping.allowance import Allowance
from integrations.mapping.jsonata.adapter import evaluate, prepare
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import MAX_DEPTH, MISSING, Kind, Result, Value, too_deep

CART: Final[dict[str, Value]] = {"lines": [{"sku": "A1", "n": 2}, {"sku": "B2", "n": 3}]}


def _lookup(allowance: Allowance, value: Value, key: str, depth: int = 0) -> tuple[Result, bool]:
    """Look a key up as JSONata does, in each object of a list; tell whether the result is a sequence."""
    if isinstance(value, dict):
        return value.get(key, MISSING), False
    if not isinstance(value, list):
        return MISSING, False
    if depth > MAX_DEPTH:
        raise too_deep()
    allowance.work(len(value))
    found: list[Value] = []
    for member in value:
        result, _ = _lookup(allowance, member, key, depth + 1)
        if isinstance(result, list):
            found += result
        elif result is not MISSING:
            found.append(result)
    if len(found) > 1:
        return found, True
    return (found[0] if found else MISSING), False


def _walk(allowance: Allowance, value: Value, *keys: str) -> Result:
    """Follow a path through objects and lists; a single value stands for itself, several are a list."""
    sequence: list[Value] = value if isinstance(value, list) else [value]
    for number, key in enumerate(keys, 1):
        allowance.work(len(sequence))
        pairs = (_lookup(allowance, item, key) for item in sequence)
        results = [pair for pair in pairs if pair[0] is not MISSING]
        if (
            number == len(keys)
            and len(results) == 1
            and isinstance(results[0][0], list)
            and not results[0][1]
        ):
            return results[0][0]
        sequence = []
        for result, _ in results:
            if isinstance(result, list):
                sequence += result
            elif result is not MISSING:
                sequence.append(result)
    if len(sequence) > 1:
        return sequence
    return sequence[0] if sequence else MISSING


OPS: Final = (
    Op(
        key="walk",
        title="Values along a path",
        help="What stands at a path, and where there are lists on the way, what stands there in all of their "
        "items: one value as it is, several as one list. So JSONata reads its paths.",
        args=(Arg("value"),),
        rest=Arg("key", Kind.TEXT, fixed=True),
        rest_min=1,
        run=_walk,
        needs_allowance=True,
        is_fast=False,
        examples=(
            Example(["walk", ["get"], "lines", "sku"], ["A1", "B2"], CART),
            Example(["walk", ["get", "lines", 0], "sku"], "A1", CART),
            Example(["walk", ["get"], "lines", "price"], MISSING, CART),
        ),
    ),
    Op(
        key="jsonata",
        title="JSONata",
        help="The value of a JSONata expression on the document, or on the value given. JSONata computes "
        "with doubles: decimals, whole numbers beyond 2 to the power of 53 and dates reach it as text, so "
        "that no digit is lost; with “double”, decimals of up to 15 digits reach it as its numbers. Give the "
        "rule an as to get exact numbers or always a list. One second, 500,000 steps.",
        args=(
            Arg("expression", Kind.TEXT, fixed=True, prepare=prepare),
            Arg("value", default=None, is_document=True),
            Arg("numbers", Kind.TEXT, default="text", fixed=True, choices=("text", "double")),
        ),
        run=evaluate,
        needs_allowance=True,
        needs_place=True,
        takes_missing=True,
        is_flat=True,
        examples=(
            Example(["jsonata", "$sum(lines.(n * 10))"], 50, CART),
            Example(["jsonata", "lines[n > 2].sku"], "B2", CART),
            Example(["jsonata", "$uppercase($)", ["get", "name"]], "ANA", {"name": "ana"}),
            Example(["jsonata", "id"], "820982911946154508", {"id": 820982911946154508}),
            Example(["jsonata", "gone"], MISSING),
            Example(["jsonata", "$now()"], "2026-03-01T12:30:00.000Z"),
            Example(["jsonata", "1 +"], error="mapping.jsonata_syntax"),
            Example(["jsonata", "n + 1"], source={"n": "x"}, error="mapping.jsonata"),
            Example(["jsonata", "($f := function($x) {$f($x)}; $f(1))"], error="mapping.jsonata_limit"),
        ),
    ),
)
