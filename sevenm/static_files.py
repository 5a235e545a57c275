"""Static files: Django hashes what it owns, Vite has hashed what it built."""

import re
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

BUILT = "build/"
HASHED = re.compile(r"[.-][0-9A-Za-z_-]{8,}\.[a-z0-9]+$")


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Leaves names under ``build/`` alone: two hashes would give one module two addresses."""

    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:  # noqa: ANN401
        if name.startswith(BUILT):
            return name
        hashed: str = super().hashed_name(name, content, filename)
        return hashed

    def stored_name(self, name: str) -> str:
        """Give the hashed name; a file that nobody collected keeps its own, and only that file is missing."""
        known = self.hash_key(self.clean_name(name)) in self.hashed_files
        return str(super().stored_name(name)) if known and not name.startswith(BUILT) else name

    def url_converter(self, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
        """Vite wrote the addresses in its style sheets; nothing else refers to other files."""
        if str(arguments[0]).startswith(BUILT):
            return lambda match: match.group("matched") if hasattr(match, "group") else match
        return super().url_converter(*arguments, **keywords)


def is_immutable(_path: str, url: str) -> bool:
    """Tell whether a browser may keep `url` for ever: its name holds a hash of its content."""
    return HASHED.search(url) is not None
