"""MT940 statements of a hundred lines each."""

from collections.abc import Iterator

import mt940

from bench.formats import Rival, Subject


def document(size_bytes: int) -> Iterator[bytes]:
    """Make statements with structured narratives until there are about so many bytes."""
    made = number = 0
    while made < size_bytes:
        number += 1
        lines = [f":20:STMT{number:012}", ":25:10020030/1234567", f":28C:{number % 100000:05}/001"]
        lines.append(":60F:C261122EUR10000,00")
        for at in range(100):
            lines.append(f":61:2611231123D{at + 1},{at % 100:02}NTRFNONREF//BANK{at:08}")
            text = (
                f"166?00UEBERWEISUNG?109310?20EREF+ORDER-{at:08}?21SVWZ+RECHNUNG {at:06} VOM?22 23.11.2026"
                f"?30HAFEDEHHXXX?31DE0200000000012345{at:04}?32HOLZ UND TON GMBH?34992"
            )
            lines.append(":86:" + "\r\n".join(text[start : start + 65] for start in range(0, len(text), 65)))
        lines += [":62F:C261123EUR4950,50", "-", ""]
        block = "\r\n".join(lines).encode()
        made += len(block)
        yield block


def read_mt940(data: bytes) -> object:
    """Read all statements with the library mt-940."""
    return mt940.parse(data.decode())


SUBJECTS = [Subject("swift_mt", "mt940", document, bar_mbps=8, rival=Rival("mt-940", read_mt940))]
