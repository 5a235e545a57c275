"""Taking a file in from a page: stored as the ingress stores one, but for a person who is signed in."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import connection

from integrations.engine.files import CHUNK_BYTES, NAME_MAX
from integrations.errors import ConflictError, InputError
from integrations.flows.queries import flow_of
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

BEGIN_SQL: Final = """
INSERT INTO engine_batch (id, tenant_id, flow_id, version_id, name, state, size_bytes, chunks)
VALUES (%s, %s, %s, %s, %s, 'received', %s, %s)
"""
CHUNK_SQL: Final = "INSERT INTO engine_batchchunk (batch_id, number, tenant_id, body) VALUES (%s, %s, %s, %s)"


def upload(*, by: Actor, flow_id: UUID, name: str, content: bytes) -> UUID:
    """Store a file sealed, whole or not at all, and give its batch; a worker splits it.

    Raises AccessError; InputError for an empty file; ConflictError where the flow is off or takes no files.
    """
    require(by, "batch.send")
    if not content:
        raise InputError("ingress.empty", "The file is empty.")
    shown = "".join(letter for letter in name if letter.isprintable())[:NAME_MAX]
    batch_id = new_id()
    with bind(by.tenant_id), connection.cursor() as cursor:
        flow = flow_of(by, flow_id)
        version = flow.current_version
        if version is None or not flow.enabled:
            raise ConflictError("batch.flow_off", "This flow is switched off.", hint="Switch it on first.")
        if version.trigger != "file_trigger":
            raise ConflictError("batch.no_files", "This flow does not start with a file.")
        pieces = list(_pieces(content))
        begun = (batch_id, by.tenant_id, flow_id, version.id, shown, len(content), len(pieces))
        cursor.execute(BEGIN_SQL, begun)
        for number, piece in enumerate(pieces):
            place = ("engine_batchchunk", "body", f"{batch_id}/{number}")
            sealed = vault.seal(by.tenant_id, Purpose.DATA, *place, piece)
            cursor.execute(CHUNK_SQL, [batch_id, number, by.tenant_id, sealed])
        audit.record(by, "batch.uploaded", f"engine.batch:{batch_id}", flow=flow_id, bytes=len(content))
    return batch_id


def _pieces(content: bytes) -> Iterable[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]
