"""What the service's errors mean, in words for a merchant."""

from typing import Any, Literal, TypeAlias

from integrations.connectors.manifest.fields import Model

Happening: TypeAlias = Literal["auth", "missing", "invalid", "limit", "conflict", "down"]


class ErrorRule(Model):
    """One kind of error: the first rule that matches status and vendor code counts.

    words: what is wrong and what to do; never what the vendor's text repeats from the document.
    retriable: overrules what the status says.
    """

    status: int | None = None
    code: str = ""
    words: str
    hint: str = ""
    retriable: bool | None = None


class Errors(Model):
    """code_path, message_path: where the vendor's code and text stand in the body of an error.

    shape: the body of an error, with ``{code}``, ``{message}`` and ``{status}`` filled in; the twin
    answers with it. codes: the vendor's codes by what happened.
    """

    code_path: str = ""
    message_path: str = ""
    shape: Any = {"error": "{message}"}
    codes: dict[Happening, str] = {}
    invalid_status: int = 422
    rules: tuple[ErrorRule, ...] = ()
