"""The audit trail: rows that are only ever added, and a chain over them that shows when one was changed.

A row is written in the transaction of the act it tells of. A sealer then chains the rows of each tenant:
number, hash before, SHA-256 of the canonical JSON of both and the row. Who removes the newest links leaves no
trace in the chain itself; compare with a ``Head`` that was kept elsewhere.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from uuid import UUID

from django.db import connections, models

from integrations.errors import AccessError
from integrations.tenants.access import Actor
from integrations.tenants.binding import bind, bound_tenant
from integrations.tenants.ids import new_id
from integrations.tenants.models import AuditEvent, AuditSeal

Fact = str | int | bool | UUID | None
NO_HASH = bytes(32)
# The same insert for code with its own psycopg connection; see ``record_values``.
RECORD_SQL = (
    "INSERT INTO tenants_auditevent"
    " (id, tenant_id, actor_kind, actor_id, actor_label, origin, action, object, outcome, facts)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a chain; kept elsewhere it proves that none was cut off."""

    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainReport:
    """sealed: links checked. unsealed: rows not chained yet. problems: empty when nothing was touched."""

    sealed: int
    unsealed: int
    head: Head
    problems: tuple[str, ...]


def record(
    by: Actor, action: str, thing: models.Model | UUID | str = "", *, outcome: str = "ok", **facts: Fact
) -> AuditEvent:
    """Write one row in the caller's bound transaction. Facts are ids and settings, never payloads."""
    if bound_tenant() != by.tenant_id or not connections["default"].in_atomic_block:
        raise AccessError("access.no_tenant", "An audit row belongs in the transaction of its act.")
    return AuditEvent.objects.create(
        tenant_id=by.tenant_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_label=by.label[:254],
        origin=by.origin[:64],
        action=action,
        object=_named(thing),
        outcome=outcome,
        facts=_plain(facts),
    )


def record_values(
    by: Actor, action: str, thing: UUID | str = "", *, outcome: str = "ok", **facts: Fact
) -> tuple[object, ...]:
    """Give the parameters of RECORD_SQL."""
    label, origin = by.label[:254], by.origin[:64]
    told = json.dumps(_plain(facts))
    return (
        new_id(), by.tenant_id, str(by.kind), by.id, label, origin, action, _named(thing), outcome, told
    )  # fmt: skip


def seal(tenant_id: UUID, *, limit: int = 1000, using: str = "default") -> int:
    """Chain the rows of a tenant that are not chained yet, oldest id first; give how many."""
    with bind(tenant_id, using=using):
        with connections[using].cursor() as cursor:  # one sealer of a tenant at a time
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"audit {tenant_id}"])
        head = chain_head(tenant_id, using=using)
        links = []
        for event in _unsealed(tenant_id, using=using)[:limit]:
            number = head.sequence + 1
            link = _link(event, number, head.hash)
            links.append(
                AuditSeal(
                    tenant_id=tenant_id,
                    sequence=number,
                    event_id=event.id,
                    previous_hash=head.hash,
                    hash=link,
                )
            )
            head = Head(number, link)
        AuditSeal.objects.using(using).bulk_create(links)
        return len(links)


def seal_all(*, using: str = "default") -> int:
    """Chain what every tenant has waiting; for the beat, as the engine or the owner."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_unsealed()")
        waiting = [row[0] for row in cursor.fetchall()]
    return sum(seal(tenant_id, using=using) for tenant_id in waiting)


def chain_head(tenant_id: UUID, *, using: str = "default") -> Head:
    """Give the newest link, number 0 where there is none; bound."""
    last = AuditSeal.objects.using(using).filter(tenant_id=tenant_id).order_by("-sequence").first()
    return Head(last.sequence, bytes(last.hash)) if last else Head(0, NO_HASH)


def verify_chain(tenant_id: UUID, *, kept: Head | None = None, using: str = "default") -> ChainReport:
    """Check every link and row of a tenant. kept: a head from before, which must still be in the chain."""
    problems: list[str] = []
    head = Head(0, NO_HASH)
    kept_was_seen = kept is None or kept.sequence == 0
    with bind(tenant_id, using=using):
        for link, event in _linked(tenant_id, using=using):
            problems += _link_problems(link, event, head)
            head = Head(link.sequence, bytes(link.hash))
            kept_was_seen = kept_was_seen or head == kept
        unsealed = _unsealed(tenant_id, using=using).count()
    if not kept_was_seen:
        problems.append(
            "the head that was kept elsewhere is not in the chain: links were cut off or rewritten"
        )
    return ChainReport(head.sequence, unsealed, head, tuple(problems))


def _link_problems(link: AuditSeal, event: AuditEvent | None, before: Head) -> Iterator[str]:
    if link.sequence != before.sequence + 1:
        yield f"links {before.sequence + 1} to {link.sequence - 1} are missing"
    elif bytes(link.previous_hash) != before.hash:
        yield f"link {link.sequence} does not follow the one before it"
    if event is None:
        yield f"the row of link {link.sequence} is missing"
    elif _link(event, link.sequence, bytes(link.previous_hash)) != bytes(link.hash):
        yield f"the row of link {link.sequence} was altered"


def _linked(tenant_id: UUID, *, using: str) -> Iterator[tuple[AuditSeal, AuditEvent | None]]:
    page, after = 1000, 0
    while True:
        links = list(
            AuditSeal.objects.using(using)
            .filter(tenant_id=tenant_id, sequence__gt=after)
            .order_by("sequence")[:page]
        )
        events = AuditEvent.objects.using(using).in_bulk([link.event_id for link in links])
        for link in links:
            yield link, events.get(link.event_id)
        if len(links) < page:
            return
        after = links[-1].sequence


def _unsealed(tenant_id: UUID, *, using: str) -> "models.QuerySet[AuditEvent]":
    """Find rows without a link, from a day before the newest sealed one: no transaction is open that long."""
    seals = AuditSeal.objects.using(using).filter(tenant_id=tenant_id)
    waiting = AuditEvent.objects.using(using).filter(tenant_id=tenant_id)
    last = seals.order_by("-sequence").values_list("event_id", flat=True).first()
    newest = waiting.filter(id=last).values_list("at", flat=True).first() if last else None
    if newest is not None:
        waiting = waiting.filter(at__gte=newest - timedelta(days=1))
    return waiting.exclude(models.Exists(seals.filter(event_id=models.OuterRef("id")))).order_by("id")


def _link(event: AuditEvent, sequence: int, previous: bytes) -> bytes:
    told = {
        "sequence": sequence,
        "previous": previous.hex(),
        "id": str(event.id),
        "tenant": str(event.tenant_id),
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": event.actor_kind,
        "actor_id": str(event.actor_id) if event.actor_id else None,
        "actor_label": event.actor_label,
        "origin": event.origin,
        "action": event.action,
        "object": event.object,
        "outcome": event.outcome,
        "facts": event.facts,
    }
    return hashlib.sha256(canonical_json(told)).digest()


def canonical_json(value: object) -> bytes:
    """One text for one value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _named(thing: models.Model | UUID | str) -> str:
    if isinstance(thing, models.Model):
        return f"{thing._meta.label_lower}:{thing.pk}"  # noqa: SLF001  Django's documented name
    return str(thing)[:200]


def _plain(facts: Mapping[str, Fact]) -> dict[str, str | int | bool | None]:
    for name, fact in facts.items():
        if fact is not None and not isinstance(fact, str | int | bool | UUID):
            raise TypeError(f"the fact {name} is neither text, whole number, yes/no nor id")
    return {name: str(fact) if isinstance(fact, UUID) else fact for name, fact in facts.items()}
