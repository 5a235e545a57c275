"""Uploaded files: taken in as they come, kept sealed, checked whole, then split into one run for each record.

A file is read twice. The first reading finds every error before any run exists, so that a truncated file or a
wrong trailer count starts nothing; the second makes runs, 500 in a transaction that also moves the mark, so
that a crash goes on from there and no record becomes two runs.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

import psycopg

from integrations.engine import arrays, frames
from integrations.engine.database import NAME_TENANTS, Pool, statements, tenants_text, transaction
from integrations.engine.hooks import Hook
from integrations.engine.intake import SQL as INTAKE
from integrations.engine.intake import Arrival, columns
from integrations.engine.models import Lane, Mode, Origin
from integrations.engine.programs import Program
from integrations.errors import InputError, LimitError, SevenMError
from integrations.flows.steps.context import Part, SplitRunner
from integrations.tenants.ids import new_id
from integrations.vault.cipher import TenantCipher

log = logging.getLogger(__name__)

SQL: Final = statements("files")
CHUNK_BYTES: Final = 1 << 20
IDLE_S: Final = 30.0
LEASE_S: Final = 60.0
GROUP: Final = 500
NAME_MAX: Final = 200


class Uploads:
    """The ingress' side: stores an upload chunk by chunk while it arrives."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def receive(self, hook: Hook, headers: dict[bytes, bytes], query: bytes, receive: Any) -> UUID:  # noqa: ANN401
        """Store the body; give the batch once all of it is committed. Raises LimitError, InputError."""
        limit = hook.max_bytes
        if int(headers.get(b"content-length", b"0")) > limit:
            raise _too_large(limit)
        batch_id = new_id()
        name = _file_name(headers, query)
        async with transaction(self._pool, [hook.tenant_id]) as connection:
            await connection.execute(
                SQL["begin"],
                {
                    "id": batch_id,
                    "tenant": hook.tenant_id,
                    "flow": hook.flow_id,
                    "version": hook.version_id,
                    "name": name,
                },
            )
        try:
            size, chunks = await self._store(hook, batch_id, receive, limit)
            if size == 0:
                raise InputError("ingress.empty", "The file is empty.")
        except BaseException:
            async with transaction(self._pool, [hook.tenant_id]) as connection:
                await connection.execute(SQL["abandon"], {"id": batch_id})
            raise
        async with transaction(self._pool, [hook.tenant_id]) as connection:
            await connection.execute(SQL["received"], {"id": batch_id, "size": size, "chunks": chunks})
        return batch_id

    async def _store(self, hook: Hook, batch_id: UUID, receive: Any, limit: int) -> tuple[int, int]:  # noqa: ANN401
        size = chunks = 0
        held = bytearray()
        more = True
        while more:
            try:
                async with asyncio.timeout(IDLE_S):
                    message = await receive()
            except TimeoutError:
                raise InputError("ingress.body_timeout", "The file stopped arriving.") from None
            if message["type"] == "http.disconnect":
                raise InputError("ingress.disconnected", "The file did not arrive whole.")
            held += message.get("body", b"")
            more = message.get("more_body", False)
            while len(held) >= CHUNK_BYTES or (held and not more):
                chunk = bytes(held[:CHUNK_BYTES])
                del held[:CHUNK_BYTES]
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                sealed = hook.cipher.seal("engine_batchchunk", "body", f"{batch_id}/{chunks}", chunk)
                async with transaction(self._pool, [hook.tenant_id]) as connection:
                    await connection.execute(
                        SQL["add_chunk"],
                        {"id": batch_id, "number": chunks, "tenant": hook.tenant_id, "body": sealed},
                        binary=True,
                    )
                chunks += 1
        return size, chunks


@dataclass(frozen=True, slots=True)
class Claimed:
    """A batch in the hands of this worker."""

    batch_id: UUID
    tenant_id: UUID
    flow_id: UUID
    version_id: UUID
    name: str
    chunks: int
    split: int
    fence: int


def claim(conninfo: str, batch_id: UUID, tenant_id: UUID) -> Claimed | None:
    """Lease a batch that is to be split; None where another worker has it or it is done."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(NAME_TENANTS, {"tenants": tenants_text([tenant_id])})
        row = connection.execute(SQL["claim"], {"id": batch_id, "lease_s": LEASE_S}).fetchone()
    return None if row is None else Claimed(batch_id, *row)


def split(
    conninfo: str,
    batch: Claimed,
    program: Program,
    cipher: TenantCipher,
    announce: Callable[[Lane, list[UUID]], None],
) -> None:
    """Check the file, then make its runs. Stops without a word when another worker took the batch over.

    Runs in a thread of its own: reading a large file takes seconds of computing.
    """
    runner: Any = program.flow.steps[program.flow.start].runner
    with psycopg.connect(conninfo) as connection:
        connection.prepare_threshold = 0
        arrays.register(connection.adapters)
        source = _Source(connection, batch, cipher)
        try:
            if batch.split == 0 and not _check(connection, batch, runner, source):
                return
            _make_runs(connection, batch, runner, source, cipher=cipher, announce=announce)
        except SevenMError as error:
            connection.rollback()
            _write(connection, batch, "reject", code=error.code, message=error.message, place=error.place)
            log.warning("batch.rejected batch=%s code=%s", batch.batch_id, error.code)


class _Source:
    """The file's bytes, one opened chunk at a time."""

    def __init__(self, connection: psycopg.Connection[Any], batch: Claimed, cipher: TenantCipher) -> None:
        self._connection, self._batch, self._cipher = connection, batch, cipher

    def __iter__(self) -> Iterator[bytes]:
        batch = self._batch
        for number in range(batch.chunks):
            with self._connection.transaction():
                self._connection.execute(NAME_TENANTS, {"tenants": tenants_text([batch.tenant_id])})
                row = self._connection.execute(
                    SQL["read_chunk"], {"id": batch.batch_id, "number": number}, binary=True
                ).fetchone()
            if row is None:
                raise InputError("batch.incomplete", "A part of this file is not kept any more.")
            yield self._cipher.open("engine_batchchunk", "body", f"{batch.batch_id}/{number}", row[0])


def _check(connection: psycopg.Connection[Any], batch: Claimed, runner: SplitRunner, source: _Source) -> bool:
    records, has_trailer = 0, False
    for part in runner.split(source):
        if part.kind == "item":
            records += 1
        elif part.kind == "trailer":
            has_trailer = True
    if records == 0:
        raise InputError("batch.no_records", "The file holds no record.")
    return _write(connection, batch, "counted", records=records, said=records if has_trailer else None)


def _make_runs(
    connection: psycopg.Connection[Any],
    batch: Claimed,
    runner: SplitRunner,
    source: _Source,
    *,
    cipher: TenantCipher,
    announce: Callable[[Lane, list[UUID]], None],
) -> None:
    items = (part for part in runner.split(source) if part.kind == "item")
    done = 0
    while group := list(islice(items, GROUP)):
        fresh = group[max(0, batch.split - done) :]
        done += len(group)
        if not fresh:
            continue
        ids = _store_group(connection, batch, fresh, done, cipher)
        if ids is None:
            return
        announce(Lane.BULK, ids)
    _write(connection, batch, "finish")


def _store_group(
    connection: psycopg.Connection[Any], batch: Claimed, group: list[Part], done: int, cipher: TenantCipher
) -> list[UUID] | None:
    arrivals = [_arrival(batch, part, cipher) for part in group]
    with connection.transaction():
        connection.execute(NAME_TENANTS, {"tenants": tenants_text([batch.tenant_id])})
        moved = connection.execute(
            SQL["progress"],
            {"id": batch.batch_id, "fence": batch.fence, "split": done, "lease_s": LEASE_S},
        ).fetchone()
        if moved is None:
            return None
        connection.execute(INTAKE["accept"], columns(arrivals))
    return [arrival.run_id for arrival in arrivals]


def _arrival(batch: Claimed, part: Part, cipher: TenantCipher) -> Arrival:
    run_id = new_id()
    frame = frames.pack({"headers": {}, "query": {}, "name": batch.name}, part.document)
    return Arrival(
        run_id,
        batch.tenant_id,
        batch.flow_id,
        batch.version_id,
        Lane.BULK,
        Mode.ASYNC,
        Origin.FILE,
        cipher.seal("engine_document", "input", run_id, frame),
        len(part.document),
        batch_id=batch.batch_id,
        batch_number=part.number,
    )


def _write(connection: psycopg.Connection[Any], batch: Claimed, name: str, **params: object) -> bool:
    with connection.transaction():
        connection.execute(NAME_TENANTS, {"tenants": tenants_text([batch.tenant_id])})
        row = connection.execute(
            SQL[name], {"id": batch.batch_id, "fence": batch.fence, "lease_s": LEASE_S, **params}
        ).fetchone()
    return row is not None


def _file_name(headers: dict[bytes, bytes], query: bytes) -> str:
    """Give the sender's name of the file (header ``x-file-name`` or query ``name``); never used as a path."""
    name = headers.get(b"x-file-name", b"").decode("utf-8", "replace")
    if not name and query.startswith(b"name="):
        name = query[5:].split(b"&")[0].decode("utf-8", "replace")
    return "".join(character for character in name if character.isprintable())[:NAME_MAX]


def _too_large(limit: int) -> LimitError:
    return LimitError(
        "ingress.too_large", f"The file is larger than {limit} bytes.", hint="Send it in parts."
    )
