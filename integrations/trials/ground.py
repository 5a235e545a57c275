"""What a rehearsal stands on: a draft compiled for its tenant, with the tenant's tables and connections."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from integrations.connectors.models import Connection
from integrations.errors import FlowError
from integrations.flows.compile import CompiledFlow
from integrations.flows.environment import tenant_env
from integrations.flows.exact_json import ExactDecoder, ExactEncoder
from integrations.flows.lookup_tables import Tables, named_tables
from integrations.flows.services.drafts import storable
from integrations.flows.snapshots import from_json
from integrations.flows.unfinished import compile_draft
from integrations.flows.visits import Facts, RehearsalBooks
from integrations.formats.codec import Value
from integrations.graph.flow import Flow
from integrations.partners.services import table_rows


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection goes, without its secrets."""

    connector: str
    mode: str
    config: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Ground:
    """A draft ready to be rehearsed. flow: as drawn. places: of the tenant's connections, by id."""

    tenant_id: UUID
    flow: Flow
    compiled: CompiledFlow
    tables: Tables
    places: Mapping[UUID, Place]

    def facts(self, run_id: UUID, now: datetime, books: RehearsalBooks | None = None) -> Facts:
        """Give what the steps may know."""
        return Facts(run_id, self.tenant_id, now, self.tables, books or RehearsalBooks())


def ground_of(tenant_id: UUID, definition: Mapping[str, object]) -> Ground:
    """Compile a draft as far as it goes, inside `bind`. Raises FlowError ``flow.malformed``."""
    flow = from_json(as_stored(storable(definition)))
    env = tenant_env(tenant_id, flow.settings)
    names = frozenset[str]().union(*(named_tables(node.config) for node in flow.nodes))
    rows = Connection.objects.filter(tenant_id=tenant_id).values_list("id", "connector", "mode", "config")
    places = {row_id: Place(connector, mode, config or {}) for row_id, connector, mode, config in rows}
    return Ground(tenant_id, flow, compile_draft(flow, env), table_rows(tenant_id, names), places)


def as_stored(definition: Mapping[str, object]) -> dict[str, object]:
    """Give a definition as it comes back from where versions are kept.

    PostgreSQL puts the keys of objects in an order of its own, and a document that a flow writes follows it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [ExactEncoder().encode(definition)])
        ((text,),) = cursor.fetchall()
    found: dict[str, object] = ExactDecoder().decode(text)
    return found


def require_trigger(ground: Ground) -> None:
    """Raise FlowError where the flow has none."""
    if not ground.compiled.start:
        raise FlowError(
            "flow.no_trigger",
            "The flow has no trigger yet, so nothing can start it.",
            hint="Add a trigger, or run one step alone.",
        )
