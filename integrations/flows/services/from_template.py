"""A flow made from a template, with the connections, partners and tables that it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from integrations.connectors import loader as connectors
from integrations.connectors import queries as connector_queries
from integrations.connectors.models import Connection, Mode
from integrations.connectors.services import Wanted, create_connection
from integrations.errors import ConfigError
from integrations.flows.models import Flow
from integrations.flows.services.drafts import create_flow
from integrations.flows.snapshots import to_json
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.graph.flow import Flow as Definition
from integrations.partners import queries as partner_queries
from integrations.partners.services import save_partner, save_table
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind


@dataclass(frozen=True, slots=True)
class Offer:
    """A connection that a template names: which of the tenant's could stand there, and which does unasked.

    preset: a twin, never a live account: whoever tries a template means no effect. None: a new twin is made.
    """

    name: str
    connector: str
    choices: Sequence[Connection]
    preset: Connection | None


def offers(by: Actor, template: Template) -> list[Offer]:
    """Give an offer for each connection that the template names, in its order."""
    rows = connector_queries.connections(by)
    return [_offer(rows, name, connector) for name, connector in template.about.connections.items()]


def use_template(
    *, by: Actor, key: str, name: str = "", slug: str = "", chosen: Mapping[str, str] | None = None
) -> Flow:
    """Make a flow from a template. It is a draft: nothing runs yet.

    name: "" for the template's title. slug: "" for one made from the name. chosen: for names of connections
    in the template, the id or name of one of the tenant's; "" for a new twin. What is not chosen is a twin,
    made where there is none. Partners and tables of the same key stay as they are.
    Raises AccessError; ConfigError ``template.connection`` naming the connection that does not fit.
    """
    require(by, "flow.edit")
    template = loader.template(key)
    with bind(by.tenant_id):
        names = {offer.name: _connected(by, offer, chosen or {}) for offer in offers(by, template)}
        _introduce(by, template)
        definition = to_json(_renamed(template.file.flow, names))
        return create_flow(
            by=by, name=name or template.about.title, slug=slug, definition=definition, template=template.key
        )


def _offer(rows: Sequence[Connection], name: str, connector: str) -> Offer:
    choices = [row for row in rows if row.connector == connector]
    twins = sorted((row for row in choices if row.mode == Mode.TWIN), key=lambda row: row.name != name)
    return Offer(name, connector, choices, twins[0] if twins else None)


def _connected(by: Actor, offer: Offer, chosen: Mapping[str, str]) -> str:
    """Give the name of the connection to use, made where it must be."""
    wanted = chosen.get(offer.name)
    if wanted is None and offer.preset is not None:
        return offer.preset.name
    if not wanted:
        return _new_twin(by, offer.name, offer.connector).name
    found = next((row for row in offer.choices if wanted in (row.name, str(row.id))), None)
    if found is None:
        title = connectors.headline(offer.connector).title
        raise ConfigError(
            "template.connection",
            f"“{offer.name}” must be a connection to {title}.",
            hint="Choose another, or a new twin.",
            place=f"connections.{offer.name}",
        )
    return found.name


def _new_twin(by: Actor, name: str, connector: str) -> Connection:
    """Make a connection to a twin, with the manifest's own examples, under a name that is free."""
    taken = {row.name for row in connector_queries.connections(by)}
    number = 1
    while (free := name if number == 1 else f"{name} {number}") in taken:
        number += 1
    fields = connectors.manifest(connector).config
    config = {key: field.example for key, field in fields.items() if field.example and not field.default}
    return create_connection(by=by, connector=connector, wanted=Wanted(free, Mode.TWIN, config, {}))


def _introduce(by: Actor, template: Template) -> None:
    """Add the partners and lookup tables that are not there."""
    about = template.about
    if about.partners:
        known = {partner.key for partner in partner_queries.partners(by)}
        for key, partner in about.partners.items():
            if key not in known:
                save_partner(by=by, key=key, name=partner.name, profile=partner.profile)
    if about.tables:
        known = {table.key for table in partner_queries.tables(by)}
        for key, table in about.tables.items():
            if key not in known:
                save_table(by=by, key=key, title=table.title, rows=table.rows)


def _renamed(flow: Definition, names: Mapping[str, str]) -> Definition:
    """Put the chosen connections in the place of those that the template names."""
    nodes = []
    for node in flow.nodes:
        named = node.config.get("connection")
        given = {"connection": names[named]} if isinstance(named, str) and named in names else {}
        nodes.append(replace(node, config={**node.config, **given}))
    return replace(flow, nodes=tuple(nodes))
