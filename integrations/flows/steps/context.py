"""What a step kind is, and what it may know: the contract between the steps and the engine that runs them.

A step kind is one module of this folder with one instance `STEP`, named by one line in `registry.py`. Its
config model gives the form, the validation and the defaults. `compile` turns a config into a *runner* once
per flow version; runners hold no state of a run and are called concurrently.

    Effect.TRIGGER  TriggerRunner.receive      the accepted document → the first output
    Effect.NONE     PureRunner.run             scope → output; recomputed after a crash; no I/O
    Effect.CALL     CallRunner.request         scope → HttpCall, …; the ENGINE sends, retries, records
                    CallRunner.response        the answer → output, or RefusedError / UnavailableError
    Effect.LOOP     LoopRunner.items           scope → the items that go one by one through port "each"
    Effect.ASK      AskRunner.ask              scope → Pause, Question, Once, Collect; the ENGINE keeps a row
    Effect.PARALLEL ParallelRunner.branches    the ports whose regions are walked at the same time
    Effect.FLOW     FlowRunner.document        scope → what another flow is run with, inside this run
    Effect.HANDLER  HandlerRunner.then         starts a path of its own after a final failure

The *scope* is ``{step key: that step's output}``. Inside a for-each its key holds
``{"item": …, "index": n}``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integrations.delivery.retry import Mode
from integrations.errors import FlowError, Problem
from integrations.flows.asks import Ask
from integrations.formats.codec import Value
from integrations.graph.flow import ERROR, NEXT, Flow, Settings
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

if TYPE_CHECKING:
    from integrations.connectors.manifest import Manifest

__all__ = ["ERROR", "NEXT", "Value"]

Scope: TypeAlias = dict[str, Value]

UNKNOWN: Final = Schema(SchemaField("", Type.ANY, nullable=True))
"""Of a value that may be anything."""


def object_schema(
    fields: Iterable[SchemaField], definitions: Mapping[str, SchemaField] | None = None
) -> Schema:
    """Give the schema of a step's output that has these fields for sure, and no others."""
    return Schema(SchemaField("", Type.OBJECT, required=True, fields=tuple(fields)), definitions or {})


class Effect(StrEnum):
    """What the engine does with a step; chooses the runner protocol."""

    TRIGGER = "trigger"
    NONE = "none"
    CALL = "call"
    LOOP = "loop"
    ASK = "ask"
    PARALLEL = "parallel"
    FLOW = "flow"
    HANDLER = "handler"


@dataclass(frozen=True, slots=True)
class Document:
    """What the trigger gets: the accepted bytes and what came with them.

    headers: lower-case names, only those the trigger selected. name: the file's name, the schedule's or "".
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


class Books(Protocol):
    """What the engine keeps for pure steps: numbers without gaps, and what came back for them.

    The same run asking from the same step and place gets the same answer, however often it is computed.
    """

    def number(self, counter: str, place: str) -> int:
        """Take the next number of a counter. place: which of the step's numbers this is."""
        ...

    def settle(self, counter: str, number: int, verdict: str, reason: str) -> UUID | None:
        """Note what a receiver said of what was sent under a number; give the run that sent it."""
        ...


class NoBooks:
    """The books of previews and checks: every number is 1, and nothing was ever sent."""

    def number(self, counter: str, place: str) -> int:  # noqa: ARG002  the protocol's
        return 1

    def settle(self, counter: str, number: int, verdict: str, reason: str) -> UUID | None:  # noqa: ARG002
        return None


NO_BOOKS = NoBooks()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a step may know about its run.

    now: the time the run was accepted, the same in every retry and replay, so that pure steps repeat exactly.
    iteration: index in each for-each around the step, outermost first. lookups: the tenant's tables by name.
    """

    run_id: UUID
    tenant_id: UUID
    now: datetime
    iteration: tuple[int, ...] = ()
    attempt: int = 1
    is_replay: bool = False
    lookups: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    books: Books = NO_BOOKS


@dataclass(frozen=True, slots=True)
class Reply:
    """What the waiting caller gets. In an asynchronous flow it is kept and shown with the run."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Stop(StrEnum):
    """What a step ends early."""

    RUN = "run"
    ITEM = "iteration"


@dataclass(frozen=True, slots=True)
class Stopped:
    """What ends early, and why in words."""

    what: Stop
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepOutput:
    """value: stands in the scope under the step's key. port: the edge to follow; none there ends the path.

    reply: set by the respond step only; the last one of a run counts. stop: set by the stop step only.
    """

    value: Value
    port: str = NEXT
    reply: Reply | None = None
    stop: Stopped | None = None


@dataclass(frozen=True, slots=True)
class HttpCall:
    """What an effectful step asks the engine to do.

    A call of a connector's operation names `connector`, `operation` and `connection_id`, and gives
    `path_params`, `query`, `headers` and `body` as values: `connectors.request.build` makes the request.
    The http step gives `url` (absolute) and `body` as bytes; with a connection, its auth is applied. body
    None: no body. mode: what the destination does with a repeated call. idempotency_header: where the
    stable key goes, "" for none.
    """

    connector: str
    operation: str
    method: str
    connection_id: UUID | None = None
    url: str | None = None
    path_params: Mapping[str, Value] = field(default_factory=dict)
    query: Mapping[str, Value] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Value = None
    timeout_s: float = 10.0
    mode: Mode = Mode.AT_LEAST_ONCE
    idempotency_header: str = ""


@dataclass(frozen=True, slots=True)
class MllpCall:
    """A message to be sent over MLLP, and the acknowledgement waited for, instead of an HTTP exchange.

    at_once: calls that may be under way to this host and port, by each worker. The answer has status 0, the
    acknowledgement as its body, and the header ``control-id`` with what it must name.
    """

    host: str
    port: int
    message: bytes
    control_id: str
    is_tls: bool = False
    at_once: int = 1
    mode: Mode = Mode.AT_LEAST_ONCE
    connector: str = "mllp"
    operation: str = "send"


@dataclass(frozen=True, slots=True)
class MailCall:
    """A mail to be sent over the installation's mail server.

    attached: a file, None for none. The answer has status 250 and the headers ``to`` and ``message-id``.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    attached: bytes | None = None
    attached_name: str = ""
    attached_type: str = "application/octet-stream"
    mode: Mode = Mode.AT_LEAST_ONCE
    connector: str = "mail"
    operation: str = "send"


Call: TypeAlias = HttpCall | MllpCall | MailCall
"""What an effectful step asks for; the engine chooses the transport by the class."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a split file: an ``item`` becomes a run, ``header`` and ``trailer`` belong to the batch.

    document: the bytes to store and hand to `receive` later. number: of the item in the file, from 1.
    """

    kind: str
    number: int
    record: Value
    document: bytes


class TriggerRunner(Protocol):
    """Reads the accepted document; raises InputError when it is not what the trigger expects."""

    def receive(self, document: Document) -> StepOutput: ...


@runtime_checkable
class SplitRunner(TriggerRunner, Protocol):
    """A trigger of which one upload makes many runs."""

    def split(self, chunks: Iterable[bytes], name: str = "") -> Iterator[Part]:
        """Give the parts as they come, in O(part) memory. name: the file's. Raises InputError."""
        ...


@runtime_checkable
class ScheduleRunner(TriggerRunner, Protocol):
    """A trigger that fires by the clock."""

    def next_after(self, moment: datetime) -> datetime:
        """Give the first firing strictly after `moment`, aware UTC."""
        ...


class PureRunner(Protocol):
    """Computes; the same scope and facts give the same output. Raises SevenMError."""

    def run(self, scope: Scope, facts: RunFacts) -> StepOutput: ...


class CallRunner(Protocol):
    """Builds a call and reads its answer; sends nothing.

    mode: what its destination does with a repeated call. timeout_s: for one attempt.
    """

    mode: Mode
    timeout_s: float

    def request(self, scope: Scope, facts: RunFacts) -> Call: ...

    def response(self, status: int, headers: Mapping[str, str], body: bytes) -> StepOutput:
        """Decode the answer. Raises RefusedError, or UnavailableError (408, 425, 429, 5xx; with Retry-After).

        headers: lower-case names.
        """
        ...


class LoopRunner(Protocol):
    """Gives the items; the engine walks the body once for each, in order, from port "each"."""

    limit: int

    def items(self, scope: Scope, facts: RunFacts) -> list[Value]:
        """Give the items, at most `limit` of them (LimitError above)."""
        ...

    def enter(self, item: Value, index: int) -> Value:
        """Give what stands under the loop's key in the scope of one iteration."""
        ...

    def done(self, results: list[Value]) -> StepOutput:
        """Give the output for port "done". results: the output of the last step of each iteration."""
        ...


class AskRunner(Protocol):
    """Says what it waits for or has to know; the engine gives output and port (`flows.asks`)."""

    def ask(self, scope: Scope, facts: RunFacts) -> Ask: ...


class ParallelRunner(Protocol):
    """Names the ports whose regions are walked at the same time, each with a scope of its own."""

    branches: tuple[str, ...]

    def enter(self, branch: str) -> Value:
        """Give what stands under the step's key in the scope of one branch."""
        ...

    def done(self, results: Mapping[str, Value]) -> StepOutput:
        """Give the output for port "done". results: the output of the last step of each branch."""
        ...


class FlowRunner(Protocol):
    """Hands a document to another flow; `CompiledStep.inner` is that flow."""

    def document(self, scope: Scope, facts: RunFacts) -> Value: ...

    def result(self, value: Value, reply: Reply | None) -> StepOutput:
        """Give the output. value: of the flow's last step. reply: its answer where it gave one."""
        ...


class HandlerRunner(Protocol):
    """Says what becomes of the run after the path behind the error handler."""

    then: Literal["fail", "succeed"]


Runner: TypeAlias = (
    TriggerRunner
    | PureRunner
    | CallRunner
    | LoopRunner
    | AskRunner
    | ParallelRunner
    | FlowRunner
    | HandlerRunner
)


@dataclass(frozen=True, slots=True)
class PartnerRef:
    """A trading partner. profile: format key → the options its documents need."""

    key: str
    name: str
    profile: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionRef:
    """What a flow may know about a connection: never its secret."""

    id: UUID
    connector: str
    name: str
    mode: str = "live"
    config: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowRef:
    """A published version of a flow, for steps that run it."""

    slug: str
    name: str
    number: int
    definition: Flow


class StepEnv(Protocol):
    """What a step may look up while it is checked and compiled. slug: the flow's own short name, or ""."""

    @property
    def slug(self) -> str: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def mllp_ports(self) -> tuple[range, ...]:
        """Give the ports that the operator lets flows listen on."""
        ...

    @property
    def members(self) -> frozenset[str]:
        """Give the e-mail addresses of the tenant's members, in lower case."""
        ...

    @property
    def mail_domains(self) -> tuple[str, ...] | None:
        """Give where mail may go: empty for anywhere, None where the installation sends none."""
        ...

    def connector(self, key: str) -> "Manifest":
        """Raise ConfigError when there is no such connector."""
        ...

    def connection(self, name: str) -> ConnectionRef:
        """Find by name or id. Raises ConfigError ``connection.unknown``."""
        ...

    def partner(self, key: str) -> PartnerRef:
        """Raise ConfigError ``partner.unknown`` when there is no such partner."""
        ...

    def flow(self, slug: str, number: int | None) -> FlowRef:
        """Give a version of a flow of the tenant; None: the one that runs. Raises ConfigError."""
        ...


class StepConfig(BaseModel):
    """Base of every step's config: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CallConfig(StepConfig):
    """What the configs of calling steps share; `CompiledStep` carries it to the engine."""

    timeout_s: float | None = Field(
        None,
        gt=0,
        le=60,
        title="Give up after",
        description="Seconds for one attempt. Empty: 10, or as the connector says.",
    )
    retry: tuple[Annotated[float, Field(ge=0, le=60)], ...] | None = Field(
        None,
        max_length=10,
        title="Retries",
        description="Seconds before the second, third, … attempt. Empty: as the flow says.",
    )
    mode: Mode | None = Field(
        None,
        title="If sent twice",
        description="What the destination does with the same call twice. Empty: as its connector says.",
    )


class RaisedError(FlowError):
    """The flow's author ended the run on purpose; code and message are theirs."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What is known of a step before it runs.

    outputs: for a port, what stands in the scope of the steps behind it; a port that is not there gives
    anything. An object may refer to the definitions of the scope. problems: what its mappings can never do
    with the scope, with places relative to the config.
    """

    outputs: Mapping[str, Schema] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


C = TypeVar("C", bound=StepConfig)


class StepKind(Protocol[C]):
    """One kind of step; every module of this folder has one instance, `STEP`.

    group: where the palette shows it: trigger, data, logic, call, flow. summary: one sentence for the
    palette. ways: the ports of a kind whose config has no say in them. fresh: ports by which a new run goes
    on that knows of no step before.
    """

    kind: str
    title: str
    summary: str
    group: str
    effect: Effect
    Config: type[C]
    ways: tuple[str, ...] = (NEXT,)
    fresh: tuple[str, ...] = ()

    def ports(self, config: C) -> tuple[str, ...]:  # noqa: ARG002  for kinds whose config names ports
        """Give the ports an edge may start from, without ``error``, which every step has."""
        return self.ways

    def draft_ports(self, config: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG002  as above
        """Give the ports for a config that may be unfinished, as the canvas draws it."""
        return self.ways

    def regions(self, config: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG002  for steps that have
        """Give the ports that lead into regions of the step's own; the config may be unfinished."""
        return ()

    def check(self, config: C, env: StepEnv) -> list[Problem]:
        """Find what the model alone cannot; places are relative to the config (``plan.rules[2].op``)."""
        ...

    def typed(self, config: C, env: StepEnv, scope: Schema) -> Typed:  # noqa: ARG002  for steps that know
        """Check the step's mappings against what is known of the scope, and say what it gives on.

        Never an error for what is only unknown.
        """
        return Typed()

    def ended(self, config: C, typed: Typed, ends: Mapping[str, Schema]) -> Typed:  # noqa: ARG002  for regions
        """Say what the step gives, now that it is known what the last steps in its regions give."""
        return typed

    def compile(self, config: C, env: StepEnv) -> Runner:
        """Make the runner. Raises ConfigError for what `check` would have found."""
        ...
