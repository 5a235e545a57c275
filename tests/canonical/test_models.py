"""The canonical models: each is valid JSON Schema, described to the last field, and its examples fit it."""

import re

import jsonschema_rs
import pytest

from integrations.canonical import document, model, models
from integrations.errors import ConfigError
from integrations.schema.json_schema import from_json_schema, to_json_schema
from integrations.schema.model import Sensitivity, Type

PERSONAL = re.compile(r"^(first_name|last_name|email|phone|birth_date|line1|postal_code)$")
SEALED = re.compile(r"^(iban|national_id|medical_record_number|diagnoses)$")


@pytest.mark.parametrize("name", models())
def test_a_model_is_valid_and_its_examples_fit(name):
    found = document(name)
    jsonschema_rs.meta.validate(found)
    validator = jsonschema_rs.Draft202012Validator(found, validate_formats=True)
    assert found["examples"]
    for example in found["examples"]:
        assert [error.message for error in validator.iter_errors(example)] == []


@pytest.mark.parametrize("name", models())
def test_every_field_is_typed_titled_and_classed(name):
    for path, field in model(name).walk():
        assert field.type is not Type.ANY, path
        assert field.title, path
        if PERSONAL.match(path[-1]) and path[0] != "events":
            assert field.sensitivity in {Sensitivity.CONFIDENTIAL, Sensitivity.SEALED}, path
        if SEALED.match(path[-1]):
            assert field.sensitivity is Sensitivity.SEALED, path


@pytest.mark.parametrize("name", models())
def test_a_model_is_closed_versioned_and_stays_itself_as_json_schema(name):
    schema = model(name)
    assert schema.origin == f"canonical {name} 1"
    assert not any(field.is_open for _, field in schema.walk())
    assert from_json_schema(to_json_schema(schema)) == schema


def test_money_has_a_currency_and_a_quantity_a_unit_everywhere():
    for name in models():
        for path, field in model(name).walk():
            if field.ref in {"money", "quantity"}:
                inner = [f.name for f in model(name).resolve(field)]
                assert inner == (["amount", "currency"] if field.ref == "money" else ["value", "unit"]), path


def test_an_unknown_model_is_refused():
    with pytest.raises(ConfigError, match=r"canonical\.unknown"):
        model("../order")
