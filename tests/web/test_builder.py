"""What the builder's script reads and saves."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.web import world

pytestmark = pytest.mark.django_db
HOOK = {"key": "in", "kind": "webhook_trigger"}
STRANGE = {"key": "odd", "kind": "teleport"}


def drawn(client: Client, as_role: Any, *steps: dict[str, Any]) -> str:
    """Make a flow with these steps; gives its builder's address."""
    with as_role("web"):
        made = client.post(reverse("web:flow-new"), {"name": "Drawn"})
        url = str(made["Location"])
        put(client, f"{url}draft", {"revision": 1, "definition": {"steps": list(steps)}})
    return url


def put(client: Client, url: str, body: dict[str, Any]) -> Any:
    return client.put(url, body, content_type="application/json")


def test_a_saved_draft_comes_back_with_its_problems_and_ports(as_role: Any) -> None:
    client = world.seat(factories.tenant())
    branch = {"key": "way", "kind": "branch", "config": {"cases": [{"port": "yes"}]}}
    url = drawn(client, as_role, HOOK, branch)
    with as_role("web"):
        found = client.get(f"{url}draft").json()
    assert found["revision"] == 2
    assert found["ports"] == {"in": ["next"], "way": ["yes", "else"]}
    assert "steps.way.config.cases[0].if" in {problem["place"] for problem in found["problems"]}


def test_a_stale_save_is_refused_with_what_stands(as_role: Any) -> None:
    client = world.seat(factories.tenant())
    url = drawn(client, as_role, HOOK)
    with as_role("web"):
        answer = put(client, f"{url}draft", {"revision": 1, "definition": {}})
    assert answer.status_code == 409
    said = answer.json()
    assert said["error"]["code"] == "flow.draft_changed"
    assert (said["draft"]["revision"], said["draft"]["definition"]["steps"][0]["key"]) == (2, "in")


def test_a_kind_that_nobody_knows_is_a_problem_and_no_fault_of_the_page(as_role: Any) -> None:
    client = world.seat(factories.tenant())
    url = drawn(client, as_role, HOOK, STRANGE)
    with as_role("web"):
        page, found = client.get(url), client.get(f"{url}draft").json()
    assert page.status_code == 200
    assert found["ports"] == {"in": ["next"], "odd": []}
    assert "flow.unknown_kind" in {problem["code"] for problem in found["problems"]}


def test_numbers_keep_their_digits(as_role: Any) -> None:
    client = world.seat(factories.tenant())
    url = drawn(client, as_role)
    text = '{"revision": 2, "definition": {"steps": [{"key": "a", "kind": "map", "config": {"n": 123456789012345678, "m": 8900.00}}]}}'  # noqa: E501
    with as_role("web"):
        assert client.put(f"{url}draft", text, content_type="application/json").status_code == 200
        assert b'"m":8900.00,"n":123456789012345678' in client.get(f"{url}draft").content


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ({"revision": "1", "definition": {}}, "request.field", "revision"),
        ({"revision": 1}, "request.field", "definition"),
        ({"revision": 1, "definition": {"steps": [{"key": "a"}]}}, "flow.malformed", "steps[0].kind"),
    ],
    ids=["text", "missing", "malformed"],
)
def test_what_is_no_draft_is_refused_at_its_place(
    body: dict[str, Any], code: str, place: str, as_role: Any
) -> None:
    client = world.seat(factories.tenant())
    url = drawn(client, as_role)
    with as_role("web"):
        error = put(client, f"{url}draft", body).json()["error"]
    assert (error["code"], error["place"]) == (code, place)


def test_publishing_is_refused_with_every_problem(as_role: Any) -> None:
    client = world.seat(factories.tenant())
    url = drawn(client, as_role, STRANGE)
    with as_role("web"):
        told = client.post(f"{url}publish", {}, content_type="application/json").json()["error"]
    assert told["code"] == "flow.not_valid"
    assert {problem["code"] for problem in told["problems"]} >= {"flow.no_trigger", "flow.unknown_kind"}
