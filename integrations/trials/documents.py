"""The document a flow is tried with: its bytes, and what came with them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from integrations.engine import frames
from integrations.errors import InputError, LimitError
from integrations.flows.compile import CompiledFlow
from integrations.flows.steps.context import Document, SplitRunner

MOST_BYTES: Final = 5 << 20
MOST_ITEMS: Final = 100_000
FIELDS_MAX: Final = 200
TEXT_MAX: Final = 8_000


@dataclass(frozen=True, slots=True)
class Given:
    """A document as a person gave it, or as a run received it.

    is_item: one record of a file that the engine has split already; else the whole file is meant.
    """

    body: bytes
    media_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    is_item: bool = False

    def packed(self) -> bytes:
        """Lay it out to be sealed."""
        head: dict[str, Any] = {
            "headers": dict(self.headers),
            "query": dict(self.query),
            "name": self.name,
            "media_type": self.media_type,
            "is_item": self.is_item,
        }
        return frames.pack(head, self.body)


def unpacked(frame: bytes) -> Given:
    """Read what `Given.packed` laid out."""
    head, (body,) = frames.unpack(frame)
    return Given(body, **head)


def received(frame: bytes, *, is_item: bool) -> Given:
    """Read the input of a run."""
    head, bodies = frames.unpack(frame)
    headers: dict[str, str] = head.get("headers", {})
    return Given(
        bodies[0],
        headers.get("content-type", "")[:100] or guessed_type(bodies[0]),
        headers,
        head.get("query", {}),
        head.get("name", ""),
        is_item,
    )


def given(said: Mapping[str, Any], place: str = "document") -> Given:
    """Read a document from JSON: ``text`` or ``base64``, and what came with it. Raises InputError."""
    unknown = set(said) - {"text", "base64", "media_type", "headers", "query", "name"}
    if unknown:
        raise InputError("trial.document", "There is no such field.", place=f"{place}.{min(unknown)[:80]}")
    if ("text" in said) == ("base64" in said):
        raise InputError("trial.document", "Give the document as “text” or as “base64”.", place=place)
    body = _body(said, place)
    if len(body) > MOST_BYTES:
        raise LimitError(
            "sample.too_large",
            f"A document to try with has at most {MOST_BYTES:,} bytes.",
            place=place,
            hint="Take a part of it.",
        )
    headers = {name.lower(): text for name, text in _texts(said, "headers", place).items()}
    media_type = _text(said, "media_type", place)[:100] or headers.get("content-type", "")[:100]
    if media_type:
        headers.setdefault("content-type", media_type)
    name = "".join(letter for letter in _text(said, "name", place) if letter.isprintable())[:200]
    return Given(body, media_type or guessed_type(body), headers, _texts(said, "query", place), name)


def document_for(flow: CompiledFlow, taken: Given, *, item: int = 1) -> Document:
    """Give what the trigger of a flow receives. item: which record of a file, from 1.

    Raises InputError for a file that cannot be read, or that has no such record.
    """
    step = flow.steps.get(flow.start)
    runner = step.runner if step is not None else None
    if taken.is_item or not isinstance(runner, SplitRunner):
        return Document(taken.body, taken.headers, taken.query, taken.name)
    items = (part for part in runner.split([taken.body], taken.name) if part.kind == "item")
    found = next(islice(items, item - 1, None), None)
    if found is None:
        words = "The file holds no record." if item == 1 else f"The file has no record {item}."
        raise InputError("trial.no_item", words, place="item", hint="Choose another record or another file.")
    return Document(found.document, {}, {}, taken.name)


def guessed_type(body: bytes) -> str:
    """Name what a document without a content type looks like."""
    start = body[:200].lstrip()
    if start[:1] in {b"{", b"["}:
        return "application/json"
    return (
        "application/xml"
        if start[:1] == b"<"
        else "application/octet-stream"
        if b"\0" in start
        else "text/plain"
    )


def _body(said: Mapping[str, Any], place: str) -> bytes:
    name = "text" if "text" in said else "base64"
    content = said[name]
    if not isinstance(content, str):
        raise InputError("trial.document", f"“{name}” is a text.", place=f"{place}.{name}")
    try:
        return content.encode() if name == "text" else base64.b64decode(content, validate=True)
    except (ValueError, binascii.Error):
        raise InputError("trial.document", "This is not Base64.", place=f"{place}.base64") from None


def _text(said: Mapping[str, Any], name: str, place: str) -> str:
    found = said.get(name, "")
    if not isinstance(found, str):
        raise InputError("trial.document", f"“{name}” is a text.", place=f"{place}.{name}")
    return found


def _texts(said: Mapping[str, Any], name: str, place: str) -> dict[str, str]:
    found = said.get(name) or {}
    fits = isinstance(found, dict) and len(found) <= FIELDS_MAX
    if not fits or not all(isinstance(text, str) and len(text) <= TEXT_MAX for text in found.values()):
        raise InputError("trial.document", f"“{name}” is an object of texts.", place=f"{place}.{name}")
    return found
