"""A tenant with one of everything, and people at its pages."""

import time
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils.text import slugify

from integrations.connectors import loader
from integrations.connectors.models import Connection
from integrations.connectors.services import Wanted, create_connection
from integrations.delivery.states import State
from integrations.desk.selection import Selection
from integrations.desk.services.alerts import create_route
from integrations.desk.services.replays import start_replay
from integrations.engine.models import Run
from integrations.flows import demo, queries, services
from integrations.flows.models import Flow
from integrations.partners.services import save_partner, save_table, set_counter
from integrations.tenants import services as tenants
from integrations.tenants.access import Actor
from integrations.tenants.models import Member, Role, Tenant, User
from integrations.trials.documents import Given
from integrations.trials.services import shadows
from integrations.trials.services.cases import Chosen, make_case
from integrations.trials.services.samples import make_sample
from integrations.trials.services.trying import Wanted as Asked
from integrations.vault.services import api_key_peppers
from tests import factories
from tests.desk import rows

SECRET = b"a signing secret of the shop"
REASON = "because a test asks for it"


@dataclass(frozen=True)
class World:
    tenant: Tenant
    owner: Actor
    flow: Flow
    connection: Connection
    dead: Run
    ids: dict[str, Any]


def seat(tenant: Tenant, role: str = "owner", *, is_fresh: bool = True) -> Client:
    """A signed-in person: a member with this role, or staff where it is theirs. is_fresh: just now."""
    staff = role if role in ("support", "billing_admin") else ""
    user = factories.user(staff_role=staff)
    if not staff:
        Member.objects.create(tenant=tenant, user=user, role=role)
    return client_of(user, tenant, is_fresh=is_fresh)


def client_of(user: User, tenant: Tenant, *, is_fresh: bool = True) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session["tenant"] = str(tenant.pk)
    at = time.time() - (0 if is_fresh else 3600)
    session["account_authentication_methods"] = [{"method": "password", "at": at}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def connect(by: Actor, name: str = "Leather shop", connector: str = "shopify") -> Connection:
    fields = loader.manifest(connector).config
    config = {key: field.example for key, field in fields.items() if field.example and not field.default}
    return create_connection(by=by, connector=connector, wanted=Wanted(name, "twin", config, {}))


def published(by: Actor) -> Flow:
    """Give the demo's flow of stock files, published, and so with an address."""
    flow = services.import_flow(by=by, text=demo.flow_text("stock-file"))
    services.publish(by=by, flow_id=flow.id, comment="First")
    return queries.flow(by, flow.id)


def make(name: str = "Siam Leather") -> World:
    """Make a tenant with one of everything."""
    person = factories.user()
    tenant = factories.tenant(name, owner=person)
    owner = factories.member(tenant.pk, person_id=person.pk)
    connection = connect(owner)
    flow = published(owner)
    dead = rows.run(flow)
    rows.document(dead)
    rows.attempt(dead, 1, exchange=(b'{"a": 1}', b'{"b": 2}'))
    doubtful, waiting = rows.run(flow, State.IN_DOUBT), rows.run(flow, State.WAITING, waiting="breaker")
    other = factories.user()
    member = Member.objects.create(tenant=tenant, user=other, role=Role.VIEWER)
    key = tenants.create_api_key(by=owner, name="ci", scopes=["flow.view"], peppers=api_key_peppers())
    replay = start_replay(by=owner, chosen=Selection(ids=(dead.id,)))
    slug = slugify(name)
    save_partner(by=owner, key=slug, name=f"Stores of {name}", profile={"x12": {"counts": "ignore"}})
    save_table(by=owner, key=f"articles@{slug}", title="Articles", rows={"A-1": "007"})
    set_counter(by=owner, name=f"{slug}.x12.group", last=41, reason=REASON)
    sample = make_sample(by=owner, flow_id=flow.id, name="One", document=Given(b"{}"), origin="pasted")
    draft = {"steps": [{"key": "in", "kind": "webhook_trigger"}]}
    wanted = Asked(draft, document=Given(b"{}"))
    case, _ = make_case(by=owner, flow_id=flow.id, name="One", wanted=wanted, chosen=Chosen())
    ids = {
        "sample": sample.id,
        "case": case.id,
        "shadow": shadows.start(by=owner, flow_id=flow.id, definition=draft, runs=1).id,
        "flow": flow.id,
        "hook": queries.hooks(owner, flow.id)[0].id,
        "connection": connection.id,
        "dead": dead.id,
        "doubtful": doubtful.id,
        "waiting": waiting.id,
        "replay": replay.id,
        "batch": rows.batch(flow, records=1).id,
        "alert": rows.alert(flow).id,
        "approval": rows.approval(rows.run(flow, State.WAITING, waiting="approval")).id,
        "route": create_route(by=owner, kind="email", target="shop@example.test").route.id,
        "key": key.key.id,
        "member": member.id,
        "partner": slug,
        "table": f"articles@{slug}",
        "counter": f"{slug}.x12.group",
    }
    return World(tenant, owner, flow, connection, dead, ids)
