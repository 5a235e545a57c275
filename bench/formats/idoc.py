"""IDoc: files of orders with five lines each, as SAP writes them."""

from collections.abc import Iterator

from bench.formats import Subject
from integrations.formats.codec import Record
from integrations.formats.idoc.codec import CODEC
from integrations.formats.idoc.options import IdocOptions


def order(number: int) -> Record:
    control: Record = {"MANDT": "100", "DOCNUM": f"{number:016}", "IDOCTYP": "ORDERS05", "MESTYP": "ORDERS"}
    return {
        "control": control,
        "E1EDK01": [{"CURCY": "EUR", "BELNR": f"45{number:08}"}],
        "E1EDKA1": [{"PARVW": "AG", "PARTN": f"{number % 900:010}", "NAME1": "Größe", "ORT01": "Berlin"}],
        "E1EDP01": [
            {
                "POSEX": f"{line:06}",
                "MENGE": f"{number % 40}.000",
                "E1EDP19": [{"QUALF": "002", "IDTNR": f"BAG-{line:02}"}],
            }
            for line in range(1, 6)
        ],
    }


def orders(size: int) -> Iterator[bytes]:
    write = CODEC.writer(IdocOptions())
    made = number = 0
    while made < size:
        block = b"".join(write(order(n) for n in range(number, number + 20)))
        number += 20
        made += len(block)
        yield block


SUBJECTS = [Subject("idoc", "orders", orders)]
