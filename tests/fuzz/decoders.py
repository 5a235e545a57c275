"""What every decoder must hold for any bytes at all: an InputError or records, and what it read it can write.

The first byte of an input chooses among the options of the format's samples, the rest is the document.
"""

import json
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path

from integrations.errors import InputError
from integrations.formats import registry
from integrations.formats.codec import Limits, Record, parse_options

FORMATS_DIR = Path(registry.__file__).parent
LIMITS = Limits(
    max_bytes=1 << 20, max_records=2_000, max_depth=32, max_field_bytes=1 << 16, max_record_bytes=1 << 18
)
PARTS = 2_000


@cache
def variants(key: str) -> tuple[str, ...]:
    """Give the options (JSON) that the samples of a format use."""
    cases = sorted((FORMATS_DIR / key / "samples").glob("*/case.json"))
    return tuple(dict.fromkeys(json.dumps(json.loads(case.read_text())["options"]) for case in cases))


def seeds(key: str) -> list[bytes]:
    """Give the samples as inputs."""
    made = []
    for case in sorted((FORMATS_DIR / key / "samples").glob("*/case.json")):
        options = json.dumps(json.loads(case.read_text())["options"])
        document = next(case.parent.glob("document.*")).read_bytes()
        made.append(bytes([variants(key).index(options)]) + document)
    return made


def attempt(key: str) -> Callable[[bytes], None]:
    """Compile the trial of one format: a function that raises what is no InputError."""
    form = registry.codec(key)
    compiled = []
    for text in variants(key):
        options = parse_options(form, json.loads(text))
        compiled.append((form.reader(options, LIMITS), form.outline(options, LIMITS), form.writer(options)))

    def once(data: bytes) -> None:
        if not data:
            return
        read, outline, write = compiled[data[0] % len(compiled)]
        document = data[1:]
        guess = form.sniff(document)
        assert guess is None or 0.0 < guess.confidence <= 1.0
        records: list[Record] = []
        errors: list[InputError] = []
        failure = taken(lambda: records.extend(read((document,))))
        if failure is not None:
            assert failure.place, failure
            assert failure.code.startswith(f"{key}."), failure
            records.clear()
            ending = taken(lambda: records.extend(read((document,), errors.append)))
            assert errors or ending, "the lenient mode saw no error where the strict one did"
        taken(lambda: list(islice(outline((document,)), PARTS)))
        # Lenient reading may keep parts that do not make a whole document again.
        refusal = taken(lambda: b"".join(write(records)))
        assert refusal is None or failure or refusal.place, refusal

    return once


def taken(work: Callable[[], object]) -> InputError | None:
    """Give the InputError of some work, None where there is none; everything else is a find."""
    try:
        work()
    except InputError as failure:
        return failure
    return None
