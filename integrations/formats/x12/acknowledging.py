"""Acknowledgements: made of a received document (TA1, 997, 999), and read as what became of ours.

Source: X12 sets 997 and 999, segment TA1; a group gets one 997 or 999, an interchange a TA1 where it asks for
one (ISA14) or is wrong itself. Acknowledgements are not acknowledged.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from integrations.formats.codec import Limits, Numbers, Outcome, Record, Value
from integrations.formats.segments.findings import Finding
from integrations.formats.x12.findings import GroupReport, InterchangeReport, MessageReport
from integrations.formats.x12.inspecting import Inspection
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.writing import ISA_WIDTHS, Writing

_GUIDE_999 = "005010X231A1"
_MAX_SEGMENTS = 1000
_MAX_ELEMENTS = 99
_FOR_997 = {"I6": "7", "I9": "1", "I10": "3", "12": "3", "13": "3"}

_Verdict = Literal["accepted", "accepted with errors", "rejected"]
_VERDICTS: dict[str, _Verdict] = {"A": "accepted", "E": "accepted with errors", "P": "accepted with errors"}


def acknowledge(
    document: bytes, numbers: Numbers, now: datetime, options: X12Options, limits: Limits
) -> bytes:
    """Write the acknowledgement of all interchanges in a document; empty if nothing in it asks for one."""
    reports = Inspection(options, limits).run((document,))
    records = [record for report in reports for record in _answers(report, numbers, now, options)]
    # A value that is quoted as wrong may hold what is a separator here.
    bearing = options.model_copy(update={"in_text": "replace", "pads_isa": True})
    return b"".join(Writing(bearing, numbers).write(records)) if records else b""


def _answers(
    report: InterchangeReport, numbers: Numbers, now: datetime, options: X12Options
) -> Iterator[Record]:
    groups = [group for group in report.groups if _at(group.header, 1) != "FA"]
    asks = _at(report.header, 14) == "1" and (groups or not report.groups)
    if not (groups or asks or report.findings):
        return
    isa = _interchange(report.header, numbers, now)
    if asks or report.findings:
        code = report.findings[0].code if report.findings else "000"
        verdict = "R" if report.findings else "A"
        received = (_at(report.header, at) for at in (13, 9, 10))
        yield {
            "ISA": isa,
            "TA1": dict(zip(("01", "02", "03", "04", "05"), (*received, verdict, code), strict=True)),
        }
    for group in groups:
        yield _functional(group, isa, numbers, now, options)


def _interchange(header: list[str], numbers: Numbers, now: datetime) -> dict[str, Any]:
    def said(at: int) -> str:
        # What came may be of the wrong width; what goes out is not.
        return _at(header, at).strip(" \t\r\n\u00a0")[: ISA_WIDTHS[at - 1]]

    return {
        "05": said(7),
        "06": said(8),
        "07": said(5),
        "08": said(6),
        "09": f"{now:%y%m%d}",
        "10": f"{now:%H%M}",
        "11": said(11),
        "12": said(12),
        "13": f"{numbers('interchange'):09}",
        "14": "0",
        "15": said(15),
        "16": _at(header, 16),
    }


def _functional(
    group: GroupReport, isa: dict[str, Any], numbers: Numbers, now: datetime, options: X12Options
) -> Record:
    version = _at(group.header, 8).strip()
    is_999 = options.acknowledgement == "999" or (
        options.acknowledgement == "auto" and version.startswith("005010X")
    )
    edition = _GUIDE_999 if is_999 else version[:6] or "004010"
    number = f"{numbers('message'):04}"
    start = {"01": "999" if is_999 else "997", "02": number, **({"03": edition} if is_999 else {})}
    first = {"01": _at(group.header, 1), "02": _at(group.header, 6)}
    if is_999:
        first["03"] = version
    verdicts = [verdict_of(message, options) for message in group.messages]
    pairs = zip(group.messages, verdicts, strict=True)
    messages = [_message(message, verdict, is_999=is_999) for message, verdict in pairs]
    loop = "2000_loop" if is_999 else "AK2_loop"
    record: dict[str, Any] = {
        "ISA": isa,
        "GS": {
            "01": "FA",
            "02": _at(group.header, 3),
            "03": _at(group.header, 2),
            "04": f"{now:%Y%m%d}",
            "05": f"{now:%H%M}",
            "06": str(numbers("group")),
            "07": "X",
            "08": edition,
        },
        "ST": start,
        "AK1": first,
        loop: messages,
        "AK9": _total(group, verdicts),
    }
    if not messages:
        del record[loop]
    return record


def verdict_of(message: MessageReport, options: X12Options) -> str:
    """Judge a message: A accepted, E accepted with errors, R rejected."""
    if any(found.level == "message" for found in message.errors):
        return "R"
    if message.errors:
        return "R" if options.on_errors == "reject" else "E"
    return "A"


def _total(group: GroupReport, verdicts: list[str]) -> dict[str, Any]:
    accepted = sum(verdict != "R" for verdict in verdicts)
    if group.findings or (verdicts and not accepted):
        verdict, accepted = "R", 0
    elif accepted < len(verdicts):
        verdict = "P"
    else:
        verdict = "E" if "E" in verdicts else "A"
    promised = group.promised.strip()
    total: dict[str, Any] = {
        "01": verdict,
        "02": int(promised) if promised.isdigit() and len(promised) < 7 else len(verdicts),
        "03": len(verdicts),
        "04": accepted,
    }
    codes = dict.fromkeys(found.code for found in group.findings)
    return {**total, **{f"{at:02}": code for at, code in enumerate(list(codes)[:5], 5)}}


def _message(message: MessageReport, verdict: str, *, is_999: bool) -> dict[str, Any]:
    errors = message.errors
    first = {"01": message.set, "02": message.number}
    if is_999 and message.guide:
        first["03"] = message.guide
    codes = dict.fromkeys(found.code for found in errors if found.level == "message")
    if any(found.level in ("segment", "element") for found in errors):
        codes["5"] = None
    end = {"01": verdict, **{f"{at:02}": code for at, code in enumerate(list(codes)[:5], 2)}}
    by_segment: dict[tuple[int, str, str], list[Finding]] = {}
    for found in errors:
        if found.level in ("segment", "element"):
            code = found.code if found.level == "segment" else "8"
            by_segment.setdefault((found.position, found.segment, code), []).append(found)
    listed = [_segment(key, found, is_999=is_999) for key, found in list(by_segment.items())[:_MAX_SEGMENTS]]
    body: dict[str, Any] = {"AK2": first}
    if listed:
        body["2100_loop" if is_999 else "AK3_loop"] = listed
    body["IK5" if is_999 else "AK5"] = end
    return body


def _segment(key: tuple[int, str, str], findings: list[Finding], *, is_999: bool) -> dict[str, Any]:
    position, name, code = key
    loop = findings[0].loop
    said: dict[str, Any] = {"01": name, "02": position, "03": loop[:4], "04": code}
    if not loop or (loop.isdigit() and len(loop) == 3):
        del said["03"]
    elements = [found for found in findings if found.level == "element"][:_MAX_ELEMENTS]
    if is_999:
        body: dict[str, Any] = {"IK3": said}
        if elements:
            body["2110_loop"] = [{"IK4": _element(found, is_999=True)} for found in elements]
        return body
    body = {"AK3": said}
    if elements:
        body["AK4"] = [_element(found, is_999=False) for found in elements]
    return body


def _element(found: Finding, *, is_999: bool) -> dict[str, Any]:
    where: dict[str, Any] = {"1": found.element}
    if found.component:
        where["2"] = found.component
    said: dict[str, Any] = {"01": where}
    if found.number.isdigit():
        said["02"] = int(found.number)
    said["03"] = found.code if is_999 else _FOR_997.get(found.code, found.code)
    if found.found and found.found.isprintable() and found.found.isascii():
        said["04"] = found.found[:99]
    return said


def outcomes(record: Record) -> list[Outcome]:
    """Read a received TA1, 997 or 999: what became of each thing that was sent."""
    found: list[Outcome] = []
    if isinstance(answer := record.get("TA1"), dict):
        note = f"TA1 {_text(answer, '05')}"
        found.append(_outcome("interchange", answer.get("01"), answer.get("04"), "", note))
    first, total = record.get("AK1"), record.get("AK9")
    if not isinstance(first, dict) or not isinstance(total, dict):
        return found
    group = str(first.get("02", ""))
    reason = " ".join(_text(total, key) for key in ("05", "06", "07", "08", "09") if key in total)
    found.append(_outcome("group", group, total.get("01"), "", f"AK9 {reason}" if reason else ""))
    for loop in _listed(record.get("AK2_loop") or record.get("2000_loop")):
        start, end = loop.get("AK2", {}), loop.get("AK5") or loop.get("IK5") or {}
        found.append(_outcome("message", start.get("02"), end.get("01"), group, _reason(loop, end)))
    return found


def _outcome(
    envelope: Literal["interchange", "group", "message"],
    number: object,
    verdict: object,
    within: str,
    reason: str,
) -> Outcome:
    return Outcome(envelope, str(number or ""), _VERDICTS.get(str(verdict), "rejected"), within, reason)


def _reason(loop: dict[str, Any], end: dict[str, Any]) -> str:
    said = [f"{key}" for at in range(2, 7) if (key := end.get(f"{at:02}"))]
    parts = [f"set {' '.join(said)}"] if said else []
    for segment in _listed(loop.get("AK3_loop") or loop.get("2100_loop")):
        what = segment.get("AK3") or segment.get("IK3") or {}
        parts.append(f"segment {what.get('02', '')} {what.get('01', '')} code {what.get('04', '')}".rstrip())
        inner = segment.get("AK4") or [item.get("IK4", {}) for item in _listed(segment.get("2110_loop"))]
        for element in _listed(inner):
            where = element.get("01", {})
            place = where.get("1", "") if isinstance(where, dict) else where
            parts.append(f"element {place} code {element.get('03', '')}")
    return "; ".join(parts)


def _text(segment: Mapping[str, Value], key: str) -> str:
    value = segment.get(key)
    return value if isinstance(value, str) else ""


def _listed(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _at(parts: list[str], number: int) -> str:
    return parts[number - 1] if number <= len(parts) else ""
