"""XML without a schema: the form of records, hostile documents, encodings, positions."""

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from integrations.errors import ConfigError, EncodeError, InputError, LimitError
from integrations.formats import registry
from integrations.formats.codec import Limits, Record, Value, parse_options
from integrations.formats.xml.codec import CODEC, XmlOptions

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def read(data: str | bytes, limits: Limits | None = None, **options: Any) -> list[Record]:
    raw = data.encode() if isinstance(data, str) else data
    return list(CODEC.reader(XmlOptions(**options), limits or Limits())([raw]))


def write(*records: Record, **options: Any) -> str:
    return b"".join(CODEC.writer(XmlOptions(**{"declaration": False, **options}))(records)).decode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<a/>", ""),
        ("<a> </a>", " "),
        ("<a>007</a>", "007"),
        ("<a x='1'/>", {"@x": "1"}),
        ("<a x='1'> </a>", {"@x": "1", "#text": " "}),
        ("<a>\n <b>1</b>\n</a>", {"b": "1"}),
        ("<a><b/><b>2</b></a>", {"b": ["", "2"]}),
        ("<a><b/><c/><b/></a>", {"b": ["", ""], "c": "", "#order": ["b", "c", "b"]}),
        ("<a>x<b>y</b>z</a>", {"#mixed": ["x", {"b": "y"}, "z"]}),
        ("<a><b/><c/><b/>z</a>", {"#mixed": [{"b": ""}, {"c": ""}, {"b": ""}, "z"]}),
        ("<a>&lt;&#65;<![CDATA[<b>]]></a>", "<A<b>"),
        (f"<a {XSI}><b xsi:nil='true'/></a>", {"b": None}),
        (f"<a {XSI}><b xsi:nil='true' why='x'/></a>", {"b": {"@xsi:nil": "true", "@why": "x"}}),
        (f"<a {XSI}><b xsi:nil='true'>x</b></a>", {"b": {"@xsi:nil": "true", "#text": "x"}}),
        ("<a><!--c--><?pi x?><b/></a>", {"b": ""}),
        ("<a xml:lang='de'/>", {"@xml:lang": "de"}),
        ("<p:a xmlns:p='urn:p'><p:b/><c/></p:a>", {"@xmlns": "urn:p", "b": "", "c": {"@xmlns": ""}}),
        ("<a xmlns:p='urn:p' p:x='1'/>", {"@{urn:p}x": "1"}),
        (
            f"<a {XSI} xmlns:t='urn:t' xsi:type='t:T'><b xsi:type='T'/></a>",
            {"@xsi:type": "{urn:t}T", "b": {"@xsi:type": "T"}},
        ),
    ],
)
def test_every_element_has_its_form_and_way_back(text: str, value: Value) -> None:
    assert read(text) == [{"a": value}]
    written = write({"a": value})
    assert read(written) == [{"a": value}]
    bare = etree.XMLParser(remove_blank_text=True, remove_comments=True, remove_pis=True, strip_cdata=True)
    if "nil" not in text and "\n" not in text:
        assert flat(etree.fromstring(written, bare)) == flat(etree.fromstring(text, bare))


def flat(element: Any) -> Any:
    """Names, attributes, texts and children without prefixes."""
    attributes = {k: v.rpartition(":")[2] if k.endswith("}type") else v for k, v in element.attrib.items()}
    return element.tag, attributes, element.text or "", element.tail or "", [flat(child) for child in element]


def test_prefixes_of_the_options_name_the_fields() -> None:
    text = "<x:a xmlns:x='urn:1' xmlns='urn:2'><b x:c='1'/><d xmlns='urn:3'/></x:a>"
    assert read(text, prefixes={"": "urn:1", "two": "urn:2", "o": "urn:1"}) == [
        {"a": {"two:b": {"@o:c": "1"}, "d": {"@xmlns": "urn:3"}}}
    ]
    assert write({"a": {"two:b": "1"}}, prefixes={"": "urn:1", "two": "urn:2"}) == (
        '<a xmlns="urn:1" xmlns:two="urn:2"><two:b>1</two:b></a>'
    )


def test_two_namespaces_with_one_name_stay_apart() -> None:
    text = "<a xmlns:x='urn:x' xmlns:y='urn:y'><x:id>1</x:id><y:id>2</y:id></a>"
    record = read(text)[0]
    assert record == {"a": {"id": [{"@xmlns": "urn:x", "#text": "1"}, {"@xmlns": "urn:y", "#text": "2"}]}}
    assert flat(etree.fromstring(write(record))) == flat(etree.fromstring(text))


def test_lists_are_asked_for_by_name_or_path() -> None:
    text = "<a><b><c>1</c></b><d><c>2</c></d></a>"
    assert read(text, lists=["c"]) == [{"a": {"b": {"c": ["1"]}, "d": {"c": ["2"]}}}]
    assert read(text, lists=["d/c", "a/b"]) == [{"a": {"b": [{"c": "1"}], "d": {"c": ["2"]}}}]
    assert read(text, always_list=True)[0]["a"] == {"b": [{"c": ["1"]}], "d": [{"c": ["2"]}]}


def test_everything_can_be_kept() -> None:
    text = "<?p q?><!--1--><a>\n <b/><!--2--></a><!--3-->"
    record = read(text, keep=True)[0]
    assert record == {
        "#before": [{"?p": "q"}, {"#comment": "1"}],
        "a": {"#mixed": ["\n ", {"b": ""}, {"#comment": "2"}]},
        "#after": [{"#comment": "3"}],
    }
    assert write(record, keep=True) == text.replace("<b/>", "<b/>")


STATEMENTS = """<d><head>h</head>
<s n="1"><id>7</id><e>1</e><e>2</e><tail>t</tail></s><s n="2"><id>8</id></s><s n="3"><e><x/></e></s>
<end>z</end></d>"""


def test_headers_stand_before_their_records_and_the_rest_is_the_trailer() -> None:
    split = CODEC.split(XmlOptions(records=("d", "s", "e")), Limits())
    pieces = list(split([STATEMENTS.encode()]))
    assert [(p.kind, p.number, p.record) for p in pieces] == [
        ("header", 1, {"d": {"head": "h", "s": {"@n": "1", "id": "7"}}}),
        ("item", 1, {"#text": "1"}),
        ("item", 2, {"#text": "2"}),
        ("header", 2, {"d": {"head": "h", "s": {"@n": "3"}}}),
        ("item", 3, {"x": ""}),
        ("trailer", 1, {"d": {"s": [{"tail": "t"}, {"@n": "2", "id": "8"}], "end": "z"}}),
    ]
    assert [p.raw for p in pieces if p.kind == "item"] == [b"<e>1</e>", b"<e>2</e>", b"<e><x/></e>"]
    assert b"".join(p.raw for p in pieces) == STATEMENTS.encode()


def test_records_in_context_are_put_together_again() -> None:
    options = {"records": ("d", "s", "e"), "context": True}
    records = read(STATEMENTS, **options)
    assert [r["d"] for r in records] == [
        {"head": "h", "s": {"@n": "1", "id": "7", "e": "1"}},
        {"head": "h", "s": {"@n": "1", "id": "7", "e": "2"}},
        {"head": "h", "s": {"@n": "3", "e": {"x": ""}}},
    ]
    assert write(*records, **options) == (
        '<d><head>h</head><s n="1"><id>7</id><e>1</e><e>2</e></s><s n="3"><e><x/></e></s></d>'
    )


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 9 if n else "ha"}">' for n in range(9))
CHAIN = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" if n else "ha"}">' for n in range(100))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "xml.empty", "line 1"),
        (" ", "xml.truncated", "line 1, column 2"),
        ("{}", "xml.syntax", "line 1, column 1"),
        ("<a>", "xml.truncated", "line 1, column 4"),
        ("<a></b>", "xml.tag_mismatch", "line 1, column 6"),
        ("<a/><b/>", "xml.after_end", "line 1, column 5"),
        ("<a x='1' x='2'/>", "xml.duplicate_attribute", "line 1, column 10"),
        ("<a>\n&nbsp;</a>", "xml.entity", "line 2, column 1"),
        ("<a>&#0;</a>", "xml.character", "line 1, column 4"),
        ("<p:a/>", "xml.prefix", "line 1, column 1"),
        (" <?xml version='1.0'?><a/>", "xml.declaration", "line 1, column 2"),
        ("<?xml version='1.0' encoding='x-klingon'?><a/>", "xml.encoding", "line 1"),
        ("<?xml version='1.0' encoding='utf-16'?><a/>", "xml.encoding", "line 1"),
        (f"<!DOCTYPE a [{BOMB}]><a>&e8;</a>", "xml.entity_expansion", "line 1"),
        (f"<!DOCTYPE a [{CHAIN}]><a>&e99;</a>", "xml.entity_expansion", "line 1"),
        (f"<!DOCTYPE a [<!ENTITY e '{'x' * 4000}'>]><a>{'&e;' * 999}</a>", "xml.entity_expansion", "line 1"),
        ("<!DOCTYPE a [<!ENTITY e '&e;'>]><a>&e;</a>", "xml.entity", "line 1, column 36"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'e'>]><a>&e;</a>", "xml.external_entity", "line 1, column 41"),
        ("<!DOCTYPE a SYSTEM 'a.dtd'><a>&e;</a>", "xml.entity", "line 1, column 31"),
    ],
)
def test_bad_documents_are_refused_with_code_and_place(text: str, code: str, place: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    assert (refused.value.code, refused.value.place) == (code, place)


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("<a>" * 65 + "</a>" * 65, Limits(), "xml.too_deep"),
        (f"<a>{'x' * 1000}</a>", Limits(max_field_bytes=999), "xml.field_too_long"),
        (f"<a b='{'x' * 1000}'/>", Limits(max_field_bytes=999), "xml.field_too_long"),
        (f"<a b='{'x' * 3_000_000}'/>", Limits(), "xml.field_too_long"),
        (f"<a><!--{'x' * 3_000_000}--></a>", Limits(), "xml.field_too_long"),
        ("<a " + " ".join(f"a{n}=''" for n in range(1001)) + "/>", Limits(), "xml.too_many_attributes"),
        (f"<a>{'<b/>' * 200}</a>", Limits(max_record_bytes=500), "xml.record_too_large"),
    ],
)
def test_limits_hold(text: str, limits: Limits, code: str) -> None:
    with pytest.raises(LimitError) as refused:
        read(text, limits)
    assert refused.value.code == code


def test_a_path_that_leads_nowhere_does_not_fill_the_memory() -> None:
    with pytest.raises(LimitError, match="record_too_large"):
        read("<a>" + "<b/>" * 300_000 + "</a>", Limits(max_record_bytes=200_000), records=("a", "c"))


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "iso-8859-1", "cp1252", "shift_jis", "big5"]
)
def test_encodings_are_read_by_mark_or_declaration(encoding: str) -> None:
    word = {"shift_jis": "日本", "big5": "中文"}.get(encoding, "Größe")
    declared = encoding.removesuffix("-sig").removesuffix("-le")
    text = f'<?xml version="1.0" encoding="{declared}"?><{word} x="{word}">{word}</{word}>'
    assert read(text.encode(encoding)) == [{word: {"@x": word, "#text": word}}]
    marks = list(CODEC.outline(XmlOptions(), Limits())([text.encode(encoding)]))
    one = text.encode(encoding)[marks[0].offset :][: marks[0].length]
    assert one == text[text.index("?>") + 2 :].encode(encoding.removesuffix("-sig"))[-len(one) :]


@pytest.mark.parametrize(
    ("record", "options", "code", "place"),
    [
        ({"a": "\0"}, {}, "xml.character", "record 1, a"),
        ({"a": {"@b": "\ud800"}}, {}, "xml.character", "record 1, a/@b"),
        ({"a": {"b c": "1"}}, {}, "xml.name", "record 1, a/b c"),
        ({"a": {"p:b": "1"}}, {}, "xml.name", "record 1, a/p:b"),
        ({"a": {"": "1"}}, {}, "xml.name", "record 1, a/"),
        ({"a": {"@p:b": "1"}}, {}, "xml.name", "record 1, a/@p:b"),
        ({"a": {"@1": "1"}}, {}, "xml.name", "record 1, a/@1"),
        ({"a": {"b": [["x"]]}}, {}, "xml.nested_list", "record 1, a/b"),
        ({"a": {"b": "1", "#order": ["b", "b"]}}, {}, "xml.order", "record 1, a"),
        ({"a": {"b": "1", "c": "2", "#order": ["b"]}}, {}, "xml.order", "record 1, a"),
        ({"a": Decimal("NaN")}, {}, "xml.value", "record 1, a"),
        ({"a": {"#mixed": [{"#comment": "--"}]}}, {}, "xml.note", "record 1, a"),
        ({"a": {"Größe": ""}}, {"encoding": "us-ascii"}, "xml.encoding", "record 1, a/Größe"),
        ({"a": "1", "b": "2"}, {}, "xml.no_root", "record 1"),
        ({}, {}, "xml.no_root", "record 1"),
    ],
)
def test_records_that_xml_cannot_hold_are_refused(
    record: Record, options: dict[str, Any], code: str, place: str
) -> None:
    with pytest.raises(EncodeError) as refused:
        write(record, **options)
    assert (refused.value.code, refused.value.place) == (code, place)


def test_too_deep_a_record_is_refused() -> None:
    record: Record = {"a": "x"}
    for _ in range(500):
        record = {"a": record}
    with pytest.raises(EncodeError, match="too_deep"):
        write(record)


def test_a_document_is_one_record_unless_there_is_a_path() -> None:
    with pytest.raises(EncodeError, match="one_document"):
        write({"a": "1"}, {"a": "2"})
    with pytest.raises(EncodeError, match="no_root"):
        write()
    assert write(records=("a", "b")) == "<a></a>"


def test_values_are_written_plainly() -> None:
    record: Record = {"t": True, "i": 7, "d": Decimal("1E+3"), "day": date(2024, 2, 29), "b": b"x"}
    record["at"] = datetime(2026, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)
    assert write({"a": record}) == (
        "<a><t>true</t><i>7</i><d>1000</d><day>2024-02-29</day><b>eA==</b><at>2026-03-01T12:00:00.25Z</at></a>"
    )


@pytest.mark.parametrize("prefixes", [{"xml": "urn:x"}, {"1": "urn:x"}, {"p": ""}])
def test_prefixes_that_cannot_be_are_refused(prefixes: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        parse_options(CODEC, {"prefixes": prefixes})


@pytest.mark.parametrize(
    ("head", "message", "prefixes"),
    [
        ('<ClinicalDocument xmlns="urn:hl7-org:v3">', "CDA clinical document", {"": "urn:hl7-org:v3"}),
        ('<!-- x --><!DOCTYPE cXML SYSTEM "http://x"><cXML payloadID="1">', "cXML message", None),
        (f'\ufeff<?xml version="1.0"?>\n<p:a xmlns:p="urn:p" {XSI}>', "", {"p": "urn:p"}),
    ],
)
def test_documents_are_recognised(head: str, message: str, prefixes: dict[str, str] | None) -> None:
    guess = CODEC.sniff(head.encode())
    assert guess is not None
    assert guess.confidence > 0.8
    assert (guess.message, guess.options.get("prefixes")) == (message, prefixes)
    assert registry.sniff(head.encode())[0][0] == "xml"


@pytest.mark.parametrize("head", [b"", b"<", b"a<b", b"<<", b"{}", b"<1>", b"<p:a>"])
def test_other_texts_are_not_taken_for_xml(head: bytes) -> None:
    assert CODEC.sniff(head) is None


@given(
    pieces=st.lists(
        st.sampled_from(
            ["<a>", "</a>", "<b x='1'>", "</b>", "x", " ", "<c/>", "<!--", "-->", "<![CDATA[", "]]>"]
        )
        | st.sampled_from(
            ["<?p ", "?>", "&lt;", "&e;", "<!DOCTYPE a [", "<!ENTITY e 'x'>", "]>", "&#x41;", "\0"]
        ),
        max_size=20,
    ),
    options=st.sampled_from([{}, {"keep": True}, {"records": ("a", "b")}, {"always_list": True}]),
)
@settings(max_examples=300, deadline=None)
def test_any_soup_is_read_or_refused_and_survives_the_way_back(
    pieces: list[str], options: dict[str, Any]
) -> None:
    try:
        records = read("".join(pieces), **options)
    except InputError as failure:
        assert failure.place  # noqa: PT017  any refusal is right that has one
        return
    assert read(write(*records, **options), **options) == records


def test_the_memory_of_a_stream_is_that_of_a_record() -> None:
    def document() -> Iterator[bytes]:
        yield b"<list><made>today</made>"
        for _ in range(200):
            yield b"<row><sku>A-1</sku><count>2</count></row>" * 100
        yield b"</list>"

    tracemalloc.start()
    try:
        records = CODEC.reader(XmlOptions(records=("list", "row")), Limits())(document())
        count = sum(1 for _ in records)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (count, peak < 3_000_000) == (20_000, True)
