"""The demo: a tenant with its flows published and connected to the sandbox: ``python -m sevenm.demo``.

Safe to repeat: what is there stays as it is, so that a person may change the demo and keep the change.
"""

import secrets

import django

from sevenm import environment, home
from sevenm.config import Config, Role

environment.work_as(Role.OWNER)
django.setup()

from integrations.billing.services import choose_plan  # noqa: E402
from integrations.connectors import loader  # noqa: E402  Django's apps come first
from integrations.connectors.models import Connection  # noqa: E402
from integrations.connectors.services import Wanted, create_connection  # noqa: E402
from integrations.flows import demo, queries, services  # noqa: E402
from integrations.flows.models import Flow  # noqa: E402
from integrations.partners import queries as partners  # noqa: E402
from integrations.partners import services as partner_services  # noqa: E402
from integrations.pricing.plans import PAY_AS_YOU_GO  # noqa: E402
from integrations.tenants.access import Actor  # noqa: E402
from integrations.tenants.models import Tenant, User  # noqa: E402
from integrations.tenants.services import create_api_key, create_tenant  # noqa: E402
from integrations.vault.services import api_key_peppers  # noqa: E402
from sevenm import console, wiring  # noqa: E402

EMAIL = "demo@example.com"
NAME, SLUG = "Baan Nang leather", "baan-nang"


def seed(config: Config) -> None:
    """Make whatever of the demo is missing."""
    user = User.objects.filter(email=EMAIL).first() or new_user(config)
    tenant = Tenant.objects.filter(slug=SLUG).first() or new_tenant(user)
    by = console.owner(tenant)
    connect(by)
    introduce(by)
    give_key(config, by)
    for name in demo.FLOWS:
        flow = services.import_flow(by=by, text=demo.flow_text(name)) if not is_there(by, name) else None
        if flow is not None:
            publish(by, flow)


def new_user(config: Config) -> User:
    """Make the demo's owner; the password is kept in the home, for the person who started it."""
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(EMAIL, password, name="Demo")
    home.write_private(config.home / "demo-sign-in", f"{EMAIL} {password}\n", mode=0o600)
    return user


def new_tenant(user: User) -> Tenant:
    """Make the demo's tenant, on a plan without a limit: nobody pays for the sandbox."""
    tenant = create_tenant(by=user, name=NAME, slug=SLUG)
    choose_plan(by=console.owner(tenant), plan=PAY_AS_YOU_GO.key)
    return tenant


def connect(by: Actor) -> None:
    """Make the connections that the flows name, each to its twin, with the manifest's own examples."""
    known = set(Connection.objects.filter(tenant_id=by.tenant_id).values_list("name", flat=True))
    for name, connector in demo.CONNECTIONS.items():
        if name in known:
            continue
        fields = loader.manifest(connector).config
        config = {key: field.example for key, field in fields.items() if field.example and not field.default}
        create_connection(by=by, connector=connector, wanted=Wanted(name, "twin", config, {}))


def introduce(by: Actor) -> None:
    """Add the partners and the lookup tables that the flows name."""
    known = {partner.key for partner in partners.partners(by)}
    for key, (name, profile) in demo.PARTNERS.items():
        if key not in known:
            partner_services.save_partner(by=by, key=key, name=name, profile=profile)
    if "harbor-articles" not in {table.key for table in partners.tables(by)}:
        partner_services.save_table(
            by=by, key="harbor-articles", title="Articles of Harbor Stores", rows=demo.HARBOR_ARTICLES
        )


def give_key(config: Config, by: Actor) -> None:
    """Make the API key of the demo's EDI partner, kept in the home for the page that sends as it."""
    file = config.home / demo.KEY_FILE
    if not file.exists():
        made = create_api_key(
            by=by, name="Harbor Stores (demo)", scopes={"ingress.send"}, peppers=api_key_peppers()
        )
        home.write_private(file, f"{by.tenant_id} {made.text}\n", mode=0o600)


def is_there(by: Actor, name: str) -> bool:
    return Flow.objects.filter(tenant_id=by.tenant_id, slug=name).exists()


def publish(by: Actor, flow: Flow) -> None:
    """Publish a flow, and give its address a signing secret, which counts where the sender signs."""
    services.publish(by=by, flow_id=flow.id, comment="The demo")
    for hook in queries.hooks(by, flow.id):
        services.set_verifier(by=by, hook_id=hook.id, secret=secrets.token_hex(32).encode())


def main() -> None:
    config = environment.read()
    wiring.use_keys(config)
    seed(config)


if __name__ == "__main__":
    main()
