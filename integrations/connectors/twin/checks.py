"""What a twin refuses: parameters and bodies that are not what the manifest says."""

from decimal import Decimal
from typing import Any

import jsonschema_rs
import msgspec

from integrations.connectors.manifest import Operation
from integrations.connectors.manifest.errors import Happening
from integrations.connectors.manifest.fields import value_schema
from integrations.formats.codec import Value

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Refusal(Exception):  # noqa: N818  an answer of the vendor's, not an error of ours
    """An error answer of the vendor. what: the manifest's name for it. code: overrules its code."""

    def __init__(self, status: int, what: Happening, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.what = what
        self.message = message
        self.code = code


class Checker:
    """Checks the calls of one operation."""

    def __init__(self, operation: Operation, invalid_status: int) -> None:
        self._operation = operation
        self._status = invalid_status
        self._body = jsonschema_rs.validator_for(operation.body_schema) if operation.body else None
        self._params = {
            name: jsonschema_rs.validator_for(value_schema(param)) for name, param in operation.params.items()
        }

    def body(self, content: bytes) -> Value:
        """Decode and check a body. Raises Refusal."""
        if self._body is None:
            return None
        try:
            value: Value = _DECODER.decode(content or b"{}")
            plain: Any = msgspec.json.decode(content or b"{}")
        except (msgspec.DecodeError, ArithmeticError) as error:
            raise Refusal(400, "invalid", "The body is not JSON.") from error
        found = next(iter(self._body.iter_errors(plain)), None)
        if found is not None:
            where = ".".join(str(part) for part in found.instance_path) or "body"
            raise Refusal(self._status, "invalid", f"{where}: {_reason(found)}")
        return value

    def params(self, values: dict[str, dict[str, str]]) -> None:
        """Check the parameters, location to name to text. Raises Refusal."""
        for name, param in self._operation.params.items():
            place = values[param.location]
            text = place.get(name.lower() if param.location == "header" else name)
            if text is None:
                if param.required:
                    raise Refusal(self._status, "invalid", f"{name}: is required")
                continue
            if not self._params[name].is_valid(_typed(text, param.type)):
                raise Refusal(self._status, "invalid", f"{name}: is not valid")


def _typed(text: str, kind: str) -> object:
    if kind == "integer" and text.removeprefix("-").isdigit() and text.isascii():
        return int(text)
    if kind == "number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind.startswith("array<"):
        return [_typed(part, kind[6:-1]) for part in text.split(",")]
    return text


def _reason(found: jsonschema_rs.ValidationError) -> str:
    """Say what is wrong without the value."""
    kind = found.kind.name.lower()
    if kind == "required":
        return "has no " + str(getattr(found.kind, "property", "required field"))
    return {"type": "is of another type", "enum": "is not one of the known values"}.get(kind, "is not valid")
