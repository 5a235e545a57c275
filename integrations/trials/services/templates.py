"""Templates: tried before anything is made of them, and used with their sample."""

from collections.abc import Mapping
from datetime import UTC, datetime

from integrations.connectors.models import Mode
from integrations.flows import services as flows
from integrations.flows.compile import compile_version
from integrations.flows.environment import TenantEnv
from integrations.flows.models import Flow
from integrations.flows.snapshots import from_json, to_json
from integrations.flows.steps.context import ConnectionRef, PartnerRef
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.graph.flow import is_trigger
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.trials import models, rates
from integrations.trials.documents import Given
from integrations.trials.ground import Ground, Place, as_stored
from integrations.trials.services.samples import make_sample
from integrations.trials.services.trying import Basis, Tried, Wanted, rehearsed


def use_template(
    *, by: Actor, key: str, name: str = "", slug: str = "", chosen: Mapping[str, str] | None = None
) -> Flow:
    """Make a flow from a template, as `flows.services.use_template` does, with its sample beside it."""
    template = loader.template(key)
    with bind(by.tenant_id):
        flow = flows.use_template(by=by, key=key, name=name, slug=slug, chosen=chosen)
        if template.about.sample is not None:
            title = template.about.sample.title[:120]
            make_sample(
                by=by,
                flow_id=flow.id,
                name=title,
                document=sample_of(template),
                origin=models.Origin.TEMPLATE,
            )
    return flow


def try_template(*, by: Actor, key: str) -> Tried:
    """Rehearse a template with its sample against the twins; nothing of the tenant is used, nothing made.

    Raises AccessError; ConflictError ``trial.rate``.
    """
    require(by, "flow.try")
    template = loader.template(key)
    rates.take_turn(by)
    basis = Basis(_ground(by, template), sample_of(template), {}, is_own=True)
    return Tried(basis.ground, rehearsed(basis, Wanted({}), new_id()), is_plain=True)


def sample_of(template: Template) -> Given:
    """Give the sample as its sender would send it; for a schedule, the moment that it is due."""
    said = template.about.sample
    if said is None:
        return Given(b"", name=datetime.now(UTC).isoformat(timespec="seconds"))
    headers = {name.lower(): text for name, text in said.headers.items()}
    trigger = next(filter(is_trigger, template.file.flow.nodes))
    name = said.file if trigger.kind == "file_trigger" else ""
    media_type = headers.get("content-type", "application/json" if said.file.endswith(".json") else "")
    return Given(loader.sample(template.key), media_type, headers, name=name)


def _ground(by: Actor, template: Template) -> Ground:
    """Stand the template on connections, partners and tables of its own, which nobody keeps."""
    about = template.about
    flow = from_json(as_stored(to_json(template.file.flow)))
    refs = {
        name: ConnectionRef(new_id(), connector, name, Mode.TWIN)
        for name, connector in about.connections.items()
    }
    partners = {key: PartnerRef(key, one.name, one.profile) for key, one in about.partners.items()}
    compiled = compile_version(flow, TenantEnv(flow.settings, refs, partners))
    places = {ref.id: Place(ref.connector, Mode.TWIN, {}) for ref in refs.values()}
    tables = {key: dict(table.rows) for key, table in about.tables.items()}
    return Ground(by.tenant_id, flow, compiled, tables, places)
