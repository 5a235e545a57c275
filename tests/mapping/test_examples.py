"""The examples of every operation are executed; they are also what the editor shows."""

import pytest

from integrations.mapping import MISSING
from integrations.mapping.ops.registry import FAMILIES, OPS
from tests.mapping.plans import both, single

EXAMPLES = [(op.key, number, example) for op in OPS.values() for number, example in enumerate(op.examples)]


@pytest.mark.parametrize(("key", "number", "example"), EXAMPLES, ids=[f"{key}-{n}" for key, n, _ in EXAMPLES])
def test_example_gives_what_it_says_in_both_engines(key, number, example):
    value, code, _ = both(single(example.op), dict(example.source))
    if example.error:
        assert code == example.error
    else:
        assert code == ""
        assert value == ({} if example.gives is MISSING else {"it": example.gives})
        assert repr(value) == repr({} if example.gives is MISSING else {"it": example.gives})


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_operation_is_described(op):
    assert op.title
    assert op.help.endswith(".")
    assert op.examples or op.key == "let"


def test_keys_are_unique_over_all_families():
    assert len(OPS) == sum(map(len, FAMILIES.values()))
