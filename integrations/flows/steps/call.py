"""Calls an operation of a connector over one of the tenant's connections."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

from pydantic import Field as Setting
from typing_extensions import override

from integrations.connectors import answers
from integrations.connectors.schemas import answer_schema, request_schema
from integrations.errors import (
    ConfigError,
    MappingError,
    Problem,
)
from integrations.flows.answers import body_value
from integrations.flows.expressions import Evaluate, Plan, check_plan, compile_map, fit_plan
from integrations.flows.steps.context import (
    NEXT,
    UNKNOWN,
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
from integrations.schema.model import Field, Schema, Type

if TYPE_CHECKING:
    from integrations.connectors.manifest import Manifest, Operation

PARTS = ("path", "query", "header", "body")
_TOLD = frozenset({"mapping.required_target", "mapping.may_be_missing"})


class OperationConfig(CallConfig):
    connector: str = Setting(title="Connector", json_schema_extra={"format": "connector"})
    operation: str = Setting(title="Operation", json_schema_extra={"format": "operation"})
    connection: str = Setting(
        title="Connection",
        description="Whose account is used.",
        json_schema_extra={"format": "connection"},
    )
    input: Plan | None = Setting(
        None,
        title="Input",
        description="Rules that fill path, query, header and body of the call.",
    )
    accept: tuple[Annotated[int, Setting(ge=300, le=499)], ...] = Setting(
        (), max_length=20, title="Also a success", description="Statuses besides 2xx, such as 404."
    )


class OperationRunner:
    """Its output is ``{"status", "body"}``, the body as the connector's answer holds it."""

    __slots__ = ("_accept", "_connection_id", "_input", "_manifest", "_operation", "mode", "timeout_s")

    def __init__(
        self, config: OperationConfig, manifest: "Manifest", connection_id: UUID, fill: Evaluate | None
    ) -> None:
        self._manifest = manifest
        self._operation = manifest.operation(config.operation)
        self._connection_id = connection_id
        self._input = fill
        self._accept = frozenset(config.accept)
        self.mode = config.mode or self._operation.mode
        self.timeout_s = config.timeout_s or self._operation.timeout_s

    def request(self, scope: Scope, facts: RunFacts) -> HttpCall:
        operation = self._operation
        made = self._input(scope, facts) if self._input is not None else {}
        parts = cast("dict[str, Value]", made)
        return HttpCall(
            connector=self._manifest.key,
            operation=operation.key,
            method=operation.method,
            connection_id=self._connection_id,
            path_params=_group(parts, "path"),
            query=_group(parts, "query"),
            headers={name: str(value) for name, value in _group(parts, "header").items()},
            body=parts.get("body"),
            timeout_s=self.timeout_s,
            mode=self.mode,
            idempotency_header=operation.idempotency_header,
        )

    def response(self, status: int, headers: Mapping[str, str], body: bytes) -> StepOutput:
        if status in self._accept:
            return StepOutput({"status": status, "body": body_value(headers, body)})
        value = answers.read(self._manifest, self._operation, status, headers, body)
        return StepOutput({"status": status, "body": value})


def _group(parts: Mapping[str, Value], name: str) -> dict[str, Value]:
    found = parts.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise MappingError("call.not_an_object", f"“{name}” is filled field by field.", place="config.input")
    return found


class CallStep(StepKind[OperationConfig]):
    kind = "call"
    title = "Call a connector"
    summary = "Calls an operation of a connected service."
    group = "call"
    effect = Effect.CALL
    Config = OperationConfig

    @override
    def check(self, config: OperationConfig, env: StepEnv) -> list[Problem]:
        problems = check_plan(config.input, "input") if config.input is not None else []
        try:
            connection = env.connection(config.connection)
        except ConfigError as error:
            problems.append(Problem(error.code, error.message, "connection", error.hint))
        else:
            if connection.connector != config.connector:
                message = f"The connection “{connection.name}” is one of {connection.connector}."
                problems.append(Problem("call.other_connector", message, "connection"))
        try:
            manifest = env.connector(config.connector)
        except ConfigError as error:
            return [*problems, Problem(error.code, error.message, "connector", error.hint)]
        try:
            operation = manifest.operation(config.operation)
        except ConfigError as error:
            return [*problems, Problem(error.code, error.message, "operation", error.hint)]
        return [*problems, *_unfilled(operation, config.input)]

    @override
    def typed(self, config: OperationConfig, env: StepEnv, scope: Schema) -> Typed:
        operation = env.connector(config.connector).operation(config.operation)
        answer = answer_schema(operation)
        body = UNKNOWN.root if config.accept else answer.root
        fields = (
            Field("status", Type.INTEGER, required=True),
            replace(body, name="body", required=True, nullable=True),
        )
        outputs = {NEXT: object_schema(fields, answer.definitions)}
        if config.input is None:
            return Typed(outputs)
        found = fit_plan(config.input, scope, request_schema(operation), "input")
        # What no rule fills is told by `check`, once and as a warning.
        problems = [problem for problem in found.problems if problem.code not in _TOLD]
        return Typed(outputs, problems)

    @override
    def compile(self, config: OperationConfig, env: StepEnv) -> OperationRunner:
        connection = env.connection(config.connection)
        manifest = env.connector(connection.connector)
        fill = compile_map(config.input, "config.input") if config.input is not None else None
        return OperationRunner(config, manifest, connection.id, fill)


def _unfilled(operation: "Operation", plan: Plan | None) -> list[Problem]:
    """Find required fields of the path, query and body that no rule fills."""
    filled = _targets((plan or {}).get("rules", []))
    wanted = {f"{param.location}.{name}": param.required for name, param in operation.params.items()}
    wanted |= {f"path.{name}": True for name in operation.params_in("path")}
    wanted |= {f"body.{path}": field.required for path, field in operation.body.items()}
    return [
        Problem(
            "call.unfilled",
            f"“{path}” is required by {operation.title} and no rule fills it.",
            "input",
            "Add a rule for it.",
            severity="warning",
        )
        for path, required in wanted.items()
        if required and not _is_filled(path, filled)
    ]


def _is_filled(path: str, filled: set[str]) -> bool:
    """Tell whether a rule fills it, something it is a part of, or a part of it."""
    path = path.replace("[]", "")
    return any(
        path == target or path.startswith(f"{target}.") or target.startswith(f"{path}.") for target in filled
    )


def _targets(rules: object, before: str = "") -> set[str]:
    """Collect the paths that rules fill whole; a loop fills what its own rules fill."""
    found: set[str] = set()
    for rule in rules if isinstance(rules, list) else ():
        to = rule.get("to") if isinstance(rule, dict) else None
        path = ".".join(map(str, to)) if isinstance(to, list) else str(to or "")
        path = f"{before}.{path}" if before and path else before or path
        path = path.replace("[]", "")
        found |= _targets(rule["rules"], path) if "rules" in rule else {path}
    return found


STEP = CallStep()
