"""Reports of moov-io/bai2 and of the Ministry of Justice."""

import re
from collections.abc import Iterator
from pathlib import Path

from integrations.errors import InputError
from integrations.formats.bai2.codec import CODEC
from integrations.formats.codec import DEFAULT_LIMITS, parse_options
from tests.conformance import Result


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("*/*")):
        data = path.read_bytes()
        guess = CODEC.sniff(data)
        if "licences" in path.parts or guess is None:
            continue
        name = path.relative_to(folder).as_posix()
        options = dict(guess.options)
        try:
            list(CODEC.reader(parse_options(CODEC, options), DEFAULT_LIMITS)([data]))
        except InputError as failure:
            wrong = totals_are_wrong(data)
            reason = "the file's own totals do not add up" if wrong else str(failure)
            yield Result(name, "decode", passed=False, reason=reason, is_explained=wrong)
            if not wrong:
                continue
            options["checks"] = "none"
        else:
            yield Result(name, "decode", passed=True)
        parsed = parse_options(CODEC, options)
        records = list(CODEC.reader(parsed, DEFAULT_LIMITS)([data]))
        written = b"".join(CODEC.writer(parsed)(records))
        same = list(CODEC.reader(CODEC.Options(), DEFAULT_LIMITS)([written])) == records
        same = same and physical(written) == physical(data)
        yield Result(name, "round trip", passed=same, reason="" if same else "other records")


def physical(data: bytes) -> list[bytes]:
    """All records but the trailers, one a line, without blanks around them."""
    text = re.sub(rb"/[ \t]+(?=\d\d,)", b"/\n", data.replace(b"\r", b""))
    return [
        line.strip()
        for line in text.split(b"\n")
        if line.strip() and line.strip()[:2] not in {b"49", b"98", b"99"}
    ]


def totals_are_wrong(data: bytes) -> bool:
    """Compare what the trailers say among themselves, apart from the codec."""
    found = re.findall(rb"(?:^|/[ \t]*)(49|98|99),([+-]?\d+),(\d+)", data, re.MULTILINE)
    accounts = [int(total) for code, total, _ in found if code == b"49"]
    groups = [int(total) for code, total, _ in found if code == b"98"]
    file = [int(total) for code, total, _ in found if code == b"99"]
    return sum(accounts) != sum(groups) or sum(groups) != sum(file)
