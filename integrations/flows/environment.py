"""What steps may look up for one tenant while a flow is checked in the web process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings as settings_of_installation
from django.db import connection

from integrations.connectors import loader
from integrations.connectors.manifest import Manifest
from integrations.errors import ConfigError
from integrations.flows.exact_json import ExactDecoder
from integrations.flows.steps.context import ConnectionRef, PartnerRef
from integrations.graph.flow import Settings

PARTNERS = "SELECT key, name, profile FROM partners_partner WHERE tenant_id = %s"
MEMBERS = (
    "SELECT u.email FROM tenants_member m JOIN tenants_user u ON u.id = m.user_id WHERE m.tenant_id = %s"
)
CONNECTIONS = "SELECT id, connector, name, mode, config FROM connectors_connection WHERE tenant_id = %s"


@dataclass(frozen=True)
class TenantEnv:
    """The tenant's connections, by name and by id, its partners by key, and the catalogue.

    mllp_ports: those that the operator lets flows listen on. members: by e-mail, in lower case.
    mail_domains: where mail may go, None where the installation sends none.
    """

    settings: Settings
    connections: Mapping[str, ConnectionRef]
    partners: Mapping[str, PartnerRef] = field(default_factory=dict)
    mllp_ports: tuple[range, ...] = ()
    members: frozenset[str] = frozenset()
    mail_domains: tuple[str, ...] | None = None

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


def tenant_env(tenant_id: UUID, settings: Settings) -> TenantEnv:
    """Load what the tenant has; inside `bind`."""
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
    )
