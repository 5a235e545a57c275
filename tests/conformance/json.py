"""JSON: the first letter of a file's name says whether it must be read (y), refused (n) or either (i)."""

from collections.abc import Iterator
from pathlib import Path

from integrations.errors import InputError
from integrations.formats.codec import Limits
from integrations.formats.json.codec import CODEC, JsonOptions
from tests.conformance import Result

# What we refuse on purpose although a parser may read it (docs/security.md): two readers would see two
# documents, or no database could hold the text.
STRICT = {"json.duplicate_key", "json.nul", "json.surrogate", "json.number_range"}

decode = CODEC.document(JsonOptions(), Limits())
dump = CODEC.dump(JsonOptions())


def check(folder: Path) -> Iterator[Result]:
    for path in sorted(folder.glob("test_parsing/*.json")):
        name, wanted = path.stem, path.name[0]
        try:
            value = decode(path.read_bytes())
        except InputError as failure:
            if wanted == "y":
                yield Result(
                    name, "decode", passed=False, reason=str(failure), is_explained=failure.code in STRICT
                )
            else:
                yield Result(name, "refuse", bool(failure.place))
            continue
        if wanted == "n":
            yield Result(name, "refuse", passed=False, reason="it was read")
            continue
        yield Result(name, "decode", passed=True)
        yield Result(name, "round trip", decode(dump(value)) == value)
