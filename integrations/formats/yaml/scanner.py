"""The library's scanner of tokens, where it is not yet YAML 1.2.

Each method here is one rule of the specification (YAML 1.2.2) that the library's own does not keep.
"""

from typing import Any

from ruamel.yaml.scanner import Scanner, ScannerError
from typing_extensions import override

_BREAKS = "\r\n\x85\u2028\u2029"
_ENDS = "\0" + _BREAKS
_AFTER_INDICATOR = "\0 \t" + _BREAKS


class StrictScanner(Scanner):
    """Tokens of YAML 1.2."""

    @override
    def check_key(self) -> bool:
        """Let a question mark open a key only before white space, inside brackets too (section 7.4.2)."""
        return self.reader.peek(1) in _AFTER_INDICATOR

    @override
    def check_plain(self) -> bool:
        """Let a question mark begin a plain text inside brackets too (section 7.3.3)."""
        begins = self.reader.peek() == "?" and self.reader.peek(1) not in _AFTER_INDICATOR + ",[]{}"
        return begins or bool(super().check_plain())

    @override
    def stale_possible_simple_keys(self) -> None:
        """Keep keys inside braces: the colon may stand on a later line than its key (section 7.4.2)."""
        for level in list(self.possible_simple_keys):
            if level and level <= len(self.flow_context) and self.flow_context[level - 1] == "{":
                continue
            key = self.possible_simple_keys[level]
            if key.line != self.reader.line or self.reader.index - key.index > 1024:
                if key.required:
                    raise ScannerError(
                        "while scanning a simple key",
                        key.mark,
                        "could not find expected ':'",
                        self.reader.get_mark(),
                    )
                del self.possible_simple_keys[level]

    @override
    def scan_to_next_token(self) -> None:
        """Skip white space and comments (section 6.2, 6.6).

        Tabs are white space where no indentation is read; a comment needs white space before it.
        """
        reader = self.reader
        peek = reader.peek
        while True:
            self._skip_white()
            if peek() == "#":
                if reader.column and reader.buffer[reader.pointer - 1] not in " \t":
                    raise ScannerError(
                        "while scanning for the next token",
                        None,
                        "a comment needs a space before it",
                        reader.get_mark(),
                    )
                while peek() not in _ENDS:
                    reader.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def _skip_white(self) -> None:
        peek = self.reader.peek
        while peek() == " ":
            self.reader.forward()
        if peek() == "\t":
            length = 1
            while peek(length) in " \t":
                length += 1
            # A tab is never indentation: before a token that might begin a block it stays, and is refused.
            if self.flow_level or not self.allow_simple_key or peek(length) in _ENDS or peek(length) == "#":
                self.reader.forward(length)

    @override
    def scan_block_scalar_indentation(self) -> Any:
        """Take the indentation of the first line that is not blank; none before has more (8.1.1.1)."""
        reader = self.reader
        chunks: list[str] = []
        most = 0
        end_mark = reader.get_mark()
        while True:
            while reader.peek() == " ":
                reader.forward()
            if reader.peek() not in _BREAKS:
                break
            most = max(most, reader.column)
            chunks.append(self.scan_line_break())
            end_mark = reader.get_mark()
        if reader.peek() != "\0" and most > reader.column > self.indent:
            raise ScannerError(
                "while scanning a block scalar", None, "a blank line has more spaces", end_mark
            )
        return chunks, reader.column if reader.peek() != "\0" else max(most, reader.column), end_mark
