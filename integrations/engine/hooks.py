"""Who may send what to a hook: routes and verifiers, kept for a second, so that switching off works at once.

A hook is looked up by its exact token, before the tenant is known; everything else is read as that tenant.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import msgspec

from integrations.connectors import loader
from integrations.connectors.webhook import Verifier
from integrations.engine.database import Pool, rows, transaction
from integrations.engine.programs import Programs
from integrations.errors import AccessError, SevenMError, UnavailableError
from integrations.flows.steps.context import SplitRunner
from integrations.tenants import apikeys
from integrations.tenants.apikeys import Peppers
from integrations.vault.cipher import TenantCipher
from integrations.vault.ciphers import Ciphers

FRESH_S: Final = 1.0
KEEP: Final = 20_000
MISSES_KEEP: Final = 20_000
TOKEN_MAX: Final = 64
LOOKUP: Final = (
    "SELECT hook_id, tenant_id, flow_id, version_id, live, verifier FROM flows_hook_lookup(%(token)s)"
)
LISTENING: Final = "SELECT port, tenant_id, flow_id, version_id FROM flows_listening()"
STATE: Final = (
    "SELECT state FROM engine_run WHERE id = %(run)s AND tenant_id = %(tenant)s AND flow_id = %(flow)s"
)
SEND, SEE = "ingress.send", "run.view"


@dataclass(frozen=True, slots=True)
class Hook:
    """A live hook, ready to take requests. verifier: None where callers show an API key."""

    token: str
    tenant_id: UUID
    flow_id: UUID
    version_id: UUID
    trigger: Any
    cipher: TenantCipher
    is_file: bool
    is_sync: bool
    is_json: bool
    deadline_s: float
    max_bytes: int
    kept_headers: tuple[str, ...]
    ordering_path: tuple[str, ...] | None
    skips_dead: bool
    verifier: Verifier | None
    secrets: tuple[bytes, ...]
    message_id_header: bytes


@dataclass(frozen=True, slots=True)
class Listening:
    """A flow that has a port of this installation."""

    port: int
    tenant_id: UUID
    flow_id: UUID
    version_id: UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """What an API key may do, kept for a second."""

    tenant_id: UUID
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator lets any hook take, whatever its trigger says."""

    document_bytes: int = 10 << 20
    file_bytes: int = 1 << 30


class Hooks:
    """Hooks and API keys as this process knows them."""

    def __init__(
        self, pool: Pool, programs: Programs, ciphers: Ciphers, peppers: Peppers, bounds: Bounds | None = None
    ) -> None:
        self._bounds = bounds or Bounds()
        self._pool = pool
        self._programs = programs
        self._ciphers = ciphers
        self._peppers = peppers
        self._hooks: dict[str, tuple[float, Hook | None]] = {}
        self._callers: dict[str, tuple[float, Caller | None]] = {}
        self._looking: dict[str, asyncio.Task[Hook | None]] = {}

    def forget(self, tenant_id: UUID) -> None:
        """Compile a tenant's flows again: its connections or partners have changed."""
        self._programs.forget(tenant_id)
        self._hooks = {
            token: held
            for token, held in self._hooks.items()
            if held[1] is None or held[1].tenant_id != tenant_id
        }

    async def find(self, token: str) -> Hook:
        """Give the hook. Raises AccessError when there is none, UnavailableError when it is switched off."""
        held = self._hooks.get(token)
        if held is not None and held[0] > monotonic():
            found = held[1]
        else:
            found = await self._look(token)
        if found is None:
            raise AccessError("ingress.unknown_hook", "There is no such hook.")
        return found

    async def _look(self, token: str) -> Hook | None:
        if not 20 <= len(token) <= TOKEN_MAX or not token.isascii() or not token.isprintable():
            return None
        task = self._looking.get(token)
        if task is None:
            task = self._looking[token] = asyncio.create_task(self._load(token))
            task.add_done_callback(lambda _: self._looking.pop(token, None))
        return await asyncio.shield(task)

    async def _load(self, token: str) -> Hook | None:
        async with transaction(self._pool) as connection:
            found = await rows(connection, LOOKUP, {"token": token})
        hook = None
        if found:
            hook_id, tenant_id, flow_id, version_id, live, verifier = found[0]
            if not live or version_id is None:
                raise UnavailableError(
                    "ingress.disabled",
                    "The flow of this hook is switched off.",
                    hint="Switch the flow on and send again.",
                    retry_after_s=60.0,
                )
            hook = await self._ready(token, hook_id, tenant_id, flow_id, version_id, sealed=verifier)
        if len(self._hooks) >= KEEP:
            self._hooks.clear()
        self._hooks[token] = (monotonic() + FRESH_S, hook)
        return hook

    async def _ready(
        self,
        token: str,
        hook_id: UUID,
        tenant_id: UUID,
        flow_id: UUID,
        version_id: UUID,
        *,
        sealed: bytes | None,
    ) -> Hook:
        program = await self._programs.program(tenant_id, version_id)
        flow = program.flow
        runner: Any = flow.steps[flow.start].runner
        config = runner.config
        verifier: Verifier | None = None
        secrets: tuple[bytes, ...] = ()
        if getattr(config, "auth", "api_key") == "signature":
            webhooks = loader.manifest(runner.connector).webhooks
            if webhooks is None or sealed is None:
                raise UnavailableError(
                    "ingress.no_verifier",
                    "This hook has no signing secret, so it takes no messages.",
                    hint="Enter the vendor's webhook secret at the flow's hook.",
                    retry_after_s=60.0,
                )
            secret = await self._ciphers.open(
                tenant_id, "ingress", ("flows_hook", "verifier", hook_id), bytes(sealed)
            )
            verifier, secrets = Verifier(webhooks), verifier_secrets(secret)
        settings = flow.settings
        is_file = isinstance(runner, SplitRunner)
        return Hook(
            token,
            tenant_id,
            flow_id,
            version_id,
            runner,
            await self._ciphers.get(tenant_id, "data"),
            is_file,
            settings.reply == "sync" and not is_file and getattr(config, "answer", "") != "commit",
            getattr(config, "format", "") == "json",
            settings.deadline_s,
            min(config.max_bytes, self._bounds.file_bytes if is_file else self._bounds.document_bytes),
            () if is_file else runner.headers,
            settings.ordering_path,
            settings.dead_head == "skip",
            verifier,
            secrets,
            getattr(config, "idempotency_header", "").lower().encode(),
        )

    async def listening(self) -> list[Listening]:
        """Give the flows that listen on ports of their own: switched on, and of active tenants."""
        async with transaction(self._pool) as connection:
            return [Listening(*row) for row in await rows(connection, LISTENING)]

    async def listener(self, listening: Listening) -> Hook:
        """Give a flow that listens, ready to take messages. Raises FlowError when it cannot run."""
        token = f"port/{listening.flow_id}"  # no request asks for it: its name is no path
        return await self._ready(
            token,
            listening.flow_id,
            listening.tenant_id,
            listening.flow_id,
            listening.version_id,
            sealed=None,
        )

    async def admit(self, hook: Hook, headers: Mapping[bytes, bytes], body: bytes) -> str:
        """Check the caller; give the message id of a signed message, or of the vendor's header, or "".

        Raises AccessError: ``webhook.*``, ``access.api_key``, or the one for what is not there.
        """
        message_id = ""
        if hook.verifier is not None:
            texts = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
            verified = hook.verifier.verify(texts, body, hook.secrets, datetime.now(UTC))
            message_id = verified.message_id
        else:
            await self.admit_key(hook, headers)
        if hook.message_id_header:
            message_id = headers.get(hook.message_id_header, b"").decode("latin-1")[:255] or message_id
        return message_id

    async def admit_key(self, hook: Hook, headers: Mapping[bytes, bytes], scope: str = SEND) -> None:
        """Check that the request shows an API key of the tenant with this scope. Raises AccessError."""
        text = _shown_key(headers)
        held = self._callers.get(text)
        caller = held[1] if held is not None and held[0] > monotonic() else await self._load_caller(text)
        if caller is None:
            raise AccessError("access.api_key", "The API key is not valid.")
        if caller.tenant_id != hook.tenant_id:
            raise AccessError("ingress.unknown_hook", "There is no such hook.")
        if scope not in caller.scopes:
            raise AccessError("access.scope", f"The API key lacks the scope {scope}.")

    async def may_read(self, hook: Hook, headers: Mapping[bytes, bytes]) -> bool:
        """Say whether the caller may see replies, and not just states."""
        try:
            await self.admit_key(hook, headers)
        except SevenMError:
            if hook.verifier is None:
                raise
            return False
        return True

    async def state_of(self, hook: Hook, run_id: UUID) -> int | None:
        """Give the state of one of the hook's runs."""
        async with transaction(self._pool, [hook.tenant_id]) as connection:
            found = await rows(
                connection, STATE, {"run": run_id, "tenant": hook.tenant_id, "flow": hook.flow_id}
            )
        return found[0][0] if found else None

    async def _load_caller(self, text: str) -> Caller | None:
        key = apikeys.parse(text)
        async with transaction(self._pool) as connection:
            found = await rows(connection, apikeys.LOOKUP_SQL.replace("%s", "%(key)s"), {"key": key.key_id})
        caller = None
        if found:
            tenant_id, _, digest, version, scopes, _, live = found[0]
            if live and apikeys.matches(key, bytes(digest), version, self._peppers):
                caller = Caller(tenant_id, frozenset(scopes))
        if len(self._callers) >= KEEP:
            self._callers.clear()
        self._callers[text] = (monotonic() + FRESH_S, caller)
        return caller


def _shown_key(headers: Mapping[bytes, bytes]) -> str:
    shown = headers.get(b"authorization", b"")
    if shown[:7].lower() == b"bearer ":
        return shown[7:].strip().decode("latin-1")
    if b"x-api-key" in headers:
        return headers[b"x-api-key"].strip().decode("latin-1")
    raise AccessError("access.api_key", "Show an API key: Authorization: Bearer 7m_….")


def verifier_secrets(stored: bytes) -> tuple[bytes, ...]:
    """Give the live secrets of a hook, at most two: a JSON list of texts, or the one secret itself."""
    if stored.startswith(b"["):
        return tuple(text.encode() for text in msgspec.json.decode(stored, type=list[str])[:2])
    return (stored,)
