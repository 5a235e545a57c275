import json

import pytest

from tests import factories
from tests.web import world

pytestmark = pytest.mark.django_db


def evaluate(client, **said):
    return client.post("/build/evaluate", json.dumps(said), content_type="application/json")


def test_the_functions_are_told_with_help_and_examples():
    answer = world.seat(factories.tenant(), "viewer").get("/build/functions").json()
    upper = next(fn for fn in answer["functions"] if fn["key"] == "upper")
    assert (upper["title"], upper["family"], upper["rest_min"]) == ("Upper case", "text", 0)
    assert upper["examples"][0]["gives"]


def test_an_operation_gives_what_the_engine_gives_with_every_digit():
    client = world.seat(factories.tenant(), "builder")
    got = client.post(
        "/build/evaluate",
        '{"op": ["get", "order", "id"], "scope": {"order": {"id": 820982911946154508, "price": 0.10}}}',
        content_type="application/json",
    )
    result = got.json()["result"]
    assert (result["value"], result["text"]) == (820982911946154508, "820982911946154508")
    assert result["kind"] == "a whole number"


def test_a_wrong_operation_is_told_in_words_at_its_place():
    client = world.seat(factories.tenant(), "builder")
    error = evaluate(client, op=["trim", ["uper", "x"]], scope={}).json()["error"]
    assert (error["code"], error["at"], error["hint"]) == ("mapping.unknown_op", [1], "Did you mean “upper”?")


def test_what_is_no_question_is_refused():
    client = world.seat(factories.tenant(), "builder")
    got = evaluate(client, scope={})
    assert (got.status_code, got.json()["error"]["place"]) == (400, "op")
    got = evaluate(client, op=1, scope=[])
    assert got.json()["error"]["place"] == "scope"


def test_who_only_looks_on_tries_nothing():
    assert evaluate(world.seat(factories.tenant(), "viewer"), op=1, scope={}).status_code == 403
