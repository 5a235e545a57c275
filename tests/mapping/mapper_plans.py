"""The plans that the browser's model is tested with too: those of the demo, and odd ones.

.venv/bin/python -m tests.mapping.mapper_plans      writes them to tests/data/mapper_plans.json
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from integrations.flows import demo
from integrations.flows.yamlfile import read_settings

FILE: Final = Path("tests/data/mapper_plans.json")
ODD: Final[list[Any]] = [
    {"version": 1, "rules": [{"to": [], "op": ["get", "order"]}]},
    {"version": 1, "rules": ["what is this", {"to": 7}, {"to": "a", "op": 1, "comment": "kept"}], "more": {}},
    {"version": 1, "let": {}, "rules": [{"to": "a", "op": None, "if": ["get", "x"]}, {"to": "a", "op": 1}]},
    {"version": 1, "rules": [{"to": "l", "each": ["get", "l"], "rules": [{"to": [], "op": ["it", "a"]}]}]},
    {
        "rules": [
            {
                "to": ["a", "l"],
                "each": ["get", "l"],
                "join": [{"list": ["get", "p"], "name": "p", "by": ["it", "k"], "on": ["it", "k"]}],
                "where": ["gt", ["it", "n"], 0],
                "group": {"by": {"k": ["it", "k"]}},
                "rules": [{"to": "k", "op": ["it", "key", "k"]}],
            }
        ],
        "version": 1,
    },
]


def plans() -> list[Any]:
    """Give every plan of the demo's flows, and the odd ones."""
    return [*(plan for name in demo.FLOWS for plan in _within(read_settings(demo.flow_text(name)))), *ODD]


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if isinstance(value.get("rules"), list) and "version" in value:
            yield value
        for inner in value.values():
            yield from _within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(inner)


def text() -> bytes:
    return (
        msgspec.json.format(msgspec.json.Encoder(decimal_format="number").encode(plans()), indent=1) + b"\n"
    )


if __name__ == "__main__":
    FILE.write_bytes(text())
