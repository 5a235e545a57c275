"""Writing Python source, into which text of a plan gets only as an ASCII ``repr``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from integrations.mapping.values import Value

INDENT: Final = " "


class Source:
    """The lines of one generated function, and the objects it gets as constants, by name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self._names: dict[int, str] = {}
        self._depth = 2
        self._counts: dict[str, int] = {}

    def line(self, text: str) -> None:
        """Add a line at the current depth."""
        self.lines.append(INDENT * self._depth + text)

    def first(self, texts: Sequence[str]) -> None:
        """Add lines before all others."""
        self.lines[:0] = [INDENT * 2 + text for text in texts]

    @contextmanager
    def under(self, header: str) -> Iterator[None]:
        """Add a header such as ``if x:``, and what is written meanwhile one step deeper."""
        self.line(header)
        self._depth += 1
        self.line("pass")
        mark = len(self.lines)
        yield
        if len(self.lines) > mark:
            del self.lines[mark - 1]
        self._depth -= 1

    def name(self, prefix: str) -> str:
        """Make a new name."""
        count = self._counts.get(prefix, 0)
        self._counts[prefix] = count + 1
        return f"{prefix}{count}"

    def reuse(self, prefix: str) -> None:
        """Let the names of a prefix be used again: what they held is no longer needed."""
        self._counts[prefix] = 0

    def constant(self, value: object) -> str:
        """Give the name under which the function sees an object."""
        known = self._names.get(id(value))
        if known is None:
            known = self.name("k")
            self._names[id(value)] = known
            self.constants[known] = value
        return known

    def literal(self, value: Value) -> str:
        """Write a value of the plan; lists and objects as displays, so that each use makes its own."""
        match value:
            case None | bool():
                return repr(value)
            case int():
                return repr(value) if value >= 0 else f"({value!r})"
            case str():
                return ascii(value)
            case list():
                return f"[{', '.join(map(self.literal, value))}]"
            case dict():
                members = (f"{key!a}: {self.literal(member)}" for key, member in value.items())
                return f"{{{', '.join(members)}}}"
            case _:
                return self.constant(value)

    def function(self, header: str, fixed: dict[str, object]) -> tuple[str, dict[str, object]]:
        """Give the text of a factory of the function, and the constants to call it with."""
        names = {**fixed, **self.constants}
        head = [f"def make({', '.join(names)}):", f"{INDENT}{header}"]
        return "\n".join([*head, *self.lines, f"{INDENT}return mapping", ""]), names
