"""What can be asked of the service: method, path, typed fields, and what happens when it is asked twice."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from integrations.connectors.manifest.fields import (
    FieldMap,
    FieldSpec,
    JsonSchema,
    Model,
    json_schema,
    read_field,
)
from integrations.connectors.manifest.twin import Behaviour
from integrations.delivery.retry import Mode

OperationKind: TypeAlias = Literal["list", "get", "create", "update", "delete", "search", "action"]
Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


class Param(FieldSpec):
    """A value of the path, the query or a header. repeat: a list is sent as several values."""

    location: Annotated[Literal["path", "query", "header"], Field(alias="in")] = "query"
    repeat: bool = False


ParamMap: TypeAlias = dict[str, Annotated[Param, BeforeValidator(read_field)]]


class IdempotencyKey(Model):
    """Where the service takes the caller's key for safe repeats. memory_h: hours it remembers one."""

    location: Annotated[Literal["header", "body", "query"], Field(alias="in")]
    name: str
    memory_h: int | None = None


class DeliveryMode(Model):
    """What the service does with the same call twice.

    key: the field that makes a repeat safe. natural: places in the body that identify the effect by
    themselves, such as a document's own number; where the mode is ``idempotent`` without a key, a repeat
    with the same ones changes nothing more.
    """

    mode: Mode = Mode.AT_LEAST_ONCE
    key: IdempotencyKey | None = None
    natural: tuple[str, ...] = ()


_SAFE = DeliveryMode(mode=Mode.IDEMPOTENT)


class Operation(Model):
    """One operation. items: where a list stands in the answer. id_field: what identifies an item.

    success: the status of a good answer. timeout_s: deadline of the whole call.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    summary: str = ""
    kind: OperationKind
    method: Method
    path: Annotated[str, Field(pattern=r"^/")]
    params: ParamMap = {}
    body: FieldMap = {}
    response: FieldMap = {}
    success: int = 200
    items: str = ""
    id_field: str = ""
    paginated: bool = False
    delivery: DeliveryMode | None = None
    timeout_s: float = 10.0
    fixed_headers: dict[str, str] = {}
    twin: Behaviour = Behaviour()

    @model_validator(mode="after")
    def _complete(self) -> "Operation":
        names = {part[1:-1] for part in self.path.split("/") if part.startswith("{") and part.endswith("}")}
        loose = {name for name in names if name in self.params and self.params[name].location != "path"}
        if loose:
            raise ValueError(f"{self.key}: declared outside the path: {', '.join(sorted(loose))}")
        if self.method in {"GET", "HEAD"} and self.body:
            raise ValueError(f"{self.key}: a {self.method} has no body")
        if self.paginated and not self.items:
            raise ValueError(f"{self.key}: says it has pages but not where the items are")
        if self.method not in {"GET", "HEAD"} and self.delivery is None:
            raise ValueError(f"{self.key}: says nothing about being sent twice (delivery)")
        return self

    @property
    def sent_twice(self) -> DeliveryMode:
        """What a repeat does; reads are always safe to repeat."""
        return self.delivery or _SAFE

    @property
    def mode(self) -> Mode:
        return self.sent_twice.mode

    @property
    def idempotency_header(self) -> str:
        key = self.sent_twice.key
        return key.name if key is not None and key.location == "header" else ""

    @cached_property
    def body_schema(self) -> JsonSchema:
        """JSON Schema of the body."""
        return json_schema(self.body)

    @cached_property
    def response_schema(self) -> JsonSchema:
        """JSON Schema of a good answer."""
        return json_schema(self.response)

    def params_in(self, location: str) -> Mapping[str, Param]:
        return {name: param for name, param in self.params.items() if param.location == location}
