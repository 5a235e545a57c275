"""Acknowledgements: CONTRL made of a received document, and read as what became of ours.

Source: ISO 9735-4. An interchange gets one CONTRL, in the version of syntax that it has itself: rejected as a
whole where its envelope is wrong, else each of its messages is acknowledged or rejected with what is wrong.
CONTRL is not acknowledged.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from integrations.errors import DecodeError
from integrations.formats.codec import Limits, Numbers, Outcome, Record
from integrations.formats.edifact.inspecting import GroupReport, Inspection, InterchangeReport, MessageReport
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.edifact.writing import Writing
from integrations.formats.segments.findings import Finding

REJECTED, ACKNOWLEDGED = "4", "7"
_MOST_SEGMENTS = 999
_MOST_ELEMENTS = 99
_ALWAYS_REJECT = frozenset({"13", "26", "28", "29"})
# The elements of a party: as sender (S002), as receiver (S003); those of a group alike.
_PARTY = (("0004", "0010"), ("0007", "0007"), ("0008", "0014"), ("0042", "0046"))


def acknowledge(
    document: bytes, numbers: Numbers, now: datetime, options: EdifactOptions, limits: Limits
) -> bytes:
    """Write the CONTRL of every interchange in a document; empty if nothing in it asks for one.

    Raises DecodeError ``edifact.no_interchange`` or ``edifact.no_sender``: there is nobody to answer to.
    """
    reports = Inspection(options, limits).run((document,))
    records = [_answer(report, numbers, now, options) for report in reports if _is_answered(report, options)]
    plain = options.model_copy(update={"interchange": "with", "message": "", "groups": "as given"})
    return b"".join(Writing(plain, numbers, now).write(records)) if records else b""


def _is_answered(report: InterchangeReport, options: EdifactOptions) -> bool:
    messages = report.messages
    if messages and all(message.kind.message == "CONTRL" for message in messages):
        return False
    if options.acknowledgement == "auto":
        return True
    return any(found.severity == "error" for found in report.all_findings())


def _answer(report: InterchangeReport, numbers: Numbers, now: datetime, options: EdifactOptions) -> Record:
    header = report.header
    if not isinstance(header.get("0020"), str) or not isinstance(header.get("S002"), dict):
        raise DecodeError(
            "edifact.no_sender",
            "The interchange does not say who sent it, or its reference: there is nobody to answer to.",
            place="segment UNB",
        )
    is_new = report.marks.version >= "4"
    version = {"0052": "4", "0054": "1"} if is_new else {"0052": "D", "0054": "3"}
    record: dict[str, Any] = {
        "UNB": _interchange(header, numbers, now, is_new=is_new),
        "UNH": {"0062": str(numbers("message")), "S009": {"0065": "CONTRL", **version, "0051": "UN"}},
        "UCI": {key: header[key] for key in ("0020", "S002", "S003") if key in header},
    }
    errors = [found for found in report.findings if found.severity == "error"]
    if errors:
        record["UCI"] |= {"0083": REJECTED, **_service_error(errors[0], is_new=is_new)}
        return record
    record["UCI"]["0083"] = ACKNOWLEDGED
    grouped = [group for group in report.groups if group.header is not None]
    if grouped:
        record["SG3"] = [_group(group, options, is_new=is_new) for group in grouped]
    elif messages := [_message(message, "SG2", options, is_new=is_new) for message in report.messages]:
        record["SG1"] = messages
    return record


def _interchange(header: Record, numbers: Numbers, now: datetime, *, is_new: bool) -> dict[str, Any]:
    sender, receiver = header.get("S002"), header.get("S003")
    made: dict[str, Any] = {
        "S001": header.get("S001", {"0001": "UNOC", "0002": "4" if is_new else "3"}),
        "S002": _swapped(receiver, {theirs: ours for ours, theirs in _PARTY}),
        "S003": _swapped(sender, dict(_PARTY)),
        "S004": {"0017": now.strftime("%Y%m%d" if is_new else "%y%m%d"), "0019": now.strftime("%H%M")},
        "0020": str(numbers("interchange")),
    }
    return made | ({"0035": header["0035"]} if "0035" in header else {})


def _swapped(party: object, names: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(party, dict):
        return {}
    return {names[key]: value for key, value in party.items() if key in names}


def _service_error(found: Finding, *, is_new: bool) -> dict[str, Any]:
    """Say what is wrong with a service segment: the code, the segment and the element."""
    said: dict[str, Any] = {"0085": found.code}
    if found.segment.startswith("U"):
        said["0135" if is_new else "0013"] = found.segment
        if found.element:
            said["S011"] = {"0098": found.element + 1}
    return said


def verdict_of(message: MessageReport, options: EdifactOptions) -> str:
    """Judge a message: 4 rejected, 7 acknowledged."""
    if any(found.level == "message" and found.code in _ALWAYS_REJECT for found in message.errors):
        return REJECTED
    return REJECTED if message.errors and options.on_errors == "reject" else ACKNOWLEDGED


def _group(group: GroupReport, options: EdifactOptions, *, is_new: bool) -> dict[str, Any]:
    header = group.header or {}
    said: dict[str, Any] = {key: header[key] for key in ("0048", "S006", "S007") if key in header}
    errors = [found for found in group.findings if found.severity == "error"]
    if errors:
        return {"UCF": {**said, "0083": REJECTED, **_service_error(errors[0], is_new=is_new)}}
    messages = [_message(message, "SG5", options, is_new=is_new) for message in group.messages]
    return {"UCF": {**said, "0083": ACKNOWLEDGED}, **({"SG4": messages} if messages else {})}


def _message(message: MessageReport, inner: str, options: EdifactOptions, *, is_new: bool) -> dict[str, Any]:
    verdict = verdict_of(message, options)
    named = message.header.get("S009")
    keys = ("0065", "0052", "0054", "0051", "0057")
    said: dict[str, Any] = {
        "0062": message.header.get("0062", ""),
        "S009": {key: named[key] for key in keys if key in named} if isinstance(named, dict) else {},
        "0083": verdict,
    }
    if verdict == ACKNOWLEDGED:
        return {"UCM": said}
    whole = [found for found in message.errors if found.level == "message"]
    if whole:
        said |= _service_error(whole[0], is_new=is_new)
    by_segment: dict[int, list[Finding]] = {}
    for found in message.errors:
        if found.level in ("segment", "element"):
            by_segment.setdefault(found.position, []).append(found)
    listed = [_segment(at, found) for at, found in sorted(by_segment.items())[:_MOST_SEGMENTS]]
    return {"UCM": said, **({inner: listed} if listed else {})}


def _segment(position: int, findings: list[Finding]) -> dict[str, Any]:
    whole = next((found.code for found in findings if found.level == "segment"), "")
    said: dict[str, Any] = {"0096": position, **({"0085": whole} if whole else {})}
    elements = [_element(found) for found in findings if found.level == "element"][:_MOST_ELEMENTS]
    return {"UCS": said, **({"UCD": elements} if elements else {})}


def _element(found: Finding) -> dict[str, Any]:
    """Say where an element is: positions count the segment's id as the first."""
    where: dict[str, Any] = {"0098": found.element + 1}
    return {"0085": found.code, "S011": {**where, **({"0104": found.component} if found.component else {})}}


def outcomes(record: Record) -> list[Outcome]:
    """Read a received CONTRL: what became of each thing that was sent."""
    answer = record.get("UCI")
    if not isinstance(answer, dict):
        return []
    found = [_outcome("interchange", answer, "0020", "", _reason(answer, []))]
    found.extend(_messages(record.get("SG1"), "SG2", ""))
    for loop in _listed(record.get("SG3")):
        group = _object(loop.get("UCF"))
        found.append(_outcome("group", group, "0048", "", _reason(group, [])))
        found.extend(_messages(loop.get("SG4"), "SG5", str(group.get("0048", ""))))
    return found


def _messages(loops: object, inner: str, group: str) -> Iterator[Outcome]:
    for loop in _listed(loops):
        said = _object(loop.get("UCM"))
        yield _outcome("message", said, "0062", group, _reason(said, _listed(loop.get(inner))))


def _outcome(
    envelope: Literal["interchange", "group", "message"],
    said: dict[str, Any],
    key: str,
    within: str,
    reason: str,
) -> Outcome:
    verdict: Literal["accepted", "rejected"] = "accepted" if said.get("0083") in ("7", "8") else "rejected"
    return Outcome(envelope, str(said.get(key, "")), verdict, within, reason)


def _reason(said: dict[str, Any], segments: list[dict[str, Any]]) -> str:
    parts = []
    if code := said.get("0085"):
        name = said.get("0135") or said.get("0013") or ""
        parts.append(f"code {code} {name}".rstrip())
    for segment in segments:
        what = _object(segment.get("UCS"))
        code = f" code {what['0085']}" if "0085" in what else ""
        parts.append(f"segment {what.get('0096', '')}{code}")
        for element in _listed(segment.get("UCD")):
            where = _object(element.get("S011"))
            place = "/".join(str(where[key]) for key in ("0098", "0104") if key in where)
            parts.append(f"element {place} code {element.get('0085', '')}")
    return "; ".join(parts)


def _listed(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
