"""What an HTTP answer means: a value, "maybe later", or "no". Used by every step that calls."""

import re
from collections.abc import Mapping
from typing import Final

from integrations.connectors.answers import RETRIABLE, retry_after_s
from integrations.errors import InputError, RefusedError, RemoteError, UnavailableError
from integrations.formats.codec import Limits, Value
from integrations.formats.registry import codec

JSON: Final = codec("json")
decode_json: Final = JSON.document(JSON.Options(), Limits())
encode_json: Final = JSON.dump(JSON.Options())

_TEXT = re.compile(r"^(?:text/|application/(?:xml|x-www-form-urlencoded|[\w.-]+\+xml)\b)")
_CHARSET = re.compile(r"charset=\"?([\w-]+)")


def is_retriable(status: int) -> bool:
    return status >= 500 or status in RETRIABLE


def failure(status: int, headers: Mapping[str, str], who: str) -> RemoteError:
    """Give the error for a status that is no success. who: the destination in words for the merchant."""
    if is_retriable(status):
        return UnavailableError(
            f"remote.status_{status}",
            f"{who} answered {status}: it may work later.",
            status=status,
            sent=True,
            retry_after_s=retry_after_s(headers, "Retry-After"),
        )
    return RefusedError(
        f"remote.status_{status}",
        f"{who} refused the request with status {status}.",
        status=status,
        hint="The run page shows what it answered. Correct the data or the flow, then replay.",
    )


def body_value(headers: Mapping[str, str], body: bytes) -> Value:
    """Read an answer by its content type: JSON as its value, text as text, nothing as None, else bytes.

    A body that says JSON and is none comes as text: the call has succeeded, so the step must not fail for it.
    """
    if not body:
        return None
    kind = headers.get("content-type", "").lower()
    if "json" in kind:
        try:
            return decode_json(body)
        except InputError:
            return body.decode("utf-8", "replace")
    if _TEXT.match(kind):
        found = _CHARSET.search(kind)
        return _text(body, found.group(1) if found else "utf-8")
    return body


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
