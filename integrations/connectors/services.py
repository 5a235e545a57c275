"""Writes of connections: each asks for permission, works inside the tenant, and leaves its audit row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from integrations.connectors import kept_choices, loader
from integrations.connectors.choices import choices_of
from integrations.connectors.kept_choices import Asked, Loaded
from integrations.connectors.manifest import Manifest
from integrations.connectors.models import Connection, Mode, Status
from integrations.connectors.probe import Outcome
from integrations.connectors.queries import connection_of
from integrations.connectors.request import bound_to, checked_config
from integrations.errors import ConfigError, ConflictError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.changes import changed
from integrations.tenants.ids import new_id
from integrations.vault import services as vault

MAX_SECRET_CHARS = 10_000
PLACE = ("connectors_connection", "secret")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person fills in. secrets: empty to leave them as they are."""

    name: str
    mode: str
    config: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


def create_connection(*, by: Actor, connector: str, wanted: Wanted) -> Connection:
    """Make a connection. Raises ConfigError for what does not fit, ConflictError for a taken name.

    The secrets are sealed to the worker at once: this process cannot read them again. A connection to a twin
    needs none given: the twin's are public.
    """
    require(by, "connection.edit")
    manifest = loader.manifest(connector)
    row = Connection(id=new_id(), tenant_id=by.tenant_id, connector=manifest.key)
    _fill(row, manifest, wanted)
    with bind(by.tenant_id):
        _seal(row, manifest, wanted)
        _save(row, is_new=True)
        changed(by.tenant_id)
        audit.record(by, "connection.created", row, connector=row.connector, mode=row.mode)
    return row


def update_connection(*, by: Actor, connection_id: UUID, wanted: Wanted) -> Connection:
    """Change a connection. A change of the address it calls clears its secrets unless new ones are given."""
    require(by, "connection.edit")
    with bind(by.tenant_id):
        row = connection_of(by.tenant_id, connection_id, for_update=True)
        manifest = loader.manifest(row.connector)
        before = row.base_url
        _fill(row, manifest, wanted)
        moved = row.base_url != before
        if moved:
            row.secret = None
        _seal(row, manifest, wanted)
        row.checked_at, row.detail = None, ""
        _save(row, is_new=False)
        changed(by.tenant_id)
        audit.record(
            by, "connection.changed", row, mode=row.mode, moved=moved, secret_replaced=bool(wanted.secrets)
        )
    return row


def delete_connection(*, by: Actor, connection_id: UUID) -> None:
    """Remove a connection with its secrets. Flows that name it say so when they next run."""
    require(by, "connection.edit")
    with bind(by.tenant_id):
        row = connection_of(by.tenant_id, connection_id, for_update=True)
        audit.record(by, "connection.deleted", row, connector=row.connector)
        row.delete()
        changed(by.tenant_id)


def begin_check(*, by: Actor, connection_id: UUID) -> Connection:
    """Note that a test was asked for; the worker, which alone can open the secrets, makes it."""
    require(by, "connection.use")
    with bind(by.tenant_id):
        row = connection_of(by.tenant_id, connection_id, for_update=True)
        if row.secret is None:
            raise ConfigError(
                "connection.no_secret", "The connection has no credentials.", hint="Enter them."
            )
        row.status, row.detail = Status.CHECKING, ""
        row.save(update_fields=["status", "detail"])
        audit.record(by, "connection.checked", row)
    return row


def ask_choices(
    *, by: Actor, connection_id: UUID, operation: str, field: str, refresh: bool = False
) -> tuple[Loaded | None, bool]:
    """Give what a field can be as the service listed it, None where nothing is kept; and whether to load it.

    refresh: forget what is kept. Only the worker can open the secrets that loading takes. Raises ConfigError
    for a field whose values no operation lists.
    """
    require(by, "connection.use")
    asked = Asked(by.tenant_id, connection_id, operation, field)
    with bind(by.tenant_id):
        row = connection_of(by.tenant_id, connection_id)
    choices_of(loader.manifest(row.connector), operation, field)
    if refresh:
        kept_choices.forget(asked)
    found = kept_choices.kept(asked)
    if found is not None:
        return found, False
    _begin_choices(by, connection_id, operation, field)
    return None, kept_choices.begin(asked)


def _begin_choices(by: Actor, connection_id: UUID, operation: str, field: str) -> None:
    with bind(by.tenant_id):
        row = connection_of(by.tenant_id, connection_id)
        if row.secret is None:
            raise ConfigError(
                "connection.no_secret", "The connection has no credentials.", hint="Enter them."
            )
        audit.record(by, "connection.listed", row, operation=operation, field=field)


def open_secrets(row: Connection) -> dict[str, str]:
    """Open a connection's secrets; in the worker, inside `bind`."""
    if row.secret is None:
        raise ConfigError("connection.no_secret", "The connection has no credentials.", hint="Enter them.")
    text = vault.open_credential(row.tenant_id, *PLACE, row.id, bytes(row.secret))
    return msgspec.json.decode(text, type=dict[str, str])


def note_outcome(*, tenant_id: UUID, connection_id: UUID, outcome: Outcome) -> None:
    """Store how a test went."""
    with bind(tenant_id):
        Connection.objects.filter(tenant_id=tenant_id, id=connection_id).update(
            status=Status.OK if outcome.works else Status.FAILED,
            detail=outcome.message[:500],
            checked_at=Now(),
        )


def _fill(row: Connection, manifest: Manifest, wanted: Wanted) -> None:
    name = wanted.name.strip()
    if not 0 < len(name) <= 80 or not name.isprintable():
        raise ConfigError(
            "connection.name", "A connection needs a name of at most 80 characters.", place="name"
        )
    if wanted.mode not in Mode.values:
        raise ConfigError("connection.mode", "Choose live, sandbox or twin.", place="mode")
    row.name, row.mode = name, wanted.mode
    row.config = checked_config(manifest, wanted.config)
    row.base_url = bound_to(manifest, wanted.mode, row.config)


def _seal(row: Connection, manifest: Manifest, wanted: Wanted) -> None:
    secrets = dict(wanted.secrets)
    if not secrets and row.mode == Mode.TWIN and row.secret is None:
        secrets = dict(manifest.twin.secrets)
    if secrets:
        fields = manifest.secrets
        for name, field in fields.items():
            if not secrets.get(name):
                raise ConfigError("connection.secret_missing", f"{field.title} is missing.", place=name)
            if len(secrets[name]) > MAX_SECRET_CHARS:
                raise ConfigError("connection.secret_form", f"{field.title} is too long.", place=name)
        if unknown := set(secrets) - set(fields):
            raise ConfigError("connection.secret_form", "There is no such secret.", place=min(unknown))
        manifest.auth.headers(secrets)
        manifest.auth.login(row.base_url, secrets)
        row.secret = vault.seal_credential(row.tenant_id, *PLACE, row.id, msgspec.json.encode(secrets))
    row.status = Status.NO_SECRET if row.secret is None else Status.NEW


def _save(row: Connection, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            row.updated_at = Now()
            row.save(force_insert=is_new)
    except IntegrityError as error:
        raise ConflictError(
            "connection.name_taken", "Another connection has this name.", place="name"
        ) from error
    row.refresh_from_db()
