"""What 7M asks of a JSONata engine, and the two that give it: jlens, and jsonata2py where jlens is not there.

Documents and results are JSON text, so that nothing depends on how a library converts values of Python.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

import msgspec

MAX_TEXT: Final = 16 << 10
"""Characters of an expression."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an evaluation may go: seconds, levels, steps, bytes of a text, items, bytes of the result."""

    timeout: float = 1.0
    max_depth: int = 200
    max_steps: int = 500_000
    max_string_length: int = 1 << 20
    max_array_length: int = 200_000
    max_result_size: int = 10 << 20


LIMITS: Final = Limits()
LIMIT_CODES: Final = frozenset({"U1001", "U1006", "D1011", "D1012", "D2014", "D2016", "D2015"})


class JsonataError(Exception):
    """An expression failed. code: JSONata's, such as T2001; position: a character of it, or None."""

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.position = position

    @property
    def is_limit(self) -> bool:
        """Tell whether a limit was met, as opposed to a wrong expression or value."""
        return self.code in LIMIT_CODES


class Expression(Protocol):
    """A compiled expression; safe to share between threads."""

    def evaluate(
        self,
        document: str | None,
        *,
        now: datetime = ...,
        seed: int = ...,
        limits: Limits = ...,
        bindings: Mapping[str, Any] | None = ...,
    ) -> str | None:
        """Evaluate on a JSON text, None for no document. Gives JSON, None for undefined.

        Raises JsonataError.
        """


class Engine(Protocol):
    """Compiles expressions."""

    def __call__(self, text: str) -> Expression:
        """Compile an expression. Raises JsonataError."""


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class JlensExpression:
    """An expression in jlens: compiled Rust, every limit held."""

    def __init__(self, text: str) -> None:
        self._jlens = import_module("jlens")
        self._compiled = self._guarded(lambda: self._jlens.Expression(text))

    def evaluate(
        self,
        document: str | None,
        *,
        now: datetime = EPOCH,
        seed: int = 0,
        limits: Limits = LIMITS,
        bindings: Mapping[str, Any] | None = None,
    ) -> str | None:
        """Evaluate on a JSON text. Raises JsonataError."""
        result: str | None = self._guarded(
            lambda: self._compiled.evaluate_json(
                document,
                dict(bindings) if bindings else None,
                now=now,
                seed=seed,
                timeout=limits.timeout,
                max_depth=limits.max_depth,
                max_steps=limits.max_steps,
                max_string_length=limits.max_string_length,
                max_array_length=limits.max_array_length,
                max_result_size=limits.max_result_size,
            )
        )
        return result

    def _guarded(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  jlens has no types
        try:
            return call()
        except self._jlens.JlensError as error:
            raise JsonataError(error.code or "", str(error), error.position) from error
        except UnicodeError as error:
            raise _half_character() from error
        except BaseException as error:
            # A panic of Rust is no Exception, so that nothing catches it by accident; here it is one failure.
            if type(error).__name__ != "PanicException":
                raise
            raise JsonataError("U1001", "The engine stopped on this expression.") from error


class PythonExpression:
    """An expression in jsonata2py: holds the time limit, and checks the result's size afterwards."""

    def __init__(self, text: str) -> None:
        self._library = import_module("jsonata2py")
        self._compiled = self._guarded(lambda: self._library.compile(text))

    def evaluate(
        self,
        document: str | None,
        *,
        now: datetime = EPOCH,  # noqa: ARG002  this engine has its own clock
        seed: int = 0,  # noqa: ARG002  and its own dice
        limits: Limits = LIMITS,
        bindings: Mapping[str, Any] | None = None,
    ) -> str | None:
        """Evaluate on a JSON text. Raises JsonataError."""
        data = self._library.MISSING if document is None else msgspec.json.decode(document)
        bound = self._library.JsonataBindings()
        for name, value in (bindings or {}).items():
            bound.bind_value(name, value)
        self._compiled.set_timeout(int(limits.timeout * 1000))
        result = self._guarded(lambda: self._compiled.evaluate(data, bound))
        if result is self._library.MISSING:
            return None
        text: str = self._guarded(lambda: msgspec.json.encode(result).decode())
        if len(text) > limits.max_result_size:
            raise JsonataError("U1001", "The result is too large.")
        return text

    def _guarded(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  jsonata2py gives Any
        try:
            return call()
        except self._library.JsonataError as error:
            raise JsonataError(error.error_code or "", error.message) from error
        except RecursionError as error:
            raise JsonataError("D1011", "The expression is nested too deep.") from error
        except UnicodeError as error:
            raise _half_character() from error


def _half_character() -> JsonataError:
    return JsonataError("U1004", "There is half a character (a lone surrogate) in the text.")


@cache
def engine() -> Engine:
    """Give the engine that is installed: jlens, else jsonata2py. Raises JsonataError when neither is."""
    if find_spec("jlens"):
        return JlensExpression
    if find_spec("jsonata2py"):
        return PythonExpression
    raise JsonataError("U1001", "No JSONata engine is installed.")
