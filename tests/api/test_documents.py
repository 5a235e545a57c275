"""Trying documents, mappings and schema files over the API: what it says, what it refuses."""

import base64

import pytest

from integrations import canonical
from integrations.formats.imports import IMPORTS
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


def test_every_importer_is_offered(api) -> None:
    listed = api("GET", "/schemas/importers").json["items"]
    assert {line["key"] for line in listed} == set(IMPORTS)
    told = api("POST", "/schemas/import", {"kind": "x12", "choice": "004010 850"}).json
    assert "BEG" in told["json_schema"]["properties"]
    choices = api("POST", "/schemas/import", {"kind": "swift_mt"}).json
    assert (choices["json_schema"], choices["choices"][0]["choice"] != "") == (None, True)


def test_canonical_models_are_listed_and_shown(api) -> None:
    listed = api("GET", "/canonical?limit=100").json["items"]
    assert [line["model"] for line in listed] == sorted(canonical.models())
    told = api("GET", "/canonical/order").json
    assert told["version"]
    assert "lines" in told["json_schema"]["properties"]
    assert api("GET", "/canonical/nothing").refusal[1] == "canonical.unknown"


def test_a_mapping_is_suggested_between_a_message_and_a_canonical_model(api) -> None:
    asked = {
        "source": {"format": "x12", "options": {"transaction_set": "850", "envelope": {"version": "004010"}}},
        "target": {"canonical": "order"},
    }
    found = api("POST", "/mappings/suggest", asked).json["suggestions"]
    number = next(line for line in found if line["target"] == ["purchase_order_number"])
    assert (number["source"], number["score"] > 40, bool(number["reasons"])) == (["BEG", "03"], True, True)


def test_a_plan_is_checked_against_both_schemas(api) -> None:
    asked = {
        "plan": PLAN,
        "source": {"json_schema": {"properties": {"sku": {"type": "string"}}, "additionalProperties": False}},
        "target": {"json_schema": {"required": ["item", "price"], "properties": {"item": {}, "price": {}}}},
    }
    told = api("POST", "/mappings/fit", asked).json
    assert told["valid"] is False
    codes = {problem["code"]: problem["place"] for problem in told["problems"]}
    assert codes["mapping.unknown_source"] == "rules[1].op[1]"
    assert "mapping.required_target" in codes
    assert api("POST", "/mappings/fit", {"plan": PLAN}).json["valid"] is True


@pytest.mark.parametrize(
    ("side", "code"),
    [
        ({}, "request.invalid"),
        ({"canonical": "order", "format": "x12"}, "request.invalid"),
        ({"canonical": "nothing"}, "canonical.unknown"),
        ({"format": "json"}, "schema.not_known"),
        ({"format": "csv", "options": {"delimter": ";"}}, "format.options"),
    ],
)
def test_a_schema_that_is_none_is_refused(api, side, code) -> None:
    assert api("POST", "/mappings/fit", {"plan": PLAN, "source": side}).refusal[1] == code


def test_the_lineage_of_a_plan_is_told(api) -> None:
    line = api("POST", "/mappings/lineage", {"plan": PLAN}).json["targets"][1]
    assert (line["target"], line["sources"], line["ops"]) == (["count"], [["qty"]], ["to_integer"])
    assert api("POST", "/mappings/lineage", {"plan": {}}).refusal[1] == "mapping.plan"


def test_two_plans_are_compared_in_words(api) -> None:
    new = {**PLAN, "rules": PLAN["rules"][:1]}
    (change,) = api("POST", "/mappings/diff", {"old": PLAN, "new": new}).json["changes"]
    assert (change["kind"], change["place"], "count" in change["sentence"]) == ("removed", "rules[1]", True)


def test_the_tests_of_a_plan_are_run(api) -> None:
    cases = [
        {"name": "good", "input": {"qty": "2"}, "expected": {"count": 2}},
        {"name": "other", "input": {"qty": "2"}, "expected": {"count": 3}},
        {"name": "broken", "input": {"qty": "x"}, "expected": {}},
    ]
    told = api("POST", "/mappings/test", {"plan": {**PLAN, "tests": cases}}).json
    assert (told["passed"], [line["passed"] for line in told["tests"]]) == (False, [True, False, False])
    assert told["tests"][1]["path"] == ["count"]
    assert told["tests"][2]["error"]["place"] == "rules[1].op"
