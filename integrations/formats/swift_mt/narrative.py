"""Field 86: free text, or sub-fields by ``?nn`` with SEPA keywords inside, wrapped at 65 characters."""

import re
from collections.abc import Mapping
from typing import Final

from integrations.errors import EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.swift_mt.forms import KEPT, codes

_WIDTH: Final = 65
_PURPOSE: Final = tuple(str(number) for number in (*range(20, 30), *range(60, 66)))
_PURPOSE_WIDTH: Final = 27
_STRUCTURED: Final = re.compile(r" ?(\d{3})([?>~^<])(?=\d{2})", re.ASCII)
_SEPA: Final = re.compile(r"([A-Z]{4}|IBAN|BIC )\+")
_DANGLING: Final = re.compile(r" (?:BIC|IBAN)$")


def read_narrative(text: str) -> Value:
    """Read the field: ``{"text": …}``, or with sub-fields ``{"code": …, "20": …, "sepa": {"EREF": …}}``."""
    joined = _unwrap(text) if "\n" in text or text.endswith(" ") else text
    head = _STRUCTURED.match(joined)
    if head is None:
        return {"text": text}
    code, separator = head.groups()
    found = {"code": code}
    if separator != "?":
        found["separator"] = separator
    last, is_in_order = "code", joined[0] != " "
    for part in joined[head.end() :].split(separator):
        key = part[:2]
        if key.isdigit() and len(key) == 2:
            if key in found:
                found[key] += part[2:]
                is_in_order = False
            else:
                found[key] = part[2:]
                is_in_order &= last == "code" or last < key
            last = key
        else:
            # No sub-field: the separator is a letter of the text.
            found[last] += separator + part
    record: Record = {**found}
    sepa = sepa_keywords(record)
    if sepa:
        record["sepa"] = sepa
    if not is_in_order or not _is_wrapped(text, joined):
        record[KEPT] = text
    return record


def _unwrap(text: str) -> str:
    # A full line is cut anywhere, so its last blank counts; those at the end of a shorter one fill it.
    return "".join([line if len(line) == _WIDTH else line.rstrip(" ") for line in text.split("\n")])


def _is_wrapped(text: str, joined: str) -> bool:
    """Say whether a text is what wrapping at 65 makes of it."""
    cuts = (len(joined) - 1) // _WIDTH
    return len(text) == len(joined) + cuts and text[_WIDTH :: _WIDTH + 1] == "\n" * cuts


def purpose(record: Mapping[str, Value]) -> str:
    """Join the sub-fields 20 to 29 of the payment's purpose."""
    return "".join(str(record[key]) for key in record if len(key) == 2 and key[0] == "2")


def sepa_keywords(record: Mapping[str, Value]) -> dict[str, Value]:
    """Take the purpose apart at its keywords (EREF+, MREF+, SVWZ+ …); empty where there are none."""
    parts = [str(record[key]) for key in record if key[0] == "2" and len(key) == 2]
    whole = "".join([_DANGLING.sub("", part) if part.endswith(("BIC", "IBAN")) else part for part in parts])
    if "+" not in whole:
        return {}
    known = codes()["sepa"]
    marks = [mark for mark in _SEPA.finditer(whole) if mark[1].strip() in known]
    if not marks:
        return {}
    ends = [mark.start() for mark in marks[1:]]
    ends.append(len(whole))
    return {mark[1].strip(): whole[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


def write_narrative(value: Value) -> str:
    """Write the field. Raises EncodeError without a place."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise EncodeError("swift_mt.not_text", "A text or sub-fields were expected.")
    kept = value.get(KEPT)
    if isinstance(kept, str) and read_narrative(kept) == value:
        return kept
    text = value.get("text")
    if isinstance(text, str):
        return text
    return _render(value)


def _render(record: Record) -> str:
    separator = str(record.get("separator") or "?")
    parts = [_component(record.get("code"), "code")]
    numbered = sorted(key for key in record if len(key) == 2 and key.isdigit())
    fields = {key: _component(record[key], key) for key in numbered}
    sepa = record.get("sepa")
    if isinstance(sepa, dict) and not any(key in fields for key in _PURPOSE):
        fields |= _spread("".join(f"{key}+{_component(text, key)}" for key, text in sepa.items()))
    parts += [f"{separator}{key}{fields[key]}" for key in sorted(fields)]
    joined = "".join(parts)
    return "\n".join(joined[at : at + _WIDTH] for at in range(0, len(joined), _WIDTH))


def _component(value: Value, name: str) -> str:
    if not isinstance(value, str):
        raise EncodeError("swift_mt.not_text", "A text was expected.", place=name)
    return value


def _spread(text: str) -> Mapping[str, str]:
    if len(text) > _PURPOSE_WIDTH * len(_PURPOSE):
        raise EncodeError("swift_mt.too_long", "The purpose is longer than its 16 sub-fields.", place="sepa")
    pieces = [text[at : at + _PURPOSE_WIDTH] for at in range(0, len(text), _PURPOSE_WIDTH)]
    return dict(zip(_PURPOSE, pieces, strict=False))
