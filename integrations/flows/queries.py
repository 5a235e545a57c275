"""Reads: flows, versions, hooks and what is wrong with a draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from integrations.errors import AccessError, InputError, Problem
from integrations.flows.called_flows import pinned
from integrations.flows.comparison import Comparison, compare
from integrations.flows.environment import tenant_env
from integrations.flows.models import Flow, Hook, Version
from integrations.flows.scope_types import scope_of
from integrations.flows.snapshots import from_json
from integrations.flows.validation import ports_of, valid_configs, validate
from integrations.graph.diff import diff
from integrations.graph.flow import Json
from integrations.graph.order import upstream
from integrations.schema.model import Schema
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

PAGE = 50
DRAFT = "draft"
"""The name of the draft where versions are named by number."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a definition, and the ports that each of its steps has, ``error`` left out."""

    problems: tuple[Problem, ...]
    ports: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DraftState:
    """problems: of the draft. changes: what publishing it would change, in words."""

    flow: Flow
    problems: tuple[Problem, ...]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the definitions that are compared. number: of the version, None for the draft."""

    number: int | None
    definition: Mapping[str, Json]

    @property
    def name(self) -> str:
        """What an address says for it: ``draft``, or the number."""
        return DRAFT if self.number is None else str(self.number)

    @property
    def label(self) -> str:
        return "the draft" if self.number is None else f"version {self.number}"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two definitions of one flow and what differs, from the old one to the new."""

    flow: Flow
    old: Side
    new: Side
    found: Comparison


def flows(by: Actor, *, before: UUID | None = None, limit: int = PAGE, archived: bool = False) -> list[Flow]:
    """List flows, newest first, with the version that runs. before: id of the last one on the page before.

    archived: those that were put away, in the place of the others.
    """
    require(by, "flow.view")
    with bind(by.tenant_id):
        found = Flow.objects.filter(tenant_id=by.tenant_id, archived_at__isnull=not archived)
        found = found.select_related("current_version").order_by("-id")
        found = found.defer("draft", "current_version__definition")
        return list((found.filter(id__lt=before) if before else found)[: min(limit, 200)])


def flows_using(by: Actor, connection_name: str, connection_id: UUID) -> list[Flow]:
    """List up to 200 flows whose running version names a connection, by their names."""
    require(by, "flow.view")
    named = Q()
    for name in (connection_name, str(connection_id)):
        named |= Q(current_version__definition__steps__contains=[{"config": {"connection": name}}])
    with bind(by.tenant_id):
        return list(Flow.objects.filter(named, tenant_id=by.tenant_id).defer("draft").order_by("name")[:200])


def flow(by: Actor, flow_id: UUID) -> Flow:
    """Give one flow with the version that runs. Raises AccessError."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        return flow_of(by, flow_id)


def flow_by_slug(by: Actor, slug: str) -> Flow:
    """Give the flow with this short name. Raises AccessError."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        found = _flows(by).filter(slug=slug).first()
    if found is None:
        raise AccessError
    return found


def flows_called(by: Actor, name: str) -> list[Flow]:
    """List the flows with exactly this name, two at most: names may be given twice."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        return list(_flows(by).filter(name=name).order_by("id")[:2])


def versions(by: Actor, flow_id: UUID, *, before: int | None = None, limit: int = PAGE) -> list[Version]:
    """List versions without their definitions, newest first. before: number of the last one shown."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        found = Version.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).defer("definition")
        found = found.order_by("-number")
        return list((found.filter(number__lt=before) if before else found)[: min(limit, 200)])


def version(by: Actor, flow_id: UUID, number: int) -> Version:
    """Give one published version. Raises AccessError."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        found = Version.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id, number=number).first()
    if found is None:
        raise AccessError
    return found


def compared(by: Actor, flow_id: UUID, old: str = "", new: str = "") -> Compared:
    """Compare two versions by their numbers, or one with the draft. Raises AccessError, InputError.

    old: the version that runs where nothing is said, or the draft where nothing runs. new: else the draft.
    """
    require(by, "flow.view")
    with bind(by.tenant_id):
        found = flow_of(by, flow_id)
        runs = found.current_version
        before = _side(found, old or (str(runs.number) if runs else DRAFT), "from")
        after = _side(found, new or DRAFT, "to")
    return Compared(found, before, after, compare(from_json(before.definition), from_json(after.definition)))


def hooks(by: Actor, flow_id: UUID) -> list[Hook]:
    """List the addresses of a flow, oldest first. Their tokens let nobody in, but keep them from viewers."""
    require(by, "hook.view")
    with bind(by.tenant_id):
        flow_of(by, flow_id)
        return list(Hook.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).order_by("id")[:200])


def draft_state(by: Actor, flow_id: UUID) -> DraftState:
    """Check the draft as publishing would, but for the tests of its plans."""
    require(by, "flow.view")
    with bind(by.tenant_id):
        found = flow_of(by, flow_id)
        draft = from_json(found.draft)
        env = tenant_env(by.tenant_id, draft.settings, found.slug)
        problems = validate(draft, env)
        draft = pinned(draft, env)
    if found.current_version is None:
        return DraftState(found, tuple(problems), ())
    return DraftState(found, tuple(problems), tuple(diff(from_json(found.current_version.definition), draft)))


def checked(by: Actor, definition: Mapping[str, object]) -> Checked:
    """Check a definition that need not be saved. Raises FlowError ``flow.malformed``."""
    require(by, "flow.view")
    draft = from_json(definition)
    with bind(by.tenant_id):
        problems = validate(draft, tenant_env(by.tenant_id, draft.settings))
    return Checked(tuple(problems), {node.key: ports_of(node) for node in draft.nodes})


def scope_at(by: Actor, flow_id: UUID, step: str) -> Schema:
    """Give what a step of the draft finds in its scope, as far as it is known. Raises AccessError."""
    return scope_in(by, flow(by, flow_id).draft, step)


def scope_in(by: Actor, definition: Mapping[str, object], step: str) -> Schema:
    """Give what a step of a definition finds in its scope, as far as it is known. Raises AccessError."""
    require(by, "flow.view")
    draft = from_json(definition)
    if all(node.key != step for node in draft.nodes):
        raise AccessError
    with bind(by.tenant_id):
        return scope_of(draft, valid_configs(draft), tenant_env(by.tenant_id, draft.settings), step)


def steps_before(definition: Mapping[str, object], step: str) -> tuple[str, ...]:
    """Give the steps whose output can stand in the scope of a step. Raises FlowError ``flow.malformed``."""
    return upstream(from_json(definition), step)


def flow_of(by: Actor, flow_id: UUID, *, lock: bool = False) -> Flow:
    """Give the tenant's flow, inside `bind`; the caller has asked for permission. Raises AccessError."""
    found = _flows(by).filter(id=flow_id)
    one = (found.select_for_update(of=("self",)) if lock else found).first()
    if one is None:
        raise AccessError
    return one


def hook_of(by: Actor, hook_id: UUID, *, lock: bool = False) -> Hook:
    """Give the tenant's hook, inside `bind`. Raises AccessError."""
    found = Hook.objects.filter(tenant_id=by.tenant_id, id=hook_id)
    one = (found.select_for_update() if lock else found).first()
    if one is None:
        raise AccessError
    return one


def _side(flow: Flow, name: str, place: str) -> Side:
    """Read what an address names, inside `bind`."""
    if name == DRAFT:
        return Side(None, flow.draft)
    if not (name.isascii() and name.isdigit() and len(name) < 10):
        raise InputError("flow.side", "Name a version by its number, or the draft.", place=place)
    found = Version.objects.filter(tenant_id=flow.tenant_id, flow_id=flow.id, number=int(name)).first()
    if found is None:
        raise AccessError
    return Side(found.number, found.definition)


def _flows(by: Actor) -> QuerySet[Flow]:
    return Flow.objects.filter(tenant_id=by.tenant_id).select_related("current_version")
