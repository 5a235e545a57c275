"""The worker's side of using a connection outside of a run: testing it, and asking what a field can be."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from integrations.connectors import kept_choices, loader
from integrations.connectors.choices import choices_of, load_alone
from integrations.connectors.egress import EgressPolicy
from integrations.connectors.kept_choices import Asked, Loaded
from integrations.connectors.manifest import Manifest
from integrations.connectors.models import Connection
from integrations.connectors.probe import Outcome, probe_alone
from integrations.connectors.queries import connection_of
from integrations.connectors.request import Destination, destination
from integrations.connectors.services import note_outcome, open_secrets
from integrations.errors import ConfigError, SevenMError
from integrations.tenants.binding import bind


@dataclass(slots=True)
class _Process:
    """What the wiring gave this process."""

    policy: EgressPolicy | None = None
    sandbox_url: str = ""


_process = _Process()


def use_egress(policy: EgressPolicy, *, sandbox_url: str = "") -> None:
    """Give this worker its egress policy, and where the twins are served."""
    _process.policy, _process.sandbox_url = policy, sandbox_url


def egress_policy() -> EgressPolicy:
    """Give this process's egress policy. Raises ConfigError where it makes no outgoing calls."""
    if _process.policy is None:
        raise ConfigError("egress.no_policy", "This process cannot make outgoing calls.")
    return _process.policy


def check(tenant_id: UUID, connection_id: UUID) -> Outcome:
    """Test a connection and store how it went. Safe to run twice. Raises AccessError where there is none."""
    policy = egress_policy()
    with bind(tenant_id):
        row = connection_of(tenant_id, connection_id)
    try:
        manifest, to, secrets = _opened(row)
    except SevenMError as error:
        outcome = Outcome(works=False, message=error.message, code=error.code)
    else:
        outcome = asyncio.run(probe_alone(policy, manifest, to, secrets))
    note_outcome(tenant_id=tenant_id, connection_id=connection_id, outcome=outcome)
    return outcome


def load_choices(tenant_id: UUID, connection_id: UUID, operation: str, field: str) -> Loaded:
    """Ask the service what a field can be, and keep the answer. Raises AccessError."""
    policy = egress_policy()
    with bind(tenant_id):
        row = connection_of(tenant_id, connection_id)
    try:
        manifest, to, secrets = _opened(row)
        choices = choices_of(manifest, operation, field)
        loaded = Loaded(items=asyncio.run(load_alone(policy, manifest, choices, to, secrets)))
    except SevenMError as error:
        hint = f" {error.hint}" if error.hint else ""
        loaded = Loaded(message=error.message + hint)
    kept_choices.keep(Asked(tenant_id, connection_id, operation, field), loaded)
    return loaded


def _opened(row: Connection) -> tuple[Manifest, Destination, dict[str, str]]:
    manifest = loader.manifest(row.connector)
    to = destination(manifest, row.mode, row.config, sandbox_url=_process.sandbox_url)
    with bind(row.tenant_id):
        return manifest, to, open_secrets(row)
