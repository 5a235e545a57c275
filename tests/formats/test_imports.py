"""Schemas from what belongs to a format: copybooks, the tables of messages, sample documents."""

import pytest

from integrations.errors import ConfigError
from integrations.formats.imports import IMPORTS, importer
from integrations.schema.importers import IMPORTERS
from integrations.schema.model import Type

COPYBOOK = """
       01  ORDER-REC.
           05  ORDER-NO      PIC X(10).
           05  TOTAL         PIC S9(7)V99 COMP-3.
"""


def test_every_importer_of_the_schema_package_is_here():
    assert IMPORTERS.items() <= IMPORTS.items()


def test_a_copybook_gives_its_fields():
    schema = importer("copybook").read(COPYBOOK, "")
    assert [(field.type, field.scale) for field in schema.root.fields] == [
        (Type.TEXT, None),
        (Type.DECIMAL, 2),
    ]


@pytest.mark.parametrize(
    ("key", "choice", "path", "title"),
    [
        ("x12", "004010 850", ("BEG", "03"), "Purchase Order Number"),
        ("x12", "005010X222A1 837", ("BHT", "01"), ""),
        ("hl7", "2.5.1 ADT_A01", ("PID", "7"), "Date/Time of Birth"),
        ("swift_mt", "940", ("28",), ""),
        ("edifact", "d96a ORDERS", ("BGM", "1004"), "Document identifier"),
    ],
)
def test_the_tables_of_a_message_need_no_file(key, choice, path, title):
    assert choice in dict(importer(key).choices(""))
    found = importer(key).read("", choice).find(path)
    assert found
    assert not title or found.title == title


@pytest.mark.parametrize(
    ("key", "choice"), [("x12", ""), ("x12", "004010 000"), ("hl7", "2.5.1 X"), ("swift_mt", "1")]
)
def test_a_message_that_is_not_there_is_refused(key, choice):
    with pytest.raises(ConfigError) as refused:
        importer(key).read("", choice)
    assert (refused.value.code, refused.value.place) == ("schema.choice", "choice")


def test_a_sample_is_described_as_far_as_it_shows():
    schema = importer("sample").read(b'[{"id": 1, "l": [{"q": 1}, {"q": 1.50}]}, {"id": null}]', "")
    found = {path: (f.type, f.required, f.nullable, f.repeats) for path, f in schema.walk()}
    assert found == {
        ("id",): (Type.INTEGER, True, True, False),
        ("l",): (Type.OBJECT, False, False, True),
        ("l", "q"): (Type.DECIMAL, True, False, False),
    }
    assert [
        field.name for field in importer("sample").read(b"sku;qty\n007;1\n008;2\n", "csv").root.fields
    ] == [
        "sku",
        "qty",
    ]


def test_a_sample_of_nothing_known_is_refused():
    with pytest.raises(ConfigError, match="does not look like"):
        importer("sample").read(b"\x7fELF\x02\x01\x80\xff\x00\x00\x00" * 9, "")


XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="order"><xs:complexType><xs:sequence>
  <xs:element name="id" type="xs:integer"/><xs:element name="line" type="xs:string" maxOccurs="9"/>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="stock"><xs:complexType>
  <xs:attribute name="sku" type="xs:string"/></xs:complexType></xs:element>
</xs:schema>"""


def test_an_xsd_with_several_roots_lets_choose():
    xsd = importer("xsd")
    assert [choice for choice, _ in xsd.choices(XSD)] == ["order", "stock"]
    found = {path: (f.type, f.repeats) for path, f in xsd.read(XSD, "order").walk()}
    assert found["order", "id"] == (Type.INTEGER, False)
    assert found["order", "line"] == (Type.TEXT, True)
    with pytest.raises(ConfigError):
        xsd.read("<x/>", "")


def test_a_parser_file_that_is_none_is_refused_at_its_line():
    with pytest.raises(ConfigError) as refused:
        importer("idoc").read("nothing of the kind", "")
    assert refused.value.code == "idoc.parser_file"
