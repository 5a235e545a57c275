"""The help pages of the formats, as HTML."""

from functools import lru_cache
from importlib.resources import files

from django.utils.safestring import SafeString

from integrations.web import markdown


@lru_cache(maxsize=64)
def help_text(key: str) -> SafeString:
    """Give the help of a registered format."""
    return markdown.show((files(f"integrations.formats.{key}") / "help.md").read_text(encoding="utf-8"))
