"""What the pages of flows show, gathered from the queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from integrations.connectors import loader
from integrations.connectors import queries as connector_queries
from integrations.connectors.manifest import Manifest
from integrations.delivery.states import State
from integrations.desk.queries import dead_letters as letters
from integrations.desk.queries import runs as desk
from integrations.desk.queries.runs import RunRow
from integrations.errors import AccessError, ConfigError, Problem
from integrations.flows import queries
from integrations.flows.models import Flow, Hook, Version
from integrations.flows.snapshots import from_json
from integrations.flows.yamlfile import FlowFile, write_flow
from integrations.graph import flow as graph
from integrations.telemetry import queries as telemetry
from integrations.telemetry.queries import FlowActivity
from integrations.tenants.access import Actor, allowed, require
from integrations.web.drawing import looks
from integrations.web.drawing.flow_graph import Count

BODY = '{"hello": "world"}'
MOST_RUNS = 8


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step in words. place: of its details on the page."""

    key: str
    title: str
    look: looks.Look
    about: str
    config: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Picture:
    """A definition, drawn and listed."""

    flow: graph.Flow
    steps: Sequence[StepShown]


@dataclass(frozen=True, slots=True)
class Health:
    """One sentence with its look."""

    words: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A flow in the list."""

    flow: Flow
    trigger: looks.Look
    health: Health
    figures: Sequence[tuple[str, int, str]]
    per_minute: Sequence[int]

    @property
    def id(self) -> UUID:
        return self.flow.id


@dataclass(frozen=True, slots=True)
class Stat:
    label: str
    figure: str
    note: str
    tone: str
    icon: str
    href: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page of a flow. picture: None while nothing is published."""

    flow: Flow
    picture: Picture | None
    stats: Sequence[Stat]
    counts: Mapping[str, Sequence[Count]]
    runs: Sequence[RunRow]


@dataclass(frozen=True, slots=True)
class DraftShown:
    picture: Picture
    errors: Sequence[Problem]
    warnings: Sequence[Problem]
    changes: Sequence[str]
    is_published: bool

    @property
    def can_publish(self) -> bool:
        return not self.errors and (bool(self.changes) or not self.is_published)


@dataclass(frozen=True, slots=True)
class HookShown:
    """An address with all that a caller needs. needs_secret: closed until the vendor's secret is set."""

    hook: Hook
    url: str
    who: str
    curl: str
    is_signed: bool = False
    vendor: str = ""
    secret_title: str = ""

    @property
    def has_secret(self) -> bool:
        return self.hook.verifier is not None

    @property
    def needs_secret(self) -> bool:
        return self.is_signed and not self.has_secret


def may_edit(by: Actor) -> None:
    """Raise AccessError unless the person may change drafts: no form is shown that cannot be sent."""
    require(by, "flow.edit")


def lines(by: Actor, before: UUID | None, *, archived: bool = False) -> list[Line]:
    """List flows with how they are: runs of 24 hours by state, and the last hour minute by minute."""
    found = queries.flows(by, before=before, archived=archived)
    if not found:
        return []
    states = desk.counts(by) if allowed(by, "run.view") else {}
    active = {line.flow_id: line for line in telemetry.activity(by).flows} if states else {}
    return [_line(flow, states.get(flow.id, {}), active.get(flow.id)) for flow in found]


def overview(by: Actor, flow_id: UUID) -> Overview:
    found = queries.flow(by, flow_id)
    if found.current_version is None:
        return Overview(found, None, (), {}, ())
    states = desk.counts(by).get(flow_id, {})
    causes = letters.causes(by, flow_id=flow_id)
    at_step: dict[str, int] = {}
    for cause in causes:
        at_step[cause.step] = at_step.get(cause.step, 0) + cause.count
    drawn = draw(from_json(found.current_version.definition))
    counts = {step: [Count(f"{n:,} dead", "bad")] for step, n in at_step.items()}
    trigger = next((node.key for node in drawn.flow.nodes if graph.is_trigger(node)), "")
    if total := sum(states.values()):
        counts.setdefault(trigger, []).insert(0, Count(f"{total:,} in", "run"))
    latest = desk.runs(by, where=desk.RunFilter(flow_id=flow_id), limit=MOST_RUNS).rows
    return Overview(found, drawn, _stats(flow_id, states), counts, latest)


def _line(flow: Flow, states: Mapping[State, int], active: FlowActivity | None) -> Line:
    kind = flow.current_version.trigger if flow.current_version else ""
    trigger = looks.of_kind(kind) if kind else looks.of_state("draft")
    figures = [(state.name.lower(), n, looks.STATES[state].tone) for state, n in _sorted(states)]
    return Line(flow, trigger, _health(flow, states), figures, active.per_minute if active else ())


def _health(flow: Flow, states: Mapping[State, int]) -> Health:
    """Say in one sentence how a flow is; the worst first."""
    if flow.current_version is None:
        return Health("Never published", "pencil", "mute")
    for state, one, many in (
        (State.DEAD, "1 message is stuck", "{:,} messages are stuck"),
        (State.IN_DOUBT, "1 run is in doubt", "{:,} runs are in doubt"),
        (State.WAITING, "1 run waits", "{:,} runs wait"),
    ):
        if n := states.get(state, 0):
            look = looks.STATES[state]
            return Health(one if n == 1 else many.format(n), look.icon, look.tone)
    if not flow.enabled:
        return Health("Switched off", "circle-pause", "mute")
    return Health("All is well", "circle-check", "ok") if states else Health("Quiet", "circle-dashed", "mute")


def _stats(flow_id: UUID, states: Mapping[State, int]) -> list[Stat]:
    shown = (State.SUCCEEDED, State.RUNNING, State.WAITING, State.DEAD)
    runs = f"{reverse('web:runs')}?flow={flow_id}"
    stats = [Stat("Runs in 24 hours", f"{sum(states.values()):,}", "", "", "activity", runs)]
    for state in shown:
        look, n = looks.STATES[state], states.get(state, 0)
        if state is State.RUNNING:
            n += states.get(State.ACCEPTED, 0)
        tone = look.tone if n and state is not State.SUCCEEDED else ""
        stats.append(Stat(look.word, f"{n:,}", "", tone, look.icon, f"{runs}&state={state.name.lower()}"))
    return stats


def _sorted(states: Mapping[State, int]) -> list[tuple[State, int]]:
    order = (State.DEAD, State.IN_DOUBT, State.WAITING, State.RUNNING, State.ACCEPTED, State.SUCCEEDED)
    rest = (State.CANCELLED, State.EXPIRED)
    return [(state, states[state]) for state in (*order, *rest) if states.get(state)]


def picture(version: Version) -> Picture:
    return draw(from_json(version.definition))


def draw(flow: graph.Flow) -> Picture:
    return Picture(flow, [_step(node) for node in flow.nodes])


def draft(state: queries.DraftState) -> DraftShown:
    errors = [problem for problem in state.problems if problem.severity == "error"]
    warnings = [problem for problem in state.problems if problem.severity != "error"]
    shown = draw(from_json(state.flow.draft))
    return DraftShown(shown, errors, warnings, state.changes, state.flow.current_version is not None)


def exported(by: Actor, flow_id: UUID, *, of_draft: bool) -> tuple[str, str]:
    """Give the short name and the YAML of what runs, or of the draft where nothing runs or it is asked."""
    found = queries.flow(by, flow_id)
    runs = found.current_version
    definition = found.draft if of_draft or runs is None else runs.definition
    return found.slug, write_flow(FlowFile(found.name, found.slug, from_json(definition)))


def hooks(by: Actor, flow_id: UUID) -> list[HookShown]:
    stored = queries.hooks(by, flow_id)
    found = queries.flow(by, flow_id)
    if not stored:
        return []
    definition = from_json(found.current_version.definition if found.current_version else found.draft)
    trigger = next((node for node in definition.nodes if graph.is_trigger(node)), None)
    vendor = _vendor(by, trigger)
    return [_hook(hook, trigger, vendor) for hook in stored]


def hook(by: Actor, flow_id: UUID, hook_id: UUID) -> HookShown:
    """Give one address of the flow. Raises AccessError."""
    require(by, "hook.edit")
    found = next((one for one in hooks(by, flow_id) if one.hook.id == hook_id), None)
    if found is None:
        raise AccessError
    return found


def _step(node: graph.Node) -> StepShown:
    look = looks.of_kind(node.kind)
    config = dict(node.config)
    about = look.word
    if node.kind == "call":
        about = _call(config)
    elif node.kind == "http":
        about = f"{config.get('method', 'POST')} {config.get('url', '')}"
    return StepShown(node.key, node.title or node.key, look, about, config)


def _call(config: Mapping[str, Any]) -> str:
    try:
        manifest = loader.manifest(str(config.get("connector", "")))
        operation = manifest.operation(str(config.get("operation", "")))
    except ConfigError:
        return "Call"
    return f"{manifest.title}: {operation.title}"


def _vendor(by: Actor, trigger: graph.Node | None) -> Manifest | None:
    """Find the connector whose signature scheme a trigger checks."""
    if trigger is None or trigger.config.get("auth") != "signature" or not allowed(by, "connection.view"):
        return None
    wanted = trigger.config.get("connection")
    for row in connector_queries.connections(by):
        if wanted in (row.name, str(row.id)):
            return loader.manifest(row.connector)
    return None


def _hook(hook: Hook, trigger: graph.Node | None, vendor: Manifest | None) -> HookShown:
    url = urljoin(settings.SEVENM.public_url + "/", f"in/{hook.token}")
    kind = trigger.kind if trigger else "webhook_trigger"
    is_signed = trigger is not None and trigger.config.get("auth") == "signature"
    if is_signed:
        title = vendor.webhooks.secret_title if vendor and vendor.webhooks else "Signing secret"
        name = vendor.title if vendor else "the vendor"
        who = f"Messages signed by {name}"
        return HookShown(
            hook, url, who, _signed(url, vendor), is_signed=True, vendor=name, secret_title=title
        )
    key = '  -H "Authorization: Bearer $SEVENM_API_KEY"'
    if kind == "file_trigger":
        lines = [f"curl {url}", key, '  -H "X-File-Name: stock.txt"', "  --data-binary @stock.txt"]
        return HookShown(hook, url, "Files sent with an API key", _joined(lines))
    lines = [f"curl {url}", key, '  -H "Content-Type: application/json"', f"  --data '{BODY}'"]
    return HookShown(hook, url, "Requests with an API key", _joined(lines))


def _signed(url: str, vendor: Manifest | None) -> str:
    """Show how to sign by hand, where the scheme signs the body alone."""
    scheme = vendor.webhooks.signature if vendor and vendor.webhooks else None
    if scheme is None or scheme.signed != "{body}" or scheme.list_format:
        return f"curl {url}   # with the signature that the vendor's documentation describes"
    encode = "-binary | base64" if scheme.encoding == "base64" else "-r | cut -d' ' -f1"
    sign = f'SIGNATURE=$(printf %s "$BODY" | openssl dgst -{scheme.algorithm} -hmac "$SECRET" {encode})'
    header = f'  -H "{scheme.header}: {scheme.prefix}$SIGNATURE"'
    lines = [f"curl {url}", header, '  -H "Content-Type: application/json"', '  --data "$BODY"']
    return f"BODY='{BODY}'\n{sign}\n{_joined(lines)}"


def _joined(lines: Sequence[str]) -> str:
    return " \\\n".join(lines)
