"""BAI2 reports of many accounts with their transactions."""

from collections.abc import Iterator

from bench.formats import Subject

_TRANSACTIONS = 50


def document(size_bytes: int) -> Iterator[bytes]:
    """Make accounts of 50 transactions until the report has about so many bytes."""
    yield b"01,NORTHLAKE,HARBOUR,261123,0700,7,,,2/\n02,HARBOUR,NORTHLAKE,1,261122,2400,USD,2/\n"
    made = accounts = 0
    total = 0
    while made < size_bytes:
        accounts += 1
        lines = [f"03,{70000000 + accounts},USD,010,500000,,,015,600000,,,100,100000,50,/"]
        own = 1_200_000
        for at in range(_TRANSACTIONS):
            lines.append(f"16,165,{2000 + at},V,261123,,BK{at:08},INV-{at:05},ACH CREDIT RECEIVED/")
            lines.append(f"88,ORIG CO NAME: HOLZ UND TON GMBH, REF: {at:08}/")
            own += 2000 + at
        lines.append(f"49,{own},{2 * _TRANSACTIONS + 2}/\n")
        block = "\n".join(lines).encode()
        made += len(block)
        total += own
        yield block
    count = accounts * (2 * _TRANSACTIONS + 2)
    yield f"98,{total},{accounts},{count + 2}/\n99,{total},1,{count + 4}/\n".encode()


SUBJECTS = [Subject("bai2", "accounts", document)]
