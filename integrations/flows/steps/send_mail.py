"""Sends a mail over the installation's mail server, with data in its words and a document attached."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints
from typing_extensions import override

from integrations.delivery.retry import Mode
from integrations.errors import MappingError, Problem
from integrations.flows.addresses import Fill, check_places, compile_line, compile_text
from integrations.flows.bodies import Write, check_body, fit_body
from integrations.flows.documents import Encode, encoder, media_type
from integrations.flows.expressions import Op, compile_op
from integrations.flows.places import join
from integrations.flows.steps.context import (
    NEXT,
    CallConfig,
    Effect,
    MailCall,
    RunFacts,
    Scope,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    Value,
    object_schema,
)
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

RECIPIENTS_MAX: Final = 20
ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`|~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
FILE_NAME: Final = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,120}")
Recipient = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class MailConfig(CallConfig):
    to: tuple[Recipient, ...] = Field(
        min_length=1,
        max_length=RECIPIENTS_MAX,
        title="To",
        description="Addresses, one each. Braces give data: {order.body.email}",
    )
    subject: str = Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\r\n]+$",
        title="Subject",
        description="Braces work here too.",
    )
    text: str = Field(
        "",
        max_length=20_000,
        title="Text",
        description="Plain text. Braces work here too.",
        json_schema_extra={"format": "text"},
    )
    attach: Op | None = Field(
        None, title="Attach", description="A value, written as a file; text and bytes as they are."
    )
    attach_name: str = Field(
        "",
        max_length=200,
        title="Name of the file",
        description="order-{order.body.id}.csv; with an attachment.",
    )
    attach_format: str = Field("json", title="Format of the file")
    attach_options: dict[str, Any] = Field({}, title="Format options")


class MailRunner:
    """Its output is ``{"to", "message_id"}``, once the mail server has taken the mail."""

    __slots__ = ("_attach", "_config", "_name", "_subject", "_text", "_to", "mode", "timeout_s")

    def __init__(self, config: MailConfig, attach: Write | None) -> None:
        self._config = config
        self.mode = config.mode or Mode.AT_LEAST_ONCE
        self.timeout_s = config.timeout_s or 20.0
        self._to: tuple[Fill, ...] = tuple(
            compile_line(text, {}, f"config.to[{number}]") for number, text in enumerate(config.to)
        )
        self._subject = compile_line(config.subject, {}, "config.subject")
        self._text = compile_text(config.text, {}, "config.text")
        self._attach = attach
        self._name = compile_line(config.attach_name, {}, "config.attach_name")

    def request(self, scope: Scope, facts: RunFacts) -> MailCall:
        to = tuple(
            _address(fill(scope, facts).strip(), f"config.to[{number}]")
            for number, fill in enumerate(self._to)
        )
        attached = self._attach(scope, facts) if self._attach is not None else None
        return MailCall(
            to=to,
            subject=self._subject(scope, facts),
            text=self._text(scope, facts),
            attached=attached,
            attached_name=self._file_name(scope, facts) if attached is not None else "",
            attached_type=media_type(self._config.attach_format),
            mode=self.mode,
        )

    def _file_name(self, scope: Scope, facts: RunFacts) -> str:
        name = self._name(scope, facts)
        if not FILE_NAME.fullmatch(name):
            raise MappingError(
                "mail.file_name", "This cannot be the name of a file.", place="config.attach_name"
            )
        return name

    def response(self, status: int, headers: Mapping[str, str], body: bytes) -> StepOutput:  # noqa: ARG002
        to: list[Value] = [*headers.get("to", "").split(", ")]
        return StepOutput({"to": to, "message_id": headers.get("message-id", "")})


def _address(text: str, place: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise MappingError(
            "mail.address",
            "What stands here is not one e-mail address.",
            place=place,
            hint="One address for each line; letters outside ASCII are not possible.",
        )
    return text


class MailStep(StepKind[MailConfig]):
    kind = "send_mail"
    title = "Send mail"
    summary = "Sends a mail, with a file if you like."
    group = "call"
    effect = Effect.CALL
    Config = MailConfig

    @override
    def check(self, config: MailConfig, env: StepEnv) -> list[Problem]:
        problems = [*check_places(config.subject, {}, "subject"), *check_places(config.text, {}, "text")]
        for number, text in enumerate(config.to):
            place = f"to[{number}]"
            problems += check_places(text, {}, place)
            if "{" not in text:
                problems += _check_address(text, place, env)
        problems += check_places(config.attach_name, {}, "attach_name")
        if config.attach is not None:
            found = check_body(None, config.attach, config.attach_format, config.attach_options)
            problems += (_of_attachment(problem) for problem in found)
            if not config.attach_name:
                problems.append(
                    Problem("mail.file_name", "The file needs a name.", "attach_name", "order.csv")
                )
        if env.mail_domains is None:
            problems.append(
                Problem(
                    "mail.not_set_up",
                    "This installation has no mail server.",
                    "",
                    "The operator sets SEVENM_SMTP_URL; until then such runs become dead letters.",
                    severity="warning",
                )
            )
        return problems

    @override
    def typed(self, config: MailConfig, env: StepEnv, scope: Schema) -> Typed:
        fields = (
            SchemaField("to", Type.TEXT, required=True, repeats=True),
            SchemaField("message_id", Type.TEXT, required=True),
        )
        problems = [_of_attachment(problem) for problem in fit_body(None, config.attach, scope)]
        return Typed({NEXT: object_schema(fields)}, problems)

    @override
    def compile(self, config: MailConfig, env: StepEnv) -> MailRunner:
        if config.attach is None:
            return MailRunner(config, None)
        pick = compile_op(config.attach, "config.attach")
        encode = encoder(config.attach_format, config.attach_options)
        return MailRunner(config, lambda scope, facts: _bytes(pick(scope, facts), encode))


def _bytes(value: Value, encode: Encode) -> bytes | None:
    """Write the attachment; no value is none."""
    if value is None or isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else encode(value)


def _check_address(text: str, place: str, env: StepEnv) -> list[Problem]:
    if not ADDRESS.fullmatch(text):
        return [Problem("mail.address", f"“{text}” is not one e-mail address.", place)]
    if env.mail_domains and text.rpartition("@")[2].lower() not in env.mail_domains:
        known = ", ".join(env.mail_domains)
        return [Problem("mail.domain", "Mail may not go to this domain.", place, f"It may go to {known}.")]
    return []


_ATTACHED: Final = {"value": "attach", "format": "attach_format", "options": "attach_options"}


def _of_attachment(problem: Problem) -> Problem:
    """Say a problem of a body with the places of the attachment."""
    name = re.match(r"\w*", problem.place)
    first = name.group() if name else ""
    return Problem(
        problem.code,
        problem.message,
        join(_ATTACHED.get(first, "attach"), problem.place[len(first) :].lstrip(".")),
        problem.hint,
        problem.severity,
    )


STEP = MailStep()
