"""The description of the API: valid OpenAPI, made without a warning, and complete."""

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from integrations.api import schema


def test_the_description_is_valid_openapi_and_made_without_a_warning(capsys) -> None:
    schema.document.cache_clear()
    GENERATOR_STATS.reset()
    made = schema.document()
    validate_schema(made)
    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})  # noqa: SLF001
    assert "Warning" not in capsys.readouterr().err


def test_every_operation_says_what_it_does_and_which_scope_it_needs() -> None:
    operations = [one for path in schema.document()["paths"].values() for one in path.values()]
    assert len(operations) > 50
    assert [one["operationId"] for one in operations if not one["summary"] or not one["description"]] == []


def test_it_is_served_without_a_key(client, db) -> None:
    got = client.get("/api/v1/openapi.json")
    assert (got.status_code, got.json()["openapi"][:3]) == (200, "3.0")
