"""Compiled flow versions of this process. A version never changes, so a program is compiled once."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from integrations.engine.database import Connection, Pool, rows, transaction
from integrations.errors import FlowError
from integrations.flows.called_flows import Called, called_flows
from integrations.flows.compile import CompiledFlow, compile_version
from integrations.flows.environment import CALLED_FLOW, TenantEnv, flow_ref
from integrations.flows.exact_json import ExactDecoder
from integrations.flows.lookup_tables import named_tables
from integrations.flows.snapshots import from_json
from integrations.flows.steps.context import ConnectionRef, FlowRef, PartnerRef
from integrations.graph.flow import Flow

KEEP: Final = 1000
VERSION: Final = "SELECT flow_id, definition::text FROM flows_version WHERE id = %(version)s"
PARTNERS: Final = "SELECT key, name, profile::text FROM partners_partner WHERE tenant_id = %(tenant)s"
CONNECTIONS: Final = """
SELECT id, connector, name, mode, config FROM connectors_connection WHERE tenant_id = %(tenant)s
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A version ready to run. tables: the lookup tables that its rules name, and those of called flows."""

    tenant_id: UUID
    version_id: UUID
    flow_id: UUID
    flow: CompiledFlow
    tables: frozenset[str]


class Programs:
    """Loads and keeps programs, the last used ones."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[UUID, Program] = OrderedDict()
        self._loading: dict[UUID, asyncio.Task[Program]] = {}

    def held(self, version_id: UUID) -> Program | None:
        """Give the program without waiting, where it is held."""
        return self._kept.get(version_id)

    def forget(self, tenant_id: UUID) -> None:
        """Compile a tenant's flows again: its connections or partners have changed."""
        for version_id in [key for key, program in self._kept.items() if program.tenant_id == tenant_id]:
            del self._kept[version_id]

    async def program(self, tenant_id: UUID, version_id: UUID) -> Program:
        """Give the program of a version. Raises FlowError when it cannot run."""
        held = self._kept.get(version_id)
        if held is not None:
            self._kept.move_to_end(version_id)
            return held
        task = self._loading.get(version_id)
        if task is None:
            task = self._loading[version_id] = asyncio.create_task(self._load(tenant_id, version_id))
            task.add_done_callback(lambda _: self._loading.pop(version_id, None))
        return await asyncio.shield(task)

    async def _load(self, tenant_id: UUID, version_id: UUID) -> Program:
        async with transaction(self._pool, [tenant_id]) as connection:
            versions = await rows(connection, VERSION, {"version": version_id})
            connected = await rows(connection, CONNECTIONS, {"tenant": tenant_id})
            partners = await rows(connection, PARTNERS, {"tenant": tenant_id})
            if not versions:
                raise FlowError("flow.version_gone", "This version of the flow does not exist any more.")
            ((flow_id, text),) = versions
            definition = ExactDecoder().decode(text)
            called = await load_called(connection, tenant_id, from_json(definition))
        program = compile_program(
            tenant_id,
            (version_id, flow_id),
            definition,
            references(connected),
            {key: PartnerRef(key, name, ExactDecoder().decode(profile)) for key, name, profile in partners},
            called=called,
        )
        self._kept[version_id] = program
        if len(self._kept) > KEEP:
            self._kept.popitem(last=False)
        return program


def references(connected: list[tuple[Any, ...]]) -> dict[str, ConnectionRef]:
    """Give connections by name and by id from rows of (id, connector, name, mode, config)."""
    found: dict[str, ConnectionRef] = {}
    for row_id, connector, name, mode, config in connected:
        found[str(row_id)] = found[name] = ConnectionRef(row_id, connector, name, mode, config or {})
    return found


def compile_program(
    tenant_id: UUID,
    version: tuple[UUID, UUID],
    definition: Mapping[str, Any],
    connections: Mapping[str, ConnectionRef],
    partners: Mapping[str, PartnerRef],
    *,
    called: Mapping[Called, FlowRef] = MappingProxyType({}),
) -> Program:
    """Compile a definition for one tenant's connections and partners.

    version: its id and its flow's. called: the flows that it runs, those that these run, and so on.
    """
    snapshot = from_json(definition)

    def find(slug: str, number: int | None) -> FlowRef | None:
        return called.get((slug, number))

    env = TenantEnv(snapshot.settings, connections, partners, find_flow=find)
    inner = (node.config for ref in called.values() for node in ref.definition.nodes)
    tables = named_tables(definition).union(*map(named_tables, inner))
    return Program(tenant_id, *version, compile_version(snapshot, env), tables)


async def load_called(connection: Connection, tenant_id: UUID, flow: Flow) -> dict[Called, FlowRef]:
    """Load the flows that a definition runs, those that these run, and so on; leave out what is not there."""
    found: dict[Called, FlowRef] = {}
    todo = set(called_flows(flow))
    while todo:
        named = todo.pop()
        given = {"tenant": tenant_id, "slug": named[0], "number": named[1]}
        for row in await rows(connection, CALLED_FLOW, given):
            found[named] = ref = flow_ref(*row)
            todo |= called_flows(ref.definition) - found.keys()
    return found
