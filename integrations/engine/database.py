"""The engine's own way to PostgreSQL: psycopg 3, asynchronous, statements of ``sql/*.sql`` by name."""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, DataError, IntegrityError
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from integrations.engine import arrays

SQL = Path(__file__).parent / "sql"
_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)

Connection = AsyncConnection[TupleRow]
UNFIT = (DataError, IntegrityError, ValueError, ArithmeticError)
"""What a bad row is refused with, by PostgreSQL or on the way to it: no UTF-8, a number too large."""

Pool = AsyncConnectionPool[Connection]

NAME_TENANTS = "SELECT set_config('sevenm.tenants', %(tenants)s, true)"


def statements(file: str, folder: Path = SQL) -> dict[str, str]:
    """Give the named statements of ``<file>.sql`` in a folder of SQL, the engine's own if none is named."""
    parts = _NAME.split((folder / f"{file}.sql").read_text())
    return {name: text.strip().rstrip(";") for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def tenants_text(tenant_ids: Iterable[UUID]) -> str:
    """Give the array text of the setting ``sevenm.tenants``; no tenant means that nothing can be read."""
    return f"{{{','.join(map(str, tenant_ids))}}}"


async def _configure(connection: Connection) -> None:
    """Every statement here runs thousands of times: prepare at once. Waiting for a lock has an end."""
    connection.prepare_threshold = 0
    connection.prepared_max = 200
    await connection.execute("SET lock_timeout = '5s'")
    await connection.execute("SET statement_timeout = '30s'")
    await connection.execute("SET idle_in_transaction_session_timeout = '30s'")
    await connection.execute("SET plan_cache_mode = 'force_generic_plan'")
    arrays.register(connection.adapters)


def pool(conninfo: str, *, size: int, name: str) -> Pool:
    """Give a pool that opens when first used; a lost server is waited for, never an endless queue."""
    return AsyncConnectionPool(
        conninfo,
        connection_class=Connection,
        min_size=1,
        max_size=size,
        open=False,
        name=name,
        timeout=10.0,
        max_waiting=1000,
        reconnect_timeout=3600.0,
        configure=_configure,
        kwargs={"application_name": f"7m-{name}", "autocommit": True},
    )


@asynccontextmanager
async def transaction(source: Pool, tenant_ids: Iterable[UUID] = ()) -> AsyncGenerator[Connection]:
    """One transaction of the engine's role that names the tenants it works for."""
    async with source.connection() as connection, connection.transaction():
        await connection.execute(NAME_TENANTS, {"tenants": tenants_text(tenant_ids)})
        yield connection


async def rows(connection: Connection, query: str, params: Mapping[str, Any] | None = None) -> list[TupleRow]:
    """Run a statement and give all of its rows, with values in PostgreSQL's binary form."""
    cursor = await connection.execute(query, params, binary=True)
    return await cursor.fetchall()
