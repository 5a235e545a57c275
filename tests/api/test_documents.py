"""Trying documents, mappings and schema files over the API: what it says, what it refuses."""

import base64

import pytest

from integrations.formats.registry import FORMATS

CSV = "sku;qty\n007;1\nB-2;x\n"
PLAN = {
    "version": 1,
    "rules": [{"to": "item", "op": ["get", "sku"]}, {"to": "count", "op": ["to_integer", ["get", "qty"]]}],
}


def test_every_format_is_listed_with_its_options_and_help(api) -> None:
    listed = api("GET", "/formats?limit=100").json["items"]
    assert {line["key"] for line in listed} == set(FORMATS)
    told = api("GET", "/formats/csv").json
    assert "delimiter" in told["options"]["properties"]
    assert told["help"].startswith("# ")
    assert api("GET", "/formats/nothing").refusal[1] == "format.unknown"


def test_a_document_is_recognised_and_read(api) -> None:
    guess = api("POST", "/documents/recognise", {"text": CSV}).json["guesses"][0]
    assert (guess["format"], guess["options"]["delimiter"]) == ("csv", ";")
    told = api("POST", "/documents/read", {"base64": base64.b64encode(CSV.encode()).decode(), "most": 1}).json
    assert told["records"] == [{"sku": "007", "qty": "1"}]
    assert told["is_cut"] is True
    assert told["parts"][0]["offset"] == 0


def test_a_document_is_translated_and_wrong_records_are_told(api) -> None:
    asked = {"text": CSV, "to": "json", "to_options": {"layout": "lines"}, "plan": PLAN}
    assert api("POST", "/documents/translate", asked).status == 422
    told = api("POST", "/documents/translate", asked | {"lenient": True}).json
    assert told["text"] == '{"item":"007","count":1}\n'
    assert [problem["place"].startswith("record 2") for problem in told["problems"]] == [True]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "a", "base64": "YQ=="}, "request.invalid"),
        ({"base64": "?"}, "request.invalid"),
        ({"text": "\u0001\u0002"}, "format.not_recognised"),
        ({"text": CSV, "format": "csv", "options": {"delimter": ";"}}, "format.options"),
    ],
)
def test_what_cannot_be_read_is_refused(api, body, code) -> None:
    assert api("POST", "/documents/read", body).refusal[1] == code


def test_a_mapping_is_checked_and_tried_with_every_value_on_the_way(api) -> None:
    assert api("POST", "/mappings/check", {"plan": PLAN}).json == {"valid": True, "problems": []}
    told = api(
        "POST", "/mappings/check", {"plan": {"version": 1, "rules": [{"to": "a", "op": ["no", 1]}]}}
    ).json
    assert (told["valid"], told["problems"][0]["place"]) == (False, "rules[0].op")
    tried = api("POST", "/mappings/try", {"plan": PLAN, "input": {"qty": "7"}}).json
    assert tried["output"] == {"count": 7}
    assert {"place": "rules[0].op", "items": [], "value": None, "is_missing": True} in tried["steps"]
    failed = api("POST", "/mappings/try", {"plan": PLAN, "input": {"qty": "x"}}).json
    assert failed["error"]["place"] == "rules[1].op"


def test_a_schema_file_becomes_json_schema(api) -> None:
    told = api("POST", "/schemas/import", {"kind": "csv_header", "text": "sku;qty"}).json
    assert list(told["json_schema"]["properties"]) == ["sku", "qty"]
    assert api("POST", "/schemas/import", {"kind": "nothing", "text": "x"}).refusal[1] == (
        "schema.unknown_importer"
    )
