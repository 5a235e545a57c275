"""The named statements of ``sql/usage.sql``; in billing the word statement is taken."""

from pathlib import Path
from typing import Final

from integrations.engine.database import statements

SQL: Final = statements("usage", Path(__file__).parent / "sql")
