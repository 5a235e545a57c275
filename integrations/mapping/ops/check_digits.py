"""Check digits of the identifiers of trade and payments, by their public rules.

Spaces, points and hyphens between characters are left out before a check.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.tables import table
from integrations.mapping.values import Kind

MAX_CODE: Final = 64
FILLERS: Final = str.maketrans("", "", " .-")
DIGITS: Final = re.compile(r"[0-9]+")
BBAN: Final = re.compile(r"([0-9]+)!([nac])")
CLASSES: Final = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
CONTAINER: Final = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [n for n in range(10, 39) if n % 11], strict=True))


def _compact(text: str) -> str:
    return text.translate(FILLERS).upper() if len(text) <= MAX_CODE and text.isascii() else ""


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _gs1(body: str) -> str:
    """Weights 3 1 3 1 … from the right; GS1 General Specifications, 7.9."""
    return str(-_weighted(body[::-1], [3, 1] * MAX_CODE) % 10)


def _luhn(body: str) -> str:
    doubled = (int(digit) * (2 - index % 2) for index, digit in enumerate(body[::-1]))
    return str(-sum(number - 9 if number > 9 else number for number in doubled) % 10)


def _numbers(text: str) -> str:
    """Write letters as the numbers 10 to 35."""
    return "".join(str(int(letter, 36)) for letter in text)


def _mod97(body: str) -> str:
    """ISO 7064, MOD 97-10: two digits behind the body."""
    return f"{98 - int(_numbers(body) + '00') % 97:02}"


def _mod11_10(body: str) -> str:
    """ISO 7064, MOD 11,10."""
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def _mod11(body: str, size: int) -> str:
    """Weights down to 2, remainder to 11, ten written X: ISBN-10 and ISSN."""
    check = -_weighted(body, range(size, 1, -1)) % 11
    return "X" if check == 10 else str(check)


def _aba(body: str) -> str:
    return str(-_weighted(body, [3, 7, 1] * 3) % 10)


def _container(body: str) -> str:
    """ISO 6346: letters from 10 without multiples of 11, weights the powers of 2."""
    numbers = (CONTAINER[letter] if letter in CONTAINER else int(letter) for letter in body)
    return str(sum(number << position for position, number in enumerate(numbers)) % 11 % 10)


CHECKS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "gtin": (r"[0-9]{7}|[0-9]{11,13}", _gs1),
    "gln": (r"[0-9]{12}", _gs1),
    "sscc": (r"[0-9]{17}", _gs1),
    "luhn": (r"[0-9]+", _luhn),
    "npi": (r"[12][0-9]{8}", lambda body: _luhn("80840" + body)),
    "isin": (r"[A-Z]{2}[A-Z0-9]{9}", lambda body: _luhn(_numbers(body))),
    "mod97": (r"[A-Z0-9]+", _mod97),
    "lei": (r"[A-Z0-9]{18}", _mod97),
    "mod11_10": (r"[0-9]+", _mod11_10),
    "isbn10": (r"[0-9]{9}", lambda body: _mod11(body, 10)),
    "issn": (r"[0-9]{7}", lambda body: _mod11(body, 8)),
    "aba": (r"[0-9]{8}", _aba),
    "container": (r"[A-Z]{3}[UJZ][0-9]{6}", _container),
}
"""Pattern of the body and the rule, for each kind whose check digits stand at the end."""


def _iban(text: str) -> bool:
    row = table("iban").get(text[:2])
    return (
        row is not None
        and len(text) == row[0]
        and re.fullmatch(_bban(row[1]), text[4:]) is not None
        and text[2:4].isdecimal()
        and int(_numbers(text[4:] + text[:4])) % 97 == 1
    )


def _bban(structure: str) -> str:
    return "".join(f"{CLASSES[kind]}{{{count}}}" for count, kind in BBAN.findall(structure))


def _reference(text: str) -> bool:
    """ISO 11649."""
    return (
        re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", text) is not None
        and int(_numbers(text[4:] + text[:4])) % 97 == 1
    )


def _creditor(text: str) -> bool:
    """Check a SEPA creditor identifier, without its business code."""
    return (
        re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}", text) is not None
        and int(_numbers(text[7:] + text[:4])) % 97 == 1
    )


def _vat(text: str) -> bool:
    country = "CHE" if text.startswith("CHE") else text[:2]
    row = table("vat").get(country)
    number = text[len(country) :]
    if row is None or not re.fullmatch(row[0], number):
        return False
    return len(row) < 2 or VAT_RULES[row[1].split(":")[0]](number, row[1])


def _austria(number: str, _rule: str) -> bool:
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(number[1:8])]
    return (-(sum(n - 9 if n > 9 else n for n in doubled) + 4)) % 10 == int(number[8])


def _poland(number: str, _rule: str) -> bool:
    return _weighted(number, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(number[9])


def _france(number: str, _rule: str) -> bool:
    siren = number[2:]
    return not number[:2].isdecimal() or int(number[:2]) == (12 + 3 * (int(siren) % 97)) % 97


def _weights(number: str, rule: str) -> bool:
    _, weights, modulus = rule.split(":")
    return _weighted(number, [*map(int, weights.split())]) % int(modulus) == 0


VAT_RULES: Final[dict[str, Callable[[str, str], bool]]] = {
    "at": _austria,
    "be": lambda number, _: 97 - int(number[:8]) % 97 == int(number[8:]),
    "che": lambda number, _: -_weighted(number, (5, 4, 3, 2, 7, 6, 5, 4)) % 11 == int(number[8]),
    "el": lambda number, _: _weighted(number, (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == int(number[8]),
    "fr": _france,
    "lu": lambda number, _: int(number[:6]) % 89 == int(number[6:]),
    "luhn": lambda number, _: _luhn(number[:-1]) == number[-1],
    "mod11_10": lambda number, _: _mod11_10(number[:-1]) == number[-1],
    "mt": lambda number, _: 37 - _weighted(number, (3, 4, 6, 7, 8, 9)) % 37 == int(number[6:]),
    "no": lambda number, _: -_weighted(number, (3, 2, 7, 6, 5, 4, 3, 2)) % 11 == int(number[8]),
    "pl": _poland,
    "pt": lambda number, _: -_weighted(number, range(9, 1, -1)) % 11 % 10 == int(number[8]),
    "se": lambda number, _: _luhn(number[:9]) == number[9],
    "sk": lambda number, _: int(number) % 11 == 0,
    "weights": _weights,
}
WHOLE: Final[dict[str, Callable[[str], bool]]] = {
    "iban": _iban,
    "rf": _reference,
    "creditor": _creditor,
    "vat": _vat,
    "isbn13": lambda text: text[:3] in {"978", "979"} and len(text) == 13 and _ends_right("gtin", text),
    "bic": lambda text: re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", text) is not None,
    "scac": lambda text: re.fullmatch(r"[A-Z]{2,4}", text) is not None,
}


def _ends_right(kind: str, text: str) -> bool:
    pattern, rule = CHECKS[kind]
    size = 2 if rule is _mod97 else 1
    body = text[:-size]
    return re.fullmatch(pattern, body) is not None and rule(body) == text[-size:]


def is_valid(text: str, kind: str) -> bool:
    """Tell whether an identifier has the form and the check digits of its kind."""
    compact = _compact(text)
    return bool(compact) and (WHOLE[kind](compact) if kind in WHOLE else _ends_right(kind, compact))


def _check_digit(text: str, kind: str) -> str:
    body = _compact(text)
    pattern, rule = CHECKS[kind]
    if not re.fullmatch(pattern, body):
        raise MappingError(
            "mapping.check_digit",
            "The text is not an identifier of this kind without its check digit.",
            hint="Check its length, and that it does not hold the check digit already.",
        )
    return rule(body)


def _with_check_digit(text: str, kind: str) -> str:
    if kind not in {"iban", "rf"}:
        return _compact(text) + _check_digit(text, kind)
    country, rest = ("RF", _compact(text)) if kind == "rf" else (_compact(text)[:2], _compact(text)[2:])
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]+", country + rest):
        raise MappingError("mapping.check_digit", "The text has no check digits: it is too short.")
    made = f"{country}{_mod97(rest + country)}{rest}"
    if not WHOLE[kind](made):
        raise MappingError(
            "mapping.check_digit",
            "The text is not an account number or reference of this kind without its check digits.",
            hint="Write the country, then the number of the account, without the two check digits.",
        )
    return made


TEXT: Final = Arg("text", Kind.TEXT)


def _kind(*more: str) -> Arg:
    return Arg("kind", Kind.TEXT, fixed=True, choices=(*CHECKS, *more))


OPS: Final = (
    Op(
        key="is_valid",
        title="Has right check digit",
        help="Whether an identifier has the form and the check digits of its kind: gtin (EAN, UPC, 8 to 14 "
        "digits), gln, sscc, luhn (cards, IMEI, SIREN), npi, isin, mod97, lei, mod11_10, isbn10, isbn13, "
        "issn, aba, container, iban, rf, creditor (SEPA), vat (Europe, with the country in front), bic, "
        "scac. Spaces, points and hyphens do not count.",
        args=(TEXT, _kind(*WHOLE)),
        result=Kind.BOOLEAN,
        run=is_valid,
        examples=(
            Example(["is_valid", "4006381333931", "gtin"], gives=True),
            Example(["is_valid", "4006381333932", "gtin"], gives=False),
            Example(["is_valid", "DE89 3704 0044 0532 0130 00", "iban"], gives=True),
            Example(["is_valid", "106141411234567897", "sscc"], gives=True),
            Example(["is_valid", "CSQU3054383", "container"], gives=True),
            Example(["is_valid", "DE136695976", "vat"], gives=True),
            Example(["is_valid", "", "luhn"], gives=False),
        ),
    ),
    Op(
        key="check_digit",
        title="Check digit",
        help="The check digit, or the two of mod97 and lei, for an identifier that is still without it.",
        args=(TEXT, _kind()),
        result=Kind.TEXT,
        run=_check_digit,
        examples=(
            Example(["check_digit", "400638133393", "gtin"], "1"),
            Example(["check_digit", "411111111111111", "luhn"], "1"),
            Example(["check_digit", "030640615", "isbn10"], "2"),
            Example(["check_digit", "12AB", "luhn"], error="mapping.check_digit"),
        ),
    ),
    Op(
        key="with_check_digit",
        title="Add check digit",
        help="An identifier with its check digit added. For iban: the country and the account number; for "
        "rf: the reference.",
        args=(TEXT, _kind("iban", "rf")),
        result=Kind.TEXT,
        run=_with_check_digit,
        examples=(
            Example(["with_check_digit", "10614141123456789", "sscc"], "106141411234567897"),
            Example(["with_check_digit", "DE370400440532013000", "iban"], "DE89370400440532013000"),
            Example(["with_check_digit", "539007547034", "rf"], "RF18539007547034"),
            Example(["with_check_digit", "DE1", "iban"], error="mapping.check_digit"),
        ),
    ),
)
