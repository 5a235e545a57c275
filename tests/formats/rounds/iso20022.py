from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.sampled_from("ABC xyz-09é&<"), min_size=1, max_size=8)
AMOUNTS = st.builds(
    lambda currency, cents: {"@Ccy": currency, "#text": Decimal(cents).scaleb(-2)},
    st.sampled_from(["EUR", "CHF"]),
    st.integers(0, 10**12),
)
DAYS = st.builds(lambda day: {"Dt": day}, st.dates(date(1999, 1, 1), date(2100, 1, 1)))
MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.04"


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    required = {key: value for key, value in fields.items() if not key.startswith("_")}
    return st.fixed_dictionaries(
        required, optional={key[1:]: value for key, value in fields.items() if key.startswith("_")}
    )


SIDES = st.sampled_from(["CRDT", "DBIT"])
DETAILS = some(Amt=AMOUNTS, CdtDbtInd=SIDES, _AddtlTxInf=TEXT)
ENTRIES = some(
    _NtryRef=TEXT,
    Amt=AMOUNTS,
    CdtDbtInd=SIDES,
    _RvslInd=st.booleans(),
    Sts=st.just("BOOK"),
    _BookgDt=DAYS | MOMENTS.map(lambda at: {"DtTm": at}),
    BkTxCd=st.just({"Prtry": {"Cd": "NTRF"}}),
    _NtryDtls=st.lists(some(_TxDtls=st.lists(DETAILS, min_size=1, max_size=2)), min_size=1, max_size=2),
)
HEADERS = some(
    Id=TEXT,
    CreDtTm=MOMENTS,
    Acct=some(Id=st.just({"IBAN": "DE02120300000000202051"}), _Ccy=st.just("EUR")),
)


def document(header: Any, entries: list[Any]) -> Any:
    notification = {**header, "Ntry": entries} if entries else header
    head = {"MsgId": "1", "CreDtTm": header["CreDtTm"]}
    inside = {"GrpHdr": head, "Ntfctn": [notification]}
    return {"Document": {"@xmlns": NAMESPACE, "BkToCstmrDbtCdtNtfctn": inside}}


MESSAGES = st.builds(
    lambda header, entries: [document(header, entries)], HEADERS, st.lists(ENTRIES, max_size=3)
)
ONE_BY_ONE = st.builds(
    lambda header, entries: [document(header, [entry]) for entry in entries],
    HEADERS,
    st.lists(ENTRIES, min_size=1, max_size=4),
)
ROUNDS: Mapping[str, tuple[Mapping[str, object], st.SearchStrategy[Any]]] = {
    "message": ({}, MESSAGES),
    "entries": ({"message": "camt.054.001.04", "by": "entry", "pretty": True}, ONE_BY_ONE),
}
