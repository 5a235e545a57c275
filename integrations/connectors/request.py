"""Turns an operation and its values into the one request to send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote

import msgspec
from typing_extensions import override

from integrations.connectors.client import OutboundRequest
from integrations.connectors.manifest import Manifest, Operation, Param
from integrations.connectors.paths import place
from integrations.errors import ConfigError, EncodeError, InputError
from integrations.formats.codec import Value

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_METHOD = re.compile(r"[A-Z]{3,10}")
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"}
)
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a connection's calls go. base_url: without a slash at the end. config: its plain values."""

    base_url: str
    config: Mapping[str, str]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one call.

    body: a value, sent as JSON, or bytes that are sent as they are; None for no body. idempotency_key: goes
    where the manifest says, and nowhere if it says nothing. timeout_s: None for the operation's own.
    """

    path_params: Mapping[str, Value] = {}
    query: Mapping[str, Value] = {}
    headers: Mapping[str, str] = {}
    body: Value = None
    idempotency_key: str = ""
    timeout_s: float | None = None

    @override
    def __repr__(self) -> str:
        return "Values(…)"


def destination(
    manifest: Manifest, mode: str, config: Mapping[str, Value], *, sandbox_url: str = ""
) -> Destination:
    """Work out where a connection goes.

    mode: ``live``, ``sandbox`` (the vendor's) or ``twin``; sandbox_url: where our twins are served.
    Raises ConfigError ``connection.config`` naming the field that is missing or wrong.
    """
    values = checked_config(manifest, config)
    if mode == "twin":
        if not sandbox_url:
            raise ConfigError("connection.no_twin", "No vendor twins run beside this installation.")
        return Destination(f"{sandbox_url.rstrip('/')}/{manifest.key}", values)
    template = manifest.sandbox_base_url if mode == "sandbox" else manifest.base_url
    if not template:
        raise ConfigError(
            "connection.no_sandbox", f"{manifest.title} has no test system.", hint="Choose live or twin."
        )
    return Destination(_PLACEHOLDER.sub(lambda name: values[name[1]], template), values)


def bound_to(manifest: Manifest, mode: str, config: Mapping[str, Value]) -> str:
    """Give the address that a connection's credentials are for; ``twin:<key>`` for a twin, wherever it is."""
    if mode == "twin":
        return f"twin:{manifest.key}"
    return destination(manifest, mode, config).base_url


def checked_config(manifest: Manifest, config: Mapping[str, Value]) -> dict[str, str]:
    """Give the config with its defaults. Raises ConfigError ``connection.config``."""
    values: dict[str, str] = {}
    for name, field in manifest.config.items():
        given = config.get(name)
        value = field.default if given is None or given == "" else str(given)
        if not value and field.required:
            raise ConfigError("connection.config", f"{field.title} is missing.", place=name)
        if value and field.options and value not in field.options:
            raise ConfigError(
                "connection.config", f"{field.title} must be one of {', '.join(field.options)}.", place=name
            )
        if value and not re.fullmatch(field.pattern, value, re.ASCII):
            raise ConfigError(
                "connection.config", f"{field.title} is not in the form it must have.", place=name
            )
        values[name] = value
    if unknown := set(config) - set(values):
        raise ConfigError("connection.config", f"{manifest.title} knows no such setting.", place=min(unknown))
    return values


def build(
    manifest: Manifest,
    operation: Operation,
    to: Destination,
    proof: Mapping[str, str],
    values: Values,
) -> OutboundRequest:
    """Make the request. proof: what the auth kind's ``headers`` gave.

    Raises ConfigError ``call.*`` for values that are missing or cannot be sent.
    """
    idempotency_key = values.idempotency_key
    key = operation.sent_twice.key if idempotency_key else None
    path = _path(operation, to.config, values.path_params)
    fields = dict(values.query)
    if key is not None and key.location == "query":
        fields[key.name] = idempotency_key
    text = _query(operation, fields)
    sent = {"Accept": "application/json", **manifest.headers, **operation.fixed_headers}
    for name, value in values.headers.items():
        sent[name] = _header(name, value)
    if key is not None and key.location == "header":
        sent[key.name] = idempotency_key
    content = None
    if values.body is not None or operation.body:
        sent.setdefault("Content-Type", "application/json")
        content = _content(
            values.body, key.name if key is not None and key.location == "body" else "", idempotency_key
        )
    sent.update(proof)
    deadline = values.timeout_s or operation.timeout_s
    return OutboundRequest(
        method=operation.method,
        url=f"{to.base_url}{path}?{text}" if text else to.base_url + path,
        headers=sent,
        body=content,
        connect_s=min(5.0, deadline),
        first_byte_s=deadline,
        total_s=deadline,
    )


def plain(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout_s: float = 10.0,
) -> OutboundRequest:
    """Make a request to any URL. Raises ConfigError ``call.*`` for a method or header that cannot be sent."""
    if not _METHOD.fullmatch(method) or method in {"CONNECT", "TRACE"}:
        raise ConfigError("call.method", "This method cannot be used.", place="method")
    sent = {name: _header(name, value) for name, value in (headers or {}).items()}
    return OutboundRequest(
        method=method,
        url=url,
        headers=sent,
        body=body,
        connect_s=min(5.0, timeout_s),
        first_byte_s=timeout_s,
        total_s=timeout_s,
    )


@lru_cache(maxsize=4096)
def _pieces(path: str) -> tuple[str, ...]:
    """Cut a path template: text, name, text, name, …, text."""
    return tuple(_PLACEHOLDER.split(path))


def _path(operation: Operation, config: Mapping[str, str], params: Mapping[str, Value]) -> str:
    pieces = _pieces(operation.path)
    if len(pieces) == 1:
        return operation.path
    parts = []
    for position, piece in enumerate(pieces):
        if position % 2 == 0:
            parts.append(piece)
            continue
        value = params.get(piece, config.get(piece))
        text = "" if value is None else as_text(value)
        if text in {"", ".", ".."}:
            raise ConfigError(
                "call.param", f"{operation.title} needs a value for {piece}.", place=f"params.{piece}"
            )
        parts.append(quote(text, safe=""))
    return "".join(parts)


_UNTYPED = Param()


def _query(operation: Operation, values: Mapping[str, Value]) -> str:
    for name, param in operation.params.items():
        if param.required and param.location == "query" and values.get(name) is None:
            raise ConfigError(
                "call.param", f"{operation.title} needs a value for {name}.", place=f"params.{name}"
            )
    pairs = []
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, list):
            texts = [as_text(item) for item in value]
            if not operation.params.get(name, _UNTYPED).repeat:
                texts = [",".join(texts)]
        else:
            texts = [as_text(value)]
        pairs += [f"{quote(name, safe='$')}={quote(text, safe='')}" for text in texts]
    return "&".join(pairs)


def as_text(value: Value) -> str:
    """Write a value as it stands in a path, a query or a header. Raises ConfigError ``call.param``."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case _:
            raise ConfigError("call.param", "Only a single value can stand in an address or a header.")


def _header(name: str, value: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
        raise ConfigError("call.header", "A header of this name cannot be set.", place=f"headers.{name[:60]}")
    if not _HEADER_VALUE.fullmatch(value):
        raise ConfigError(
            "call.header", "The header holds characters that cannot be sent.", place=f"headers.{name}"
        )
    return value


def _content(body: Value, key_field: str, key: str) -> bytes:
    if key_field:
        if isinstance(body, bytes):
            body = _decoded(body)
        if body is None or isinstance(body, dict):
            body = dict(body or {})
            if body.get(key_field) is None:
                place(body, key_field, key)
    if isinstance(body, bytes):
        return body
    try:
        return _ENCODE({} if body is None else body)
    except (TypeError, ValueError, RecursionError) as error:
        raise EncodeError("call.body", "The body holds a value that JSON cannot hold.") from error


def _decoded(body: bytes) -> Value:
    try:
        value: Value = msgspec.json.Decoder(float_hook=Decimal).decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise InputError(
            "call.body", "The body must be JSON: the service takes its key for repeats there."
        ) from error
    return value
