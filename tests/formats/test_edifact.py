"""EDIFACT: what real files do, envelopes, checks and acknowledgements."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.edifact import tables
from integrations.formats.edifact.codec import CODEC
from integrations.schema.model import Type

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 5, 2, 9, 30, tzinfo=UTC)
BODY = (
    "BGM+220+PO-1+9'DTM+137:20240501:102'NAD+BY+7::9'LIN+1++BAG:EN'PIA+1+A:SA+B:BP'QTY+21:12:PCE'"
    "PRI+AAA:19.90'UNS+S'CNT+2:1'"
)
HEAD = "UNB+{}+HARBOR:ZZ+NORTHWIND:14+240501:1215+12'"


def message(body: str, reference: str = "1", kind: str = "ORDERS:D:96A:UN") -> str:
    return f"UNH+{reference}+{kind}'{body}UNT+{body.count(chr(39)) + 2}+{reference}'"


def interchange(*messages: str, syntax: str = "UNOC:3", una: str = "") -> bytes:
    return f"{una}{HEAD.format(syntax)}{''.join(messages)}UNZ+{len(messages)}+12'".encode("latin-1")


def read(data: bytes, **options: object) -> list[Any]:
    return list(CODEC.reader(parse_options(CODEC, options), Limits())([data]))


def write(*records: Record, **options: object) -> bytes:
    return b"".join(CODEC.writer(parse_options(CODEC, options))(records))


def check(data: bytes, **options: object) -> list[tuple[str, str, int, str, str]]:
    found = CODEC.validate(parse_options(CODEC, options), Limits())(data)
    return [(item.level, item.code, item.position, item.segment, item.number) for item in found]


def answer(data: bytes, **options: object) -> list[Any]:
    numbers: Iterator[int] = count(1)
    made = CODEC.acknowledge(parse_options(CODEC, options), Limits())(data, lambda _: next(numbers), NOW)
    assert not made or not check(made)
    return read(made) if made else []


def refusal(data: bytes, **options: object) -> tuple[str, str]:
    with pytest.raises(InputError) as refused:
        read(data, **options)
    return refused.value.code, refused.value.place


ORDER = interchange(message(BODY))
WRAPPED = "\n".join(ORDER.decode()[at : at + 80] for at in range(0, len(ORDER), 80)).encode()
RELEASED = ORDER.replace(b"BAG", b"O?'NEIL?+??")


def test_numbers_are_typed_and_what_repeats_is_a_list() -> None:
    (order,) = read(ORDER)
    line = order["SG25"][0]
    assert line["QTY"] == [{"C186": {"6063": "21", "6060": 12, "6411": "PCE"}}]
    assert line["SG28"][0]["PRI"]["C509"]["5118"] == Decimal("19.90")
    assert line["PIA"][0]["C212"] == [{"7140": "A", "7143": "SA"}, {"7140": "B", "7143": "BP"}]
    assert order["DTM"][0]["C507"] == {"2005": "137", "2380": "20240501", "2379": "102"}
    (later,) = read(interchange(message(BODY, kind="ORDERS:D:01B:UN")))
    assert later["SG28"][0]["QTY"][0]["C186"]["6060"] == "12"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + ORDER,
        b"\r\n \t" + ORDER + b"\x1a\0\0",
        b"To: you, UNB AG\n\n" + ORDER + b"\nbye\n",
        ORDER.replace(b"'", b"'\r\n\t "),
        b"UNA:+.? '\r\n" + ORDER.replace(b"'", b"'\r\n"),
        b"UNA|~.! ;" + ORDER.translate(bytes.maketrans(b":+?'", b"|~!;")),
        b"UNA:+,? '" + ORDER.replace(b"19.90", b"19,90"),
        ORDER.replace(b"19.90", b"19,90"),
        ORDER.translate(bytes.maketrans(b":+'", b"\x1f\x1d\x1c")),
        ORDER.replace(b"'", b"\n"),
        ORDER.replace(b"'", b"\r\n"),
        ORDER.replace(b"'", b"\r"),
        b"UNA:+.? \n" + ORDER.replace(b"'", b"\n"),
        WRAPPED,
        WRAPPED.replace(b"\n", b"\r\n"),
        ORDER.replace(b"BGM+220+PO-1+9'", b"BGM+220+PO-1+9+++'"),
        ORDER.replace(b"CNT+2:1'", b"CNT+2:1::'"),
    ],
    ids=[
        *(
            "byte order mark",
            "blanks around",
            "junk around",
            "line ends and tabs",
            "UNA on a line of its own",
        ),
        *("other separators", "decimal comma", "decimal comma without UNA", "level B"),
        *("LF as end", "CR LF as end", "CR as end", "LF told by UNA", "wrapped", "wrapped with CR LF"),
        *("empty elements at the end", "empty components at the end"),
    ],
)
def test_real_files_are_read_whatever_they_are_made_of(data: bytes) -> None:
    (order,) = read(data)
    (plain,) = read(ORDER)
    assert order == plain


def test_release_characters_before_anything() -> None:
    (order,) = read(RELEASED)
    assert order["SG25"][0]["LIN"]["C212"]["7140"] == "O'NEIL+?"
    (plain,) = read(ORDER.replace(b"PO-1", b"P?O?\n?:?-1"))
    assert plain["BGM"]["1004"] == "PO\n:-1"
    assert write(order, una="never") == RELEASED


@pytest.mark.parametrize("width", range(70, 90))
def test_lines_may_be_wrapped_anywhere(width: int) -> None:
    text = RELEASED.decode()
    wrapped = "\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert read(wrapped.encode(), wrapped="yes") == read(RELEASED)


def test_messages_without_an_interchange() -> None:
    data = b"UNA:+.? '\n" + message(BODY).encode()
    (order,) = read(data)
    assert "UNB" not in order
    assert write(order, interchange="without") == data.replace(b"\n", b"")
    assert refusal(b"BGM+220+PO-1+9'" + data.replace(b"UNA:+.? '\n", b""))[0] == "edifact.no_interchange"


def test_several_interchanges_with_other_separators() -> None:
    other = b"UNA|~,! ;" + ORDER.translate(bytes.maketrans(b":+?'", b"|~!;"))
    orders = read(ORDER + b"\n" + other + ORDER.replace(b"UNOC:3", b"UNOW:4"))
    assert [order["UNB"]["S001"] for order in orders] == [
        {"0001": "UNOC", "0002": "3"},
        {"0001": "UNOC", "0002": "3"},
        {"0001": "UNOW", "0002": "4"},
    ]


@pytest.mark.parametrize("una", ["", "UNA:+.? '"])
def test_an_interchange_that_is_not_closed_costs_a_message_not_the_next(una: str) -> None:
    first = ORDER.partition(b"UNZ")[0]
    data = first + una.encode() + ORDER
    assert refusal(data)[0] == "edifact.no_interchange_end"
    errors: list[InputError] = []
    orders = list(CODEC.reader(parse_options(CODEC, {}), Limits())([data], errors.append))
    assert (len(orders), [error.code for error in errors]) == (2, ["edifact.no_interchange_end"])


@pytest.mark.parametrize(
    ("syntax", "encoding"), [("UNOC", "latin-1"), ("UNOE", "iso8859-5"), ("UNOW", "utf-8"), ("UNOY", "utf-8")]
)
def test_the_character_set_is_what_unb_says(syntax: str, encoding: str) -> None:
    name = "Дом" if syntax == "UNOE" else "Müßig"
    data = ORDER.decode().replace("UNOC", syntax).replace("BAG", name).encode(encoding)
    (order,) = read(data)
    assert order["SG25"][0]["LIN"]["C212"]["7140"] == name
    assert write(order, una="never") == data


def test_text_of_another_character_set_costs_its_message_only() -> None:
    bad = message(BODY.replace("BAG", "M\xfc")).encode("latin-1")
    data = interchange(syntax="UNOW:4")[:-9] + bad + message(BODY, "2").encode() + b"UNZ+2+12'"
    errors: list[InputError] = []
    (order,) = CODEC.reader(parse_options(CODEC, {}), Limits())([data], errors.append)
    assert order["UNH"]["0062"] == "2"  # type: ignore[call-overload, index]
    assert [(error.code, error.place) for error in errors] == [
        ("edifact.encoding", f"offset {data.index(b'LIN')}, message 1, segment 5")
    ]
    assert refusal(ORDER.decode().encode("utf-16"))[0] == "edifact.charset"


def test_only_syntax_4_has_repetitions() -> None:
    body = BODY.replace("BAG", "A*B")
    (order,) = read(interchange(message(body)))
    assert order["SG25"][0]["LIN"]["C212"]["7140"] == "A*B"
    body = BODY.replace("NAD+BY+7::9'", "NAD+BY+7::9'CTA+OC'COM+1:TE*2:FX'").replace("QTY+21:12:PCE'", "")
    data = interchange(message(body, kind="ORDERS:D:24A:UN"), syntax="UNOW:4")
    (order,) = read(data)
    group = order["SG2"][0]["SG5"][0]
    assert group["COM"][0]["C076"] == [{"3148": "1", "3155": "TE"}, {"3148": "2", "3155": "FX"}]
    assert write(order, una="never") == data
    order["UNB"]["S001"]["0002"] = "3"
    with pytest.raises(EncodeError, match=r"edifact\.repetition"):
        write(order)


def test_groups_are_counted() -> None:
    start, end = "UNG+ORDERS+A+B+240501:1215+7+UN+D:96A'", "UNE+1+7'"
    data = interchange(start + message(BODY) + end)
    (order,) = read(data)
    assert order["UNG"]["0048"] == "7"
    assert write(order, una="never") == data
    assert refusal(data.replace(b"UNE+1", b"UNE+2"))[0] == "edifact.message_count"
    assert refusal(data.replace(b"UNE+1+7", b"UNE+1+8"))[0] == "edifact.group_reference"
    assert refusal(data.replace(b"UNZ+1", b"UNZ+2"))[0] == "edifact.group_count"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("UNT+11", "UNT+12", "edifact.segment_count"),
        ("UNT+11+1", "UNT+11+2", "edifact.message_reference"),
        ("UNZ+1", "UNZ+2", "edifact.message_count"),
        ("UNZ+1+12", "UNZ+1+13", "edifact.interchange_reference"),
    ],
)
def test_counts_and_references_are_checked_or_ignored(old: str, new: str, code: str) -> None:
    data = ORDER.replace(old.encode(), new.encode())
    assert refusal(data)[0] == code
    assert len(read(data, counts="ignore")) == 1


def test_a_bad_message_costs_only_itself() -> None:
    bad = message(BODY.replace("19.90", "19.9O"), "2")
    errors: list[InputError] = []
    data = interchange(message(BODY), bad, message(BODY, "3"))
    orders = list(CODEC.reader(parse_options(CODEC, {}), Limits())([data], errors.append))
    assert [order["UNH"]["0062"] for order in orders] == ["1", "3"]  # type: ignore[call-overload, index]
    assert [error.place for error in errors] == [
        f"offset {data.index(b'PRI+AAA:19.9O')}, message 2, segment 8 PRI, element C509/5118"
    ]
    assert len(read(data, invalid="text")) == 3


def test_unknown_directories_are_read_by_the_nearest() -> None:
    near = [
        tables.near_directories("D", release)[0] for release in ("93A", "97A", "99B", "10B", "16A", "20B")
    ]
    assert near == ["d96a", "d96a", "d01b", "d01b", "d24a", "d24a"]
    assert tables.message_name("INSDES", "D", "96A") == "d01b-INSDES"
    assert tables.message_name("ORDERS", "D", "96A", "d24a") == "d24a-ORDERS"
    assert tables.message_name("NOSUCH", "D", "96A") == ""


def test_segments_without_a_place_are_kept_and_written_back() -> None:
    body = BODY.replace("LIN+1", "ZZZ+a:b?+c++d'LIN+1")
    data = interchange(message(body))
    (order,) = read(data)
    assert order["SG2"][0]["_unexpected"] == [
        {"id": "ZZZ", "elements": [["a", "b+c"], "", "d"], "position": 5}
    ]
    assert write(order, una="never") == data
    assert refusal(data, unknown="refuse")[0] == "edifact.unexpected"


def test_large_messages_are_cut_and_put_together() -> None:
    lines = "".join(f"LIN+{at}++BAG:EN'QTY+21:{at}:PCE'" for at in range(1, 4))
    data = interchange(message(f"BGM+220+P+9'DTM+137:20240501:102'{lines}UNS+S'CNT+2:3'"))
    parts = read(data, split_at="LIN")
    assert [(part["_part"], len(part["SG25"])) for part in parts] == [(1, 1), (2, 1), (3, 1)]
    assert "CNT" in parts[2]
    assert write(*parts, split_at="LIN", una="never") == data


def test_a_record_without_its_envelope_gets_one() -> None:
    order: Record = {
        "UNH": {"S009": {"0065": "ORDERS"}},
        "BGM": {"C106": {"1004": "P"}},
        "SG28": [{"LIN": {"1082": "1"}, "QTY": [{"C186": {"6063": "21", "6060": Decimal("1.5")}}]}],
    }
    envelope = {
        "sender": "ME",
        "receiver": "YOU",
        "receiver_qualifier": "14",
        "is_test": True,
        "release": "01B",
    }
    options = parse_options(CODEC, {"envelope": envelope, "groups": "always", "una": "when needed"})
    written = CODEC.enveloped(options)([order, order], len, NOW)
    assert written.decode() == (
        "UNB+UNOC:3+ME+YOU:14+240502:0930+11++++++1'UNG+ORDERS+ME+YOU:14+240502:0930+5+UN+D:01B'"
        + "UNH+7+ORDERS:D:01B:UN'BGM++P'LIN+1'QTY+21:1.5'UNT+5+7'" * 2
        + "UNE+2+5'UNZ+1+11'"
    )
    with pytest.raises(EncodeError, match=r"edifact\.no_date"):
        write(order)


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"BGM": {"9999": "x"}}, "edifact.extra_field", "record 1, segment BGM, element 9999"),
        ({"BGM": {"C002": "x"}}, "edifact.wrong_shape", "record 1, segment BGM, element C002"),
        ({"BGM": {"1004": b"x"}}, "edifact.type", "record 1, segment BGM, element 1004"),
        ({"BGM": {"1004": ["a", "b"]}}, "edifact.repetition", "record 1, segment BGM, element 1004"),
        ({"BGM": {"1004": "€"}}, "edifact.encoding", "record 1, segment BGM"),
        (
            {"FTX": [{"C108": {"4440": ["a"] * 6}}]},
            "edifact.wrong_shape",
            "record 1, segment FTX, element C108/4440",
        ),
        ({"RFF": {}}, "edifact.extra_field", "record 1"),
        ({"UNH": {}}, "edifact.no_message", "record 1, segment UNH, element S009/0065"),
        (
            {"SG25": [{"QTY": [{"C186": {"6060": "1x"}}]}]},
            "edifact.number",
            "record 1, segment QTY, element C186/6060",
        ),
    ],
)
def test_records_that_the_format_cannot_hold_are_refused(change: Record, code: str, place: str) -> None:
    (order,) = read(ORDER)
    with pytest.raises(EncodeError) as refused:
        write({**order, **change})
    assert (refused.value.code, refused.value.place) == (code, place)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", []),
        ("BGM+220", "BGM+LONGER", [("element", "39", 2, "BGM", "C002/1001")]),
        ("12:PCE", "1O:PCE", [("element", "37", 7, "QTY", "C186/6060")]),
        ("19.90", ".90", [("element", "38", 8, "PRI", "C509/5118")]),
        ("12:PCE", "12:PCE:9", [("element", "16", 7, "QTY", "C186")]),
        ("NAD+BY", "NAD+", [("element", "13", 4, "NAD", "3035")]),
        ("DTM+137:20240501:102'", "", [("segment", "13", 3, "DTM", "")]),
        ("UNS+S'", "UNS+S'ZZZ'", [("segment", "15", 10, "ZZZ", "")]),
        ("UNS+S'", "UNS+S'QTY+21:1'", [("segment", "15", 10, "QTY", "")]),
        ("CNT+2:1'", "CNT+2:1'" * 11, [("segment", "35", 20, "CNT", "")]),
        ("PO-1", "PO-1\x02", [("element", "21", 2, "BGM", "1004")]),
        ("CNT+2:1", "CNT+2:1:", [("element", "45", 10, "CNT", "C270")]),
    ],
    ids=[
        *("right", "long", "no number", "no digit", "components", "missing", "no segment", "unknown"),
        *("order", "too many", "control character", "separator at the end"),
    ],
)
def test_validation_gives_the_codes_of_the_standard(old: str, new: str, found: list[Any]) -> None:
    assert check(interchange(message(BODY.replace(old, new) if old else BODY))) == found


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (ORDER.replace(b"UNT+11+1", b"UNT+12+1"), ("message", "29", "UNT")),
        (ORDER.replace(b"UNT+11+1", b"UNT+11+2"), ("message", "28", "UNT")),
        (ORDER.replace(b"UNZ+1+12", b"UNZ+2+12"), ("interchange", "29", "UNZ")),
        (ORDER.replace(b"UNZ+1+12", b"UNZ+1+13"), ("interchange", "28", "UNZ")),
        (ORDER.replace(b"UNZ+1+12'", b""), ("interchange", "13", "UNZ")),
        (interchange(message(BODY), message(BODY)), ("message", "26", "UNH")),
        (interchange(message(BODY, kind="NOSUCH:D:96A:UN")), ("message", "14", "UNH")),
        (ORDER.replace(b"UNZ", b"BGM+1'UNZ"), ("interchange", "33", "BGM")),
    ],
)
def test_validation_of_envelopes(data: bytes, found: tuple[str, str, str]) -> None:
    assert [(level, code, segment) for level, code, _, segment, _ in check(data)] == [found]


@pytest.mark.parametrize("syntax", ["UNOC:3", "UNOW:4"])
def test_good_messages_are_acknowledged_and_bad_ones_rejected(syntax: str) -> None:
    bad = message(BODY.replace("12:PCE", "1O:PCE").replace("UNS+S'", "UNS+S'QTY+21:1'"), "2")
    (control,) = answer(interchange(message(BODY), bad, syntax=syntax))
    assert control["UNH"]["S009"]["0052"] == ("4" if syntax.endswith("4") else "D")
    assert control["UNB"]["S002"] == {"0004": "NORTHWIND", "0007": "14"}
    assert control["UNB"]["S003"] == {"0010": "HARBOR", "0007": "ZZ"}
    assert control["UCI"]["0083"] == "7"
    good, rejected = control["SG1"]
    assert (good["UCM"]["0083"], "SG2" in good, rejected["UCM"]["0083"]) == ("7", False, "4")
    assert [group["UCS"] for group in rejected["SG2"]] == [{"0096": 7}, {"0096": 10, "0085": "15"}]
    assert rejected["SG2"][0]["UCD"] == [{"0085": "37", "S011": {"0098": 2, "0104": 2}}]
    said = CODEC.outcomes(parse_options(CODEC, {}))(control)
    assert [(item.envelope, item.number, item.verdict) for item in said] == [
        ("interchange", "12", "accepted"),
        ("message", "1", "accepted"),
        ("message", "2", "rejected"),
    ]
    assert said[2].reason == "segment 7; element 2/2 code 37; segment 10 code 15"


def test_wrong_envelopes_are_rejected_as_a_whole() -> None:
    (control,) = answer(ORDER.replace(b"UNZ+1+12", b"UNZ+2+12"))
    assert control["UCI"]["0083"] == "4"
    assert (control["UCI"]["0085"], control["UCI"]["0013"]) == ("29", "UNZ")
    assert "SG1" not in control
    (outcome,) = CODEC.outcomes(parse_options(CODEC, {}))(control)
    assert (outcome.number, outcome.verdict, outcome.reason) == ("12", "rejected", "code 29 UNZ")


def test_groups_are_answered_by_group() -> None:
    start, end = "UNG+ORDERS+A+B+240501:1215+7+UN+D:96A'", "UNE+2+7'"
    bad = message(BODY.replace("12:PCE", "1O:PCE"), "2")
    data = interchange(start + message(BODY) + bad + end).replace(b"UNZ+1", b"UNZ+1")
    (control,) = answer(data)
    (group,) = control["SG3"]
    assert (group["UCF"]["0048"], group["UCF"]["0083"]) == ("7", "7")
    said = CODEC.outcomes(parse_options(CODEC, {}))(control)
    assert [(item.envelope, item.number, item.within, item.verdict) for item in said] == [
        ("interchange", "12", "", "accepted"),
        ("group", "7", "", "accepted"),
        ("message", "1", "7", "accepted"),
        ("message", "2", "7", "rejected"),
    ]


def test_what_is_not_acknowledged() -> None:
    control = interchange(message("UCI+12+A+B+7'", kind="CONTRL:D:3:UN"))
    assert answer(control) == []
    assert answer(ORDER, acknowledgement="errors") == []
    noted = interchange(message(BODY.replace("12:PCE", "1O:PCE")))
    assert answer(noted, on_errors="note")[0]["SG1"][0]["UCM"]["0083"] == "7"
    with pytest.raises(InputError, match=r"edifact\.no_sender"):
        answer(message(BODY).encode())


@pytest.mark.parametrize(
    "kind", ["ORDERS", "ORDRSP", "DESADV", "INVOIC", "IFTMIN", "IFTSTA", "APERAK", "CONTRL"]
)
@pytest.mark.parametrize("directory", tables.DIRECTORIES)
def test_every_promised_message_has_a_schema(kind: str, directory: str) -> None:
    schema = CODEC.schema(parse_options(CODEC, {"message": kind, "directory": directory}))
    assert schema is not None
    assert schema.find(("UNH", "S009", "0065")) is not None


def test_the_schema_says_what_the_tables_know() -> None:
    schema = CODEC.schema(parse_options(CODEC, {"message": "ORDERS"}))
    assert schema is not None
    price = schema.find(("SG25", "SG28", "PRI", "C509", "5118"))
    assert price is not None
    assert (price.type, price.notation) == (Type.DECIMAL, "n..15")
    party = schema.find(("SG2", "NAD", "C080", "3036"))
    assert party is not None
    assert (party.repeats, party.max_items) == (True, 5)


def test_every_table_can_be_read() -> None:
    for directory in tables.DIRECTORIES:
        for kind in tables.titles():
            name = tables.message_name(kind, "D", "96A", directory)
            ids = {node.id for _, node in tables.message_facts(name).tree.walk() if hasattr(node, "id")}
            assert all(tables.segment(one, directory) is not None for one in ids)


def test_the_outline_has_every_segment_with_its_depth() -> None:
    data = b"UNA:+.? '\n" + ORDER.replace(b"'", b"'\n")
    marks = list(CODEC.outline(parse_options(CODEC, {}), Limits())([data]))
    assert [(mark.depth, mark.label) for mark in marks] == [
        *((0, "UNB"), (2, "UNH"), (3, "BGM"), (3, "DTM"), (4, "NAD"), (4, "LIN"), (4, "PIA"), (4, "QTY")),
        *((5, "PRI"), (3, "UNS"), (3, "CNT"), (2, "UNT"), (0, "UNZ")),
    ]
    assert all(data[mark.offset : mark.offset + mark.length].decode() == mark.text for mark in marks)
    assert marks[1].title == "Purchase order"


def test_sniffing_tells_message_directory_sender_and_separators() -> None:
    guess = CODEC.sniff(b"UNA:+,? '\r\n" + ORDER.replace(b"'", b"'\r\n"))
    assert guess is not None
    assert (guess.message, guess.confidence) == ("ORDERS Purchase order, D.96A, from HARBOR", 0.98)
    options: Any = parse_options(CODEC, guess.options)
    assert (options.separators.decimal, options.separators.line_end, options.message) == (
        ",",
        "crlf",
        "ORDERS",
    )
    interactive = CODEC.sniff(b"UIB+UNOA:4+1'")
    assert interactive is not None
    assert "not read" in interactive.message
    assert CODEC.sniff(b"UNAVAILABLE") is None


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_hostile_bytes_are_refused_or_read_never_a_crash(data: st.DataObject) -> None:
    words = [
        b"UNA:+.? '",
        b"UNB",
        b"+",
        b"'",
        b":",
        b"?",
        b"??'",
        b"\n",
        b"UNT+6+1'",
        b"UNH+1+ORDERS:D:96A:UN'",
    ]
    pieces = [*words, b"UNZ+1+12'", b"UNG+X'", b"UNE+1+1'", b"UIB+", b"\xff", b"*", b"UNO+1'", ORDER]
    junk = b"".join(data.draw(st.lists(st.sampled_from(pieces), max_size=12)))
    at = data.draw(st.integers(0, len(ORDER)))
    document = ORDER[:at] + junk + ORDER[at:]
    options = parse_options(CODEC, {"encoding": "utf-8"})
    for job in (
        lambda: list(CODEC.reader(options, Limits())([document], lambda _: None)),
        lambda: list(CODEC.split(options, Limits())([document], lambda _: None)),
        lambda: CODEC.validate(options, Limits())(document),
        lambda: CODEC.acknowledge(options, Limits())(document, lambda _: 1, NOW),
        lambda: list(CODEC.outline(options, Limits())([document])),
    ):
        try:
            job()
        except InputError as failure:
            assert failure.place  # noqa: PT017  every refusal has one


def test_limits_of_messages_and_elements() -> None:
    data = interchange(message("BGM+220'" + "FTX+A+++text'" * 500))
    with pytest.raises(LimitError, match="record_too_large"):
        list(CODEC.reader(parse_options(CODEC, {}), Limits(max_record_bytes=1000))([data]))
    with pytest.raises(InputError, match="field_too_large"):
        list(CODEC.reader(parse_options(CODEC, {}), Limits(max_field_bytes=3))([data]))
    with pytest.raises(LimitError, match="record_too_large"):
        list(
            CODEC.reader(parse_options(CODEC, {}), Limits(max_record_bytes=100_000))(
                [ORDER + b"UNB+" + b"?'" * 99_999]
            )
        )


@pytest.mark.parametrize("values", ["typed", "text"])
def test_references_of_an_odd_shape_come_back_as_they_were(values: str) -> None:
    data = ORDER.replace(b"1215+12'", b"1215+1:2'").replace(b"UNZ+1+12", b"UNZ+1+1:2")
    data = data.replace(b"UNH+1+", b"UNH+1:x+").replace(b"UNT+11+1", b"UNT+11+1:x")
    assert write(*read(data, values=values), values=values, una="never") == data
