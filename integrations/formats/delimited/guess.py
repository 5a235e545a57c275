"""Tell delimited records of several types from tables: first cells are codes, each with its own cells."""

from collections import Counter

from integrations.formats.codec import Guess

_MAX_TYPES = 12


def guess(head: bytes) -> Guess | None:
    """Say how much the first bytes look like it, with options to read them."""
    try:
        text = head.decode("utf-8-sig")
        encoding = "utf-8"
    except UnicodeDecodeError:
        text = head.decode("latin-1")
        encoding = "cp1252"
    if "\0" in text:
        return None
    *lines, last = text.replace("\r\n", "\n").split("\n")
    if len(head) < 1000:
        lines.append(last)
    lines = [line for line in lines if line.strip()][:500]
    if len(lines) < 3:
        return None
    end = _record_end(lines)
    if end != "\n":
        lines = [line.removesuffix(end) for line in lines]
    for delimiter in ("|", ";", "\t", ",", "*", "^"):
        found = _types(lines, delimiter)
        if found:
            records = _records(found, lines, delimiter)
            options = {"delimiter": delimiter, "record_end": end, "encoding": encoding, "records": records}
            return Guess(0.82, options, "", encoding)
    return None


def _record_end(lines: list[str]) -> str:
    """Give the character with which all lines end, if it is one that ends records."""
    last = {line[-1] for line in lines}
    return last.pop() if last in ({"~"}, {"'"}) else "\n"


def _types(lines: list[str], delimiter: str) -> dict[str, int]:
    """Give code → number of cells, if the first cells are such codes; else nothing."""
    rows = [line.split(delimiter) for line in lines]
    codes = Counter(row[0] for row in rows)
    if not 1 < len(codes) <= min(_MAX_TYPES, len(lines) - 1):
        return {}
    if any(not code.isalnum() or len(code) > 10 for code in codes):
        return {}
    counts: dict[str, set[int]] = {}
    for row in rows:
        counts.setdefault(row[0], set()).add(len(row))
    if any(len(found) > 1 for found in counts.values()):
        return {}
    sizes = {code: found.pop() for code, found in counts.items()}
    is_told = len(set(sizes.values())) > 1 and max(codes.values()) > 1 and max(sizes.values()) > 2
    return sizes if is_told else {}


def _records(found: dict[str, int], lines: list[str], delimiter: str) -> list[dict[str, object]]:
    codes = [line.split(delimiter)[0] for line in lines]
    counts = Counter(codes)
    records: list[dict[str, object]] = []
    for code, size in found.items():
        record: dict[str, object] = {
            "name": f"record_{code}",
            "marks": [{"cell": 1, "value": code}],
            "fields": [{"name": f"field_{number}"} for number in range(1, size)],
        }
        if counts[code] == 1 and code in (codes[0], codes[-1]) and len(found) > 1:
            record["role"] = "header" if code == codes[0] else "trailer"
        records.append(record)
    return records
