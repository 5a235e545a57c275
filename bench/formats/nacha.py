"""Nacha files of many batches."""

from collections.abc import Iterator

from bench.formats import Subject

_ENTRIES = 200


def document(size_bytes: int) -> Iterator[bytes]:
    """Make payrolls of 200 entries a batch until the file has about so many bytes."""
    yield b"101 231380104 1210428822611231200A094101FEDERAL RESERVE BANK   OUR BANK               REF00001\n"
    batches = max(1, size_bytes // (95 * (_ENTRIES + 2)))
    total = _ENTRIES * (_ENTRIES + 1) // 2 * 105
    for batch in range(1, batches + 1):
        lines = [f"5220{'OUR COMPANY':36}1234567890PPDPAYROLL   261123261124   112104288{batch:07}\n"]
        lines += [
            f"622231380104{40_000_000 + at:<17}{at * 105:010}{at:<15}{'EMPLOYEE NUMBER ' + str(at):<22}  0"
            f"12104288{at:07}\n"
            for at in range(1, _ENTRIES + 1)
        ]
        lines.append(
            f"8220{_ENTRIES:06}{23138010 * _ENTRIES:010}{0:012}{total:012}"
            f"1234567890{'':25}12104288{batch:07}\n"
        )
        yield "".join(lines).encode()
    count = batches * _ENTRIES
    records = count + 2 * batches + 2
    yield (
        f"9{batches:06}{-(-records // 10):06}{count:08}{23138010 * count % 10**10:010}"
        f"{0:012}{total * batches:012}"
        f"{'':39}\n"
    ).encode()
    yield ("9" * 94 + "\n").encode() * (-records % 10)


SUBJECTS = [
    Subject("nacha", "batches", document, bar_mbps=25),
    Subject("nacha", "entries", document, options={"per": "entry"}, bar_mbps=25),
]
