"""The examples of every operation are executed; they are also what the editor shows."""

from decimal import Decimal
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from integrations.mapping import MISSING, check, run_tests
from integrations.mapping.ops.registry import FAMILIES, OPS
from integrations.mapping.ops.signature import Form
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


def from_source(op, source):
    """An operation whose constants stand in the document, so that nothing is computed beforehand."""
    form = OPS[op[0]]
    moved = [op[0]]
    for n, arg in enumerate(op[1:]):
        if form.parameter(n).fixed or form.form is not Form.PLAIN or form.parameter(n).vet:
            moved.append(arg)
        elif isinstance(arg, list) and arg and arg[0] != "lit":
            moved.append(from_source(arg, source) if OPS[arg[0]].form is Form.PLAIN else arg)
        else:
            key = f"constant {len(source)}"
            source[key] = arg[1] if isinstance(arg, list) else arg
            moved.append(["get", key])
    return moved


@pytest.mark.parametrize(("key", "number", "example"), EXAMPLES, ids=[f"{key}-{n}" for key, n, _ in EXAMPLES])
def test_example_gives_the_same_from_a_document(key, number, example):
    source = dict(example.source)
    value, code, _ = both(single(from_source(example.op, source)), exact(source))
    if OPS[key].form is Form.PLAIN and not example.error:
        assert repr(value) == repr({} if example.gives is MISSING else {"it": example.gives})
    elif code:
        assert code == example.error


def exact(source):
    return {key: Decimal(str(value)) if isinstance(value, float) else value for key, value in source.items()}


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_operation_is_described(op):
    assert op.title
    assert op.help.endswith(".")
    assert op.examples or op.key == "let"


def test_keys_are_unique_over_all_families():
    assert len(OPS) == sum(map(len, FAMILIES.values()))


GUIDE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text()


def test_the_guide_names_every_operation():
    assert [key for key in OPS if f"`{key}`" not in GUIDE] == []


def test_the_plan_of_the_guide_passes_its_own_test():
    plan = YAML(typ="safe").load(GUIDE.split("```yaml")[1].split("```")[0])
    assert check(plan) == []
    assert [result.passed for result in run_tests(plan)] == [True]
