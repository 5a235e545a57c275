"""YAML: the cases of the YAML test suite; each file is a list of them in its own notation of white space."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from integrations.errors import InputError
from integrations.formats.codec import Limits, Value
from integrations.formats.yaml.documents import cut_documents
from integrations.formats.yaml.values import Builder
from integrations.formats.yaml.write import block
from tests.conformance import Result

# What we do not do: said in help.md.
OUT_OF_SCOPE = {
    "tab": "a tab as white space between tokens: refused, as in indentation",
    "key": "a list or an object as a key: our records have texts as keys",
    "twice": "two keys are alike (here: empty): refused as in JSON",
    "directive": "more words after the version in %YAML: the suite has it both ways",
    "indent": "read all the same: indentation inside brackets and quotes is not checked",
    "number": "our records hold no infinity and no not-a-number",
}


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*.yaml")):
        told: dict[str, Any] = {}
        for number, case in enumerate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))):
            told = {key: value for key, value in told.items() if key != "fail"} | case
            yield from one(f"{path.stem}/{number}", told)


def one(name: str, case: dict[str, Any]) -> Iterator[Result]:
    text = plain(case["yaml"])
    try:
        values = read(text.encode())
    except InputError as failure:
        if case.get("fail"):
            yield Result(name, "refuse", bool(failure.place))
        else:
            why = explanation(failure, text)
            yield Result(name, "decode", passed=False, reason=why or str(failure), is_explained=bool(why))
        return
    if case.get("fail"):
        inside = re.search(r"[\[{\"][^\]}\"]*\n", text) is not None
        why = OUT_OF_SCOPE["indent"] if inside else "it was read"
        yield Result(name, "refuse", passed=False, reason=why, is_explained=inside)
        return
    yield Result(name, "decode", passed=True)
    written = "".join(f"---\n{block(value, 'document')}" for value in values)
    yield Result(name, "round trip", read(written.encode()) == values)
    if case.get("json") is not None:
        same = values == json_values(case["json"])
        yield Result(name, "twin", same, "" if same else "the values differ")


def read(data: bytes) -> list[Value]:
    return [Builder(found, Limits()).value() for found in cut_documents([data], Limits())]


def plain(text: str) -> str:
    """Turn the suite's visible signs into what they stand for."""
    text = re.sub("—*»", "\t", text).replace("∎\n", "").replace("∎", "")
    return text.translate({ord("␣"): " ", ord("←"): "\r", ord("⇔"): "\ufeff", ord("↵"): None})


def json_values(text: str) -> list[Any]:
    decoder = json.JSONDecoder(parse_float=Decimal)
    found: list[Any] = []
    at = len(text) - len(text.lstrip())
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def explanation(failure: InputError, text: str) -> str:
    codes = {
        "yaml.key": "key",
        "yaml.number_range": "number",
        "yaml.duplicate_key": "twice",
        "yaml.directive": "directive",
    }
    if failure.code in codes:
        return OUT_OF_SCOPE[codes[failure.code]]
    if failure.code == "yaml.malformed" and "\t" in text:
        return OUT_OF_SCOPE["tab"]
    return ""
