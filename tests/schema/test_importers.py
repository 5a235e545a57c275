"""OpenAPI, Avro, CSV headers: what is read out of each, and what is refused where."""

import io
import json

import fastavro
import pytest

from integrations.errors import ConfigError
from integrations.schema import openapi
from integrations.schema.avro import read_avro
from integrations.schema.csv_header import read_csv_header
from integrations.schema.importers import IMPORTERS, importer
from integrations.schema.model import Type

OPENAPI = """
openapi: 3.0.3
info: {title: Shop}
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    put:
      summary: Change an order
      parameters:
        - $ref: '#/components/parameters/Trace'
      requestBody:
        content:
          text/xml: {schema: {type: string}}
          application/json: {schema: {$ref: '#/components/schemas/Order'}}
      responses:
        200:
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}
        404: {description: no}
components:
  parameters:
    Trace: {name: X-Trace, in: header, schema: {type: string, maxLength: 8}}
  schemas:
    Order:
      type: object
      required: [id, total]
      properties:
        id: {type: integer, readOnly: true}
        total: {type: string, format: decimal, nullable: true}
        secret: {type: string, writeOnly: true}
        parent: {$ref: '#/components/schemas/Order'}
"""
SWAGGER = {
    "swagger": "2.0",
    "paths": {
        "/orders": {
            "post": {
                "parameters": [
                    {"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Order"}},
                    {"in": "query", "name": "dry", "type": "boolean", "required": True},
                ],
                "responses": {"201": {"schema": {"$ref": "#/definitions/Order"}}},
            },
            "patch": {"parameters": [{"in": "formData", "name": "note", "type": "string", "required": True}]},
        }
    },
    "definitions": {
        "Order": {"type": "object", "properties": {"id": {"type": "integer", "format": "int64"}}}
    },
}
AVRO = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}], "default": None},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "DONE"]}},
        {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
            {"name": "sku", "type": "string", "doc": "Article"},
            {"name": "next", "type": ["null", "Line"]}]}}},
        {"name": "gift", "type": ["null", "Line"]},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
        {"name": "either", "type": ["int", "string"]},
    ],
}  # fmt: skip


def test_every_operation_and_its_parts_are_listed():
    assert [choice for choice, _ in openapi.choices(OPENAPI)] == [
        "PUT /orders/{id} parameters",
        "PUT /orders/{id} request",
        "PUT /orders/{id} response 200",
        "schema Order",
    ]
    assert [op.parts for op in openapi.operations(json.dumps(SWAGGER))] == [
        ("parameters", "request", "response 201"),
        ("request",),
    ]


def names(schema):
    return [field.name for field in schema.root.fields]


def test_a_request_leaves_out_what_is_only_read_and_an_answer_what_is_only_written():
    assert names(openapi.read_openapi(OPENAPI, "PUT /orders/{id} request")) == ["total", "secret", "parent"]
    answer = openapi.read_openapi(OPENAPI, "PUT /orders/{id} response 200")
    assert names(answer) == ["id", "total", "parent"]
    assert answer.find(("parent", "parent", "total")).nullable


def test_parameters_are_fields():
    found = openapi.read_openapi(OPENAPI, "PUT /orders/{id} parameters").root.fields
    assert [(f.name, f.type, f.required, f.max_length) for f in found] == [
        ("id", Type.INTEGER, True, None),
        ("X-Trace", Type.TEXT, False, 8),
    ]


def test_swagger_2_is_read():
    text = json.dumps(SWAGGER)
    assert openapi.read_openapi(text, "POST /orders request").find(("id",)).type is Type.INTEGER
    assert openapi.read_openapi(text, "POST /orders parameters").find(("dry",)).required
    assert openapi.read_openapi(text, "PATCH /orders request").find(("note",)).required


@pytest.mark.parametrize(
    "choice", ["", "POST", "GET /x request", "schema None", "PUT /orders/{id} response 500"]
)
def test_a_part_that_is_not_there_is_refused(choice):
    with pytest.raises(ConfigError) as refused:
        openapi.read_openapi(OPENAPI, choice)
    assert (refused.value.code, refused.value.place) == ("schema.choice", "choice")


def test_avro_is_read_from_its_json():
    schema = read_avro(json.dumps(AVRO))
    found = {".".join(path): field for path, field in schema.walk()}
    assert (found["id"].type, found["id"].maximum) == (Type.INTEGER, (1 << 63) - 1)
    assert (found["total"].type, found["total"].max_length, found["total"].scale) == (Type.DECIMAL, 9, 2)
    assert (found["day"].type, found["day"].nullable) == (Type.DATE, True)
    assert (list(found["state"].choices), found["state"].is_closed) == (["NEW", "DONE"], True)
    assert (found["lines"].repeats, found["lines.sku"].description) == (True, "Article")
    assert found["gift.sku"].type is Type.TEXT
    assert found["tags"].is_open
    assert found["either"].type is Type.ANY
    assert schema.find(("gift", "next", "next", "sku"))


def test_avro_is_read_from_the_head_of_a_file():
    file = io.BytesIO()
    fastavro.writer(file, {**AVRO, "fields": [AVRO["fields"][0]]}, [{"id": 1}])
    assert names(read_avro(file.getvalue())) == ["id"]
    with pytest.raises(ConfigError, match="cut short"):
        read_avro(file.getvalue()[:20])


@pytest.mark.parametrize(
    ("node", "code", "place"),
    [
        ("string", "schema.not_an_object", "schema"),
        ({"type": "record", "name": "A"}, "schema.syntax", "schema"),
        (
            {"type": "record", "name": "A", "fields": [{"name": "b", "type": "C"}]},
            "schema.unknown_ref",
            "schema.fields[0]",
        ),
        ({"type": "record", "name": "A", "fields": [{"type": "int"}]}, "schema.syntax", "schema.fields[0]"),
    ],
)
def test_wrong_avro_is_refused_at_its_place(node, code, place):
    with pytest.raises(ConfigError) as refused:
        read_avro(json.dumps(node))
    assert (refused.value.code, refused.value.place) == (code, place)


def test_a_header_line_gives_the_columns_and_its_rows_examples():
    schema = read_csv_header(b'\xef\xbb\xbfsku;"stock; free";ean\r\n007;3;\r\n008;4;1\r\n')
    assert names(schema) == ["sku", "stock; free", "ean"]
    assert [field.examples for field in schema.root.fields] == [("007",), ("3",), ()]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "schema.empty", "line 1"),
        ("a,,b", "schema.syntax", "line 1, column 2"),
        ("a,b,a", "schema.twice", "line 1, column 3"),
        (b"a,\xff", "schema.encoding", "offset 2"),
    ],
)
def test_a_wrong_header_is_refused_at_its_column(text, code, place):
    with pytest.raises(ConfigError) as refused:
        read_csv_header(text)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_importers_are_found_by_key():
    assert importer("csv_header").read("a,b", "").find(("b",))
    assert importer("openapi").choices(OPENAPI)
    assert all(one.choices("{}") == [] for key, one in IMPORTERS.items() if key != "openapi")
    with pytest.raises(ConfigError, match="no such kind"):
        importer("nothing")
