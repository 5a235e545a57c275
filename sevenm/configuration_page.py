"""Writes the page of all settings from their one list: ``python -m sevenm.configuration_page``."""

from sevenm.config import PROJECT, VARIABLES

PAGE = PROJECT / "docs" / "reference" / "configuration.md"
HEAD = """# Configuration

7M is configured by environment variables only. They are read once, when a process starts; all problems are
named at once. Without any of them 7M runs with its own PostgreSQL and Valkey, from the folder `.sevenm`.

| variable | default | meaning |
|---|---|---|
"""


def page() -> str:
    """Give the whole page."""
    rows = [
        f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.help} |" for one in VARIABLES
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
