"""What a tenant has that a definition may name, and what of it a definition looks for in vain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from integrations.connectors import loader
from integrations.connectors import queries as connectors
from integrations.connectors.services import Wanted, create_connection
from integrations.errors import ConfigError, FlowError
from integrations.flows.models import Flow as FlowRow
from integrations.flows.references import Kind, Name, Reference, references, renamed
from integrations.graph.flow import Flow
from integrations.partners import queries as partners
from integrations.tenants.access import Actor, allowed, require
from integrations.tenants.binding import bind

FLOWS_MAX = 500


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a definition may name. connector: of a connection. row_id: the other name of a connection."""

    kind: Kind
    name: str
    title: str
    connector: str = ""
    row_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is named and is not there. choices: what may stand in its place.

    has_twin: whether a connection to a twin of its connector can be made in its place.
    """

    reference: Reference
    choices: tuple[Thing, ...]
    has_twin: bool = False


@dataclass(frozen=True, slots=True)
class Stead:
    """What is put in the place of something that is not there. make_twin: a new connection to a twin."""

    kind: Kind
    name: str
    to: str = ""
    make_twin: bool = False


def things(by: Actor) -> list[Thing]:
    """List what the tenant has, as far as the actor may see it."""
    require(by, "flow.view")
    found: list[Thing] = []
    if allowed(by, "connection.view"):
        rows = connectors.connections(by)
        found += [Thing(Kind.CONNECTION, row.name, row.name, row.connector, row.id) for row in rows]
    if allowed(by, "partner.view"):
        found += [Thing(Kind.PARTNER, row.key, row.name) for row in partners.partners(by)]
        found += [Thing(Kind.TABLE, row.key, row.title) for row in partners.tables(by)]
    with bind(by.tenant_id):
        flows = FlowRow.objects.filter(tenant_id=by.tenant_id).order_by("name").values_list("slug", "name")
        found += [Thing(Kind.FLOW, slug, name) for slug, name in flows[:FLOWS_MAX]]
    return found


def at_home(by: Actor, flow: Flow) -> tuple[Flow, list[Reference]]:
    """Give a definition of this tenant with its connections by name, and all that it names."""
    known = [thing for thing in things(by) if thing.row_id is not None]
    named = renamed(flow, {(Kind.CONNECTION, str(thing.row_id)): thing.name for thing in known})
    connector = {thing.name: thing.connector for thing in known}
    found = [
        replace(one, connector=one.connector or connector.get(one.name, ""))
        if one.kind is Kind.CONNECTION
        else one
        for one in references(named)
    ]
    return named, found


def lacks(by: Actor, found: Iterable[Reference]) -> list[Lack]:
    """List what is named and this tenant does not have, each with what may take its place."""
    known = things(by)
    return [
        Lack(reference, tuple(_fitting(reference, known)), _has_twin(reference))
        for reference in found
        if not any(_is(thing, reference) for thing in known)
    ]


def fill(*, by: Actor, flow: Flow, found: Sequence[Reference], steads: Sequence[Stead]) -> Flow:
    """Give the definition with other names where they were chosen; make the twins' connections it needs.

    What nothing was chosen for stays as it is, and the draft says that it is missing. Raises FlowError for a
    choice that there is not, AccessError where the actor may not make a connection.
    """
    known, connector = things(by), {one.at: one.connector for one in found}
    names: dict[Name, str] = {}
    for stead in steads:
        at = (stead.kind, stead.name)
        reference = Reference(stead.kind, stead.name, connector.get(at, ""))
        if at not in connector:
            raise FlowError("flow.not_named", f"The flow names no {reference.word} “{stead.name}”.")
        if stead.make_twin:
            names[at] = _make_twin(by, reference, {thing.name for thing in known})
        elif not any(thing.name == stead.to for thing in _fitting(reference, known)):
            raise FlowError(
                "flow.no_stead",
                f"There is no {reference.word} “{stead.to}” that could stand for “{stead.name}”.",
                place=f"{stead.kind}.{stead.name}",
            )
        else:
            names[at] = stead.to
    return renamed(flow, names)


def _is(thing: Thing, reference: Reference) -> bool:
    root = reference.name.partition("@")[0] if reference.kind is Kind.TABLE else reference.name
    own = thing.name.partition("@")[0] if reference.kind is Kind.TABLE else thing.name
    return thing.kind is reference.kind and (own == root or str(thing.row_id) == reference.name)


def _fitting(reference: Reference, known: Iterable[Thing]) -> Iterable[Thing]:
    for thing in known:
        same = not reference.connector or thing.connector == reference.connector
        if thing.kind is reference.kind and same:
            yield thing


def _has_twin(reference: Reference) -> bool:
    if reference.kind is not Kind.CONNECTION or not reference.connector:
        return False
    try:
        loader.manifest(reference.connector)
    except ConfigError:
        return False
    return True


def _make_twin(by: Actor, reference: Reference, taken: set[str]) -> str:
    """Make a connection to the twin under the name that the flow uses, and give that."""
    if not _has_twin(reference):
        raise FlowError("flow.no_twin", f"There is no twin that could stand for “{reference.name}”.")
    fields = loader.manifest(reference.connector).config
    config: Mapping[str, str] = {
        name: field.default or field.example
        for name, field in fields.items()
        if field.default or field.example
    }
    name, number = reference.name[:70], 2
    while name in taken:
        name, number = f"{reference.name[:70]} {number}", number + 1
    create_connection(by=by, connector=reference.connector, wanted=Wanted(name, "twin", config, {}))
    return name
