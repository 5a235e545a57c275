"""Sends an HL7 message over MLLP and waits for its acknowledgement; the engine sends it, guarded."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field
from typing_extensions import override

from integrations.delivery.retry import Mode
from integrations.errors import InputError, Problem, RefusedError, UnavailableError
from integrations.flows.documents import (
    as_bytes,
    check_document,
    control_numbers,
    enveloped_encoder,
    message_decoder,
    options_of,
)
from integrations.flows.expressions import Evaluate, Op, check_op, compile_op, fit_op
from integrations.flows.steps.context import (
    NEXT,
    CallConfig,
    Effect,
    MllpCall,
    RunFacts,
    Scope,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    object_schema,
)
from integrations.formats.codec import Limits
from integrations.formats.hl7.reception import control_id_of, verdict_of
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

ANSWER_MAX: Final = 1 << 20
_LINE_END = re.compile(r"\r?\n")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


class SendConfig(CallConfig):
    host: str = Field(min_length=1, max_length=253, title="Host", description="Name or address.")
    port: int = Field(ge=1, le=65535, title="Port")
    tls: bool = Field(default=False, title="TLS", description="The host shows a certificate that we check.")
    value: Op = Field(title="Message", description="An HL7 record; text or bytes are sent as they are.")
    partner: str = Field(
        "",
        title="Partner",
        description="Who gets it: the partner's own options and control numbers are used. Empty for none.",
    )
    options: dict[str, Any] = Field({}, title="HL7 options")
    at_once: int = Field(
        1,
        ge=1,
        le=50,
        title="Messages at once",
        description="To this host and port. 1 keeps them one after the other.",
    )


class SendRunner:
    """Its output is ``{"code": "AA", "control_id", "body"}``, the body being the acknowledgement."""

    __slots__ = ("_config", "_counters", "_decode", "_encode", "_value", "mode", "timeout_s")

    def __init__(self, config: SendConfig, options: Mapping[str, Any]) -> None:
        self._config = config
        self.mode = config.mode or Mode.AT_LEAST_ONCE
        self.timeout_s = config.timeout_s or 30.0
        self._value: Evaluate = compile_op(config.value, "config.value")
        self._encode = enveloped_encoder("hl7", options)
        self._decode = message_decoder("hl7", {**options, "message": ""}, Limits(max_bytes=ANSWER_MAX))
        self._counters = (config.partner, "hl7")

    def request(self, scope: Scope, facts: RunFacts) -> MllpCall:
        value = self._value(scope, facts)
        if isinstance(value, str):
            value = _LINE_END.sub(
                "\r", value
            )  # what a person typed or a file held: HL7 ends segments with CR
        message = as_bytes(value)
        if message is None:
            numbers = control_numbers(facts, *self._counters)
            message = self._encode(value, numbers, facts.now)
        config = self._config
        return MllpCall(
            config.host, config.port, message, control_id_of(message), config.tls, config.at_once, self.mode
        )

    def response(self, status: int, headers: Mapping[str, str], body: bytes) -> StepOutput:  # noqa: ARG002
        """Read the acknowledgement. Raises RefusedError; UnavailableError for that of another message."""
        try:
            record = self._decode(body)
        except InputError as error:
            raise _no_answer(
                "mllp.bad_answer", "The receiver answered with something that is not HL7."
            ) from error
        verdict = verdict_of(record) if isinstance(record, dict) else None
        if verdict is None:
            raise _no_answer(
                "mllp.bad_answer", "The receiver answered with something that acknowledges nothing."
            )
        if verdict.control_id != headers.get("control-id", ""):
            raise _no_answer("mllp.other_answer", "The receiver acknowledged another message than was sent.")
        if not verdict.is_good:
            raise RefusedError(
                f"mllp.refused_{verdict.code.lower()}",
                f"The receiver answered {verdict.code}{verdict.reason}.",
                hint="The run page shows all of its answer. Correct the data or the flow, then replay.",
            )
        return StepOutput({"code": verdict.code, "control_id": verdict.control_id, "body": record})


def _no_answer(code: str, message: str) -> UnavailableError:
    return UnavailableError(code, message, sent=True)


class SendStep(StepKind[SendConfig]):
    kind = "mllp_send"
    title = "Send HL7 over MLLP"
    summary = "Sends a message to a hospital system and waits for its acknowledgement."
    group = "call"
    effect = Effect.CALL
    Config = SendConfig

    @override
    def check(self, config: SendConfig, env: StepEnv) -> list[Problem]:
        problems = [
            *check_op(config.value, "value"),
            *check_document(env, config.partner, "hl7", config.options),
        ]
        if not _HOST.fullmatch(config.host):
            problems.append(Problem("mllp.host", "This is not the name or address of a host.", "host"))
        if config.mode is Mode.IDEMPOTENT:
            problems.append(
                Problem(
                    "mllp.idempotent",
                    "Whether a repeated message is recognised depends on the receiver's use of MSH-10.",
                    "mode",
                    "Be sure that it drops a control id that it has seen.",
                    severity="info",
                )
            )
        return problems

    @override
    def typed(self, config: SendConfig, env: StepEnv, scope: Schema) -> Typed:
        fields = (
            SchemaField("code", Type.TEXT, required=True),
            SchemaField("control_id", Type.TEXT, required=True),
            SchemaField("body", Type.ANY, required=True),
        )
        return Typed({NEXT: object_schema(fields)}, fit_op(config.value, scope, "value").problems)

    @override
    def compile(self, config: SendConfig, env: StepEnv) -> SendRunner:
        return SendRunner(config, options_of(env, config.partner, "hl7", config.options))


STEP = SendStep()
