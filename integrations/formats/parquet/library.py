"""pyarrow, which is an extra: imported when a file is read or written, not before."""

from typing import Any, TypeAlias

from integrations.errors import ConfigError

Arrow: TypeAlias = Any
"""pyarrow and its objects have no types."""


def arrow() -> Arrow:
    """Give pyarrow with its Parquet module. Raises ConfigError ``parquet.extra`` if it is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415  an extra, and heavy
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "parquet.extra",
            "Parquet files need a library that is not installed.",
            hint="Install 7M with the extra 'parquet'.",
        ) from None
    return pa
