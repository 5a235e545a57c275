"""What steps may look up for one tenant while a flow is checked in the web process."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from integrations.connectors import loader
from integrations.connectors.manifest import Manifest
from integrations.errors import ConfigError
from integrations.flows.steps.context import ConnectionRef
from integrations.graph.flow import Settings

CONNECTIONS = "SELECT id, connector, name, mode, config FROM connectors_connection WHERE tenant_id = %s"


@dataclass(frozen=True)
class TenantEnv:
    """The tenant's connections, by name and by id, and the catalogue."""

    settings: Settings
    connections: Mapping[str, ConnectionRef]

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


def tenant_env(tenant_id: UUID, settings: Settings) -> TenantEnv:
    """Load what the tenant has; inside `bind`."""
    with connection.cursor() as cursor:
        cursor.execute(CONNECTIONS, [tenant_id])
        refs = [ConnectionRef(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]
    return TenantEnv(settings, {name: ref for ref in refs for name in (str(ref.id), ref.name)})
