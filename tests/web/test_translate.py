"""Trying a document on the page: what it is, what is in it, what is wrong with it, and another format."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrations.web.translate.forms import MOST_BYTES
from tests import factories
from tests.web import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(as_role: Any) -> Any:
    client = world.seat(factories.tenant("Siam Leather"), "builder")

    def send(action: str, **fields: object) -> Any:
        with as_role("web"):
            return client.post(f"/translate/{action}/", fields, headers={"hx-request": "true"})

    return send


def test_a_pasted_document_is_recognised_and_shown_with_its_parts(send: Any) -> None:
    page = send("read", text="sku;qty\n007;1\nB-2;3\n").content.decode()
    assert "CSV" in page
    assert "delimiter: ;" in page
    assert "&quot;007&quot;" in page
    assert "Nothing is wrong with it." in page


def test_every_wrong_record_is_told_with_its_place(send: Any) -> None:
    fields = {"text": "a,b\n1\n1,2\n3\n", "format": "csv", "options": "short_rows: refuse", "lenient": "on"}
    page = send("read", **fields).content.decode()
    assert "2 errors" in page
    assert "line 2" in page
    assert "line 4" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose a file"),
        ({"text": "a", "options": "[1"}, "YAML"),
        ({"text": "a,b\n1,2", "format": "csv", "options": "delimter: x"}, "delimter"),
        ({"text": "\x01\x02"}, "Name the format"),
    ],
)
def test_what_cannot_be_read_is_said(send: Any, fields: dict[str, str], said: str) -> None:
    assert said in send("read", **fields).content.decode()


def test_a_document_is_converted_through_a_plan_and_downloaded(send: Any) -> None:
    file = SimpleUploadedFile("orders.csv", b"sku,qty\n007,1\n")
    plan = "version: 1\nrules: [{to: item, op: [get, sku]}, {to: count, op: [to_integer, [get, qty]]}]"
    answer = send("convert", file=file, target="json", plan=plan)
    assert answer.content == b'[{"item":"007","count":1}]'
    assert "attachment" in answer["Content-Disposition"]


def test_a_plan_that_fails_is_told_on_the_page(send: Any) -> None:
    plan = "version: 1\nrules: [{to: item, op: [nothing, sku]}]"
    answer = send("convert", text="sku\n007\n", format="csv", target="json", plan=plan)
    assert answer.status_code == 422
    assert "nothing" in answer.content.decode()


def test_a_document_that_is_too_large_is_refused(send: Any) -> None:
    file = SimpleUploadedFile("large.csv", b"a" * (MOST_BYTES + 1))
    assert "at most" in send("read", file=file).content.decode()


def test_the_fields_of_a_message_are_listed(as_role: Any) -> None:
    client = world.seat(factories.tenant("Siam Leather"), "builder")
    with as_role("web"):
        page = client.get("/translate/formats/x12/fields/?choice=004010 810").content.decode()
        linked = client.get("/translate/formats/x12/").content.decode()
        unlinked = client.get("/translate/formats/csv/").content.decode()
        nothing = client.get("/translate/formats/csv/fields/")
    assert "BIG" in page
    assert '<option value="004010 810" selected>' in page
    assert "/translate/formats/x12/fields/" in linked
    assert "/fields/" not in unlinked
    assert nothing.status_code == 404
