"""Starts a run for each HL7 message that arrives over MLLP on a port of this installation."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from integrations.errors import ConfigError, Problem
from integrations.flows.documents import (
    RAW,
    check_document,
    document_schema,
    message_decoder,
    options_of,
    record_schema,
)
from integrations.flows.steps.context import (
    NEXT,
    UNKNOWN,
    Document,
    Effect,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    object_schema,
)
from integrations.formats.codec import Limits, parse_options
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.reception import Reception
from integrations.formats.registry import codec
from integrations.schema.model import Schema

Network = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


class MllpConfig(StepConfig):
    port: int = Field(ge=1, le=65535, title="Port", description="One of those that the operator opened.")
    networks: tuple[str, ...] = Field(
        (),
        max_length=100,
        title="Who may connect",
        description="Networks such as 10.20.0.0/16. Empty: programs on this machine only.",
    )
    answer: Literal["commit", "application"] = Field(
        "commit",
        title="Acknowledge",
        description=(
            "“commit”: AA (CA) as soon as the message is safely stored; “application”: when the run has "
            "ended, AE or AR if it failed."
        ),
    )
    format: Literal["hl7", "raw"] = Field(
        "hl7",
        title="Give on",
        description="The message read, or “raw”: as it came, for a later step to read.",
    )
    partner: str = Field(
        "", title="Partner", description="Who sends: the partner's own options are used. Empty for none."
    )
    options: dict[str, Any] = Field({}, title="HL7 options")
    max_bytes: int = Field(1 << 20, ge=1, le=10 << 20, title="Largest message", description="In bytes.")
    idle_s: int = Field(
        600,
        ge=5,
        le=86_400,
        title="Close when silent",
        description="Seconds without a message after which the connection is closed.",
    )
    repeats: Literal["known", "new"] = Field(
        "known",
        title="Repeated messages",
        description=(
            "“known”: a message that is sent again (sender and control id, MSH-3, 4 and 10) gets the first "
            "answer and no second run; “new”: each is a run."
        ),
    )


class MllpRunner:
    """config: for the door. reception: judges and answers what arrives there. networks: who may connect."""

    __slots__ = ("_decode", "config", "headers", "networks", "reception")

    def __init__(self, config: MllpConfig, options: Mapping[str, Any]) -> None:
        self.config = config
        self.headers: tuple[str, ...] = ()
        self.networks = tuple(map(ip_network, config.networks)) or LOOPBACK
        limits = Limits(max_bytes=config.max_bytes)
        parsed = parse_options(codec("hl7"), options)
        if not isinstance(parsed, Hl7Options):
            raise TypeError("the format hl7 has options of its own class")
        self.reception = Reception(parsed, limits, is_final=config.answer == "application")
        self._decode = message_decoder(config.format, options, limits)

    def receive(self, document: Document) -> StepOutput:
        return StepOutput({"body": self._decode(document.body)})


class MllpTrigger(StepKind[MllpConfig]):
    kind = "mllp_trigger"
    title = "HL7 over MLLP"
    summary = "Listens on a port and starts a run for each HL7 message."
    group = "trigger"
    effect = Effect.TRIGGER
    Config = MllpConfig

    @override
    def check(self, config: MllpConfig, env: StepEnv) -> list[Problem]:
        problems = check_document(env, config.partner, "hl7", config.options)
        if not any(config.port in ports for ports in env.mllp_ports):
            problems.append(_closed(config.port, env.mllp_ports))
        for number, text in enumerate(config.networks):
            try:
                ip_network(text)
            except ValueError:
                message = "This is not a network such as 10.20.0.0/16."
                problems.append(Problem("mllp.network", message, f"networks[{number}]"))
        if config.answer == "application" and env.settings.reply != "sync":
            problems.append(
                Problem(
                    "mllp.nobody_waits",
                    "The sender is to wait for the outcome, but the flow answers at once.",
                    "answer",
                    "Set the flow's answer to synchronous, or acknowledge with “commit”.",
                )
            )
        return problems

    @override
    def typed(self, config: MllpConfig, env: StepEnv, scope: Schema) -> Typed:
        options = options_of(env, config.partner, "hl7", config.options)
        body = document_schema(RAW, {}) if config.format == RAW else record_schema("hl7", options) or UNKNOWN
        field = replace(body.root, name="body", required=True)
        return Typed({NEXT: object_schema([field], body.definitions)})

    @override
    def compile(self, config: MllpConfig, env: StepEnv) -> MllpRunner:
        try:
            return MllpRunner(config, options_of(env, config.partner, "hl7", config.options))
        except ValueError as error:
            raise ConfigError("mllp.network", "A network is not valid.", place="config.networks") from error


def _closed(port: int, allowed: tuple[range, ...]) -> Problem:
    if not allowed:
        hint = "The operator opens ports with SEVENM_MLLP_PORTS."
    else:
        spans = (f"{ports[0]}-{ports[-1]}" if len(ports) > 1 else str(ports[0]) for ports in allowed)
        hint = f"Open are {', '.join(spans)}."
    return Problem("mllp.port_closed", f"Flows may not listen on port {port} here.", "port", hint)


STEP = MllpTrigger()
