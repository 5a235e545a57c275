"""The operations that the editor's tests read, as one file for both languages.

Written anew by ``python -m tests.mapping.expression_cases``; a test says when that is needed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from integrations.flows import templates
from integrations.flows.exact_json import json_bytes
from integrations.mapping.ops.registry import OPS
from integrations.mapping.schema import catalogue

FILE = Path(__file__).parent.parent / "data" / "expressions.json"
KEYS_OF_OPS = {"op", "if", "each", "where", "by", "value", "items"}
FLOWS = Path(templates.__file__).parent


def document() -> bytes:
    """Give the functions without their examples, and all operations of templates and examples."""
    functions = [{**described, "examples": []} for described in catalogue()]
    examples = [example.op for op in OPS.values() for example in op.examples]
    flows = [
        op for path in sorted(FLOWS.glob("*/flow.yaml")) for op in _ops(yaml.safe_load(path.read_text()))
    ]
    lines = [json_bytes(op).decode() for op in [*flows, *examples]]
    listed = ",\n".join(dict.fromkeys(lines))
    told = ",\n".join(json_bytes(function).decode() for function in functions)
    return f'{{"functions": [\n{told}\n],\n"ops": [\n{listed}\n]}}\n'.encode()


def _ops(found: Any) -> Iterator[Any]:
    if isinstance(found, dict):
        for key, value in found.items():
            if key in KEYS_OF_OPS and isinstance(value, list) and value and isinstance(value[0], str):
                yield value
            elif key == "let" and isinstance(value, dict):
                yield from value.values()
            else:
                yield from _ops(value)
    elif isinstance(found, list):
        for value in found:
            yield from _ops(value)


if __name__ == "__main__":
    FILE.write_bytes(document())
