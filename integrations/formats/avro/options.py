"""How Avro files are written, and what is made of values that records cannot hold."""

from typing import Literal, Self

from pydantic import Field, model_validator

from integrations.errors import ConfigError
from integrations.formats import codec
from integrations.schema.avro import read_avro


class AvroOptions(codec.Options):
    """A file says its schema itself; these are for writing, and for numbers that are none."""

    schema_text: str = Field(
        default="",
        max_length=1 << 20,
        title="Schema",
        description="The Avro schema (JSON) to write by; if empty, one is made from the records.",
    )
    compression: Literal["null", "deflate", "bzip2", "xz", "snappy", "zstandard"] = Field(
        default="deflate",
        title="Compression",
        description="For writing; null is none. All are read; zstandard needs the extra 'parquet'.",
    )
    not_a_number: Literal["refuse", "null"] = Field(
        default="refuse",
        title="Numbers that are none",
        description="NaN and infinity: refuse the record, or take them as null.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.schema_text:
            try:
                read_avro(self.schema_text)
            except ConfigError as failure:
                raise ValueError(failure.message) from None
        return self
