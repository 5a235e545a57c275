"""JSON Schema in and out: what is kept, what is refused and where."""

from contextlib import suppress
from decimal import Decimal

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import ConfigError
from integrations.schema.json_schema import from_json_schema, read_json_schema, to_json_schema
from integrations.schema.model import Field, Schema, Sensitivity, Type

NAMES = st.sampled_from(["id", "größe", "a/b", "x~y", "line.no", "n 1", "ok"])
COUNTS = st.none() | st.integers(0, 99)
BOUNDS = st.none() | st.decimals(-999, 999, places=2) | st.integers(-9, 9).map(Decimal)
CODES = st.dictionaries(st.sampled_from(["A", "7", "-1", "x y"]), st.sampled_from(["", "Label"]), max_size=3)


@st.composite
def fields(draw, name, depth=2, refs=("part",)):
    types = list(Type) if depth else [kind for kind in Type if kind is not Type.OBJECT]
    kind = draw(st.sampled_from(types))
    is_object = kind is Type.OBJECT
    ref = draw(st.sampled_from(["", *refs])) if is_object else ""
    return Field(
        name,
        kind,
        title=draw(st.sampled_from(["", "Title"])),
        description=draw(st.sampled_from(["", "Words."])),
        required=draw(st.booleans()),
        nullable=draw(st.booleans()),
        repeats=draw(st.booleans()),
        min_items=draw(st.integers(0, 2)),
        max_items=draw(COUNTS),
        fields=() if ref or not is_object else draw(members(depth - 1)),
        is_open=is_object and draw(st.booleans()),
        ref=ref,
        min_length=None if is_object else draw(COUNTS),
        max_length=None if is_object else draw(COUNTS),
        scale=None if is_object else draw(COUNTS),
        minimum=None if is_object else draw(BOUNDS),
        maximum=None if is_object else draw(BOUNDS),
        pattern="" if is_object else draw(st.sampled_from(["", "[A-Z]+", "a|b"])),
        choices={} if is_object else draw(CODES),
        is_closed=not is_object and draw(st.booleans()),
        notation="" if is_object else draw(st.sampled_from(["", "CCYYMMDD", "email"])),
        examples=("7",) if kind is Type.TEXT else (),
        sensitivity=draw(st.none() | st.sampled_from(list(Sensitivity))),
        canonical=draw(st.sampled_from(["", "order.customer.email"])),
    )


@st.composite
def members(draw, depth=2):
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    return tuple(draw(fields(name, depth)) for name in names)


@given(members(), members(1), st.booleans())
@settings(max_examples=150)
def test_what_is_exported_is_imported_as_it_was(root, part, is_open):
    schema = Schema(
        Field("", Type.OBJECT, fields=(*root, Field("sub", Type.OBJECT, ref="part")), is_open=is_open),
        {"part": Field("part", Type.OBJECT, fields=part)},
        "Order",
        "a test",
    )
    written = to_json_schema(schema)
    jsonschema_rs.meta.validate(written)
    assert from_json_schema(written) == schema


def one(node, **document):
    """The field *x* of a schema whose property x is this node."""
    found = from_json_schema({"type": "object", "properties": {"x": node}, **document}).root.child("x")
    assert found
    return found


@pytest.mark.parametrize(
    ("node", "kind", "notation"),
    [
        ({"type": "string", "format": "date"}, Type.DATE, "text"),
        ({"type": "string", "format": "date-time"}, Type.MOMENT, "text"),
        ({"type": "string", "format": "decimal"}, Type.DECIMAL, "text"),
        ({"type": "string", "format": "date", "x-7m-type": "date"}, Type.DATE, ""),
        ({"type": "string", "format": "email"}, Type.TEXT, "email"),
        ({"type": "string", "contentEncoding": "base64"}, Type.BYTES, "text"),
        ({"type": ["integer", "number"]}, Type.DECIMAL, ""),
        ({"type": ["string", "integer"]}, Type.ANY, ""),
        ({"minimum": 3}, Type.DECIMAL, ""),
        ({"enum": [1, 2]}, Type.INTEGER, ""),
        ({"const": "a"}, Type.TEXT, ""),
        ({}, Type.ANY, ""),
        (True, Type.ANY, ""),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, Type.ANY, ""),
    ],
)
def test_the_type_is_told_by_the_keywords(node, kind, notation):
    assert (one(node).type, one(node).notation) == (kind, notation)


@pytest.mark.parametrize(
    "node",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"enum": ["a", None]},
    ],
)
def test_null_is_a_value_in_every_way_of_saying_it(node):
    assert (one(node).type, one(node).nullable) == (Type.TEXT, True)


def test_bounds_stay_exact():
    found = one({"type": "number", "minimum": Decimal("0.10"), "multipleOf": Decimal("0.001")})
    assert (str(found.minimum), found.scale) == ("0.10", 3)
    assert one({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10}).maximum == 9
    assert one({"type": "integer", "minimum": 0, "exclusiveMinimum": True}).minimum == 1


def test_all_of_is_merged_and_the_tightest_limit_holds():
    parts = [{"$ref": "#/$defs/a"}, {"required": ["b"], "properties": {"b": {"maxLength": 5}}}]
    defs = {"a": {"type": "object", "properties": {"b": {"type": "string", "maxLength": 9}}}}
    inner = one({"allOf": parts}, **{"$defs": defs}).child("b")
    assert (inner.type, inner.max_length, inner.required) == (Type.TEXT, 5, True)


def test_forms_are_joined_with_a_note():
    card = {"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"]}
    bank = {"type": "object", "properties": {"iban": {"type": "string"}}, "required": ["iban"]}
    found = one({"oneOf": [card, bank]})
    assert [(f.name, f.required) for f in found.fields] == [("card", False), ("iban", False)]
    assert found.description == "One of 2 forms."


def test_codes_with_titles_become_labels():
    codes = [{"const": "A", "title": "Air"}, {"const": "S", "title": "Sea"}]
    assert one({"oneOf": codes}).choices == {"A": "Air", "S": "Sea"}


def test_a_structure_may_hold_itself():
    node = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/definitions/n"}}}}
    schema = from_json_schema({**node, "definitions": {"n": node}})
    assert schema.find(("kids", "kids", "kids", "kids")).repeats
    assert [path for path, _ in schema.walk()] == [("kids",), ("kids", "kids")]
    again = from_json_schema({"type": "object", "properties": {"up": {"$ref": "#"}}})
    assert again.find(("up", "up", "up")).type is Type.OBJECT


def test_an_extended_structure_that_holds_itself_ends():
    base = {"type": "object", "properties": {"up": {"allOf": [{"$ref": "#/$defs/b"}, {"required": ["up"]}]}}}
    schema = from_json_schema(
        {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "$defs": {"b": base}}
    )
    assert "Holds itself" in schema.find(("b", "up", "up")).description


def test_a_list_at_the_root_describes_its_records():
    schema = from_json_schema({"type": "array", "items": {"type": "object", "properties": {"a": {}}}})
    assert schema.find(("a",)).type is Type.ANY


@pytest.mark.parametrize(
    ("pattern", "kept"), [("^[A-Z]{2}$", "[A-Z]{2}"), ("(?=x)", ""), ("b", "(?s:.*)(?:b)(?s:.*)")]
)
def test_patterns_are_for_the_whole_text(pattern, kept):
    assert one({"type": "string", "pattern": pattern}).pattern == kept


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("{", "schema.syntax", ""),
        ('{"a": NaN}', "schema.syntax", "offset 6"),
        ("[" * 100_000, "schema.too_deep", ""),
        ("a:\n  b: [1", "schema.syntax", "line 2"),
        ('"x"', "schema.syntax", ""),
        ('{"type": "string"}', "schema.not_an_object", "/"),
        ('{"properties": {"a": 5}}', "schema.shape", "/properties/a"),
        ('{"properties": {"a": {"$ref": "other.json"}}}', "schema.remote_ref", "/properties/a/$ref"),
        ('{"properties": {"a": {"$ref": "#/$defs/no"}}}', "schema.unknown_ref", "/properties/a/$ref"),
        (
            '{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}',
            "schema.endless_ref",
            "/$defs/a/$ref",
        ),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(text, code, place):
    with pytest.raises(ConfigError) as refused:
        read_json_schema(text)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_references_that_double_at_every_step_are_refused():
    defs = {f"a{n}": {"allOf": [{"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2}] * 2} for n in range(20)}
    defs["a20"] = {"type": "object", "properties": {"x": {}}}
    schema = from_json_schema({"type": "object", "properties": {"a": {"$ref": "#/$defs/a0"}}, "$defs": defs})
    assert schema.find(("a", "x"))
    wide = {
        f"a{n}": {
            "type": "object",
            "properties": {k: {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}, {"required": ["l"]}]} for k in "lr"},
        }
        for n in range(40)
    }
    wide["a40"] = {"type": "object"}
    with pytest.raises(ConfigError) as refused:
        from_json_schema(
            {
                "type": "object",
                "properties": {"a": {"allOf": [{"$ref": "#/$defs/a0"}, {"required": ["l"]}]}},
                "$defs": wide,
            }
        )
    assert refused.value.code in {"schema.too_large", "schema.too_deep"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "properties",
                        "items",
                        "allOf",
                        "oneOf",
                        "$ref",
                        "enum",
                        "required",
                        "minimum",
                        "pattern",
                        "a",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_nothing_but_a_config_error_is_ever_raised(node):
    with suppress(ConfigError):
        assert from_json_schema({"type": "object", "properties": {"x": node}}).root.type is Type.OBJECT
