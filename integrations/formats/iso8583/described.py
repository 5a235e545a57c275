"""The schema of a message, made of the tables; card data are marked."""

from integrations.formats.iso8583.fields import FieldForm, codes, field_forms
from integrations.formats.iso8583.options import Iso8583Options
from integrations.schema.model import Field, Schema, Sensitivity, Type

# Card numbers, their expiry and chip data are kept sealed; what the card schemes forbid to keep after an
# authorization (tracks, PIN) may not be kept at all.
_SEALED = frozenset({2, 14, 20, 34, 53, 55})
_FORBIDDEN = frozenset({35, 36, 45, 52})


def describe(options: Iso8583Options) -> Schema:
    """Describe a message by the edition's table and the partner's rules."""
    fields = tuple(_field(form, options) for form in field_forms(options).values())
    head = (
        Field(
            "mti", Type.TEXT, "Message type", required=True, min_length=4, max_length=4, pattern="[0-9]{4}"
        ),
        Field("header", Type.TEXT, "Header", description="Bytes before the message type, in hexadecimal."),
        Field(
            "1", Type.TEXT, "Secondary bitmap", description="Only where it is there without a field above 64."
        ),
    )
    title = f"ISO 8583:{options.version}"
    return Schema(Field("", Type.OBJECT, fields=(*head, *fields)), title=title, origin=title)


def _field(form: FieldForm, options: Iso8583Options) -> Field:
    is_response = form.number == 39 and options.version == "1987"
    size = form.limit * 2 if form.kind == "b" else form.limit
    return Field(
        str(form.number),
        Type.TEXT,
        form.title,
        min_length=size if form.size else None,
        max_length=size,
        pattern="[0-9]*" if form.kind == "n" else "",
        notation=f"{form.format} {form.pattern}".strip(),
        choices=codes()["response_1987"] if is_response else {},
        sensitivity=_sensitivity(form.number),
    )


def _sensitivity(number: int) -> Sensitivity | None:
    if number in _FORBIDDEN:
        return Sensitivity.FORBIDDEN
    return Sensitivity.SEALED if number in _SEALED else None
