"""Purchase orders of ten lines, and one remittance of many claims in a single message."""

from collections.abc import Iterator
from io import StringIO

from bench.formats import Rival, Subject

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240501*1200*{}*0*P*:~\n"


def orders(size: int) -> Iterator[bytes]:
    """Give an interchange of 850s (004010)."""
    yield (ISA.format("U*00401*000000001") + "GS*PO*SENDER*RECEIVER*20240501*1200*1*X*004010~\n").encode()
    number = made = 0
    while made < size or not number:
        number += 1
        segments = [
            f"ST*850*{number:04}",
            f"BEG*00*SA*PO-{number:07}**20240501",
            "CUR*BY*USD",
            f"REF*DP*{number % 97:03}",
            "DTM*002*20240520",
            f"N1*ST*Warehouse {number % 7}*92*{number % 31:04}",
            "N3*100 Main Street",
            "N4*Columbus*OH*43004*US",
        ]
        for line in range(1, 11):
            price = (number * line * 37) % 9000
            segments.append(
                f"PO1*{line}*{number * line % 48 + 1}*EA*{price // 100}.{price % 100:02}**VN"
                f"*SKU-{number * line % 9999:05}*UP*{number * line * 7919 % 10**12:012}"
            )
            segments.append(f"PID*F****Item number {line} of order {number}")
        segments.append("CTT*10")
        segments.append(f"SE*{len(segments) + 1}*{number:04}")
        message = "".join(f"{segment}~\n" for segment in segments).encode()
        made += len(message)
        yield message
    yield f"GE*{number}*1~\nIEA*1*000000001~\n".encode()


def payments(size: int) -> Iterator[bytes]:
    """Give one 835 (005010X221A1), however large."""
    yield (
        ISA.format("^*00501*000000001") + "GS*HP*SENDER*RECEIVER*20240501*1200*1*X*005010X221A1~\n"
    ).encode()
    head = "ST*835*0001~\nBPR*I*135.5*C*CHK************20240607~\nTRN*1*A-1*1999999999~\nDTM*405*20240607~\n"
    parties = "N1*PR*PAYER~\nN3*1 Main Street~\nN4*Dover*DE*19901~\nN1*PE*CLINIC*XX*1234567893~\nLX*1~\n"
    yield (head + parties).encode()
    number = made = 0
    while made < size or not number:
        number += 1
        claim = (
            f"CLP*C{number:08}*1*{number % 900}*{number % 700}.25*9.5*12*{number}~\nCAS*PR*1*9.5~\n"
            f"NM1*QC*1*DOE*ANN{number % 99}****MI*W{number:09}~\nSVC*HC:99213*{number % 900}*90.5~\n"
            "DTM*472*20240520~\nCAS*CO*45*12.25~\nAMT*B6*90.5~\n"
        ).encode()
        made += len(claim)
        yield claim
    yield f"SE*{number * 7 + 10}*0001~\nGE*1*1~\nIEA*1*000000001~\n".encode()


def _pyx12(data: bytes) -> object:
    """Read with pyx12 into segments by loop, which is its nearest to records."""
    from pyx12.error_handler import errh_null  # noqa: PLC0415  a rival is imported when it is measured
    from pyx12.params import params  # noqa: PLC0415
    from pyx12.x12context import X12ContextReader  # noqa: PLC0415

    reader = X12ContextReader(params(), errh_null(), StringIO(data.decode()))
    return sum(1 for _ in reader.iter_segments("2100"))


SUBJECTS = [
    Subject("x12", "orders", orders, bar_mbps=10),
    Subject("x12", "orders as text", orders, {"values": "text"}, bar_mbps=10),
    Subject(
        "x12", "payments by claim", payments, {"split_at": "CLP"}, bar_mbps=10, rival=Rival("pyx12", _pyx12)
    ),
]
