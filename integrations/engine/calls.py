"""Calls on their way out: connections with their secrets, requests, and the gate of each destination."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from integrations.connectors import loader, request
from integrations.connectors.client import Outbound, OutboundRequest
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.connectors.manifest import Manifest
from integrations.connectors.request import Destination, Values
from integrations.connectors.tokens import Tokens
from integrations.connectors.transports.mail import AT_ONCE as MAIL_AT_ONCE
from integrations.connectors.transports.mail import Attachment, Mail, MailServer, compose, message_id
from integrations.connectors.transports.mllp import Endpoint, Mllp
from integrations.delivery.retry import Mode
from integrations.delivery.shaping import Rate
from integrations.engine.breakers import Breakers
from integrations.engine.database import Pool, rows, transaction
from integrations.engine.gates import CAP_DEFAULT, Gate, Gates
from integrations.engine.ledger import Lease
from integrations.engine.work import Answer, Prepared
from integrations.errors import ConfigError, CredentialError
from integrations.flows.steps.context import Call, HttpCall, MailCall, MllpCall
from integrations.formats.hl7.mllp import frame
from integrations.vault.ciphers import Ciphers
from integrations.vault.envelope import Place
from integrations.vault.purposes import Purpose
from integrations.vault.sealed import Unsealer, is_sealed

FRESH_S: Final = 2.0
KEEP: Final = 10_000
ORIGINS: Final = UUID("6f0c1a6e-8a53-4f0e-9a44-0f5a3c2b7d11")
"""Namespace of the ids of destinations that are an address and no connection."""
CONNECTION: Final = """
SELECT connector, config, secret, mode FROM connectors_connection WHERE id = %(id)s AND tenant_id = %(tenant)s
"""
SHOWN_HEADERS: Final = frozenset({"content-type", "accept", "idempotency-key"})


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as it is stored: its secret stays sealed until a call needs it."""

    id: UUID
    manifest: Manifest
    mode: str
    to: Destination
    secret: bytes | None


class Calls:
    """Prepares and sends the calls of this worker."""

    def __init__(
        self,
        pool: Pool,
        ciphers: Ciphers,
        gates: Gates,
        breakers: Breakers,
        *,
        policy: EgressPolicy,
        unsealer: Unsealer,
        sandbox_url: str,
        mail: MailServer | None = None,
    ) -> None:
        self._pool, self._ciphers, self._gates, self._breakers = pool, ciphers, gates, breakers
        self._unsealer = unsealer
        self._sandbox_url = sandbox_url
        guard = Guard(policy)
        self.outbound = Outbound(guard)
        self._mllp = Mllp(guard)
        self._mail = Mail(mail)
        self.tokens = Tokens(self.outbound)
        self._connections: dict[UUID, tuple[float, Connection]] = {}
        self._origins: dict[tuple[UUID, str], UUID] = {}
        self._time = asyncio.get_running_loop().time

    async def close(self) -> None:
        self._mllp.close()
        self._mail.close()
        await self.outbound.close()

    async def win_probe(self, gate: Gate) -> bool:
        return await self._breakers.win_probe(gate)

    def breaker_moved(self, gate: Gate) -> None:
        self._breakers.moved(gate)

    async def prepare(self, lease: Lease, call: Call, key: str, timeout_s: float) -> Prepared:
        """Make the request of a call. Raises ConfigError, CredentialError for an unusable connection."""
        if isinstance(call, MllpCall):
            return self._over_mllp(lease, call, timeout_s)
        if isinstance(call, MailCall):
            return self._by_mail(lease, call, key, timeout_s)
        if call.connection_id is None:
            return self._to_address(lease, call, key, timeout_s)
        connection = await self._connection(lease.tenant_id, call.connection_id)
        secrets = await self._open(lease.tenant_id, connection)
        manifest = connection.manifest
        if call.url is not None:
            asked = self._with_connection(connection, call, key, timeout_s)
        else:
            operation = manifest.operation(call.operation)
            asked = request.build(
                manifest,
                operation,
                connection.to,
                {},
                Values(
                    path_params=call.path_params,
                    query=call.query,
                    headers=call.headers,
                    body=call.body,
                    idempotency_key=key,
                    timeout_s=timeout_s,
                ),
            )
        limits = manifest.limits_in(connection.mode)
        gate = self._gates.gate(
            connection.id,
            lease.tenant_id,
            manifest.key,
            limits.concurrent or CAP_DEFAULT,
            Rate(limits.per_s, max(1.0, float(limits.burst))) if limits.per_s else None,
        )
        return Prepared(
            gate, lambda: self._send_with(connection, asked, secrets), _shown(asked), asked.body or b""
        )

    def _to_address(self, lease: Lease, call: HttpCall, key: str, timeout_s: float) -> Prepared:
        asked = _plain(call, key, timeout_s)
        gate = self._gates.gate(
            self._origin(lease.tenant_id, asked.url), lease.tenant_id, "http", CAP_DEFAULT, None
        )
        return Prepared(gate, lambda: self._send(asked), _shown(asked), asked.body or b"")

    def _with_connection(
        self, connection: Connection, call: HttpCall, key: str, timeout_s: float
    ) -> OutboundRequest:
        """Ask a free address with a connection's credentials: only on the connection's own host."""
        asked = _plain(call, key, timeout_s)
        if origin(asked.url) != origin(connection.to.base_url):
            raise ConfigError(
                "call.foreign_host", "The connection's credentials are used on its own hosts only."
            )
        return asked

    def _over_mllp(self, lease: Lease, call: MllpCall, timeout_s: float) -> Prepared:
        """Raise DecodeError ``hl7.mllp_content`` for a message that no frame can hold."""
        url = f"mllp{'s' if call.is_tls else ''}://{call.host}:{call.port}".lower()
        gate = self._gates.gate(
            self._origin(lease.tenant_id, url), lease.tenant_id, "mllp", call.at_once, None
        )
        to, framed = Endpoint(call.host, call.port, call.is_tls), frame(call.message)
        is_fresh = call.mode == Mode.AT_MOST_ONCE
        headers = {"control-id": call.control_id}

        async def send() -> Answer:
            started = self._time()
            body = await self._mllp.exchange(to, framed, timeout_s, is_fresh=is_fresh)
            return Answer(0, headers, body, int((self._time() - started) * 1e6))

        return Prepared(gate, send, {"method": "MLLP", "url": url, "headers": headers}, call.message)

    def _by_mail(self, lease: Lease, call: MailCall, key: str, timeout_s: float) -> Prepared:
        """Raise ConfigError where there is no mail server, or mail may not go there."""
        server = self._mail.server
        attached = None
        if call.attached is not None:
            attached = Attachment(call.attached_name, call.attached_type, call.attached)
        message = compose(
            server, to=call.to, subject=call.subject, text=call.text, key=key, attachment=attached
        )
        gate = self._gates.gate(
            self._origin(lease.tenant_id, server.url), lease.tenant_id, "mail", MAIL_AT_ONCE, None
        )
        headers = {"to": ", ".join(call.to), "message-id": message_id(server, key)}

        async def send() -> Answer:
            started = self._time()
            await self._mail.send(call.to, message, timeout_s)
            return Answer(250, headers, b"", int((self._time() - started) * 1e6))

        return Prepared(gate, send, {"method": "SMTP", "url": server.url, "headers": headers}, message)

    async def _send(self, asked: OutboundRequest) -> Answer:
        started = self._time()
        response = await self.outbound.send(asked)
        return Answer(response.status, response.headers, response.body, int((self._time() - started) * 1e6))

    async def _send_with(
        self, connection: Connection, asked: OutboundRequest, secrets: Mapping[str, str]
    ) -> Answer:
        """Send with the connection's proof; a token that the service no longer takes is renewed once."""
        auth, base_url = connection.manifest.auth, connection.to.base_url
        if not auth.login_path:
            return await self._send(_proven(asked, auth.headers(secrets)))
        token = await self.tokens.token(auth, base_url, secrets)
        answer = await self._send(_proven(asked, auth.headers(secrets, token)))
        if answer.status != 401:
            return answer
        self.tokens.forget(token)
        token = await self.tokens.token(auth, base_url, secrets)
        return await self._send(_proven(asked, auth.headers(secrets, token)))

    def _origin(self, tenant_id: UUID, url: str) -> UUID:
        about = (tenant_id, origin(url))
        found = self._origins.get(about)
        if found is None:
            if len(self._origins) >= KEEP:
                self._origins.clear()
            found = self._origins[about] = uuid5(ORIGINS, f"{tenant_id}|{about[1]}")
        return found

    async def _connection(self, tenant_id: UUID, connection_id: UUID) -> Connection:
        held = self._connections.get(connection_id)
        if held is not None and held[0] > monotonic():
            return held[1]
        async with transaction(self._pool, [tenant_id]) as connection:
            found = await rows(connection, CONNECTION, {"id": connection_id, "tenant": tenant_id})
        if not found:
            raise ConfigError("connection.unknown", "The connection of this step does not exist any more.")
        key, config, secret, mode = found[0]
        manifest = loader.manifest(key)
        to = request.destination(manifest, mode, config or {}, sandbox_url=self._sandbox_url)
        known = Connection(connection_id, manifest, mode, to, bytes(secret) if secret is not None else None)
        if len(self._connections) >= KEEP:
            self._connections.clear()
        self._connections[connection_id] = (monotonic() + FRESH_S, known)
        return known

    async def _open(self, tenant_id: UUID, connection: Connection) -> Mapping[str, str]:
        if connection.secret is None:
            raise CredentialError(
                "connection.no_secret",
                "The connection has no credentials.",
                hint="Enter them at the connection.",
            )
        place = ("connectors_connection", "secret", connection.id)
        if is_sealed(connection.secret):
            text = self._unsealer.unseal(Place(tenant_id, Purpose.CRED, *place), connection.secret)
        else:
            text = await self._ciphers.open(tenant_id, Purpose.CRED, place, connection.secret)
        return msgspec.json.decode(text, type=dict[str, str])


def origin(url: str) -> str:
    """Give scheme, host and port of an address, in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _plain(call: HttpCall, key: str, timeout_s: float) -> OutboundRequest:
    headers = dict(call.headers)
    if call.idempotency_header:
        headers[call.idempotency_header] = key
    body = call.body
    if body is not None and not isinstance(body, bytes):
        raise TypeError("a call of an address has its body as bytes")
    return request.plain(call.method, call.url or "", headers=headers, body=body, timeout_s=timeout_s)


def _proven(asked: OutboundRequest, proof: Mapping[str, str]) -> OutboundRequest:
    return replace(asked, headers={**asked.headers, **proof})


def _shown(asked: OutboundRequest) -> dict[str, Any]:
    """Give what may be kept of a request: no header but the harmless ones."""
    return {
        "method": asked.method,
        "url": asked.url,
        "headers": {name: value for name, value in asked.headers.items() if name.lower() in SHOWN_HEADERS},
    }
