"""Starts a run for each request to the flow's hook address."""

from dataclasses import replace
from typing import Any, Literal

from pydantic import Field
from typing_extensions import override

from integrations.errors import ConfigError, Problem
from integrations.flows.documents import RAW, check_format, decoder, document_schema
from integrations.flows.steps.context import (
    NEXT,
    Document,
    Effect,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    Value,
    object_schema,
)
from integrations.formats.codec import Limits
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type


class WebhookConfig(StepConfig):
    auth: Literal["api_key", "signature"] = Field(
        "api_key",
        title="Who may call",
        description="A caller with an API key of yours, or a vendor that signs its webhooks.",
    )
    connection: str = Field(
        "",
        title="Connection",
        description="The vendor's connection: its connector says how webhooks are signed.",
        json_schema_extra={"format": "connection"},
    )
    format: str = Field(
        "json",
        title="Format",
        description="What the body is written in; “raw” hands on its bytes, for a later step to read.",
    )
    options: dict[str, Any] = Field({}, title="Format options")
    headers: tuple[str, ...] = Field(
        (),
        max_length=20,
        title="Headers to keep",
        description="Names of request headers that the flow needs.",
    )
    max_bytes: int = Field(1 << 20, ge=1, le=10 << 20, title="Largest body", description="In bytes.")
    idempotency_header: str = Field(
        "",
        max_length=100,
        title="Message id header",
        description="The vendor's header with a unique id; a second delivery of it gets the first answer.",
    )


class WebhookRunner:
    """config: for the ingress, before there is a run. connector: whose signature scheme is used, or ""."""

    __slots__ = ("_decode", "_headers", "config", "connector")

    def __init__(self, config: WebhookConfig, connector: str) -> None:
        self.config = config
        self.connector = connector
        self._headers = tuple(dict.fromkeys(name.lower() for name in config.headers))
        self._decode = decoder(config.format, config.options, Limits(max_bytes=config.max_bytes))

    @property
    def headers(self) -> tuple[str, ...]:
        """Lower-case names of the request headers to keep with the document."""
        return self._headers

    def receive(self, document: Document) -> StepOutput:
        found = document.headers
        headers: dict[str, Value] = {name: found[name] for name in self._headers if name in found}
        query: dict[str, Value] = dict(document.query)
        return StepOutput({"body": self._decode(document.body), "headers": headers, "query": query})


class WebhookTrigger(StepKind[WebhookConfig]):
    kind = "webhook_trigger"
    title = "Webhook"
    summary = "Starts a run for each request to the flow's address."
    group = "trigger"
    effect = Effect.TRIGGER
    Config = WebhookConfig

    @override
    def check(self, config: WebhookConfig, env: StepEnv) -> list[Problem]:
        problems = [] if config.format == RAW else check_format(config.format, config.options)
        if config.auth == "signature" and not config.connection:
            problems.append(
                Problem(
                    "webhook.no_connection",
                    "A signed webhook needs the connection whose connector says how it is signed.",
                    "connection",
                )
            )
        elif config.auth == "signature":
            try:
                _connector(config, env)
            except ConfigError as error:
                problems.append(Problem(error.code, error.message, "connection", error.hint))
        return problems

    @override
    def typed(self, config: WebhookConfig, env: StepEnv, scope: Schema) -> Typed:
        body = document_schema(config.format, config.options)
        kept = dict.fromkeys(name.lower() for name in config.headers)
        fields = (
            replace(body.root, name="body", required=True),
            SchemaField(
                "headers", Type.OBJECT, required=True, fields=tuple(SchemaField(n, Type.TEXT) for n in kept)
            ),
            SchemaField("query", Type.OBJECT, required=True, is_open=True),
        )
        return Typed({NEXT: object_schema(fields, body.definitions)})

    @override
    def compile(self, config: WebhookConfig, env: StepEnv) -> WebhookRunner:
        return WebhookRunner(config, _connector(config, env) if config.auth == "signature" else "")


def _connector(config: WebhookConfig, env: StepEnv) -> str:
    return env.connection(config.connection).connector


STEP = WebhookTrigger()
