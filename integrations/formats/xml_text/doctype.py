"""What a document type declaration may do: declare, and expand little.

External subsets and entities are never fetched: a document that needs one is refused where it uses it.
Entities of the internal subset are expanded if they are few, short and hardly nested, so that neither their
text nor the parser's stack can grow (billion laughs, quadratic blowup, deep chains).
"""

import re

from integrations.errors import LimitError

_MAX_ENTITIES = 200
_MAX_EXPANDED = 4_096
_MAX_NESTED = 8
_REFERENCE = re.compile(r"[&%]([^#&%;\s][^&%;\s]*);")
_FREE_CHARACTERS = 64 << 10
_MAX_AMPLIFICATION = 4


class EntityGuard:
    """Watches the entities of one document."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.expanded = 0

    def declare(self, name: str, text: str, *, is_parameter: bool, line: int) -> None:
        """Take one declaration; raises LimitError ``xml.entity_expansion`` if all together could grow."""
        self.texts.setdefault(("%" if is_parameter else "&") + name, text)
        if len(self.texts) > _MAX_ENTITIES or not self._is_small():
            raise _expansion(line)

    def _is_small(self) -> bool:
        sizes: dict[str, int] = {}
        pending = {
            name: [found[0][0] + found[1] for found in _REFERENCE.finditer(text)]
            for name, text in self.texts.items()
        }
        for _ in range(_MAX_NESTED):
            # Each round settles what refers only to what earlier rounds settled: one level of nesting.
            settled = [n for n, inner in pending.items() if not any(other in pending for other in inner)]
            for name in settled:
                sizes[name] = len(self.texts[name]) + sum(sizes.get(other, 0) for other in pending[name])
            for name in settled:
                del pending[name]
        # A few that refer to each other in a ring never settle; the parser refuses them where they are used.
        return len(pending) <= _MAX_NESTED and all(size <= _MAX_EXPANDED for size in sizes.values())

    def count(self, characters: int, taken_bytes: int, line: int) -> None:
        """Count text that came out; raises LimitError when it outgrows the document."""
        self.expanded += characters
        if self.expanded > _FREE_CHARACTERS + _MAX_AMPLIFICATION * taken_bytes:
            raise _expansion(line)


def _expansion(line: int) -> LimitError:
    return LimitError(
        "xml.entity_expansion",
        "The document declares entities that would expand to far more than it holds.",
        hint="Send the document without a document type declaration.",
        place=f"line {line}",
    )
