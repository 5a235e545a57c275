"""Reads what a service answered: a value, or an error in words for a merchant."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

import msgspec

from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.manifest.errors import ErrorRule
from integrations.connectors.paths import pick
from integrations.errors import CredentialError, RefusedError, SevenMError, UnavailableError
from integrations.formats.codec import Value

RETRIABLE = frozenset({408, 425, 429})
REFUSED = 422
MAX_WAIT_S = 86_400.0
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def read(
    manifest: Manifest, operation: Operation, status: int, headers: Mapping[str, str], body: bytes
) -> Value:
    """Give the decoded answer; None for an empty one.

    Raises UnavailableError (408, 425, 429, 5xx, and what the manifest says is worth another try),
    CredentialError (401) or RefusedError (every other status from 300, and a good one whose body says that
    the service refused). Messages hold the manifest's words and the vendor's code, never the vendor's text:
    that may repeat what was sent.
    """
    if 200 <= status < 300:
        if not body:
            return None
        value = _decoded(body)
        if value is _BROKEN:
            raise RefusedError(
                "remote.not_json", f"{manifest.title} answered with something that is not JSON."
            )
        errors = manifest.errors
        if errors.ok_path and pick(value, errors.ok_path) is False:
            meant = errors.statuses.get(_vendor_code(manifest, body), REFUSED)
            raise error(manifest, operation, meant, headers, body)
        return value
    raise error(manifest, operation, status, headers, body)


def error(
    manifest: Manifest, operation: Operation, status: int, headers: Mapping[str, str], body: bytes
) -> SevenMError:
    """Make the error that an answer with this status means."""
    code = _vendor_code(manifest, body)
    rule = next((rule for rule in manifest.errors.rules if _matches(rule, status, code)), None)
    words = rule.words if rule else _words(status)
    named = f", code {code}" if code else ""
    message = f"{operation.title}: {words} ({manifest.title} answered {status}{named})"
    hint = rule.hint if rule else ""
    if status == 401:
        return CredentialError(
            "connection.refused", message, hint=hint or "Check the connection's credentials."
        )
    retriable = status in RETRIABLE or status >= 500
    if rule is not None and rule.retriable is not None:
        retriable = rule.retriable
    if retriable:
        wait = retry_after_s(headers, manifest.limits.retry_after_header)
        kind = "remote.limited" if status == 429 else "remote.unavailable"
        return UnavailableError(kind, message, status=status, retry_after_s=wait, hint=hint)
    return RefusedError("remote.refused", message, status=status, hint=hint)


def retry_after_s(headers: Mapping[str, str], name: str, now: datetime | None = None) -> float | None:
    """Read how long the service asks us to wait: seconds, or a date (RFC 9110, 10.2.3). At most a day."""
    text = (headers.get(name) or headers.get(name.lower()) or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), MAX_WAIT_S) if seconds == seconds else None  # noqa: PLR0124  not a number


def _matches(rule: ErrorRule, status: int, code: str) -> bool:
    return (rule.status is None or rule.status == status) and (not rule.code or rule.code == code)


def _vendor_code(manifest: Manifest, body: bytes) -> str:
    if not manifest.errors.code_path or not body:
        return ""
    value = _decoded(body)
    code = None if value is _BROKEN else pick(value, manifest.errors.code_path)
    text = str(code) if isinstance(code, str | int) else ""
    return text if re.fullmatch(manifest.errors.code_pattern, text) else ""


_BROKEN: Value = {"": "not JSON"}


def _decoded(body: bytes) -> Value:
    try:
        value: Value = _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError):
        return _BROKEN
    return value


def _words(status: int) -> str:
    if status == 403:
        return "the credentials do not allow this."
    if status == 404:
        return "there is no such thing."
    if status == 409:
        return "it conflicts with what is there."
    if status == 429:
        return "too many calls; it asks us to wait."
    if status >= 500:
        return "the service has a problem."
    if 300 <= status < 400:
        return "the service sends us elsewhere."
    return "the service does not accept what was sent."


def items(operation: Operation, body: Value) -> list[Value]:
    """Give the items of a list answer. Raises RefusedError where they are missing."""
    found = pick(body, operation.items)
    if not isinstance(found, list):
        raise RefusedError("remote.no_items", f"{operation.title}: the answer holds no list.")
    return found
