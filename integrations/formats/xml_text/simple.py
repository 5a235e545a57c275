"""The simple types of XSD: texts to values and back, and their facets.

Exact values: digits of a decimal are kept (``1.10``), what the values of 7M cannot hold without loss (a date
with a time zone, more than six digits of a second, a list in one text) stays text.
Source: XML Schema Part 2: Datatypes.
"""

import re
import sys
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from integrations.formats.codec import Value, shape
from integrations.formats.xml_text.model import Invalid, Simple
from integrations.formats.xml_text.patterns import compiled
from integrations.formats.xml_text.write import Unwritable, plain
from integrations.schema.model import Field, Type

_MAX_DIGITS = 1_000
_SPACES = re.compile("[ \t\n\r]+")
_INTEGER = re.compile(rf"[+-]?[0-9]{{1,{_MAX_DIGITS}}}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_DATE = re.compile(rf"(-?[1-9]?[0-9]{{4,}}-[01][0-9]-[0-3][0-9])({_ZONE})")
_MOMENT = re.compile(
    rf"([0-9]{{4}}-[01][0-9]-[0-3][0-9]T)(?:([0-2][0-9]:[0-5][0-9]:[0-5][0-9])(\.[0-9]+)?|24:00:00(?:\.0+)?)({_ZONE})"
)
_LEXICAL: Final = {
    "time": rf"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?{_ZONE}|24:00:00(?:\.0+)?{_ZONE}",
    "duration": r"-?P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
    r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?",
    "gYear": rf"-?[0-9]{{4,}}{_ZONE}",
    "gYearMonth": rf"-?[0-9]{{4,}}-(?:0[1-9]|1[0-2]){_ZONE}",
    "gMonth": rf"--(?:0[1-9]|1[0-2]){_ZONE}",
    "gMonthDay": rf"--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]){_ZONE}",
    "gDay": rf"---(?:0[1-9]|[12][0-9]|3[01]){_ZONE}",
    "language": r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "NMTOKEN": r"[^\s<>&\"'/=;,!?(){}\[\]|\\^~`@#$%*+]+",
    "NMTOKENS": r"[^\s<>&\"'/=;,!?(){}\[\]|\\^~`@#$%*+]+(?: [^\s<>&\"'/=;,!?(){}\[\]|\\^~`@#$%*+]+)*",
    "Name": r"[^\W\d][\w:.\-·]*|[_:][\w:.\-·]*",
    "NCName": r"[^\W\d][\w.\-·]*",
    "QName": r"(?:[^\W\d][\w.\-·]*:)?[^\W\d][\w.\-·]*",
}
_BOUNDS: Final = {
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    **{
        name: (-(2**bits), 2**bits - 1)
        for name, bits in (("long", 63), ("int", 31), ("short", 15), ("byte", 7))
    },
    **{
        f"unsigned{name}": (0, 2**bits - 1)
        for name, bits in (("Long", 64), ("Int", 32), ("Short", 16), ("Byte", 8))
    },
}
_LIKE: Final = {
    "ID": "NCName",
    "IDREF": "NCName",
    "ENTITY": "NCName",
    "IDREFS": "NMTOKENS",
    "ENTITIES": "NMTOKENS",
}

# The values that a type reads itself, so that writing them needs no look at the text again.
_OWN: Final[dict[Type, tuple[type, ...]]] = {
    Type.INTEGER: (int,),
    Type.DECIMAL: (Decimal, int),
    Type.BOOLEAN: (bool,),
    Type.DATE: (date,),
    Type.MOMENT: (datetime,),
    Type.BYTES: (bytes,),
}

Check = Callable[[str, Value], None]


@dataclass(frozen=True, slots=True)
class Definition:
    """A simple type while facets are added. white: what becomes of white space. parse: of the text then."""

    field: Field
    white: Literal["preserve", "replace", "collapse"]
    parse: Callable[[str], Value]
    text: Callable[[Value], str] = plain
    checks: tuple[Check, ...] = ()
    is_list: bool = False


def built_in(name: str) -> Definition | None:
    """Give a type of XSD itself."""
    if name in {"string", "normalizedString", "anySimpleType", "anyAtomicType"}:
        white: Literal["preserve", "replace"] = "replace" if name == "normalizedString" else "preserve"
        return Definition(_field(Type.TEXT), white, _text)
    if name in {"token", "anyURI", "NOTATION"}:
        return Definition(_field(Type.TEXT), "collapse", _text)
    name = _LIKE.get(name, name)
    if name in _LEXICAL:
        return Definition(_field(Type.TEXT), "collapse", _lexical(name, re.compile(_LEXICAL[name])))
    if name == "integer" or name in _BOUNDS:
        low, high = _BOUNDS.get(name, (None, None))
        field = _field(Type.INTEGER)
        field = replace(field, minimum=_number(low), maximum=_number(high))
        return Definition(field, "collapse", _integer, checks=tuple(_range_checks(low, high)))
    found = _OTHERS.get(name)
    return found() if found else None


def _field(kind: Type) -> Field:
    return Field("", kind)


def _number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _range_checks(low: int | None, high: int | None) -> list[Check]:
    checks: list[Check] = []
    if low is not None:
        checks.append(_bound("minimum", low, lambda value, bound: value >= bound))
    if high is not None:
        checks.append(_bound("maximum", high, lambda value, bound: value <= bound))
    return checks


def _text(text: str) -> Value:
    return text


def _lexical(name: str, form: re.Pattern[str]) -> Callable[[str], Value]:
    def parse(text: str) -> Value:
        if not form.fullmatch(text):
            raise Invalid("value", f"A text of the form {shape(text)} is no {name}.")
        return text

    return parse


def _integer(text: str) -> Value:
    if not _INTEGER.fullmatch(text):
        raise Invalid("number", f"A text of the form {shape(text)} is no whole number.")
    return int(text)


def _decimal(text: str) -> Value:
    if not _DECIMAL.fullmatch(text) or len(text) > _MAX_DIGITS:
        raise Invalid("number", f"A text of the form {shape(text)} is no decimal number.")
    return Decimal(text)


def _float(text: str) -> Value:
    if text in {"INF", "-INF", "+INF", "NaN"}:
        return text
    if not _FLOAT.fullmatch(text) or len(text) > _MAX_DIGITS:
        raise Invalid("number", f"A text of the form {shape(text)} is no number.")
    value = Decimal(text)
    return value if abs(value.adjusted()) <= 400 else text


def _boolean(text: str) -> Value:
    value = {"true": True, "1": True, "false": False, "0": False}.get(text)
    if value is None:
        raise Invalid("boolean", f"A text of the form {shape(text)} is neither true nor false.")
    return value


def _date(text: str) -> Value:
    found = _DATE.fullmatch(text)
    try:
        if found and not found[2] and len(text) == 10:
            return date.fromisoformat(text)
        if found and len(found[1]) == 10:
            date.fromisoformat(found[1])
    except ValueError:
        found = None
    if not found:
        raise Invalid(
            "date", f"A text of the form {shape(text)} is no date.", "Dates are written 2026-03-01."
        )
    return text


def _moment(text: str) -> Value:
    found = _MOMENT.fullmatch(text)
    hint = "Moments are written 2026-03-01T12:00:00Z."
    if not found:
        raise Invalid("date", f"A text of the form {shape(text)} is no date with time.", hint)
    day, clock, fraction, zone = found.groups()
    fraction = (fraction or "").rstrip("0").rstrip(".")
    if len(fraction) > 7:
        return text
    try:
        value = datetime.fromisoformat(
            f"{day}{clock or '00:00:00'}{fraction.ljust(7, '0') if fraction else ''}{zone}"
        )
        return value if clock else value + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Invalid("date", f"A text of the form {shape(text)} is no date with time.", hint) from None


def _base64(text: str) -> Value:
    try:
        return b64decode(_SPACES.sub("", text), validate=True)
    except (Base64Error, ValueError):
        raise Invalid("base64", "A text is not base64.") from None


def _hex(text: str) -> Value:
    try:
        return bytes.fromhex(text) if not text or text.isalnum() else _not_hex()
    except ValueError:
        return _not_hex()


def _not_hex() -> bytes:
    raise Invalid("hex", "A text is not made of pairs of hexadecimal digits.")


def _date_text(value: Value) -> str:
    if isinstance(value, datetime):
        raise Invalid("date", "A date is wanted here, without a time.")
    return plain(value)


def _integer_text(value: Value) -> str:
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return format(value.to_integral_value(), "f")
    return plain(value)


def _moment_value(value: Value) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        raise Invalid("date", "A date with a time is wanted here.")
    return plain(value)


_OTHERS: Final[dict[str, Callable[[], Definition]]] = {
    "decimal": lambda: Definition(_field(Type.DECIMAL), "collapse", _decimal),
    "float": lambda: Definition(_field(Type.DECIMAL), "collapse", _float),
    "double": lambda: Definition(_field(Type.DECIMAL), "collapse", _float),
    "boolean": lambda: Definition(_field(Type.BOOLEAN), "collapse", _boolean),
    "date": lambda: Definition(_field(Type.DATE), "collapse", _date, _date_text),
    "dateTime": lambda: Definition(_field(Type.MOMENT), "collapse", _moment, _moment_value),
    "dateTimeStamp": lambda: Definition(_field(Type.MOMENT), "collapse", _moment, _moment_value),
    "base64Binary": lambda: Definition(_field(Type.BYTES), "collapse", _base64, _bytes_text(b64encode)),
    "hexBinary": lambda: Definition(_field(Type.BYTES), "collapse", _hex, _bytes_text(_hex_bytes)),
}


def _hex_bytes(value: bytes) -> bytes:
    return value.hex().upper().encode()


def _bytes_text(encode: Callable[[bytes], bytes]) -> Callable[[Value], str]:
    return lambda value: encode(value).decode() if isinstance(value, bytes) else plain(value)


def _bound(name: str, bound: Any, holds: Callable[[Any, Any], bool]) -> Check:  # noqa: ANN401  of one type with the value
    side = "less" if name == "minimum" else "more"

    def check(_: str, value: Value) -> None:
        try:
            is_right = holds(value, bound)
        except TypeError:
            return  # a text that has no value here, or a moment without a zone against one with it
        if not is_right:
            raise Invalid("range", f"A value is {side} than the schema allows: {name} {bound}.")

    return check


def restricted(  # noqa: C901  one branch a facet
    base: Definition, facets: Sequence[tuple[str, str]], labels: dict[str, str]
) -> Definition:
    """Add facets (name, value) to a type. labels: code → title of enumerations.

    Raises ValueError for a facet whose value makes no sense.
    """
    field, checks, white = base.field, [*base.checks], base.white
    patterns: list[str] = []
    lengths: dict[str, int] = {}
    codes: list[str] = []
    for name, value in facets:
        if name == "enumeration":
            codes.append(value)
        elif name == "pattern":
            patterns.append(value)
        elif name == "whiteSpace" and value in {"preserve", "replace", "collapse"}:
            white = value  # type: ignore[assignment]  # the condition says which
        elif name in {"length", "minLength", "maxLength"}:
            lengths[name] = int(value)
        elif name in {"minInclusive", "maxInclusive", "minExclusive", "maxExclusive"}:
            field, check = _limit(field, name, base.parse(value.strip()))
            checks.append(check)
        elif name in {"totalDigits", "fractionDigits"}:
            field, check = _digits(field, name, int(value))
            checks.append(check)
    if lengths:
        field, check = _length(field, lengths, is_list=base.is_list)
        checks.append(check)
    if patterns:
        matchers = [compiled(pattern) for pattern in patterns]
        # One that RE2 cannot say makes the whole step unknown: it is not checked.
        if all(matcher is not None for matcher in matchers):
            field = replace(field, pattern="|".join(f"(?:{found.pattern})" for found in matchers))
            checks.append(_pattern([found.fullmatch for found in matchers]))
    if codes:
        checks.append(_enumeration({_collapsed(code, white) for code in codes}, base))
        titles = {code: labels.get(code, "") for code in codes}
        field = replace(field, choices=titles, is_closed=True)
    return replace(base, field=field, checks=tuple(checks), white=white)


def _length(field: Field, lengths: dict[str, int], *, is_list: bool) -> tuple[Field, Check]:
    exact = lengths.get("length")
    low = lengths.get("minLength", 0 if exact is None else exact)
    high = lengths.get("maxLength", sys.maxsize if exact is None else exact)

    def check(text: str, value: Value) -> None:
        found = len(text.split()) if is_list else len(value) if isinstance(value, bytes) else len(text)
        if not low <= found <= high:
            limit, size = ("at least", low) if found < low else ("at most", high)
            limit = "exactly" if low == high else limit
            unit = "items" if is_list else "bytes" if isinstance(value, bytes) else "characters"
            raise Invalid("length", f"A text has {found} {unit}; the schema wants {limit} {size}.")

    if is_list:
        return field, check
    most = field.max_length if high == sys.maxsize else high
    return replace(field, min_length=low or field.min_length, max_length=most), check


def _limit(field: Field, name: str, bound: Value) -> tuple[Field, Check]:
    holds: dict[str, Callable[[Any, Any], bool]] = {
        "minInclusive": lambda value, limit: value >= limit,
        "minExclusive": lambda value, limit: value > limit,
        "maxInclusive": lambda value, limit: value <= limit,
        "maxExclusive": lambda value, limit: value < limit,
    }
    side = "minimum" if name.startswith("min") else "maximum"
    if isinstance(bound, int | Decimal) and name.endswith("Inclusive"):
        number = Decimal(bound)
        field = replace(field, minimum=number) if side == "minimum" else replace(field, maximum=number)
    return field, _bound(side, bound, holds[name])


def _digits(field: Field, name: str, most: int) -> tuple[Field, Check]:
    def check(_: str, value: Value) -> None:
        if not isinstance(value, int | Decimal):
            return
        parts = Decimal(value).as_tuple()
        if isinstance(parts.exponent, int) and len(parts.digits) <= most and -most <= parts.exponent <= 0:
            return  # the usual case, zeros at either end included
        whole = Decimal(value).normalize() if value else Decimal(0)
        exponent = whole.as_tuple().exponent
        scale = max(-exponent, 0) if isinstance(exponent, int) else 0
        found = (
            scale
            if name == "fractionDigits"
            else max(len(whole.as_tuple().digits), scale, whole.adjusted() + 1)
        )
        if found > most:
            kind = "digits after the point" if name == "fractionDigits" else "digits"
            raise Invalid("digits", f"A number has {found} {kind}; the schema allows {most}.")

    changed = {"scale": most} if name == "fractionDigits" else {"max_length": most}
    return replace(field, **changed), check  # type: ignore[arg-type]  # the two facets are whole numbers


def _pattern(matchers: list[Callable[[str], object]]) -> Check:
    def check(text: str, _: Value) -> None:
        if not any(matches(text) for matches in matchers):
            raise Invalid("pattern", f"A text of the form {shape(text)} does not fit the schema's pattern.")

    return check


def _enumeration(codes: set[str], base: Definition) -> Check:
    values: list[Value] = []
    if base.field.type is not Type.TEXT:
        values = [base.parse(code) for code in codes]

    def check(text: str, value: Value) -> None:
        if text not in codes and value not in values:
            raise Invalid("code", f"A text of the form {shape(text)} is not one of the schema's codes.")

    return check


def listed(item: Definition) -> Definition:
    """Give the type of a list in one text: it stays text, and its items are checked."""
    read = simple(item).read

    def parse(text: str) -> Value:
        for part in text.split():
            read(part)
        return text

    return Definition(_field(Type.TEXT), "collapse", parse, is_list=True)


def united(members: Sequence[Definition]) -> Definition:
    """Give the type of a value that is of one of several types: the first that takes it."""
    readers = [simple(member).read for member in members]
    kinds = {member.field.type for member in members}
    codes: dict[str, str] = {}
    for member in members:
        codes |= member.field.choices
    is_closed = all(member.field.is_closed for member in members)
    field = replace(_field(kinds.pop() if len(kinds) == 1 else Type.ANY), choices=codes, is_closed=is_closed)

    def parse(text: str) -> Value:
        for read in readers:
            try:
                return read(text)
            except Invalid:
                continue
        raise Invalid("value", f"A text of the form {shape(text)} is of none of the types of the schema.")

    return Definition(field, "preserve", parse)


def simple(definition: Definition) -> Simple:
    """Compile a type. What is written keeps to the same facets; a text for another value is read first."""
    white, parse, checks = definition.white, definition.parse, definition.checks
    if definition.parse is _text and not checks and white == "preserve":
        read: Callable[[str], Value] = _text
    else:

        def read(text: str) -> Value:
            if white != "preserve":
                text = _collapsed(text, white)
            value = parse(text)
            for check in checks:
                check(text, value)
            return value

    own = _OWN.get(definition.field.type, ())
    is_plain_text = definition.parse is _text and white == "preserve"

    def write(value: Value) -> str:
        if is_plain_text and isinstance(value, str):
            text = value
        else:
            try:
                text = definition.text(value)
            except Unwritable as failure:
                raise Invalid(failure.code, failure.message) from None
            if not isinstance(value, own):
                read(text)
                return text
        for check in checks:
            check(text, value)
        return text

    return Simple(read, write, definition.field)


def _collapsed(text: str, white: str) -> str:
    if white == "replace":
        return text.replace("\t", " ").replace("\n", " ").replace("\r", " ")
    return _SPACES.sub(" ", text).strip(" ") if white == "collapse" else text
