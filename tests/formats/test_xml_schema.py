"""XML by an XSD: exact values, findings with their place, and lxml's validator as the referee."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from integrations.errors import ConfigError, EncodeError, InputError, SchemaError
from integrations.formats.codec import DEFAULT_LIMITS, Limits, Record, parse_options
from integrations.formats.xml.codec import CODEC
from integrations.formats.xml.xsd import read_xsd, read_xsd_files, xsd_choices
from integrations.schema.model import Type

ORDER = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:o" xmlns:p="urn:p" targetNamespace="urn:o"
    elementFormDefault="qualified">
  <xs:import namespace="urn:p" schemaLocation="party.xsd"/>
  <xs:element name="Order" type="Order"/>
  <xs:complexType name="Order">
    <xs:sequence>
      <xs:element name="Id" type="Code"/>
      <xs:element ref="p:Party" minOccurs="0" maxOccurs="2"/>
      <xs:choice>
        <xs:element name="Day" type="xs:date"/>
        <xs:element name="At" type="xs:dateTime"/>
      </xs:choice>
      <xs:sequence minOccurs="0" maxOccurs="unbounded">
        <xs:element name="Sku" type="xs:token"/>
        <xs:element name="Amount" type="Amount" minOccurs="0"/>
      </xs:sequence>
      <xs:element name="Flag" type="xs:boolean" minOccurs="0" nillable="true"/>
      <xs:element name="Note" minOccurs="0" maxOccurs="70">
        <xs:complexType mixed="true">
          <xs:choice minOccurs="0" maxOccurs="unbounded">
            <xs:element name="b" type="xs:string"/>
          </xs:choice>
        </xs:complexType>
      </xs:element>
      <xs:element name="Sizes" minOccurs="0">
        <xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType>
      </xs:element>
      <xs:any namespace="##other" processContents="lax" minOccurs="0"/>
    </xs:sequence>
    <xs:attribute name="version" type="xs:positiveInteger" use="required"/>
    <xs:attribute name="kind">
      <xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="new"><xs:annotation><xs:documentation>A new order</xs:documentation>
        </xs:annotation></xs:enumeration><xs:enumeration value="change"/>
      </xs:restriction></xs:simpleType>
    </xs:attribute>
  </xs:complexType>
  <xs:simpleType name="Code">
    <xs:restriction base="xs:string"><xs:pattern value="[A-Z]{2}\\d{1,4}"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Money"><xs:restriction base="xs:decimal">
    <xs:totalDigits value="6"/><xs:fractionDigits value="2"/><xs:minInclusive value="0"/>
  </xs:restriction></xs:simpleType>
  <xs:complexType name="Amount"><xs:simpleContent><xs:extension base="Money">
    <xs:attribute name="currency" use="required">
      <xs:simpleType><xs:restriction base="xs:string"><xs:length value="3"/></xs:restriction></xs:simpleType>
    </xs:attribute>
  </xs:extension></xs:simpleContent></xs:complexType>
</xs:schema>"""
PARTY = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="urn:p" targetNamespace="urn:p"
    elementFormDefault="qualified">
  <xs:element name="Party" type="p:Party" abstract="true"/>
  <xs:element name="Person" type="p:Person" substitutionGroup="p:Party"/>
  <xs:element name="Firm" type="p:Party" substitutionGroup="p:Party"/>
  <xs:complexType name="Party"><xs:all>
    <xs:element name="Name" type="xs:normalizedString"/>
    <xs:element name="Born" type="xs:gYear" minOccurs="0"/>
  </xs:all></xs:complexType>
  <xs:complexType name="Person"><xs:complexContent><xs:restriction base="p:Party"><xs:all>
    <xs:element name="Name" type="xs:normalizedString"/><xs:element name="Born" type="xs:gYear"/>
  </xs:all></xs:restriction></xs:complexContent></xs:complexType>
</xs:schema>"""
OPTIONS = {"xsd": {"order.xsd": ORDER, "party.xsd": PARTY}, "root": "Order"}
NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
WHOLE = f"""<Order xmlns="urn:o" xmlns:q="urn:p" version="07" kind="new"><Id>AB12</Id>
<q:Firm><q:Name>Müller</q:Name></q:Firm><q:Person><q:Born>1980</q:Born><q:Name>Ann</q:Name></q:Person>
<At>2026-03-01T12:00:00.250Z</At>
<Sku>x</Sku><Amount currency="EUR">1.10</Amount><Sku>y</Sku><Sku>z</Sku><Amount currency="EUR">020.00</Amount>
<Flag {NIL}/><Note>so <b>many</b> words</Note><Sizes>1 2 3</Sizes><e:x xmlns:e="urn:e"><e:y>1</e:y></e:x>
</Order>"""
LAST = ["Flag", "Note", "Sizes", "x"]


def read(text: str, **options: Any) -> list[Record]:
    parsed = parse_options(CODEC, {**OPTIONS, **options})
    return list(CODEC.reader(parsed, DEFAULT_LIMITS)([text.encode()]))


def write(record: Record, **options: Any) -> str:
    return b"".join(
        CODEC.writer(parse_options(CODEC, {**OPTIONS, "declaration": False, **options}))([record])
    ).decode()


def test_values_are_exact_and_lists_consistent() -> None:
    order: Any = read(WHOLE)[0]["Order"]
    assert order == {
        "@version": 7,
        "@kind": "new",
        "Id": "AB12",
        "p:Firm": [{"p:Name": "Müller"}],
        "p:Person": [{"p:Born": "1980", "p:Name": "Ann"}],
        "At": datetime(2026, 3, 1, 12, 0, 0, 250000, tzinfo=UTC),
        "Sku": ["x", "y", "z"],
        "Amount": [
            {"@currency": "EUR", "#text": Decimal("1.10")},
            {"@currency": "EUR", "#text": Decimal("20.00")},
        ],
        "Flag": None,
        "Note": [{"#mixed": ["so ", {"b": "many"}, " words"]}],
        "Sizes": "1 2 3",
        "x": {"@xmlns": "urn:e", "y": "1"},
        "#order": ["Id", "p:Firm", "p:Person", "At", "Sku", "Amount", "Sku", "Sku", "Amount", *LAST],
    }


def test_what_is_written_is_valid_and_read_the_same() -> None:
    records = read(WHOLE)
    written = write(records[0])
    assert read(written) == records
    assert SCHEMA.validate(etree.fromstring(written))


def test_fields_are_written_in_the_order_of_the_schema() -> None:
    order: Record = {"Amount": [{"@currency": "EUR", "#text": 2}], "Day": date(2026, 3, 1), "Sku": ["a", "b"]}
    written = write({"Order": {**order, "@version": 1, "Id": "AB1"}})
    assert written == (
        '<Order xmlns="urn:o" version="1"><Id>AB1</Id><Day>2026-03-01</Day><Sku>a</Sku>'
        '<Amount currency="EUR">2</Amount><Sku>b</Sku></Order>'
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("AB12", "ab12", "pattern", "line 1, Order/Id"),
        ("<Id>AB12</Id>", "", "unexpected_element", "line 2, Order/p:Firm"),
        ('version="07"', "", "missing_attribute", "line 1, Order/@version"),
        ('version="07"', 'version="0"', "range", "line 1, Order/@version"),
        ('kind="new"', 'kind="old"', "code", "line 1, Order/@kind"),
        ('kind="new"', 'sort="new"', "unexpected_attribute", "line 1, Order/@sort"),
        ("1.10", "1.101", "digits", "line 4, Order/Amount"),
        ("1.10", "1,10", "number", "line 4, Order/Amount"),
        ("T12:00:00.250Z", "", "date", "line 3, Order/At"),
        ("2026-03-01T", "2026-02-30T", "date", "line 3, Order/At"),
        (f"<Flag {NIL}/>", "<Flag>yes</Flag>", "boolean", "line 5, Order/Flag"),
        ("<Sizes>1 2 3</Sizes>", "<Sizes>1 2 x</Sizes>", "number", "line 5, Order/Sizes"),
        ("<q:Name>Ann</q:Name>", "", "missing_element", "line 2, Order/p:Person"),
        ("<Sku>x</Sku>", "x<Sku>x</Sku>", "stray_text", "line 4, Order"),
        ("<Id>AB12</Id>", f"<Id {NIL}/>", "nil", "line 1, Order/Id"),
        ("<Note>so <b>many</b> words</Note>", "<Note/>" * 71, "occurrence", "line 6, Order/Note"),
        ("urn:e", "urn:o", "unexpected_element", "line 5, Order/x"),
    ],
)
def test_findings_have_a_code_and_a_place(old: str, new: str, code: str, place: str) -> None:
    assert old in WHOLE
    with pytest.raises(SchemaError) as refused:
        read(WHOLE.replace(old, new))
    assert (refused.value.code, refused.value.place) == (f"xml.{code}", place)


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"Id": "ab"}, "pattern", "record 1, Order/Id"),
        ({"Id": None}, "nil", "record 1, Order/Id"),
        ({"Day": datetime(2026, 3, 1, tzinfo=UTC)}, "date", "record 1, Order/Day"),
        ({"At": datetime(2026, 3, 1, tzinfo=UTC)}, "unexpected_element", "record 1, Order/At"),
        ({"Colour": "red"}, "unexpected_element", "record 1, Order/Colour"),
        ({"@kind": "old"}, "code", "record 1, Order/@kind"),
        ({"Sku": "a", "Amount": {"#text": Decimal(1)}}, "missing_attribute", "record 1, Order/Amount"),
        ({"Sku": "a", "Amount": {"@currency": "EUR", "#text": -1}}, "range", "record 1, Order/Amount"),
        ({"p:Firm": "x"}, "not_an_object", "record 1, Order/p:Firm"),
    ],
)
def test_records_that_break_the_schema_are_not_written(change: Record, code: str, place: str) -> None:
    order: Record = {"@version": 1, "Id": "AB1", "Day": date(2026, 3, 1)}
    with pytest.raises(EncodeError) as refused:
        write({"Order": {**order, **change}})
    assert (refused.value.code, refused.value.place) == (f"xml.{code}", place)


LIST = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:l" xmlns:l="urn:l">
  <xs:element name="list"><xs:complexType><xs:sequence>
    <xs:element name="made" type="xs:date"/>
    <xs:element name="row" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="n" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


def test_a_bad_record_costs_only_itself() -> None:
    options = parse_options(CODEC, {"xsd": {"list.xsd": LIST}, "records": ["l:list", "row"]})
    rows = "".join(f"<row>\n<n>{n}</n></row>" for n in ("1", "two", "3", "4</n><n>5", "6"))
    text = f'<q:list xmlns:q="urn:l"><made>2026-03-01</made>{rows}</q:list>'
    problems: list[InputError] = []
    records = list(CODEC.reader(options, DEFAULT_LIMITS)([text.encode()], problems.append))
    assert records == [{"n": 1}, {"n": 3}, {"n": 6}]
    assert [(p.code, p.place) for p in problems] == [
        ("xml.number", "record 2, line 3, l:list/row/n"),
        ("xml.unexpected_element", "record 4, line 5, l:list/row/n"),
    ]


def test_elements_without_namespace_keep_their_names() -> None:
    options = parse_options(CODEC, {"xsd": {"list.xsd": LIST}, "declaration": False})
    record: Record = {"l:list": {"made": date(2026, 3, 1), "row": [{"n": 1}]}}
    written = b"".join(CODEC.writer(options)([record]))
    assert written == b'<l:list xmlns:l="urn:l"><made>2026-03-01</made><row><n>1</n></row></l:list>'
    assert list(CODEC.reader(options, DEFAULT_LIMITS)([written])) == [record]


def test_the_schema_is_told_as_our_own() -> None:
    schema = CODEC.schema(parse_options(CODEC, OPTIONS))
    assert schema is not None
    found = dict(schema.walk())
    assert found["Order", "Amount"].repeats
    assert found["Order", "Amount", "#text"].type is Type.DECIMAL
    assert (found["Order", "Amount", "#text"].scale, found["Order", "Amount", "#text"].max_length) == (2, 6)
    assert found["Order", "@kind"].choices == {"new": "A new order", "change": ""}
    assert (found["Order", "Id"].required, found["Order", "Day"].required) == (True, False)
    assert (found["Order", "p:Person"].max_items, found["Order", "Flag"].nullable) == (2, True)


@pytest.mark.parametrize(
    ("files", "code", "place"),
    [
        ({"a.xsd": "<a/>"}, "xml.xsd", "a.xsd"),
        ({"a.xsd": "<xs:schema"}, "xml.xsd_syntax", "a.xsd, line 1"),
        ({"order.xsd": ORDER}, "xml.xsd_unknown", "order.xsd, line 9"),
        ({"list.xsd": LIST.replace("xs:int", "xs:number")}, "xml.xsd_unknown", "list.xsd, line 5"),
        ({"list.xsd": LIST.replace("xs:int", "l:int")}, "xml.xsd_unknown", "list.xsd, line 5"),
        ({"list.xsd": LIST.replace("unbounded", "many")}, "xml.xsd", "list.xsd, line 4"),
        (
            {"a.xsd": LIST.replace("<xs:element", '<xs:include schemaLocation="/etc/b.xsd"/><xs:element', 1)},
            "xml.xsd_missing_file",
            "a.xsd, line 2",
        ),
    ],
)
def test_schemas_that_cannot_be_used_say_where(files: dict[str, str], code: str, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        CODEC.reader(parse_options(CODEC, {"xsd": files}), DEFAULT_LIMITS)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_groups_that_hold_themselves_are_refused() -> None:
    text = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:group name="g"><xs:sequence><xs:group ref="g"/></xs:sequence></xs:group>
      <xs:element name="a"><xs:complexType><xs:group ref="g"/></xs:complexType></xs:element></xs:schema>"""
    with pytest.raises(ConfigError, match="xsd_too_deep"):
        CODEC.reader(parse_options(CODEC, {"xsd": {"a.xsd": text}}), Limits())


def schema_around(inside: str) -> str:
    return f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{inside}</xs:schema>"""


def group(number: int) -> str:
    twice = f'<xs:group ref="g{number + 1}"/>' * 2 if number < 40 else ""
    return f'<xs:group name="g{number}"><xs:sequence>{twice}</xs:sequence></xs:group>'


def element(name: str, inside: str) -> str:
    return f'<xs:element name="{name}"><xs:complexType>{inside}</xs:complexType></xs:element>'


MANY = "".join(f'<xs:element name="e{n}" minOccurs="0"/>' for n in range(1500))
TOO_MUCH = {
    "doubling": "".join(map(group, range(41))) + element("a", '<xs:group ref="g0"/>'),
    "round": '<xs:simpleType name="s"><xs:restriction base="s"/></xs:simpleType>'
    '<xs:element name="a" type="s"/>',
    "own base": '<xs:complexType name="c"><xs:complexContent><xs:extension base="c"/></xs:complexContent>'
    '</xs:complexType><xs:element name="a" type="c"/>',
    "huge": "".join(
        element(f"t{n}", f'<xs:choice maxOccurs="unbounded">{MANY}</xs:choice>') for n in range(3)
    ),
}


@pytest.mark.parametrize(("name", "code"), [*zip(TOO_MUCH, ["deep", "deep", "deep", "large"], strict=True)])
def test_schemas_that_grow_beyond_measure_are_refused(name: str, code: str) -> None:
    with pytest.raises(ConfigError, match=f"xsd_too_{code}"):
        read_xsd(schema_around(TOO_MUCH[name]))


class Given(etree.Resolver):
    def resolve(self, url: str, public: str, context: Any) -> Any:  # type: ignore[override]  # the stub lacks it
        return self.resolve_string(PARTY, context)  # type: ignore[call-arg]  # the stub asks for more


PARSER = etree.XMLParser()
PARSER.resolvers.add(Given())
SCHEMA = etree.XMLSchema(etree.fromstring(ORDER.encode(), PARSER))
READ = CODEC.reader(parse_options(CODEC, OPTIONS), DEFAULT_LIMITS)
WRITE = CODEC.writer(parse_options(CODEC, OPTIONS))
PIECES = """
<Id>AB12</Id> | <Id>A</Id> | <q:Firm><q:Name> a\tb </q:Name></q:Firm> | <q:Party><q:Name/></q:Party>
<q:Person><q:Name/><q:Born>1980Z</q:Born></q:Person> | <q:Person><q:Name/></q:Person> | <q:Firm/>
<Day>2024-02-29</Day> | <Day>2026-02-29</Day> | <Day>2026-03-01+02:00</Day> | <At>2026-03-01T24:00:00</At>
<At>2026-03-01T24:00:01</At> | <At>2026-03-01T12:00:00.1234567+14:00</At> | <Sku> a  b </Sku> | <Sku/>
<Amount currency="EUR">1.5</Amount> | <Amount currency="EU">1</Amount> | <Amount>1</Amount> | <Flag>1</Flag>
<Amount currency="EUR">12345.67</Amount> | <Amount currency="EUR">1e3</Amount> | <Flag/> | <Note/>
<Amount currency="EUR">+.50</Amount> | <Amount currency="EUR">000.1000</Amount> | <x/> | text | <Sizes/>
<Flag NIL/> | <Flag NIL>true</Flag> | <Note>a<b/>c</Note> | <Note><c/></Note> | <Sizes>1 -2</Sizes>
<Sizes>2147483648</Sizes> | <x xmlns="urn:e"/> | <Flag NIL> </Flag>
<q:Firm xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="q:Person"><q:Name/></q:Firm>
"""
CHOICES = [piece.strip() for line in PIECES.strip().splitlines() for piece in line.split(" | ")]
ATTRIBUTES = ['version="1"', 'version="-1"', 'kind="new"', 'q:kind="x"', 'xml:lang="de"']
WELL_BEGUN = st.lists(st.sampled_from(CHOICES), max_size=5).map(
    lambda more: ({ATTRIBUTES[0]}, ["<Id>AB12</Id>", *more[:1], "<Day>2024-02-29</Day>", *more[1:]])
)
ANYHOW = st.tuples(st.sets(st.sampled_from(ATTRIBUTES[1:])), st.lists(st.sampled_from(CHOICES), max_size=6))


@given(made=WELL_BEGUN | ANYHOW)
@settings(max_examples=150, deadline=None)
def test_we_agree_with_the_referee(made: tuple[set[str], list[str]]) -> None:
    attributes, pieces = made
    inside = "".join(pieces).replace("NIL", NIL)
    text = f'<Order xmlns="urn:o" xmlns:q="urn:p" {" ".join(sorted(attributes))}>{inside}</Order>'
    try:
        records = list(READ([text.encode()]))
    except SchemaError:
        assert not SCHEMA.validate(etree.fromstring(text)), text
    else:
        assert SCHEMA.validate(etree.fromstring(text)), (text, SCHEMA.error_log)
        assert list(READ(WRITE(records))) == records


def test_an_xsd_offers_its_outermost_elements() -> None:
    assert xsd_choices(LIST) == []
    assert xsd_choices(PARTY) == [("Party", ""), ("Person", ""), ("Firm", "")]
    schema = read_xsd(LIST.encode(), "list")
    assert dict(schema.walk())["l:list", "row", "n"].type is Type.INTEGER
    assert read_xsd_files(
        {"order.xsd": ORDER.encode(), "party.xsd": PARTY.encode()}, "order.xsd", "Order"
    ).origin
    with pytest.raises(ConfigError, match="xsd_root"):
        read_xsd(LIST, "row")
