"""HL7 v2: laboratory results and admissions, against the library hl7."""

from collections.abc import Iterator

import hl7

from bench.formats import Rival, Subject

RESULT = (
    "MSH|^~\\&|LAB|SOUTH|EHR|CLINIC|20260301{0:06}||ORU^R01^ORU_R01|M{0}|P|2.5.1|||AL|NE\r"
    "PID|1||{0}^^^LAB&1.2.840.{1}&ISO^MR||Doe^Jane{0}^A||19620320|F|||{1} Mill Lane^^Odense^^5000^DK"
    "||^PRN^PH^^45^63^{0:06}\r"
    "PV1|1|O|3N^136^B||||{1}^Smith^Adam^^^Dr^MD||||||||||||V{0}\r"
    "ORC|RE|P-{0}|F-{0}||CM||||20260301080000\r"
    "OBR|1|P-{0}|F-{0}|24317-0^Hemogram and platelet count^LN"
    "|||20260301080000|||||||||{1}^Smith^Adam^^^Dr^MD\r"
    "OBX|1|NM|718-7^Hemoglobin^LN||{1}.4|g/l|120-160|H|||F|||20260301101500\r"
    "OBX|2|SN|1554-5^Glucose^LN||<^{1}|mmol/l|3.9-5.6||||F|||20260301101500\r"
    "OBX|3|FT|8251-1^Comment^LN||Seen by the duty doctor.\\.br\\Repeat in two weeks, {0}.||||||F\r"
    "NTE|1|L|Sample was late, see Miller \\T\\ Sons.\r"
)
ADMISSION = (
    "MSH|^~\\&|FRONT|NORTH|ERP|BILL|20260301{0:06}||ADT^A01^ADT_A01|M{0}|P|2.4\r"
    "EVN|A01|20260301{0:06}\r"
    "PID|1||{0}^^^NORTH^MR~{1}^^^STATE^SS||Doe^Jane^A^^^^L||19620320|F||2106-3^White^HL70005"
    "|{1} Mill Lane^^Odense^^5000^DK"
    "|||||M||V{0}^^^NORTH^VN|||||||||||||||\r"
    "NK1|1|Doe^John|SPO^Spouse^HL70063|{1} Mill Lane^^Odense^^5000^DK|(63)112233\r"
    "PV1|1|I|3N^136^B^NORTH|E|||{1}^Smith^Adam^^^Dr^MD|||MED||||1||||V{0}|||||||||||||||||||||||||20260301{0:06}\r"
    "AL1|1|DA|PEN^Penicillin^L|SV|Rash\r"
    "DG1|1|I10|J18.9^Pneumonia^I10||20260301|A\r"
    "IN1|1|A{1}|{1}|Good Health|||||||20250101|||HM|Doe^Jane|SEL|19620320\r"
)


def messages(size: int, kind: str) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        text = "".join(kind.format(n % 240_000, n % 977) for n in range(number, number + 50))
        number += 50
        made += len(text)
        yield text.encode()


def read_by_library(data: bytes) -> object:
    return [hl7.parse("MSH" + part) for part in data.decode().split("MSH")[1:]]


SUBJECTS = [
    Subject(
        "hl7",
        "results",
        lambda size: messages(size, RESULT),
        bar_mbps=10,
        rival=Rival("hl7", read_by_library),
    ),
    Subject("hl7", "admissions", lambda size: messages(size, ADMISSION), bar_mbps=10),
    Subject("hl7", "as text", lambda size: messages(size, ADMISSION), {"values": "text"}, bar_mbps=10),
]
