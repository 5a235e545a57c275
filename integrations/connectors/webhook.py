"""Checks, and makes, the signatures of webhooks, as a manifest describes them."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import msgspec

from integrations.connectors.manifest.webhooks import SignatureScheme, Webhooks
from integrations.connectors.paths import pick
from integrations.errors import AccessError

MAX_HEADER_CHARS = 4096
MAX_SECRETS = 2


@dataclass(frozen=True, slots=True)
class Verified:
    """What a message with a good signature says of itself; "" where it says nothing."""

    message_id: str
    topic: str


class Verifier:
    """Checks the messages of one service. Made once; used for every message."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks
        self._scheme = webhooks.signature
        self._header = webhooks.signature.header.lower()
        self._before, _, self._after = webhooks.signature.signed.partition("{body}")

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: datetime
    ) -> Verified:
        """Check signature and time over the bytes as they came, before anything reads them.

        headers: lower-case names. secrets: those that are live now, at most two. now: aware UTC.
        Raises AccessError ``webhook.*``.
        """
        scheme = self._scheme
        text = headers.get(self._header, "")
        if not text or len(text) > MAX_HEADER_CHARS:
            _refuse("webhook.unsigned", "The message carries no signature.")
        if not secrets or not all(secrets):
            _refuse("webhook.no_secret", "This hook has no signing secret, so it takes no messages.")
        signatures, timestamp = self._parts(text, headers)
        if scheme.timestamp_header or scheme.list_format:
            self._check_time(timestamp, now)
        message = self._signed(timestamp, body)
        good = False
        for secret in secrets[:MAX_SECRETS]:
            expected = hmac.digest(secret, message, scheme.algorithm)
            for signature in signatures:
                good |= hmac.compare_digest(expected, signature)
        if not good:
            _refuse("webhook.signature", "The signature does not fit the message.")
        return Verified(
            _fact(self._webhooks.message_id, headers, body), _fact(self._webhooks.topic, headers, body)
        )

    def _parts(self, text: str, headers: Mapping[str, str]) -> tuple[list[bytes], str]:
        scheme = self._scheme
        if not scheme.list_format:
            if not text.startswith(scheme.prefix):
                _refuse("webhook.signature", "The signature does not fit the message.")
            return [_decoded(text[len(scheme.prefix) :], scheme)], headers.get(
                scheme.timestamp_header.lower(), ""
            )
        pairs = [part.strip().partition("=") for part in text.split(",")[:20]]
        signatures = [_decoded(value, scheme) for name, _, value in pairs if name == scheme.list_signature]
        return signatures, next((value for name, _, value in pairs if name == scheme.list_timestamp), "")

    def _check_time(self, timestamp: str, now: datetime) -> None:
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 15:
            _refuse("webhook.time", "The message carries no time.")
        sent = int(timestamp) / (1000 if self._scheme.timestamp_unit == "ms" else 1)
        if abs(now.timestamp() - sent) > self._scheme.tolerance_s:
            _refuse("webhook.time", "The message is too old, or from the future.")

    def _signed(self, timestamp: str, body: bytes) -> bytes:
        if not self._before and not self._after:
            return body
        before = self._before.replace("{timestamp}", timestamp).encode()
        return before + body + self._after.replace("{timestamp}", timestamp).encode()

    def sign(self, secret: bytes, body: bytes, now: datetime) -> dict[str, str]:
        """Give the headers that the service would send with this body."""
        scheme = self._scheme
        scale = 1000 if scheme.timestamp_unit == "ms" else 1
        timestamp = str(int(now.timestamp() * scale))
        digest = hmac.digest(secret, self._signed(timestamp, body), scheme.algorithm)
        text = digest.hex() if scheme.encoding == "hex" else base64.b64encode(digest).decode()
        if scheme.list_format:
            return {scheme.header: f"{scheme.list_timestamp}={timestamp},{scheme.list_signature}={text}"}
        headers = {scheme.header: scheme.prefix + text}
        if scheme.timestamp_header:
            headers[scheme.timestamp_header] = timestamp
        return headers


def _decoded(text: str, scheme: SignatureScheme) -> bytes:
    try:
        return bytes.fromhex(text) if scheme.encoding == "hex" else base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _fact(where: str, headers: Mapping[str, str], body: bytes) -> str:
    kind, _, name = where.partition(":")
    if kind == "header":
        return headers.get(name.lower(), "")[:255]
    try:
        value = pick(msgspec.json.decode(body), name)
    except (msgspec.DecodeError, RecursionError):
        return ""
    return str(value)[:255] if isinstance(value, str | int) else ""


def _refuse(code: str, message: str) -> NoReturn:
    raise AccessError(code, message)
