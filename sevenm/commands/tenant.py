import argparse
import secrets

from django.conf import settings

from integrations.billing.services import choose_plan
from integrations.pricing.plans import FREE, PAY_AS_YOU_GO, PLANS
from integrations.tenants import services
from integrations.tenants.access import SCOPES
from integrations.tenants.models import User
from integrations.vault.services import api_key_peppers
from sevenm import console


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a tenant, its owner and an API key")
    create.add_argument("name")
    create.add_argument("--slug", default="", help="short name; else made from the name")
    create.add_argument("--email", default="", help="e-mail of the owner; else one that nobody has")
    create.add_argument(
        "--plan", choices=list(PLANS), default=PAY_AS_YOU_GO.key, help="price plan (default: %(default)s)"
    )
    create.add_argument("--json", action="store_true", help="answer in JSON")
    key = actions.add_parser("key", help="make an API key; it is shown once")
    key.add_argument("name")
    key.add_argument("--scopes", default="", help="separated by commas; else all there are")
    console.add_common(key)
    change = actions.add_parser("plan", help="give a tenant another price plan from now on")
    change.add_argument("plan", choices=list(PLANS))
    console.add_common(change)


def run(arguments: argparse.Namespace) -> int:
    action = {"create": create, "key": make_key, "plan": change_plan}[arguments.action]
    return action(arguments)


def create(arguments: argparse.Namespace) -> int:
    email = arguments.email or f"owner-{secrets.token_hex(4)}@example.com"
    user = User.objects.filter(email__iexact=email).first()
    password = ""
    if user is None:
        password = secrets.token_urlsafe(15)
        user = User.objects.create_user(email, password)
    tenant = services.create_tenant(by=user, name=arguments.name, slug=arguments.slug, origin=console.LABEL)
    if arguments.plan != FREE.key:
        choose_plan(by=console.owner(tenant), plan=arguments.plan)
    text = _new_key(tenant.slug, "First key", SCOPES)
    facts = {
        "tenant": tenant.slug,
        "id": tenant.id,
        "email": user.email,
        "password": password,
        "plan": arguments.plan,
        "api_key": text,
    }
    shown = {name: value for name, value in facts.items() if value}
    console.answer({**shown, "url": settings.SEVENM.public_url}, as_json=arguments.json)
    return 0


def make_key(arguments: argparse.Namespace) -> int:
    scopes = frozenset(filter(None, arguments.scopes.split(","))) or SCOPES
    tenant = console.tenant(arguments.tenant)
    console.answer({"api_key": _new_key(tenant.slug, arguments.name, scopes)}, as_json=arguments.json)
    return 0


def change_plan(arguments: argparse.Namespace) -> int:
    tenant = console.tenant(arguments.tenant)
    made = choose_plan(by=console.owner(tenant), plan=arguments.plan)
    facts = {"tenant": tenant.slug, "plan": made.plan, "from": made.starts_at}
    console.answer(facts, as_json=arguments.json)
    return 0


def _new_key(slug: str, name: str, scopes: frozenset[str]) -> str:
    by = console.owner(console.tenant(slug))
    return services.create_api_key(by=by, name=name, scopes=scopes, peppers=api_key_peppers()).text
