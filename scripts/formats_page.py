"""Writes docs/reference/formats.md from the formats and their help: ``python -m scripts.formats_page``."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from integrations.formats.registry import FORMATS

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "formats.md"
HEAD: Final = """# Formats

Made from the formats themselves by `python -m scripts.formats_page`. Each section is the help that a merchant
sees: what is read and written, which options there are, what is not supported.

| key | format | file names end in | a round trip may change |
|---|---|---|---|
"""


def page() -> str:
    """Give the page: a table, then the help of each format, its headings one step down."""
    lines = [
        f"| [`{key}`](#{key}) | {form.title} | {', '.join(form.extensions)} | {form.free or 'nothing'} |"
        for key, form in sorted(FORMATS.items())
    ]
    sections = [f'<a id="{key}"></a>\n\n{demoted(help_of(key))}' for key in sorted(FORMATS)]
    return HEAD + "\n".join(lines) + "\n\n" + "\n\n".join(sections) + "\n"


def help_of(key: str) -> str:
    return (files(f"integrations.formats.{key}") / "help.md").read_text(encoding="utf-8").strip()


def demoted(text: str) -> str:
    return re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
