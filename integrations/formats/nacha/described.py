"""The schema of Nacha records, made of the tables."""

from integrations.formats.nacha.layouts import FieldRow, Layout, codes, layouts
from integrations.formats.nacha.options import NachaOptions
from integrations.schema.model import Field, Schema, Sensitivity, Type

_TYPES = {"count": Type.INTEGER, "cents": Type.DECIMAL, "date": Type.DATE}
_ACCOUNTS = {"dfi_account_number", "foreign_account_number"}
_PEOPLE = {"individual_name", "name", "receiver_street_address", "receiver_city_state", "corrected_data"}


def describe(options: NachaOptions) -> Schema:
    """Describe one record; which of the parts it has depends on its key ``record``."""
    entry = _merged(("entry_detail", "ctx_entry_detail", "iat_entry_detail", "adv_entry_detail"))
    addenda = _merged(tuple(name for name in layouts() if name.startswith("addenda_")))
    entry += (Field("addenda", Type.OBJECT, "Addenda records", repeats=True, fields=addenda),)
    header = _merged(("batch_header", "iat_batch_header"))
    control = _merged(("batch_control", "adv_batch_control"))
    kinds = {"file_header": "File header", options.per: "Payments", "file_control": "File control"}
    own: tuple[Field, ...]
    if options.per == "batch":
        own = (
            Field("header", Type.OBJECT, "Batch header", fields=header),
            Field("entries", Type.OBJECT, "Entries", repeats=True, fields=entry),
            Field("control", Type.OBJECT, "Batch control", fields=control),
        )
    else:
        own = (Field("batch", Type.OBJECT, "Batch header", fields=header), *entry)
    parts = _merged(("file_header", "file_control", "adv_file_control"))
    names = {field.name for field in own}
    fields = (
        Field("record", Type.TEXT, "Kind of record", required=True, choices=kinds, is_closed=True),
        *own,
        *(field for field in parts if field.name not in names),
    )
    return Schema(Field("", Type.OBJECT, fields=fields), title="Nacha ACH", origin="Nacha file layout")


def _merged(of: tuple[str, ...]) -> tuple[Field, ...]:
    """Give the fields of several layouts that may stand in one place, each once."""
    found: dict[str, Field] = {}
    for layout in (layouts()[one] for one in of):
        for field in _fields(layout):
            found.setdefault(field.name, field)
    return tuple(found.values())


def _fields(layout: Layout) -> tuple[Field, ...]:
    return tuple(_field(row) for row in layout.rows if row.kind not in {"fixed", "blank"})


def _field(row: FieldRow) -> Field:
    notation = f"columns {row.start} to {row.start + row.length - 1}"
    return Field(
        row.name,
        _TYPES.get(row.kind, Type.TEXT),
        title=row.name.replace("_", " ").capitalize(),
        nullable=row.kind in _TYPES,
        max_length=row.length,
        scale=2 if row.kind == "cents" else None,
        choices=codes().get(row.name, {}),
        notation=notation,
        default=row.fixed or None,
        sensitivity=_sensitivity(row.name),
    )


def _sensitivity(name: str) -> Sensitivity | None:
    if name in _ACCOUNTS:
        return Sensitivity.SECRET
    return Sensitivity.CONFIDENTIAL if name in _PEOPLE else None
