import json

import pytest

from integrations.flows.templates import loader
from integrations.trials.documents import Given
from integrations.trials.services.samples import make_sample
from tests.web import world

pytestmark = pytest.mark.django_db

STOCK = loader.sample("stock-file")
OPTIONS = loader.template("stock-file").file.flow.nodes[0].config["options"]


@pytest.fixture
def ask():
    mine = world.make()
    client = world.seat(mine.tenant, "builder")

    def post(document, way, **said):
        sample = make_sample(
            by=mine.owner, flow_id=mine.flow.id, name="", document=Given(document), origin="pasted"
        )
        path = f"/flows/{mine.flow.id}/samples/{sample.id}/{way}"
        return client.post(path, json.dumps(said), content_type="application/json")

    return post


def test_each_line_is_shown_with_what_is_read_from_it(ask):
    said = ask(STOCK, "layout", options=OPTIONS).json()
    first, second, *_, last = said["lines"]
    assert (said["isRead"], said["isCut"], said["problems"]) == (True, False, [])
    assert (first["record"], first["values"]["created_on"]) == ("header", "2026-11-23")
    assert (second["number"], second["values"]["quantity"]) == (2, 77)
    assert last["record"] == "trailer"


def test_what_is_wrong_is_told_by_line_and_for_the_whole(ask):
    wrong = STOCK.replace(b"000077 ", b"00x077 ", 1)
    said = ask(wrong, "layout", options=OPTIONS).json()
    assert said["lines"][1]["values"] is None
    assert said["lines"][1]["problem"]["place"] == "line 2, record detail, field quantity, column 49"
    assert [problem["code"] for problem in said["problems"]] == ["fixed_width.not_integer"]
    assert "077" not in json.dumps(said["problems"])


def test_an_unfinished_layout_shows_the_text(ask):
    said = ask("Zürich\r\n".encode("cp1252"), "layout", options={"encoding": "cp1252"}).json()
    assert said["isRead"] is False
    assert [(line["number"], line["text"]) for line in said["lines"]] == [(1, "Zürich")]


def test_a_frame_that_cannot_be_is_refused(ask):
    got = ask(STOCK, "layout", options={"line_end": "none"})
    assert (got.status_code, got.json()["error"]["code"]) == (422, "format.options")


def test_a_layout_is_guessed(ask):
    said = ask(STOCK, "layout/guess").json()["options"]
    assert [record["marks"][0]["value"] for record in said["records"]] == ["00", "10", "99"]
    assert ask(b" ", "layout/guess").json() == {"options": {}}
