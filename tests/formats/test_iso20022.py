"""ISO 20022: versions, variants, envelopes, entries, and what is refused with a place."""

from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from integrations.errors import ConfigError, EncodeError, InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.iso20022.codec import CODEC
from integrations.formats.iso20022.messages import known, message_of, model_of
from integrations.schema.model import Type

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
ENTRY = (
    '<Ntry><Amt Ccy="EUR">{0}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
    "<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd></Ntry>"
)
STATEMENT = (
    "<Stmt><Id>{0}</Id><CreDtTm>2026-03-01T08:00:00Z</CreDtTm><Acct><Id><Othr><Id>007</Id></Othr></Id></Acct>"
    '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.10</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<Dt><Dt>2026-03-01</Dt></Dt></Bal>{1}</Stmt>"
)


def statements(*amounts: tuple[str, ...], namespace: str = NAMESPACE + "camt.053.001.02") -> bytes:
    inside = "".join(
        STATEMENT.format(number, "".join(map(ENTRY.format, found))) for number, found in enumerate(amounts, 1)
    )
    head = "<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-01T08:00:00Z</CreDtTm></GrpHdr>"
    return f'<Document xmlns="{namespace}"><BkToCstmrStmt>{head}{inside}</BkToCstmrStmt></Document>'.encode()


def read(data: bytes, bad: Any = None, **options: Any) -> list[Any]:
    return list(CODEC.reader(parse_options(CODEC, options), DEFAULT_LIMITS)([data], bad))


def write(*records: Record, **options: Any) -> bytes:
    return b"".join(CODEC.writer(parse_options(CODEC, options))(records))


def test_entries_stand_in_their_statement_and_come_together_again() -> None:
    options = {"message": "camt.053.001.02", "by": "entry"}
    data = statements(("1.10", "2.00"), (), ("3.30",))
    records = read(data, **options)
    found = [record["Document"]["BkToCstmrStmt"]["Stmt"][0] for record in records]
    assert [(one["Id"], one["Ntry"][0]["Amt"]["#text"]) for one in found] == [
        ("1", Decimal("1.10")),
        ("1", Decimal("2.00")),
        ("3", Decimal("3.30")),
    ]
    whole = read(write(*records, **options))[0]["Document"]["BkToCstmrStmt"]
    assert whole["GrpHdr"]["CreDtTm"] == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert [(one["Id"], len(one["Ntry"])) for one in whole["Stmt"]] == [("1", 2), ("3", 1)]


def test_a_bad_entry_costs_only_itself() -> None:
    problems: list[InputError] = []
    data = statements(("1.10", "1,10", "-1", "2.00"))
    records = read(data, problems.append, message="camt.053.001.02", by="entry")
    assert len(records) == 2
    assert [(p.code, p.place) for p in problems] == [
        ("iso20022.number", "record 2, line 1, Document/BkToCstmrStmt/Stmt/Ntry/Amt"),
        ("iso20022.range", "record 3, line 1, Document/BkToCstmrStmt/Stmt/Ntry/Amt"),
    ]


@pytest.mark.parametrize(
    "message", ["camt.053.001.14", "pain.001.001.13", "pain.002.001.15", "pacs.008.001.13"]
)
def test_every_family_is_described(message: str) -> None:
    schema = CODEC.schema(parse_options(CODEC, {"message": message}))
    assert schema is not None
    types = {field.type for path, field in schema.walk(12) if path[-1] in {"Amt", "#text", "CreDtTm", "Dt"}}
    assert {Type.DECIMAL, Type.MOMENT, Type.DATE} <= types | {Type.DATE}


def test_all_versions_of_statements_and_payments_are_there() -> None:
    versions = {
        kind: sum(one.startswith(kind) for one in known()) for kind in ("camt.053", "pain.001", "pacs.008")
    }
    assert versions == {"camt.053": 14, "pain.001": 11, "pacs.008": 13}


@pytest.mark.parametrize(
    ("namespace", "is_binding"),
    [
        (NAMESPACE + "camt.053.001.02", True),
        (NAMESPACE + "camt.053.001.19", False),
        (NAMESPACE + "pacs.002.001.12", False),
        (NAMESPACE + "pain.002.001.09", False),
        ("http://www.six-interbank-clearing.com/de/pain.002.001.03.ch.02.xsd", False),
    ],
)
def test_nearest_versions_and_variants_tell_types_and_bind_nobody(namespace: str, is_binding: bool) -> None:  # noqa: FBT001
    model = model_of(namespace)
    assert model is not None
    (entry,) = model.root.values()
    assert entry is not None
    assert (entry[1].type.loose is None) == is_binding


def test_a_later_version_is_read_with_types_and_written_as_it_stood() -> None:
    data = statements(("1.10",), namespace=NAMESPACE + "camt.053.001.19")
    data = data.replace(b"<Ntry>", b"<Ntry><New>1.10</New>").replace(b"<Id>1</Id>", b"")
    record = read(data)[0]
    entry = record["Document"]["BkToCstmrStmt"]["Stmt"][0]["Ntry"][0]
    assert (entry["New"], entry["Amt"]["#text"]) == ("1.10", Decimal("1.10"))
    assert read(write(record)) == [record]
    assert write(record).partition(b"?>\n")[2] == data


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "again", "rename", "text", "attribute", "move"]),
        st.integers(0, 40),
        st.sampled_from(["Amt", "Dt", "Ntry", "Id", "New", "5", "x y", "2026-03-01"]),
    ),
    max_size=6,
)


@given(edits=EDITS)
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_of_a_version_that_nobody_knows(edits: list[tuple[str, int, str]]) -> None:
    root = etree.fromstring(statements(("1.10", "2.00"), namespace=NAMESPACE + "camt.053.001.19"))
    for what, number, word in edits:
        nodes = [*root.iter()]
        node = nodes[1 + number % (len(nodes) - 1)] if len(nodes) > 1 else root
        parent = node.getparent()
        if what == "text":
            node.text = word
        elif what == "attribute":
            node.set("Ccy", word)
        elif what == "rename" and word.isalpha():
            node.tag = node.tag.partition("}")[0] + "}" + word
        elif parent is not None and what == "delete":
            parent.remove(node)
        elif parent is not None:
            parent.insert(number % 3, deepcopy(node) if what == "again" else node)
    data = etree.tostring(root)
    record = read(data)[0]
    assert read(write(record)) == [record]
    assert flat(etree.fromstring(write(record))) == flat(root)


def flat(element: Any) -> Any:
    texts = [element.text or "", *(child.tail or "" for child in element)]
    inside = [text for text in texts if text]
    return element.tag, dict(element.attrib), inside, [flat(child) for child in element]


def test_messages_without_a_schema_stay_text() -> None:
    data = (
        f'<Document xmlns="{NAMESPACE}acmt.007.001.03"><A><Amt Ccy="EUR">1.10</Amt></A></Document>'.encode()
    )
    record = read(data)[0]
    assert record["Document"]["A"]["Amt"] == {"@Ccy": "EUR", "#text": "1.10"}
    assert read(write(record)) == [record]


def test_fields_of_a_map_may_stand_in_any_order() -> None:
    entry: Record = {"Sts": "BOOK", "CdtDbtInd": "DBIT", "BkTxCd": {"Prtry": {"Cd": "X"}}}
    entry["Amt"] = {"#text": 5, "@Ccy": "EUR"}
    record = read(statements(("1.10",)))[0]
    record["Document"]["BkToCstmrStmt"]["Stmt"][0]["Ntry"] = entry
    back = read(write(record))[0]["Document"]["BkToCstmrStmt"]["Stmt"][0]["Ntry"]
    assert [*back[0]] == ["Amt", "CdtDbtInd", "Sts", "BkTxCd"]
    assert back[0]["Amt"] == {"@Ccy": "EUR", "#text": Decimal(5)}


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"Amt": Decimal("1.10")}, "missing_attribute", "record 1, Document/BkToCstmrStmt/Stmt/Ntry/Amt"),
        ({"CdtDbtInd": "C"}, "code", "record 1, Document/BkToCstmrStmt/Stmt/Ntry/CdtDbtInd"),
        ({"NtryRef": "x" * 36}, "length", "record 1, Document/BkToCstmrStmt/Stmt/Ntry/NtryRef"),
        ({"BookgDt": {"Dt": "1.3."}}, "date", "record 1, Document/BkToCstmrStmt/Stmt/Ntry/BookgDt/Dt"),
        ({"BookgDt": {"Dt": date(2026, 3, 1), "DtTm": "2026-03-01T08:00:00"}}, "unexpected_element", None),
    ],
)
def test_what_the_schema_refuses_is_not_written(change: Record, code: str, place: str | None) -> None:
    record = read(statements(("1.10",)))[0]
    record["Document"]["BkToCstmrStmt"]["Stmt"][0]["Ntry"][0] |= change
    with pytest.raises(EncodeError) as refused:
        write(record)
    assert refused.value.code == f"iso20022.{code}"
    assert place in {None, refused.value.place}


def test_a_record_must_say_which_message_it_is() -> None:
    record = read(statements(("1.10",)))[0]
    inside = {key: value for key, value in record["Document"].items() if key != "@xmlns"}
    with pytest.raises(EncodeError, match=r"iso20022\.message"):
        write({"Document": inside})
    assert read(write({"Document": inside}, message="camt.053.001.02")) == [record]


def test_many_foreign_documents_in_one_envelope_load_few_schemas() -> None:
    inside = "".join(f'<Document xmlns="http://x/camt.053.001.02.{n}"><a/></Document>' for n in range(50))
    before = model_of.cache_info().misses
    assert len(read(f"<e>{inside}</e>".encode())[0]["e"]["Document"]) == 50
    assert model_of.cache_info().misses - before <= 4


@pytest.mark.parametrize(
    "options",
    [
        {"message": "camt.53"},
        {"by": "entry"},
        {"by": "entry", "message": "acmt.007.001.03"},
        {"records": [""]},
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        parse_options(CODEC, options)


@pytest.mark.parametrize(
    ("namespace", "title"),
    [
        (NAMESPACE + "camt.053.001.08", "Account statement, camt.053.001.08"),
        (NAMESPACE + "remt.001.001.04", "remt.001.001.04"),
        ("http://www.six-interbank-clearing.com/de/pain.001.001.03.ch.02.xsd", None),
        ("urn:other", ""),
    ],
)
def test_messages_are_recognised(namespace: str, title: str | None) -> None:
    guess = CODEC.sniff(f'<x:Document xmlns:x="{namespace}"><x:A/>'.encode())
    found = message_of(namespace)
    assert (guess is None) == (found is None) == (title == "")
    if guess and title is not None:
        assert guess.message == title
