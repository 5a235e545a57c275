"""Envelopes to records and back: version, header, body or fault, in one form for both versions."""

from typing import Final

from integrations.formats.codec import Record, Value
from integrations.formats.soap.envelope import BODY, FAULT, HEADER, PREFIX, SOAP_12
from integrations.formats.xml_text.write import Unwritable

# The codes of the two versions that mean the same.
_LATER: Final = {"Client": "Sender", "Server": "Receiver"}
_EARLIER: Final = {later: earlier for earlier, later in _LATER.items()}
_OWN: Final = {*_LATER, *_EARLIER, "VersionMismatch", "MustUnderstand", "DataEncodingUnknown"}
_PARTS: Final = {
    *("faultcode", "faultstring", "faultactor", "detail"),
    *(f"{PREFIX}:{name}" for name in ("Code", "Reason", "Role", "Node", "Detail")),
}


def message(envelope: Record) -> Record:
    """Make the record of an envelope: what is in it, under plain names."""
    version = "1.2" if envelope.get("@xmlns") == SOAP_12 else "1.1"
    made: Record = {"version": version}
    others = {key: value for key, value in envelope.items() if key not in {HEADER, BODY, "#order", "@xmlns"}}
    if others:
        made["envelope"] = others
    if HEADER in envelope:
        made["header"] = envelope[HEADER]
    body = envelope.get(BODY)
    fault = body.get(FAULT) if isinstance(body, dict) else None
    if isinstance(fault, dict) and isinstance(body, dict):
        made["fault"] = read_fault(fault, version)
        rest = {key: value for key, value in body.items() if key != FAULT}
        if rest:
            made["body"] = rest
    elif BODY in envelope:
        made["body"] = body
    return made


def read_fault(fault: Record, version: str) -> Record:
    """Make the record of a fault: code, subcodes, reason, and what else it says."""
    made = _read_11(fault) if version == "1.1" else _read_12(fault)
    more = {key: value for key, value in fault.items() if key not in _PARTS and key != "#order"}
    return {**made, "more": more} if more else made


def _read_11(fault: Record) -> Record:
    code, _, rest = _text(fault.get("faultcode")).removeprefix(f"{PREFIX}:").partition(".")
    made: Record = {"code": code}
    if rest:
        made["subcodes"] = [rest]
    _take_reason(made, [fault["faultstring"]] if "faultstring" in fault else [])
    if "faultactor" in fault:
        made["role"] = _text(fault["faultactor"])
    if "detail" in fault:
        made["detail"] = fault["detail"]
    return made


def _read_12(fault: Record) -> Record:
    code = fault.get(f"{PREFIX}:Code")
    codes: list[Value] = []
    while isinstance(code, dict):
        codes.append(_text(code.get(f"{PREFIX}:Value")).removeprefix(f"{PREFIX}:"))
        code = code.get(f"{PREFIX}:Subcode")
    made: Record = {"code": codes[0] if codes else ""}
    if codes[1:]:
        made["subcodes"] = codes[1:]
    reason = fault.get(f"{PREFIX}:Reason")
    texts = reason.get(f"{PREFIX}:Text") if isinstance(reason, dict) else None
    _take_reason(made, texts if isinstance(texts, list) else [] if texts is None else [texts])
    for name in ("Role", "Node"):
        if f"{PREFIX}:{name}" in fault:
            made[name.lower()] = _text(fault[f"{PREFIX}:{name}"])
    if f"{PREFIX}:Detail" in fault:
        made["detail"] = fault[f"{PREFIX}:Detail"]
    return made


def _take_reason(made: Record, texts: list[Value]) -> None:
    """Take the reason, in the first language of those it is given in; all of them where they are several."""
    reasons: Record = {}
    for text in texts:
        language = text.get("@xml:lang", "") if isinstance(text, dict) else ""
        reasons[str(language)] = _text(text)
    languages = [*reasons]
    if languages:
        made["reason"] = reasons[languages[0]]
    if len(languages) > 1:
        made["reasons"] = reasons
    elif languages and languages[0]:
        made["language"] = languages[0]


def _text(value: Value) -> str:
    if isinstance(value, dict):
        mixed = value.get("#mixed")
        pieces = mixed if isinstance(mixed, list) else [value.get("#text", "")]
        value = "".join(piece for piece in pieces if isinstance(piece, str))
    return value if isinstance(value, str) else ""


def envelope(record: Record, version: str, *, has_default: bool) -> Record:
    """Make the envelope of a record. has_default: elements without prefix are in a namespace.

    Raises Unwritable for a record that is none of a message.
    """
    unknown = record.keys() - {"version", "envelope", "header", "body", "fault"}
    if unknown or not record.keys() & {"body", "fault"}:
        raise Unwritable(
            "not_a_message",
            "A SOAP message has a body or a fault, and may have a header.",
            "Put the fields of the body under body.",
        )
    body, fault = record.get("body", {}), record.get("fault")
    inside: Record = dict(body) if isinstance(body, dict) else {}
    if not isinstance(body, dict) and body not in (None, ""):
        raise Unwritable("not_an_object", "The body of a message is an object: its elements by name.")
    if isinstance(fault, dict):
        written = _write_11(fault, has_default=has_default) if version == "1.1" else _write_12(fault)
        more = fault.get("more")
        inside = {FAULT: {**written, **more} if isinstance(more, dict) else written, **inside}
    outside = record.get("envelope")
    made: Record = dict(outside) if isinstance(outside, dict) else {}
    if record.get("header") is not None:
        made[HEADER] = record["header"] if isinstance(record["header"], dict) else {}
    return {**made, BODY: inside}


def _write_11(fault: Record, *, has_default: bool) -> Record:
    code = _EARLIER.get(str(fault.get("code")), str(fault.get("code", "Server")))
    subcodes = [str(one) for one in _list(fault.get("subcodes"))]
    # The parts of a fault are in no namespace, whatever the body's is.
    bare: Record = {"@xmlns": ""} if has_default else {}
    made: Record = {
        "faultcode": _qname(".".join([code, *subcodes]), bare),
        "faultstring": {**bare, **_reasons(fault)[0]} if fault.get("language") else _in(bare, _reason(fault)),
    }
    if "role" in fault:
        made["faultactor"] = _in(bare, fault["role"])
    if "detail" in fault:
        made["detail"] = _in(bare, fault["detail"])
    return made


def _write_12(fault: Record) -> Record:
    code = str(fault.get("code", "Receiver"))
    codes = [_LATER.get(code, code), *(str(one) for one in _list(fault.get("subcodes")))]
    nested: Record = {}
    for one in reversed(codes):
        nested = {f"{PREFIX}:Value": _qname(one, {}), **({f"{PREFIX}:Subcode": nested} if nested else {})}
    reasons: list[Value] = [*_reasons(fault)]
    made: Record = {f"{PREFIX}:Code": nested, f"{PREFIX}:Reason": {f"{PREFIX}:Text": reasons}}
    for name in ("Node", "Role"):
        if name.lower() in fault:
            made[f"{PREFIX}:{name}"] = fault[name.lower()]
    if "detail" in fault:
        made[f"{PREFIX}:Detail"] = fault["detail"]
    return made


def _reason(fault: Record) -> str:
    return _text(fault["reason"]) if "reason" in fault else "The message could not be processed."


def _reasons(fault: Record) -> list[Record]:
    several = fault.get("reasons")
    if isinstance(several, dict) and several:
        return [
            {**({"@xml:lang": one} if one else {}), "#text": _text(text)} for one, text in several.items()
        ]
    return [{"@xml:lang": _text(fault.get("language")) or "en", "#text": _reason(fault)}]


def _qname(code: str, bare: Record) -> Value:
    """Write a code as a qualified name: SOAP's own, or one in braces, its namespace declared beside it."""
    if code.partition(".")[0] in _OWN:
        return _in(bare, f"{PREFIX}:{code}")
    if code[:1] == "{" and "}" in code:
        namespace, _, local = code[1:].partition("}")
        return {**bare, "@xmlns:code": namespace, "#text": f"code:{local}"}
    return _in(bare, code)


def _in(bare: Record, value: Value) -> Value:
    if not bare:
        return value
    return {**bare, **value} if isinstance(value, dict) else {**bare, "#text": value}


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]
