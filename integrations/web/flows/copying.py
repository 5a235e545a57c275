"""What the pages show that bring a flow in from a file or to another environment, and what they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, QueryDict

from integrations.errors import AccessError, InputError
from integrations.flows import queries
from integrations.flows.comparison import compare
from integrations.flows.inventory import Lack, Stead, lacks
from integrations.flows.models import Flow
from integrations.flows.references import Kind, references
from integrations.flows.services.copies import Original, original
from integrations.flows.snapshots import from_json
from integrations.flows.yamlfile import FlowFile, read_flow
from integrations.tenants.access import PERMISSIONS, Actor, allowed
from integrations.tenants.models import User
from integrations.tenants.queries import Membership, actor_for
from integrations.web import tenancy
from integrations.web.flows import compared
from integrations.web.flows.compared import ComparisonShown

TWIN = "twin"
USE = "use:"


@dataclass(frozen=True, slots=True)
class LackShown:
    """Something that is missing, and the select for it. field: its name. chosen: by what was posted."""

    lack: Lack
    field: str
    chosen: str
    can_twin: bool

    @property
    def options(self) -> list[tuple[str, str]]:
        """What may be chosen; to leave it comes last."""
        use = [(f"{USE}{thing.name}", thing.title) for thing in self.lack.choices]
        twin = [(TWIN, "A new connection to its twin")] if self.can_twin else []
        return [*use, *twin, ("", "Leave it as it is, for now")]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. flow: the one whose draft it replaces, None where it makes a new one."""

    file: FlowFile
    flow: Flow | None
    shown: ComparisonShown | None
    lacks: Sequence[LackShown]


@dataclass(frozen=True, slots=True)
class CopyShown:
    """environments: other tenants in which the person may edit flows. into: the chosen one.

    there: the flow of the same short name in it.
    """

    source: Original
    environments: Sequence[Membership]
    into: Membership | None
    there: Flow | None
    lacks: Sequence[LackShown]


def preview(by: Actor, text: str, said: QueryDict) -> Preview:
    """Read a file and say what it would change here. Raises FlowError with the line."""
    file = read_flow(text)
    flow = _found(by, file.slug) if file.slug else None
    shown = compared.shown(compare(from_json(flow.draft), file.flow)) if flow else None
    return Preview(file, flow, shown, _lacks(by, lacks(by, references(file.flow)), said))


def environments(request: HttpRequest) -> list[Membership]:
    """List the other tenants in which the person may edit flows."""
    seat, editors = tenancy.seat(request), PERMISSIONS["flow.edit"].roles
    others = [choice for choice in seat.choices if choice.tenant_id != seat.actor.tenant_id]
    return [choice for choice in others if choice.role in editors]


def copying(request: HttpRequest, flow_id: UUID, number: int | None, said: QueryDict) -> CopyShown:
    """Say what a copy would need there. Raises AccessError for a tenant in which the person has no seat."""
    by = tenancy.actor(request)
    source = original(by, flow_id, number)
    found = environments(request)
    wanted = said.get("into", "")
    into = next((one for one in found if str(one.tenant_id) == wanted), None)
    if wanted and into is None:
        raise AccessError
    if into is None:
        return CopyShown(source, found, None, None, ())
    there = _seated(request, into.tenant_id)
    missing = _lacks(there, lacks(there, source.found), said)
    return CopyShown(source, found, into, _found(there, source.flow.slug), missing)


def actor_in(request: HttpRequest, into: Membership) -> Actor:
    """Give the person as an actor in another tenant."""
    return _seated(request, into.tenant_id)


def steads(shown: Sequence[LackShown]) -> list[Stead]:
    """Read what was chosen for what is missing."""
    return [
        Stead(
            one.lack.reference.kind,
            one.lack.reference.name,
            one.chosen.removeprefix(USE),
            make_twin=one.chosen == TWIN,
        )
        for one in shown
        if one.chosen
    ]


def makes_twins(shown: Sequence[LackShown]) -> bool:
    return any(one.chosen == TWIN for one in shown)


def number_of(name: str) -> int | None:
    """Read which version an address names; None for the draft. Raises InputError."""
    if name in {"", queries.DRAFT}:
        return None
    if not (name.isascii() and name.isdigit() and len(name) < 10):
        raise InputError("flow.side", "Name a version by its number, or the draft.", place="version")
    return int(name)


def _seated(request: HttpRequest, tenant_id: UUID) -> Actor:
    if not isinstance(request.user, User):
        raise AccessError
    return actor_for(request.user, tenant_id, origin=request.META.get("REMOTE_ADDR", ""))


def _found(by: Actor, slug: str) -> Flow | None:
    try:
        return queries.flow_by_slug(by, slug)
    except AccessError:
        return None


def _lacks(by: Actor, found: Sequence[Lack], said: Mapping[str, str]) -> list[LackShown]:
    may_connect = allowed(by, "connection.edit")
    shown = []
    for number, lack in enumerate(found):
        field = f"stead_{number}"
        can_twin = lack.has_twin and may_connect
        chosen = said.get(field)
        if chosen is None:
            chosen = _likely(lack, can_twin=can_twin)
        shown.append(LackShown(lack, field, chosen, can_twin))
    return shown


def _likely(lack: Lack, *, can_twin: bool) -> str:
    """Choose beforehand: the only thing that fits, else a twin, else nothing."""
    if len(lack.choices) == 1 and lack.reference.kind is Kind.CONNECTION:
        return f"{USE}{lack.choices[0].name}"
    return TWIN if can_twin and not lack.choices else ""
