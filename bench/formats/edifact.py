"""Orders of ten lines, and one stock report of many lines in a single message."""

from collections.abc import Iterator

from bench.formats import Rival, Subject


def orders(size: int) -> Iterator[bytes]:
    """Give an interchange of ORDERS (D.96A)."""
    yield b"UNA:+.? '\nUNB+UNOC:3+4012345000016:14+4098765000010:14+240501:1200+1'\n"
    number = made = 0
    while made < size or not number:
        number += 1
        segments = [
            f"UNH+{number}+ORDERS:D:96A:UN:EAN008",
            f"BGM+220+PO-{number:07}+9",
            "DTM+137:20240501:102",
            "DTM+2:20240520:102",
            f"RFF+CT:C-{number % 97:03}",
            "NAD+BY+4012345000016::9++Harbor Stores GmbH+Hafenweg 12+Bremen++28195+DE",
            f"NAD+DP+40123450{number % 31:05}::9",
            "CUX+2:EUR:9",
        ]
        for line in range(1, 11):
            price = (number * line * 37) % 9000
            segments += [
                f"LIN+{line}++{number * line * 7919 % 10**13:013}:EN",
                f"PIA+1+SKU-{number * line % 9999:05}:SA",
                f"IMD+F++:::Item number {line} of order {number}",
                f"QTY+21:{number * line % 48 + 1}:PCE",
                f"PRI+AAA:{price // 100}.{price % 100:02}",
            ]
        segments += ["UNS+S", "CNT+2:10"]
        segments.append(f"UNT+{len(segments) + 1}+{number}")
        message = "".join(f"{segment}'\n" for segment in segments).encode()
        made += len(message)
        yield message
    yield f"UNZ+{number}+1'\n".encode()


def stock(size: int) -> Iterator[bytes]:
    """Give one INVRPT (D.01B), however large."""
    yield b"UNB+UNOA:3+4012345000016:14+4098765000010:14+240501:1200+1'UNH+1+INVRPT:D:01B:UN'BGM+35+S-1+9'"
    yield b"DTM+137:20240501:102'NAD+WH+4012345000016::9'"
    number = made = 0
    while made < size or not number:
        number += 1
        line = (
            f"LIN+{number}++{number * 7919 % 10**13:013}:EN'IMD+F++:::Item {number}?: boxed'"
            f"INV+2++1'QTY+145:{number % 900}:PCE'INV+2++4'QTY+156:{number % 70}'DTM+179:20240430:102'"
        ).encode()
        made += len(line)
        yield line
    yield f"UNT+{number * 7 + 5}+1'UNZ+1+1'".encode()


def _pydifact(data: bytes) -> object:
    """Read with pydifact into segments by message, which is its nearest to records."""
    from pydifact.segmentcollection import Interchange  # noqa: PLC0415  a rival is imported when it is measured

    read = Interchange.from_str(data.decode())
    return sum(len(message.segments) for message in read.get_messages())


SUBJECTS = [
    Subject("edifact", "orders", orders, bar_mbps=8, rival=Rival("pydifact", _pydifact)),
    Subject("edifact", "orders as text", orders, {"values": "text"}, bar_mbps=8),
    Subject("edifact", "stock by line", stock, {"split_at": "LIN"}, bar_mbps=8),
]
