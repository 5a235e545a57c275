"""What steps may look up for one tenant while a flow is checked in the web process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, TypeAlias
from uuid import UUID

from django.conf import settings as settings_of_installation
from django.db import connection

from integrations.connectors import loader
from integrations.connectors.manifest import Manifest
from integrations.errors import ConfigError
from integrations.flows.exact_json import ExactDecoder
from integrations.flows.snapshots import from_json
from integrations.flows.steps.context import ConnectionRef, FlowRef, PartnerRef
from integrations.graph.flow import Settings

PARTNERS = "SELECT key, name, profile FROM partners_partner WHERE tenant_id = %s"
MEMBERS = (
    "SELECT u.email FROM tenants_member m JOIN tenants_user u ON u.id = m.user_id WHERE m.tenant_id = %s"
)
CONNECTIONS = "SELECT id, connector, name, mode, config FROM connectors_connection WHERE tenant_id = %s"
CALLED_FLOW: Final = """
SELECT flow.slug, flow.name, version.number, version.definition::text
FROM flows_flow flow JOIN flows_version version ON version.flow_id = flow.id
WHERE flow.tenant_id = %(tenant)s AND flow.slug = %(slug)s
  AND CASE WHEN %(number)s::integer IS NULL THEN version.id = flow.current_version_id
      ELSE version.number = %(number)s::integer END
"""

FindFlow: TypeAlias = Callable[[str, int | None], FlowRef | None]


@dataclass(frozen=True)
class TenantEnv:
    """The tenant's connections, by name and by id, its partners by key, and the catalogue.

    mllp_ports: those that the operator lets flows listen on. members: by e-mail, in lower case.
    mail_domains: where mail may go, None where the installation sends none. slug: the flow's own short name.
    find_flow: gives a version of one of the tenant's flows, where there is one.
    """

    settings: Settings
    connections: Mapping[str, ConnectionRef]
    partners: Mapping[str, PartnerRef] = field(default_factory=dict)
    mllp_ports: tuple[range, ...] = ()
    members: frozenset[str] = frozenset()
    mail_domains: tuple[str, ...] | None = None
    slug: str = ""
    find_flow: FindFlow = lambda *_: None

    def connector(self, key: str) -> Manifest:
        return loader.manifest(key)

    def connection(self, name: str) -> ConnectionRef:
        found = self.connections.get(name)
        if found is None:
            known = sorted({ref.name for ref in self.connections.values()})
            raise ConfigError(
                "connection.unknown",
                f"There is no connection “{name}”." if name else "No connection is chosen.",
                hint=f"There are {', '.join(known[:20])}." if known else "Set up a connection first.",
            )
        return found

    def partner(self, key: str) -> PartnerRef:
        found = self.partners.get(key)
        if found is None:
            known = sorted(self.partners)
            raise ConfigError(
                "partner.unknown",
                f"There is no partner “{key}”.",
                hint=f"There are {', '.join(known[:20])}." if known else "Add the partner first.",
            )
        return found

    def flow(self, slug: str, number: int | None) -> FlowRef:
        found = self.find_flow(slug, number)
        if found is not None:
            return found
        if number is not None and self.find_flow(slug, None) is not None:
            raise ConfigError(
                "subflow.no_version",
                f"The flow “{slug}” has no version {number}.",
                place="version",
                hint="Leave the version empty: the one that is live is taken.",
            )
        raise ConfigError(
            "subflow.unknown",
            f"There is no published flow “{slug}”." if slug else "No flow is chosen.",
            place="flow",
            hint="Publish it first, or choose another one." if slug else "Choose the flow to run.",
        )


def tenant_env(tenant_id: UUID, settings: Settings, slug: str = "") -> TenantEnv:
    """Load what the tenant has; inside `bind`, as is every use of it. slug: the flow's own short name."""
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS, [tenant_id])
        refs = [ConnectionRef(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]
        cursor.execute(PARTNERS, [tenant_id])
        partners = [
            PartnerRef(key, name, ExactDecoder().decode(profile)) for key, name, profile in cursor.fetchall()
        ]
        cursor.execute(MEMBERS, [tenant_id])
        members = frozenset(email.lower() for (email,) in cursor.fetchall())
    installation = settings_of_installation.SEVENM
    return TenantEnv(
        settings,
        {name: ref for ref in refs for name in (str(ref.id), ref.name)},
        {ref.key: ref for ref in partners},
        installation.mllp.ports,
        members,
        installation.mail.domains if installation.mail.host else None,
        slug,
        _finder(tenant_id),
    )


def _finder(tenant_id: UUID) -> FindFlow:
    @cache
    def find(slug: str, number: int | None) -> FlowRef | None:
        with connection.cursor() as cursor:
            cursor.execute(CALLED_FLOW, {"tenant": tenant_id, "slug": slug, "number": number})
            row = cursor.fetchone()
        return row and flow_ref(*row)

    return find


def flow_ref(slug: str, name: str, number: int, definition: str) -> FlowRef:
    """Read a row of ``CALLED_FLOW``."""
    return FlowRef(slug, name, number, from_json(ExactDecoder().decode(definition)))
