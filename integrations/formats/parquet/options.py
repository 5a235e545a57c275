"""Which columns of a Parquet file are read, and how one is written."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from integrations.formats import codec


class ParquetField(BaseModel):
    """One column to write."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=500, title="Name")
    type: Literal["text", "integer", "decimal", "boolean", "date", "moment", "local moment", "bytes"] = Field(
        default="text", title="Type", description="A local moment has no time zone."
    )
    digits: int = Field(default=38, ge=1, le=76, title="Digits", description="Of a decimal, in all.")
    scale: int = Field(default=2, ge=0, le=76, title="Digits after the point", description="Of a decimal.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.scale > self.digits:
            raise ValueError("There are more digits after the point than in all.")
        return self


class ParquetOptions(codec.Options):
    """A file says its schema itself; these choose columns, and say how to write."""

    columns: tuple[str, ...] = Field(
        default=(),
        max_length=10_000,
        title="Columns",
        description="Only these are read; all if none is named.",
    )
    fields: tuple[ParquetField, ...] = Field(
        default=(),
        max_length=10_000,
        title="Columns to write",
        description="With their types; if none is named, they are found in the records.",
    )
    compression: Literal["snappy", "zstd", "gzip", "none"] = Field(
        default="snappy", title="Compression", description="For writing; all are read."
    )
    not_a_number: Literal["refuse", "null"] = Field(
        default="refuse",
        title="Numbers that are none",
        description="NaN and infinity: refuse the record, or take them as null.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names) or len(set(self.columns)) != len(self.columns):
            raise ValueError("A column is named twice.")
        return self
