"""FHIR: Bundles of observations read as entries, and bulk data by lines."""

from collections.abc import Iterator

from bench.formats import Subject

OBSERVATION = (
    '{{"resourceType":"Observation","id":"o{0}","status":"final","code":{{"coding":[{{"system":"http://loinc.org",'
    '"code":"718-7","display":"Hemoglobin"}}]}},"subject":{{"reference":"Patient/p{1}"}},'
    '"effectiveDateTime":"2026-03-01T10:15:00+01:00","valueQuantity":{{"value":{1}.40,"unit":"g/l",'
    '"system":"http://unitsofmeasure.org","code":"g/L"}},"referenceRange":[{{"low":{{"value":120}},"high":{{"value":160}}}}]}}'
)
ENTRY = '{{"fullUrl":"urn:uuid:{0:032}","resource":' + OBSERVATION + "}}"


def many(size: int, kind: str, between: str) -> Iterator[bytes]:
    made = number = 0
    while made < size:
        text = between.join(kind.format(n, n % 977) for n in range(number, number + 100))
        yield (between if number else "").encode() + text.encode()
        made += len(text)
        number += 100


def bundle(size: int) -> Iterator[bytes]:
    yield b'{"resourceType":"Bundle","type":"searchset","entry":['
    yield from many(size, ENTRY, ",")
    yield b"]}"


def lines(size: int) -> Iterator[bytes]:
    return many(size, OBSERVATION, "\n")


SUBJECTS = [
    Subject("fhir", "bundle", bundle, {"layout": "entries"}),
    Subject("fhir", "lines", lines, {"layout": "lines"}),
]
