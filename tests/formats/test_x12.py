"""X12: what real files do, envelopes, checks and acknowledgements."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.errors import DecodeError, EncodeError, InputError, LimitError
from integrations.formats.codec import Limits, Record, parse_options
from integrations.formats.x12.codec import CODEC
from integrations.schema.model import Type

NOW = datetime(2024, 5, 2, 9, 30, tzinfo=UTC)
ISA = "ISA*00*          *00*          *ZZ*HARBOR         *01*NORTHWIND      *240501*1215*{}*0*P*>~"
OLD, NEW = ISA.format("U*00401*000000012"), ISA.format("^*00501*000000012")
BODY = "BEG*00*SA*PO-1**20240501~N1*ST*Harbor~PO1*1*12*EA*19.90**VN*BAG~CTT*1~"


def message(body: str, number: str = "0001", kind: str = "850") -> str:
    return f"ST*{kind}*{number}~{body}SE*{body.count('~') + 2}*{number}~"


def interchange(*messages: str, isa: str = OLD, version: str = "004010", kind: str = "PO") -> bytes:
    start = f"GS*{kind}*HARBOR*NORTHWIND*20240501*1215*7*X*{version}~"
    return f"{isa}{start}{''.join(messages)}GE*{len(messages)}*7~IEA*1*000000012~".encode()


def read(data: bytes, **options: object) -> list[Any]:
    return list(CODEC.reader(parse_options(CODEC, options), Limits())([data]))


def write(*records: Record, **options: object) -> bytes:
    return b"".join(CODEC.writer(parse_options(CODEC, options))(records))


def check(data: bytes, **options: object) -> list[tuple[str, str, int, str]]:
    found = CODEC.validate(parse_options(CODEC, options), Limits())(data)
    return [(item.level, item.code, item.position, item.segment) for item in found]


def answer(data: bytes, **options: object) -> list[Any]:
    numbers = count(1)
    made = CODEC.acknowledge(parse_options(CODEC, options), Limits())(data, lambda _: next(numbers), NOW)
    assert not made or not check(made)
    return read(made) if made else []


def refusal(data: bytes, **options: object) -> tuple[str, str]:
    with pytest.raises(InputError) as refused:
        read(data, **options)
    return refused.value.code, refused.value.place


ORDER = interchange(message(BODY))
WRAPPED = "\n".join(ORDER.decode()[at : at + 80] for at in range(0, len(ORDER), 80)).encode()


def test_values_are_typed_by_the_standard() -> None:
    (order,) = read(ORDER)
    assert order["BEG"] == {"01": "00", "02": "SA", "03": "PO-1", "05": date(2024, 5, 1)}
    line = order["PO1_loop"][0]["PO1"]
    assert (line["02"], line["04"], line["07"]) == (Decimal(12), Decimal("19.90"), "BAG")
    (invoice,) = read(interchange(message("BIG*20240501*007~TDS*01990~", kind="810"), kind="IN"))
    assert invoice["TDS"]["01"] == Decimal("19.90")
    assert invoice["BIG"]["02"] == "007"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + ORDER,
        b"\r\n \t" + ORDER + b"\x1a\0\0",
        b"To: you\n\n" + ORDER + b"\nbye, ISA Ltd.\n",
        ORDER.replace(b"~", b"~\r\n\t "),
        ORDER.replace(b"~", b"\r"),
        ORDER.replace(b"~", b"\r\n"),
        ORDER.replace(b"~", b"\n")[:-1],
        ORDER.replace(b"*", b"\x1d").replace(b"~", b"\x1c"),
        ORDER.replace(b"~", b"\r").replace(b"*P*>", b"*P*~"),
        ORDER.replace(b"HARBOR         ", b"HARBOR"),
        ORDER.replace(b"HARBOR         *01", "HARBOR\u00a0 \u00a0 *01".encode()),
        ORDER.replace(b"*00401*", b"*00400*"),
        WRAPPED,
        WRAPPED.replace(b"\n", b"\r\n"),
    ],
    ids=[
        *(
            "byte order mark",
            "blanks around",
            "junk around",
            "line ends and tabs",
            "CR",
            "CR LF",
            "LF, none at the end",
        ),
        *("control characters", "CR with ~ inside", "ISA not filled", "no-break spaces", "other ISA12"),
        *("wrapped", "wrapped with CR LF"),
    ],
)
def test_real_files_are_read_whatever_they_are_made_of(data: bytes) -> None:
    (order,) = read(data)
    (plain,) = read(ORDER)
    for key in ("BEG", "N1_loop", "PO1_loop", "CTT_loop", "SE"):
        assert order[key] == plain[key]
    assert order["ISA"]["06"] == "HARBOR"


def test_several_interchanges_with_other_separators_and_answers_between_groups() -> None:
    answered = OLD.replace("*0*P*>", "*0*P*<").encode() + b"TA1*000000003*240430*1200*A*000~IEA*0*000000012~"
    records = read(ORDER + b"\n" + ORDER.replace(b"*", b"|").replace(b"~", b"'") + answered)
    assert [next(key for key in ("TA1", "BEG") if key in record) for record in records] == [
        "BEG",
        "BEG",
        "TA1",
    ]
    assert records[2]["ISA"]["16"] == "<"


def test_the_repetition_separator_is_one_from_00402_on() -> None:
    body = "BHT*0022*13*1*20240501*1200~HL*1**20*1~NM1*PR*2*P*****PI*1~HL*2*1*21*1~NM1*1P*2*Q*****XX*1~"
    asked = "HL*3*2*22*0~NM1*IL*1*DOE****MI*7~EQ*30^47~"
    (new,) = read(interchange(message(body + asked, kind="270"), isa=NEW, version="005010X279A1"))
    found = new["2000C_loop"][0]["2100C_loop"]["2110C_loop"][0]
    assert found["EQ"]["01"] == ["30", "47"]
    (old,) = read(interchange(message("BEG*00*SA*A^B**20240501~")))
    assert old["BEG"]["03"] == "A^B"


def test_binary_data_is_cut_by_its_length() -> None:
    data = b"x~\n*\xff\0SE*1~"
    body = b"BIN*%d*%s~" % (len(data), data)
    document = ORDER.replace(BODY.encode(), body).replace(b"SE*6", b"SE*3").replace(b"*850*", b"*998*")
    (record,) = read(document)
    assert record["segments"] == [{"id": "BIN", "01": len(data), "02": data}]
    assert read(write(record)) == [record]
    assert refusal(document.replace(b"BIN*11", b"BIN*9"))[0] == "x12.binary_length"


def test_a_guide_names_its_loops_and_tells_providers_apart() -> None:
    body = (
        "BHT*0019*00*1*20240501*1200*CH~NM1*41*2*S*****46*1~PER*IC*A*TE*1~NM1*40*2*R*****46*2~HL*1**20*1~"
        "NM1*85*2*B*****XX*1~N3*x~N4*y*ME*04101~REF*EI*9~HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*D*A****MI*7~"
        "NM1*PR*2*P*****PI*1~CLM*C1*100***11:B:1*Y*A*Y*Y~HI*ABK:J0300~NM1*82*1*R*X****XX*2~NM1*DN*1*F*X~"
        "LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20240501~"
    )
    data = interchange(
        message(body, kind="837"), isa=NEW.replace(">", ":"), version="005010X222A2", kind="HC"
    )
    (claim,) = read(data)
    subscriber = claim["2000A_loop"][0]["2000B_loop"][0]
    assert subscriber["2010BA_loop"]["NM1"]["03"] == "D"
    loop = subscriber["2300_loop"][0]
    assert loop["CLM"]["05"] == {"1": "11", "2": "B", "3": "1"}
    assert (loop["2310A_loop"][0]["NM1"]["01"], loop["2310B_loop"]["NM1"]["01"]) == ("DN", "82")
    assert loop["_order"] == ["2310B_loop", "2310A_loop"]
    assert write(claim, separators={"component": ":"}) == data


def test_old_releases_have_short_dates() -> None:
    (order,) = read(interchange(message("BEG*00*SA*1**940501~"), version="003040"))
    assert order["BEG"]["05"] == date(1994, 5, 1)


def test_with_text_everything_comes_back_byte_for_byte() -> None:
    body = "BEG*00*SA*x>y**20240231*~REF~REF*DP***A>>B>~ZZZ*1>2**~N3*lost~CTT*007.50~"
    data = interchange(message(body)) * 2
    data = data.replace(b"12~ISA", b"12~ISA", 1)
    options = {"values": "text", "in_text": "keep"}
    records = read(data, **options)
    assert records[0]["REF"] == [{}, {"01": "DP", "04": {"1": "A", "3": "B", "4": ""}}]
    assert write(records[0], **options) * 2 == data


def test_wrong_values_cost_the_message_or_stay_text() -> None:
    data = interchange(message(BODY.replace("19.90", "1,5"), "0001"), message(BODY, "0002"))
    bad: list[InputError] = []
    records = list(CODEC.reader(parse_options(CODEC, {}), Limits())([data], bad.append))
    assert [record["ST"]["02"] for record in records] == ["0002"]
    assert [(error.code, error.place) for error in bad] == [
        ("x12.number", "offset 204, message 1, segment 4 PO1, element 04")
    ]
    assert "[9,9]" in bad[0].message
    assert read(data, invalid="text")[0]["PO1_loop"][0]["PO1"]["04"] == "1,5"


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("SE*6*0001", "SE*7*0001", "x12.segment_count", "offset 236, message 1, segment 6 SE, element 01"),
        ("SE*6*0001", "SE*6*0002", "x12.message_number", "offset 236, message 1, segment 6 SE, element 02"),
        ("SE*6*0001~", "", "x12.no_trailer", "offset 230, message 1, segment 5"),
        ("GE*1*7", "GE*2*7", "x12.group_count", "offset 246, message 1, segment GE, element 01"),
        ("GE*1*7", "GE*1*8", "x12.group_number", "offset 246, message 1, segment GE, element 02"),
        ("IEA*1*", "IEA*2*", "x12.interchange_count", "offset 253, segment IEA, element 01"),
        ("*000000012*0*P", "*000000013*0*P", "x12.interchange_number", "offset 253, segment IEA, element 02"),
        ("GE*1*7", "REF*1~GE*1*7", "x12.segment_count", "offset 246, message 1, segment 7 SE, element 01"),
        ("~IEA*1*000000012~", "~", "x12.truncated", "offset 253"),
        ("PO1*", "P\0O1*", "x12.nul", "offset 204, message 1, segment 4"),
    ],
)
def test_envelopes_that_do_not_agree_are_refused(old: str, new: str, code: str, place: str) -> None:
    data = ORDER.decode().replace(old, new).encode()
    assert refusal(data) == (code, place)


def test_a_message_of_an_unknown_set_costs_itself_only_and_is_counted() -> None:
    data = interchange(message(BODY, "0001", "199"), message(BODY, "0002"))
    bad: list[InputError] = []
    reader = CODEC.reader(parse_options(CODEC, {"unknown": "refuse"}), Limits())
    assert [record["ST"]["02"] for record in reader([data], bad.append)] == ["0002"]
    assert [(error.code, error.place) for error in bad] == [
        ("x12.unknown_set", "offset 154, message 1, segment ST")
    ]


def test_bytes_that_are_no_text_cost_their_message_only() -> None:
    data = (
        interchange(message(BODY.replace("Harbor", "\xff"), "1"), message(BODY, "2"))
        .decode()
        .encode("latin-1")
    )
    bad: list[InputError] = []
    records = list(CODEC.reader(parse_options(CODEC, {}), Limits())([data], bad.append))
    assert [record["ST"]["02"] for record in records] == ["2"]
    assert [error.code for error in bad] == ["x12.encoding"]
    assert read(data, encoding="latin-1")[0]["N1_loop"][0]["N1"]["02"] == "\xff"
    guess = CODEC.sniff(data)
    assert guess is not None
    assert guess.encoding == "latin-1"


def test_large_messages_are_cut_at_a_loop_and_put_together_again() -> None:
    data = interchange(message(BODY.replace("CTT*1~", "PO1*2~PID*F~PO1*3~CTT*3~")))
    parts = read(data, split_at="PO1")
    assert [(part["_part"], part["PO1_loop"][0]["PO1"]["01"]) for part in parts] == [
        (1, "1"),
        (2, "2"),
        (3, "3"),
    ]
    assert all(part["BEG"] == parts[0]["BEG"] for part in parts)
    assert ["SE" in part for part in parts] == [False, False, True]
    assert write(*parts, split_at="PO1") == data


def test_hl_loops_nest_by_their_parents() -> None:
    body = "BSN*00*1*20240501*1200~HL*1**S~HL*2*1*O~HL*3*2*I~LIN**VN*A~HL*4*1*O~"
    data = interchange(message(body, kind="856"), kind="SH")
    (notice,) = read(data, hierarchy="nested")
    (shipment,) = notice["HL_loop"]
    assert [order["HL"]["01"] for order in shipment["HL_loop"]] == ["2", "4"]
    assert shipment["HL_loop"][0]["HL_loop"][0]["LIN"] == {"02": "VN", "03": "A"}
    assert write(notice, separators={"component": ">"}) == data
    chain = "".join(f"HL*{at}*{at - 1}*S~" for at in range(1, 90))
    deep = interchange(message(f"BSN*00*1*20240501*1200~{chain}", kind="856"), kind="SH")
    with pytest.raises(LimitError, match="too_deep"):
        read(deep, hierarchy="nested")


def test_a_record_without_its_envelope_gets_one() -> None:
    order: Record = {"ST": {"01": "850"}, "BEG": {"01": "00", "03": "P", "05": date(2024, 5, 1)}}
    record: Record = {"ISA": {"09": "240502", "10": "0930"}, **order}
    envelope = {"sender": "ME", "receiver": "YOU", "usage": "T"}
    written = CODEC.enveloped(parse_options(CODEC, {"envelope": envelope}))(
        [record, record], len, datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    )
    assert written.decode() == (
        "ISA*00*          *00*          *ZZ*ME             *ZZ*YOU            "
        "*240502*0930*U*00401*000000011*0*T*:~"
        "GS*PO*ME*YOU*20240502*0930*5*X*004010~"
        "ST*850*0007~BEG*00**P**20240501~SE*3*0007~ST*850*0007~BEG*00**P**20240501~SE*3*0007~"
        "GE*2*5~IEA*1*000000011~"
    )
    with pytest.raises(EncodeError, match=r"x12\.no_date"):
        write(order)


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"BEG": {"03": "a*b"}}, "x12.separator", "record 1, segment BEG, element 03"),
        ({"BEG": {"03": "a>b"}}, "x12.separator", "record 1, segment BEG, element 03"),
        ({"BEG": {"05": "2024-05-01"}}, "x12.date", "record 1, segment BEG, element 05"),
        ({"BEG": {"05": True}}, "x12.date", "record 1, segment BEG, element 05"),
        ({"BEG": {"3": "x"}}, "x12.extra_field", "record 1, segment BEG"),
        ({"REF": {"01": "x"}}, "x12.wrong_shape", "record 1, segment REF"),
        ({"REF": [{"04": {"1": "a>b"}}]}, "x12.separator", "record 1, segment REF, element 04-1"),
        ({"NEW": {}}, "x12.extra_field", "record 1"),
        ({"ST": {}}, "x12.no_set", "record 1, segment ST, element 01"),
        ({"PO1_loop": [{"PO1": {"02": b"1"}}]}, "x12.number", "record 1, segment PO1, element 02"),
    ],
)
def test_records_that_the_format_cannot_hold_are_refused(change: Record, code: str, place: str) -> None:
    (order,) = read(ORDER)
    with pytest.raises(EncodeError) as refused:
        write({**order, **change})
    assert (refused.value.code, refused.value.place) == (code, place)


def test_separators_in_a_text_can_be_blanks() -> None:
    (order,) = read(ORDER)
    order["BEG"]["03"] = "a*b~c>d"
    (again,) = read(write(order, in_text="replace"))
    assert again["BEG"]["03"] == "a b c d"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (BODY, []),
        (BODY.replace("BEG*00*SA", "BEG*00*"), [("element", "1", 2, "BEG")]),
        (BODY.replace("20240501", "20240431"), [("element", "8", 2, "BEG")]),
        (BODY.replace("*ST*", "*LONGER*"), [("element", "5", 3, "N1")]),
        (BODY.replace("19.90", "1x"), [("element", "6", 4, "PO1")]),
        (BODY.replace("N1*ST*Harbor", "N1*ST"), [("element", "2", 3, "N1")]),
        (BODY.replace("CTT*1~", "CTT*1~ZZZ*1~"), [("segment", "1", 6, "ZZZ")]),
        (BODY.replace("CTT*1~", "CTT*1~CLP*1~"), [("segment", "6", 6, "CLP")]),
        (BODY.replace("CTT*1~", "CTT*1~N3*x~"), [("segment", "7", 6, "N3")]),
        (BODY.split("~", 1)[1], [("segment", "3", 2, "BEG")]),
    ],
    ids=["right", "missing", "date", "long", "number", "note", "unknown", "other set", "order", "no segment"],
)
def test_validation_gives_the_codes_of_the_standard(body: str, found: list[Any]) -> None:
    assert check(interchange(message(body), version="005010")) == found


def test_a_good_group_is_accepted_and_a_bad_message_rejected() -> None:
    bad = message(BODY.replace("20240501", "20240431").replace("CTT*1~", "N3*x~"), "0002")
    (result,) = answer(interchange(message(BODY), bad, version="005010"))
    assert (result["ISA"]["06"], result["GS"]["01"], result["GS"]["03"]) == ("NORTHWIND", "FA", "HARBOR")
    assert result["AK1"] == {"01": "PO", "02": 7}
    first, second = result["AK2_loop"]
    assert (first["AK5"], "AK3_loop" in first) == ({"01": "A"}, False)
    assert second["AK5"] == {"01": "R", "02": "5"}
    assert [loop["AK3"]["04"] for loop in second["AK3_loop"]] == ["8", "7"]
    assert second["AK3_loop"][0]["AK4"] == [{"01": {"1": 5}, "02": 373, "03": "8", "04": "20240431"}]
    assert result["AK9"] == {"01": "P", "02": 2, "03": 2, "04": 1}
    said = CODEC.outcomes(parse_options(CODEC, {}))(result)
    assert [(item.envelope, item.number, item.within, item.verdict) for item in said] == [
        ("group", "7", "", "accepted with errors"),
        ("message", "0001", "7", "accepted"),
        ("message", "0002", "7", "rejected"),
    ]
    assert said[2].reason == "set 5; segment 2 BEG code 8; element 5 code 8; segment 5 N3 code 7"


def test_errors_can_be_noted_and_counts_always_reject() -> None:
    noted = message(BODY.replace("*SA*", "**"))
    (result,) = answer(interchange(noted, version="005010"), on_errors="note")
    assert (result["AK2_loop"][0]["AK5"]["01"], result["AK9"]["01"]) == ("E", "E")
    (result,) = answer(interchange(message(BODY).replace("SE*6", "SE*9")), on_errors="note")
    assert (result["AK2_loop"][0]["AK5"], result["AK9"]["01"]) == ({"01": "R", "02": "4"}, "R")


def test_guides_are_answered_with_999_and_interchanges_with_ta1() -> None:
    isa = NEW.replace("*0*P*", "*1*P*")
    data = interchange(message("BPR*I*1*C*CHK~", kind="835"), isa=isa, version="005010X221A1", kind="HP")
    note, result = answer(data)
    assert note["TA1"] == {"01": "000000012", "02": "240501", "03": "1215", "04": "A", "05": "000"}
    assert result["ST"]["01"] == "999"
    assert result["2000_loop"][0]["IK5"] == {"01": "R", "02": "5"}
    cut, _ = answer(data.replace(b"IEA*1*000000012", b"IEA*1*000000013"))
    assert (cut["TA1"]["04"], cut["TA1"]["05"]) == ("R", "001")
    (outcome,) = CODEC.outcomes(parse_options(CODEC, {}))(cut)
    assert (outcome.envelope, outcome.number, outcome.verdict) == ("interchange", "000000012", "rejected")


def test_acknowledgements_are_not_acknowledged() -> None:
    body = "AK1*PO*7~AK9*A*1*1*1~"
    assert answer(interchange(message(body, kind="997"), kind="FA")) == []


@pytest.mark.parametrize(
    "kind", ["850", "855", "856", "810", "940", "945", "846", "835", "837", "997", "999"]
)
def test_every_promised_set_has_a_schema(kind: str) -> None:
    for version in ("004010", "005010"):
        schema = CODEC.schema(
            parse_options(CODEC, {"transaction_set": kind, "envelope": {"version": version}})
        )
        assert schema is not None
        assert schema.find(("ST", "01")) is not None


def test_the_schema_says_what_the_tables_know() -> None:
    schema = CODEC.schema(parse_options(CODEC, {"transaction_set": "850"}))
    assert schema is not None
    price = schema.find(("PO1_loop", "PO1", "04"))
    assert price is not None
    assert (price.type, price.title, price.notation) == (Type.DECIMAL, "Unit Price", "R")
    loop = schema.find(("N1_loop",))
    assert loop is not None
    assert (loop.repeats, loop.max_items) == (True, 200)
    claim = CODEC.schema(parse_options(CODEC, {"transaction_set": "837", "guide": "005010X222A1"}))
    assert claim is not None
    code = claim.find(("2000A_loop", "2010AA_loop", "NM1", "01"))
    assert code is not None
    assert (dict(code.choices), code.is_closed) == ({"85": code.choices["85"]}, True)


def test_the_outline_has_every_segment_with_its_depth() -> None:
    marks = list(CODEC.outline(parse_options(CODEC, {}), Limits())([ORDER]))
    assert [(mark.depth, mark.label) for mark in marks] == [
        *(
            (0, "ISA"),
            (1, "GS"),
            (2, "ST"),
            (3, "BEG"),
            (4, "N1"),
            (4, "PO1"),
            (4, "CTT"),
            (2, "SE"),
            (1, "GE"),
        ),
        (0, "IEA"),
    ]
    assert all(ORDER[mark.offset : mark.offset + mark.length].decode() == mark.text for mark in marks)


def test_sniffing_tells_set_release_and_separators() -> None:
    guess = CODEC.sniff(ORDER.replace(b"~", b"~\r\n"))
    assert guess is not None
    assert (guess.message, guess.confidence) == ("850 Purchase Order, 004010", 0.99)
    assert parse_options(CODEC, guess.options).separators.line_end == "crlf"  # type: ignore[attr-defined]
    assert CODEC.sniff(b"ISAAC NEWTON") is None


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_hostile_bytes_are_refused_or_read_never_a_crash(data: st.DataObject) -> None:
    pieces = [
        b"ISA",
        b"*",
        b"~",
        b">",
        b"\n",
        b"SE*6*0001~",
        b"BIN*9*",
        b"ST*850*1~",
        b"IEA*1*1~",
        OLD.encode(),
        b"\xff",
    ]
    junk = b"".join(data.draw(st.lists(st.sampled_from(pieces), max_size=12)))
    at = data.draw(st.integers(0, len(ORDER)))
    document = ORDER[:at] + junk + ORDER[at:]
    options = parse_options(CODEC, {"hierarchy": "nested"})
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
            assert failure.place  # noqa: PT017  either way is right


def test_a_message_larger_than_allowed_is_refused() -> None:
    data = interchange(message("REF*DP*1~" * 500))
    with pytest.raises(LimitError, match="record_too_large"):
        list(CODEC.reader(parse_options(CODEC, {}), Limits(max_record_bytes=1000))([data]))
    with pytest.raises(DecodeError, match="field_too_large"):
        list(CODEC.reader(parse_options(CODEC, {}), Limits(max_field_bytes=3))([data]))
