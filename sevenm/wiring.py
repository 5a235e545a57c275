"""Puts the parts together: gives each package of the product the settings and keys it takes as arguments."""

import asyncio
import hashlib
import ipaddress
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from celery import Celery
from django.db import DatabaseError, connections

from integrations.billing import queries
from integrations.connectors.egress import DEFAULT_PORTS, EgressPolicy
from integrations.connectors.transports.mail import MailServer
from integrations.engine.allowances import Allowance
from integrations.engine.announce import Announcer, Send
from integrations.engine.ciphers import make_ciphers
from integrations.engine.database import Pool, pool
from integrations.engine.hooks import Bounds, Hooks
from integrations.engine.ingress import Ingress
from integrations.engine.listeners import Listeners
from integrations.engine.models import Lane
from integrations.engine.programs import Programs
from integrations.engine.tasks import EXECUTE
from integrations.engine.worker import Worker, WorkerConfig
from integrations.errors import UnavailableError
from integrations.vault import services as vault
from integrations.vault.keyring import Keyring
from integrations.vault.purposes import WEB_PURPOSES, WORKER_PURPOSES, Purpose
from integrations.vault.sealed import read_private, read_public
from sevenm.config import Config, Network, Role

PURPOSES: dict[Role, frozenset[Purpose]] = {
    Role.WEB: WEB_PURPOSES,
    Role.ENGINE: WORKER_PURPOSES,
    Role.OWNER: WEB_PURPOSES | WORKER_PURPOSES,
}


def use_keys(config: Config) -> Keyring:
    """Give this process the keys of its role and no others; raises ConfigError where one is missing."""
    keyring = Keyring(config.keys, PURPOSES[config.role])
    vault.use_keys(
        keyring,
        sealer=None if config.role is Role.ENGINE else read_public(config.keys),
        unsealer=None if config.role is Role.WEB else read_private(config.keys),
    )
    return keyring


def doors(config: Config, keyring: Keyring, broker: Celery) -> tuple[Ingress, Listeners | None]:
    """Make the doors for documents: HTTP, and MLLP where the operator opened ports.

    They work as the engine does: for every tenant, one transaction each.
    """
    connections = engine_pool(config, "ingress")
    limits = config.limits
    hooks = Hooks(
        connections,
        Programs(connections),
        make_ciphers(connections, keyring),
        vault.api_key_peppers(),
        Bounds(document_bytes=limits.document_bytes, file_bytes=limits.file_bytes),
    )
    ingress = Ingress(
        connections,
        hooks,
        Announcer(announcements(broker)),
        config.redis_url,
        digest_key=digest_key(config),
        plans=BillingPlans(),
        waiters_max=limits.in_flight,
    )
    if not config.mllp.ports:
        return ingress, None
    return ingress, Listeners(ingress, hooks, config.mllp.host, config.mllp.ports, tls=mllp_tls(config))


def mllp_tls(config: Config) -> ssl.SSLContext | None:
    """Read the certificate that listeners show. Raises OSError (ssl.SSLError too) for files of no use."""
    if not config.mllp.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(config.mllp.certificate, config.mllp.key)
    return context


class BillingPlans:
    """Tells the ingress what a tenant's plan still takes, from a thread with a Django connection."""

    async def allowance(self, tenant_id: UUID) -> Allowance:
        return await asyncio.to_thread(self._ask, tenant_id)

    @staticmethod
    def _ask(tenant_id: UUID) -> Allowance:
        try:
            found = queries.allowance(tenant_id)
        except DatabaseError as error:
            raise UnavailableError("plan.unknown", "The plan cannot be read now.") from error
        finally:
            connections.close_all()
        return Allowance(found.plan, found.limit, found.remaining, found.resets_at)


def worker(config: Config, keyring: Keyring, layer: Any) -> Worker:  # noqa: ANN401  Channels has no types
    """Make the engine of a worker process. layer: the channel layer that its news go to."""
    return Worker(
        WorkerConfig(
            conninfo=config.databases[Role.ENGINE].conninfo,
            redis_url=config.redis_url,
            keyring=keyring,
            unsealer=read_private(config.keys),
            policy=egress_policy(config),
            sandbox_url=config.sandbox_url,
            layer=layer,
            keep_s=config.retention_h * 3600.0,
            digest_key=digest_key(config),
            mail=mail_server(config),
            pool_size=config.engine_pool,
        )
    )


def mail_server(config: Config) -> MailServer | None:
    """Give the server that mail of flows leaves by, None where there is none."""
    mail = config.mail
    if not mail.host:
        return None
    return MailServer(
        mail.host,
        mail.port,
        mail.user,
        mail.password,
        starttls=mail.starttls,
        tls=mail.tls,
        sender=mail.sender,
        domains=mail.domains,
    )


def engine_pool(config: Config, name: str) -> Pool:
    return pool(config.databases[Role.ENGINE].conninfo, size=config.engine_pool, name=name)


def announcements(broker: Celery) -> Send:
    """Give what puts the ids of runs on the queue of their lane."""

    def send(lane: Lane, run_ids: list[str]) -> None:
        broker.send_task(
            EXECUTE, (int(lane), run_ids), queue=lane.name.lower(), ignore_result=True, retry=False
        )

    return send


def digest_key(config: Config) -> bytes:
    """Derive the key of the digests that ordering keys, idempotency keys and keys of steps are stored as."""
    return hashlib.blake2b(config.secret_key.encode(), digest_size=32, person=b"7m ingress").digest()


def egress_policy(config: Config) -> EgressPolicy:
    """Open what the operator opened; the sandbox too, where it runs, and never our own servers."""
    ports = (*(range(port, port + 1) for port in DEFAULT_PORTS), *config.egress_ports)
    networks = config.egress_networks
    if config.sandbox:
        sandbox = urlsplit(config.sandbox_url)
        networks = (*networks, *_addresses(sandbox.hostname or ""))
        ports = (*ports, range(sandbox.port or 80, (sandbox.port or 80) + 1))
    own = {config.database.port, config.port}
    listening = frozenset(port for ports in config.mllp.ports for port in ports)
    return EgressPolicy(networks, ports, frozenset(own), listening)


def _addresses(host: str) -> tuple[Network, ...]:
    """Give the addresses of the sandbox as they are at the start."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(ipaddress.ip_network(str(entry[4][0])) for entry in found)
