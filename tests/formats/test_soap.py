"""SOAP: envelopes of both versions, faults both ways, records in a body, and WSDL."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from integrations.errors import ConfigError, DecodeError, EncodeError, InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.soap.codec import CODEC
from integrations.formats.soap.envelope import SOAP_11, SOAP_12
from integrations.formats.soap.wsdl import read_wsdl, read_wsdl_message, wsdl_choices
from integrations.schema.model import Type


def read(text: str, **options: Any) -> list[Record]:
    return list(CODEC.reader(parse_options(CODEC, options), DEFAULT_LIMITS)([text.encode()]))


def write(record: Record, **options: Any) -> str:
    return b"".join(CODEC.writer(parse_options(CODEC, options))([record])).decode().partition("\n")[2]


def envelope(inside: str, namespace: str = SOAP_11) -> str:
    return f'<S:Envelope xmlns:S="{namespace}">{inside}</S:Envelope>'


@pytest.mark.parametrize(
    ("text", "record"),
    [
        (envelope("<S:Body/>"), {"version": "1.1", "body": {}}),
        (envelope("<S:Header/><S:Body/>", SOAP_12), {"version": "1.2", "header": {}, "body": {}}),
        (
            envelope("<S:Body S:id='1'><a/><a/><b/></S:Body>"),
            {"version": "1.1", "body": {"@soap:id": "1", "a": ["", ""], "b": ""}},
        ),
    ],
)
def test_envelopes_are_taken_off_and_put_on(text: str, record: Record) -> None:
    assert read(text) == [record]
    assert read(write(record)) == [record]


def test_a_default_namespace_around_everything_is_that_of_the_envelope() -> None:
    text = f'<Envelope xmlns="{SOAP_11}"><Body><o:a xmlns:o="urn:o">1</o:a></Body></Envelope>'
    assert read(text, prefixes={"": "urn:o"}) == [{"version": "1.1", "body": {"a": "1"}}]
    assert write({"body": {"a": "1"}}, prefixes={"": "urn:o"}) == (
        f'<soap:Envelope xmlns="urn:o" xmlns:soap="{SOAP_11}"><soap:Body><a>1</a></soap:Body></soap:Envelope>'
    )


FAULT_12 = """<S:Body><S:Fault><S:Code><S:Value>S:Sender</S:Value>
<S:Subcode><S:Value xmlns:m="urn:m">m:Late</S:Value></S:Subcode></S:Code>
<S:Reason><S:Text xml:lang="en">Too late</S:Text><S:Text xml:lang="de">Zu spät</S:Text></S:Reason>
<S:Role>urn:r</S:Role><S:Detail><d xmlns="urn:d">1</d></S:Detail></S:Fault></S:Body>"""
FAULT_11 = """<S:Body><S:Fault><faultcode>S:Client.Late</faultcode><faultstring>Too late</faultstring>
<faultactor>urn:r</faultactor><detail><d xmlns="urn:d">1</d></detail></S:Fault></S:Body>"""


def test_faults_have_one_form() -> None:
    shared: Record = {
        "reason": "Too late",
        "role": "urn:r",
        "detail": {"d": {"@xmlns": "urn:d", "#text": "1"}},
    }
    later: Record = {**shared, "code": "Sender", "subcodes": ["{urn:m}Late"]}
    assert read(envelope(FAULT_12, SOAP_12)) == [
        {"version": "1.2", "fault": {**later, "reasons": {"en": "Too late", "de": "Zu spät"}}}
    ]
    assert read(envelope(FAULT_11)) == [
        {"version": "1.1", "fault": {**shared, "code": "Client", "subcodes": ["Late"]}}
    ]


@pytest.mark.parametrize(
    ("code", "version", "written"),
    [("Client", "1.2", "Sender"), ("Receiver", "1.1", "Server"), ("MustUnderstand", "1.2", "MustUnderstand")],
)
def test_faults_are_written_in_either_version(code: str, version: str, written: str) -> None:
    text = write({"fault": {"code": code, "reason": "x"}}, version=version)
    assert read(text)[0]["fault"] == {
        "code": written,
        "reason": "x",
        **({"language": "en"} if version == "1.2" else {}),
    }
    assert f">soap:{written}<" in text


def test_records_in_a_body_come_one_by_one_and_a_fault_is_none() -> None:
    text = envelope("<S:Header><t>1</t></S:Header><S:Body><l><r>1</r><r><x>2</x></r></l></S:Body>")
    assert read(text, records=["l", "r"]) == [{"#text": "1"}, {"x": "2"}]
    split = CODEC.split(parse_options(CODEC, {"records": ["l", "r"]}), DEFAULT_LIMITS)
    assert next(split([text.encode()])).record == {"version": "1.1", "header": {"t": "1"}, "body": {"l": {}}}
    with pytest.raises(DecodeError, match=r"soap\.fault"):
        read(envelope(FAULT_11), records=["l", "r"])


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"GetOrder": {}}, "soap.not_a_message"),
        ({"header": {}}, "soap.not_a_message"),
        ({"body": "x"}, "soap.not_an_object"),
        ({"body": {"a b": ""}}, "soap.name"),
    ],
)
def test_what_is_no_message_is_not_written(record: Record, code: str) -> None:
    with pytest.raises(EncodeError) as refused:
        write(record)
    assert refused.value.code == code
    assert refused.value.place.startswith("record 1")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (envelope("<S:Body/>", SOAP_12), "soap.root"),
        ("<a/>", "soap.root"),
        (envelope("text<S:Body/>"), "soap.stray_text"),
        (envelope("<S:Body>"), "soap.tag_mismatch"),
        (envelope("<S:Header/>"), "soap.no_body"),
        (envelope("<S:Body/><S:Body/>"), "soap.no_body"),
    ],
)
def test_what_is_no_envelope_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text, version="1.1")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "message", "options"),
    [
        (
            envelope("<S:Body><a xmlns='urn:a'/>", SOAP_12),
            "SOAP 1.2 a",
            {"version": "1.2", "prefixes": {"": "urn:a"}},
        ),
        (envelope("<S:Header/><S:Body>\n<S:Fault>"), "SOAP 1.1 Fault", {"version": "1.1"}),
    ],
)
def test_messages_are_recognised(text: str, message: str, options: Mapping[str, object]) -> None:
    guess = CODEC.sniff(text.encode())
    assert guess is not None
    assert (guess.message, guess.options) == (message, options)


ORDERS = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:o="urn:o" xmlns:t="urn:t"
  xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="urn:o">
  <import namespace="urn:o" location="http://elsewhere/parts/messages.wsdl"/>
  <types><xs:schema><xs:import namespace="urn:t" schemaLocation="types.xsd"/></xs:schema></types>
  <binding name="B" type="o:P"><s:binding style="document"/>
    <operation name="Get"><s:operation soapAction="urn:o#Get"/>
      <input><s:header message="o:In" part="token" use="literal"/><s:body use="literal"/></input>
      <output><s:body use="literal"/></output></operation>
  </binding>
  <binding name="R" type="o:P"><s12:binding style="rpc"/>
    <operation name="Count"><s12:operation soapAction="urn:o#Count"/>
      <input><s12:body use="literal" namespace="urn:rpc"/></input>
      <output><s12:body use="literal"/></output></operation>
  </binding>
  <service name="S"><port name="One" binding="o:B"><s:address location="https://one.example"/></port>
    <port name="Two" binding="o:R"><s12:address location="https://two.example"/></port></service>
</definitions>"""
MESSAGES = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:o="urn:o" xmlns:t="urn:t"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:o">
  <message name="In"><part name="token" element="t:Token"/><part name="get" element="t:Get"/></message>
  <message name="Out"><part name="order" element="t:Order"/></message>
  <message name="CountIn"><part name="since" type="xs:date"/><part name="open" type="xs:boolean"/></message>
  <message name="CountOut"><part name="count" type="xs:int"/></message>
  <portType name="P">
    <operation name="Get"><documentation>Gives an  order.</documentation><input message="o:In"/>
      <output message="o:Out"/><fault name="gone" message="o:Out"/></operation>
    <operation name="Count"><input message="o:CountIn"/><output message="o:CountOut"/></operation>
  </portType></definitions>"""
TYPES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"
  elementFormDefault="qualified">
  <xs:element name="Token" type="xs:string"/>
  <xs:element name="Get"><xs:complexType><xs:sequence><xs:element name="Id" type="xs:string"/></xs:sequence>
  </xs:complexType></xs:element>
  <xs:element name="Order"><xs:complexType><xs:sequence>
    <xs:element name="Total" type="xs:decimal"/></xs:sequence></xs:complexType></xs:element></xs:schema>"""
FILES = {name: text.encode() for name, text in
         (("orders.wsdl", ORDERS), ("messages.wsdl", MESSAGES), ("types.xsd", TYPES))}  # fmt: skip


def test_a_description_gives_operations_with_address_action_and_parts() -> None:
    description = read_wsdl(FILES, "orders.wsdl")
    get, count = description.operations
    assert (get.name, get.port, get.version, get.style) == ("Get", "One", "1.1", "document")
    assert (get.address, get.action, get.documentation) == (
        "https://one.example",
        "urn:o#Get",
        "Gives an order.",
    )
    assert [part.element for part in get.input.body] == [("urn:t", "Get")]
    assert [part.element for part in get.input.headers] == [("urn:t", "Token")]
    assert [*get.faults] == ["gone"]
    assert (count.version, count.style, count.input.wrapper) == ("1.2", "rpc", ("urn:rpc", "Count"))


def test_messages_of_an_operation_are_described_written_and_read() -> None:
    description = read_wsdl(FILES, "orders.wsdl")
    get = description.operation("Get")
    schema = description.schema(get, get.input)
    assert schema is not None
    found = dict(schema.walk())
    assert found["body", "Get", "Id"].required
    assert found["header", "Token"].type is Type.TEXT
    assert get.output is not None
    options = description.options(get, get.output)
    record: Record = {"version": "1.1", "body": {"Order": {"Total": Decimal("1.10")}}}
    written = b"".join(CODEC.writer(options)([record]))
    assert list(CODEC.reader(options, DEFAULT_LIMITS)([written])) == [record]
    assert [child.tag for child in etree.fromstring(written)[0]] == ["{urn:t}Order"]


def test_rpc_bodies_have_the_operation_around_bare_parts() -> None:
    description = read_wsdl(FILES, "orders.wsdl")
    count = description.operation("Count")
    schema = description.schema(count, count.input)
    assert schema is not None
    (name,) = [field.name for field in schema.root.fields[2].fields]
    written = b"".join(
        CODEC.writer(description.options(count, count.input))(
            [{"body": {name: {"open": True, "since": "2026-03-01"}}}]
        )
    )
    body = etree.fromstring(written)[0]
    assert [(node.tag, node.text) for node in body[0]] == [("since", "2026-03-01"), ("open", "true")]
    assert body[0].tag == "{urn:rpc}Count"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"orders.wsdl": FILES["orders.wsdl"]}, "soap.wsdl_no_operations"),
        ({"orders.wsdl": b"<a/>"}, "soap.wsdl"),
        ({"orders.wsdl": b"<description xmlns='http://www.w3.org/ns/wsdl'/>"}, "soap.wsdl_version"),
        ({"orders.wsdl": b"<definitions"}, "xml.xsd_syntax"),
    ],
)
def test_descriptions_that_cannot_be_used_are_refused(files: dict[str, bytes], code: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_wsdl(files, "orders.wsdl")
    assert refused.value.code == code


def test_an_unknown_operation_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown_operation") as refused:
        read_wsdl(FILES, "orders.wsdl").operation("Put")
    assert refused.value.hint == "Count, Get"


def test_a_description_in_one_file_offers_its_messages() -> None:
    inside = MESSAGES[MESSAGES.index("<message") : MESSAGES.index("</definitions>")]
    alone = ORDERS.replace(
        "<types><xs:schema><xs:import", "<types><xs:schema><xs:annotation/></xs:schema><!--"
    )
    alone = alone.replace('types.xsd"/></xs:schema></types>', f"-->{TYPES}</types>{inside}")
    choices = [name for name, _ in wsdl_choices(alone)]
    assert choices == [
        "One Get input",
        "One Get output",
        "One Get gone",
        "Two Count input",
        "Two Count output",
    ]
    found = dict(read_wsdl_message(alone, "One Get output").walk())
    assert found["body", "Order", "Total"].type is Type.DECIMAL
    with pytest.raises(ConfigError, match=r"schema\.choice"):
        read_wsdl_message(alone, "One Put input")
