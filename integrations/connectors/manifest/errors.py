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

    code_pattern: of its codes; what looks otherwise may repeat the document, and is not shown. shape: the
    body of an error, with ``{code}``, ``{message}`` and ``{status}`` filled in; the twin answers with it.
    codes: the vendor's codes by what happened. ok_path: place in a good answer that is false where the
    service refused and says so with 200. statuses: what its codes stand for then; 422 for others.
    """

    code_path: str = ""
    code_pattern: str = r"[A-Za-z0-9_.-]{1,64}"
    message_path: str = ""
    shape: Any = {"error": "{message}"}
    codes: dict[Happening, str] = {}
    ok_path: str = ""
    statuses: dict[str, int] = {}
    invalid_status: int = 422
    rules: tuple[ErrorRule, ...] = ()
