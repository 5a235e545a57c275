"""The ways into the schema model that need no format: one typed line each.

Those that belong to a format (XSD, WSDL, copybooks, message tables) join in ``formats/imports.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from integrations.errors import ConfigError
from integrations.schema import avro, csv_header, json_schema, openapi
from integrations.schema.model import Schema


def no_choices(_: str | bytes) -> list[tuple[str, str]]:
    """Say that the file holds one schema."""
    return []


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of schema file.

    takes: what file, in words. extensions: usual endings, without the dot. read: (file, choice) → Schema.
    choices: (choice, title) of each schema that the file holds; none: there is but one, and the choice is "".
    Both raise ConfigError with the place in the file.
    """

    key: str
    title: str
    takes: str
    extensions: tuple[str, ...]
    read: Callable[[str | bytes, str], Schema]
    choices: Callable[[str | bytes], list[tuple[str, str]]] = no_choices


IMPORTERS: Final[Mapping[str, Importer]] = MappingProxyType(
    {
        one.key: one
        for one in (
            Importer(
                "json_schema",
                "JSON Schema",
                "A JSON Schema, draft 4 to 2020-12, in JSON or YAML",
                ("json", "yaml", "yml"),
                lambda data, _: json_schema.read_json_schema(data),
            ),
            Importer(
                "openapi",
                "OpenAPI",
                "An OpenAPI 3.0 or 3.1 or Swagger 2 description, in JSON or YAML",
                ("json", "yaml", "yml"),
                openapi.read_openapi,
                openapi.choices,
            ),
            Importer(
                "avro",
                "Avro",
                "An Avro schema, or an Avro file that holds one",
                ("avsc", "avro"),
                avro.read_avro,
            ),
            Importer(
                "csv_header",
                "CSV header",
                "The header line of a CSV file, or the whole file",
                ("csv", "tsv", "txt"),
                lambda data, _: csv_header.read_csv_header(data),
            ),
        )
    }
)


def importer(key: str, known: Mapping[str, Importer] = IMPORTERS) -> Importer:
    """Look up an importer by its key. Raises ConfigError ``schema.unknown_importer``."""
    if key not in known:
        raise ConfigError(
            "schema.unknown_importer",
            "There is no such kind of schema file.",
            hint=f"Known kinds: {', '.join(known)}.",
        )
    return known[key]
