"""The schema of a document from its XSD, for mappings and forms."""

from collections.abc import Mapping

from integrations.errors import ConfigError
from integrations.formats.xml_text.fields import schema_of
from integrations.formats.xml_text.run import Shape
from integrations.formats.xml_text.xsd import Schemas
from integrations.formats.xml_text.xsd_files import Files, as_bytes, documentation
from integrations.schema.model import Schema

_FILE = "schema.xsd"


def read_xsd(data: str | bytes, root: str = "") -> Schema:
    """Describe the document whose outermost element has that name; empty: any of the schema's.

    Raises ConfigError with the line, also for a schema that needs other files: see ``read_xsd_files``.
    """
    return read_xsd_files({_FILE: as_bytes(data)}, _FILE, root.rpartition(":")[2])


def read_xsd_files(files: Mapping[str, bytes], main: str, root: str = "") -> Schema:
    """Describe a document by a schema in several files: the main one, and what it includes and imports.

    A location names a file by its last part. Raises ConfigError with file and line.
    """
    model = Schemas(Files(files, main)).model(root)
    found = schema_of(model, Shape(), origin=f"{main}, element {root}" if root else main)
    if found is None:
        raise ConfigError("xml.xsd_root", "The schema says nothing of what is in its documents.", place=main)
    return found


def xsd_choices(data: str | bytes) -> list[tuple[str, str]]:
    """Give the elements that may be outermost, where there are several: local name and documentation."""
    files = Files({_FILE: as_bytes(data)}, _FILE)
    found = [(local, documentation(one.node)) for _, local, one in files.all_of("element")]
    return found if len(found) > 1 else []
