"""The schema of BAI2 records, made of the tables."""

from integrations.formats.bai2.fields import header_rows, tables
from integrations.schema.model import Field, Schema, Sensitivity, Type


def describe() -> Schema:
    """Describe one record: an account with its group, or the file header."""
    codes = tables()["type_codes"]
    labels = {code: str(row[2]) for code, row in codes.items() if isinstance(row, list)}
    kinds = {
        "file_header": "File header",
        "account": "Account",
        "group": "Group without accounts",
        "file_trailer": "File trailer",
    }
    money = (
        Field("type_code", Type.TEXT, "Type code", choices=labels, max_length=3),
        Field(
            "amount",
            Type.DECIMAL,
            "Amount",
            nullable=True,
            description="Signed only where the bank signs it.",
        ),
    )
    count = Field("item_count", Type.INTEGER, "Number of items", nullable=True)
    texts = (
        Field("bank_reference", Type.TEXT, "Bank reference"),
        Field("customer_reference", Type.TEXT, "Customer reference"),
        Field("text", Type.TEXT, "Text"),
    )
    account = (
        Field(
            "group",
            Type.OBJECT,
            "Group header",
            fields=(Field("number", Type.INTEGER, "Ordinal"), *_header("02")),
        ),
        Field("account", Type.TEXT, "Account number", sensitivity=Sensitivity.SECRET),
        Field("currency", Type.TEXT, "Currency", max_length=3),
        Field("summaries", Type.OBJECT, "Summaries", repeats=True, fields=(*money, count, *_funds())),
        Field("transactions", Type.OBJECT, "Transactions", repeats=True, fields=(*money, *_funds(), *texts)),
    )
    names = {field.name for field in account}
    fields = (
        Field("record", Type.TEXT, "Kind of record", required=True, choices=kinds, is_closed=True),
        *account,
        *(field for field in _header("01") if field.name not in names),
    )
    return Schema(
        Field("", Type.OBJECT, fields=fields, is_open=True), title="BAI2 balance report", origin="BAI2"
    )


def _header(code: str) -> tuple[Field, ...]:
    lists = tables()["codes"]
    return tuple(
        Field(
            name,
            Type.DATE if kind == "date" else Type.TEXT,
            name.replace("_", " ").capitalize(),
            required=usage == "M" and code == "02",
            choices=_choices(lists.get(name)),
        )
        for name, kind, usage in header_rows(code)
    )


def _choices(found: object) -> dict[str, str]:
    return {str(key): str(label) for key, label in found.items()} if isinstance(found, dict) else {}


def _funds() -> tuple[Field, ...]:
    amounts = tuple(
        Field(name, Type.DECIMAL, f"Available: {label}", nullable=True)
        for name, label in (
            ("immediate", "at once"),
            ("one_day", "in one day"),
            ("two_or_more_days", "in two days or later"),
        )
    )
    parts = (Field("days", Type.INTEGER, "Days"), Field("amount", Type.DECIMAL, "Amount"))
    return (
        Field("funds_type", Type.TEXT, "Funds type", choices=_choices(tables()["codes"].get("funds_type"))),
        Field("value_date", Type.DATE, "Value date", nullable=True),
        Field("value_time", Type.TEXT, "Value time"),
        *amounts,
        Field("distributions", Type.OBJECT, "Distributions", repeats=True, fields=parts),
    )
