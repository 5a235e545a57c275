"""The one tree of errors.

    SevenMError                  code, message, hint, place
    ├ InputError                 the document or request is wrong
    │  ├ DecodeError             bytes that are not what their format says
    │  ├ EncodeError             a record that the format cannot hold
    │  ├ SchemaError             a well-formed document of the wrong shape
    │  └ LimitError              larger, deeper or longer than allowed
    ├ ConfigError                the flow or the connection is wrong
    │  ├ FlowError
    │  ├ MappingError
    │  └ CredentialError
    ├ RemoteError                another system
    │  ├ UnavailableError        it may work later: no answer, 408, 425, 429, 5xx
    │  └ RefusedError            final: it answered, and said no
    ├ ConflictError              the state moved on: stale fence, illegal transition, version clash
    └ AccessError                not yours or not there: one class, so that nothing leaks

``code`` is stable, dotted and documented (``json.duplicate_key``). ``message`` is for the merchant: what is
wrong and where; never a payload value, a secret or an internal name. ``hint`` says what to do. ``place`` is a
line, segment, field, JSON path, or the step and field of a flow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from typing_extensions import override

Severity: TypeAlias = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a validation; validations collect all of them before anything is raised.

    severity: an error keeps the thing from being used, a warning may matter for some documents, an info is
    for people to look at. place: ``steps.quote.config.amount``, ``rules[3].op`` or ``line 12``; empty where
    the whole is meant.
    """

    code: str
    message: str
    place: str = ""
    hint: str = ""
    severity: Severity = "error"


class SevenMError(Exception):
    """What 7M raises on purpose. Bugs (KeyError, AssertionError, …) are never dressed up as one."""

    def __init__(self, code: str, message: str, *, hint: str = "", place: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    @override
    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"{self.code}: {self.message}{where}"


class InputError(SevenMError):
    """The document or request is wrong."""


class DecodeError(InputError):
    """Bytes that are not what their format says."""


class EncodeError(InputError):
    """A record that the format cannot hold."""


class SchemaError(InputError):
    """A well-formed document of the wrong shape."""


class LimitError(InputError):
    """Larger, deeper or longer than allowed."""


class ConfigError(SevenMError):
    """The flow or the connection is wrong. ``problems`` holds every finding where there were several."""

    def __init__(
        self, code: str, message: str, *, hint: str = "", place: str = "", problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(code, message, hint=hint, place=place)
        self.problems = tuple(problems)


class FlowError(ConfigError):
    """A flow definition that cannot run."""


class MappingError(ConfigError):
    """A mapping plan that cannot be compiled, or a rule that failed on this record."""


class CredentialError(ConfigError):
    """A credential that is missing, expired or refused."""


class RemoteError(SevenMError):
    """Another system is the cause. ``status`` is its HTTP status, 0 where it gave none."""

    def __init__(self, code: str, message: str, *, status: int = 0, hint: str = "", place: str = "") -> None:
        super().__init__(code, message, hint=hint, place=place)
        self.status = status


class UnavailableError(RemoteError):
    """It may work later: no connection, no answer in time, 408, 425, 429 or 5xx.

    sent: whether any byte of the request may have reached the peer, so that its effect is unknown.
    retry_after_s: seconds the peer asked us to wait, None where it said nothing.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 0,
        sent: bool = True,
        retry_after_s: float | None = None,
        hint: str = "",
        place: str = "",
    ) -> None:
        super().__init__(code, message, status=status, hint=hint, place=place)
        self.sent = sent
        self.retry_after_s = retry_after_s


class RefusedError(RemoteError):
    """Final: it answered, and said no."""


class ConflictError(SevenMError):
    """The state moved on: a stale fence number, an illegal transition, a version clash."""


class AccessError(SevenMError):
    """Not yours or not there: one class and one answer, so that nothing leaks."""

    def __init__(self, code: str = "access.not_found", message: str = "There is no such thing here.") -> None:
        super().__init__(code, message)
