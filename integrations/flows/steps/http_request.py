"""Calls any address; the engine sends it through the egress guard."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import override

from integrations.delivery.retry import Mode
from integrations.errors import ConfigError, Problem
from integrations.flows.addresses import (
    Fill,
    check_header,
    check_places,
    check_url,
    compile_header,
    compile_url,
)
from integrations.flows.answers import body_value, decode_json, failure
from integrations.flows.bodies import Write, check_body, compile_body, fit_body
from integrations.flows.documents import media_type
from integrations.flows.expressions import Op, Plan, check_op, fit_op
from integrations.flows.steps.context import (
    NEXT,
    CallConfig,
    Effect,
    HttpCall,
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

FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w{0,60}$")]


class HttpConfig(CallConfig):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = Field("POST", title="Method")
    url: str = Field(
        min_length=1,
        max_length=2000,
        title="Address",
        description="Places to fill stand in braces: https://api.example.com/orders/{order.body.id}",
    )
    fields: dict[FieldName, Op] = Field(
        {}, max_length=50, title="Fields", description="Values for the braces that need more than a path."
    )
    headers: dict[str, str] = Field({}, max_length=50, title="Headers", description="Braces work here too.")
    body: Plan | None = Field(None, title="Body by rules", description="A mapping that makes the body.")
    value: Op | None = Field(None, title="Body as it is", description="One value; text is sent unchanged.")
    format: str = Field("json", title="Body format")
    options: dict[str, Any] = Field({}, title="Format options")
    connection: str = Field(
        "",
        title="Connection",
        description="Its credentials are used, on its own hosts only. Empty for an open address.",
        json_schema_extra={"format": "connection"},
    )
    response: Literal["auto", "json", "text", "none"] = Field("auto", title="Read the answer as")
    accept: tuple[Annotated[int, Field(ge=300, le=499)], ...] = Field(
        (), max_length=20, title="Also a success", description="Statuses besides 2xx, such as 404."
    )
    keep_headers: tuple[str, ...] = Field((), max_length=20, title="Answer headers to keep")
    idempotency_header: str = Field(
        "",
        title="Idempotency header",
        description="Where the stable key goes, if the destination honours one: Idempotency-Key.",
    )


class HttpRunner:
    __slots__ = ("_body", "_call", "_config", "_constant", "_headers", "_keep", "_url", "mode", "timeout_s")

    def __init__(self, config: HttpConfig, connection_id: UUID | None, connector: str) -> None:
        self._config = config
        self.mode = _mode(config)
        self.timeout_s = config.timeout_s or 10.0
        self._keep = tuple(name.lower() for name in config.keep_headers)
        self._url = compile_url(config.url, config.fields)
        headers = (
            {"content-type": media_type(config.format)} if config.body or config.value is not None else {}
        )
        headers |= {name.lower(): text for name, text in config.headers.items()}
        self._headers: tuple[tuple[str, Fill], ...] = tuple(
            (name, compile_header(text, config.fields, f"config.headers.{name}"))
            for name, text in headers.items()
        )
        self._constant = headers if not any("{" in text for text in headers.values()) else None
        self._body: Write = compile_body(config.body, config.value, config.format, config.options)
        self._call = (connection_id, connector)

    def request(self, scope: Scope, facts: RunFacts) -> HttpCall:
        config = self._config
        connection_id, connector = self._call
        headers = self._constant
        if headers is None:
            headers = {name: fill(scope, facts) for name, fill in self._headers}
        return HttpCall(
            connector=connector,
            operation="",
            method=config.method,
            connection_id=connection_id,
            url=self._url(scope, facts),
            headers=headers,
            body=self._body(scope, facts),
            timeout_s=self.timeout_s,
            mode=self.mode,
            idempotency_header=config.idempotency_header,
        )

    def response(self, status: int, headers: Mapping[str, str], body: bytes) -> StepOutput:
        config = self._config
        if not 200 <= status < 300 and status not in config.accept:
            raise failure(status, headers, "The destination")
        kept: dict[str, Value] = {name: headers[name] for name in self._keep if name in headers}
        return StepOutput({"status": status, "headers": kept, "body": self._read(headers, body)})

    def _read(self, headers: Mapping[str, str], body: bytes) -> Value:
        match self._config.response:
            case "auto":
                return body_value(headers, body)
            case "json":
                return decode_json(body)
            case "text":
                return body.decode("utf-8", "replace")
            case "none":
                return None


class HttpStep(StepKind[HttpConfig]):
    kind = "http"
    title = "HTTP request"
    summary = "Calls any address."
    group = "call"
    effect = Effect.CALL
    Config = HttpConfig

    @override
    def check(self, config: HttpConfig, env: StepEnv) -> list[Problem]:
        problems = check_url(config.url, config.fields)
        for name, op in config.fields.items():
            problems += check_op(op, f"fields.{name}")
        for name, text in config.headers.items():
            problems += check_header(name, f"headers.{name}")
            problems += check_places(text, config.fields, f"headers.{name}")
        if config.idempotency_header:
            problems += check_header(config.idempotency_header, "idempotency_header")
        elif config.mode is Mode.IDEMPOTENT and config.method not in {"GET", "PUT", "DELETE", "HEAD"}:
            problems.append(
                Problem(
                    "http.no_key",
                    "The destination can only recognise a repeated call by a key.",
                    "idempotency_header",
                    "Name the header it honours, or choose “at least once”.",
                )
            )
        problems += check_body(config.body, config.value, config.format, config.options)
        if config.connection:
            try:
                env.connection(config.connection)
            except ConfigError as error:
                problems.append(Problem(error.code, error.message, "connection", error.hint))
        return problems

    @override
    def typed(self, config: HttpConfig, env: StepEnv, scope: Schema) -> Typed:
        problems = fit_body(config.body, config.value, scope)
        for name, op in config.fields.items():
            problems += fit_op(op, scope, f"fields.{name}").problems
        fields = (
            SchemaField("status", Type.INTEGER, required=True),
            SchemaField("headers", Type.OBJECT, required=True, is_open=True),
            SchemaField("body", Type.ANY, required=True, nullable=True),
        )
        return Typed({NEXT: object_schema(fields)}, problems)

    @override
    def compile(self, config: HttpConfig, env: StepEnv) -> HttpRunner:
        if not config.connection:
            return HttpRunner(config, None, "")
        connection = env.connection(config.connection)
        return HttpRunner(config, connection.id, connection.connector)


def _mode(config: HttpConfig) -> Mode:
    if config.mode is not None:
        return config.mode
    if config.idempotency_header or config.method in {"GET", "HEAD"}:
        return Mode.IDEMPOTENT
    return Mode.AT_LEAST_ONCE


STEP = HttpStep()
