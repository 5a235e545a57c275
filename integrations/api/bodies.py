"""What comes in: JSON, read as strictly as a flow's documents; YAML as text; shapes that refuse strangers."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.request import Request
from typing_extensions import override

from integrations.errors import DecodeError, LimitError
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec

JSON: Final = "application/json"
YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
DEPTH_MAX: Final = 64


class Shape(serializers.Serializer[Any]):
    # What a request may say; a field that nobody knows is refused, not ignored. No docstring: it would stand
    # in the description of every body.

    @override
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        strangers = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        errors: dict[str, Any] = {
            str(name)[:80]: ["There is no such field here."] for name in sorted(strangers, key=str)
        }
        read: dict[str, Any] = {}
        try:
            read = super().to_internal_value(data)
        except ValidationError as failure:
            errors |= failure.detail if isinstance(failure.detail, dict) else {"body": failure.detail}
        if errors:
            raise ValidationError(errors)
        return read


def media_type(request: Request) -> str:
    """Give the content type of the body, without its parameters."""
    return str(request.META.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def read_json(request: Request) -> Any:  # noqa: ANN401  JSON
    """Read the body; an empty one is an empty object. Raises InputError, UnsupportedMediaType."""
    body = read_bytes(request)
    if not body:
        return {}
    kind = media_type(request)
    if kind != JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType(kind, f"Send the body as {JSON}.")
    form = codec("json")
    decode = form.document(parse_options(form, {}), Limits(max_bytes=len(body), max_depth=DEPTH_MAX))
    return decode(body)


def read_text(request: Request) -> str:
    """Read a body of UTF-8 text. Raises DecodeError, LimitError."""
    try:
        return read_bytes(request).decode()
    except UnicodeDecodeError as failure:
        raise DecodeError(
            "request.not_utf8", "The body is not UTF-8.", place=f"offset {failure.start}"
        ) from None


def read_bytes(request: Request) -> bytes:
    """Read at most as much as a body may have, whatever length the caller gave, or none."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("", "Send the body without a content encoding.")
    most = settings.SEVENM.limits.body_bytes
    body: bytes = request.read(most + 1)
    if len(body) > most:
        raise LimitError("request.too_large", f"A body has at most {most:,} bytes.")
    return body
