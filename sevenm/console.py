"""What the commands that work inside the product share: who acts, in which tenant, and how answers print.

These commands run as the owner of the database, on the machine that holds the keys: who can start them may do
everything already. They act as 7M itself, and each act is in the audit trail under that name.
"""

import argparse
import json
import sys
from collections.abc import Mapping

from integrations.errors import AccessError, ConfigError
from integrations.tenants.access import Actor, system
from integrations.tenants.models import Member, Role, Tenant
from integrations.tenants.queries import actor_for

LABEL = "command line"


def add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tenant", default="", help="short name of the tenant; needed where there are several"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def actor(slug: str) -> Actor:
    """Act in the tenant with this short name, or in the only one."""
    return system(tenant(slug).id, LABEL)


def owner(of: Tenant) -> Actor:
    """Act as an owner of the tenant, where an act needs a person."""
    member = Member.objects.filter(tenant=of, role=Role.OWNER).select_related("user").order_by("id").first()
    if member is None:
        raise AccessError
    return actor_for(member.user, of.id, origin=LABEL)


def tenant(slug: str) -> Tenant:
    """Find the tenant. Raises ConfigError that lists the short names to choose from."""
    known = {one.slug: one for one in Tenant.objects.order_by("slug")[:1000]}
    if slug in known:
        return known[slug]
    if not slug and len(known) == 1:
        return next(iter(known.values()))
    names = ", ".join(known) or "none yet: sevenm tenant create"
    raise ConfigError("tenant.unknown", "Name the tenant with --tenant.", hint=f"There is: {names}")


def answer(facts: Mapping[str, object], *, as_json: bool) -> None:
    """Print the answer of a command: one JSON object, or one fact a line."""
    if as_json:
        sys.stdout.write(json.dumps(facts, default=str) + "\n")
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        sys.stdout.write(f"{name.replace('_', ' '):<{width}}  {value}\n")
