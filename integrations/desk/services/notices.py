"""Messages about alerts: which are due, to whom, and what became of them. Works for one tenant at a time.

The first message about a cause goes out at once; while it goes on, one digest each 15 minutes; and warnings
when 48, 24 and 6 hours are left (24, 48 and 66 of 72 have passed). Planning and sending are two steps: no
network call stands in a transaction, and a lost process loses no message.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from integrations.desk import words
from integrations.desk.models import AlertRoute, FollowUp, Notice, NoticeKind, RouteKind
from integrations.desk.queries.names import Names, names
from integrations.engine.models import Alert
from integrations.tenants.binding import bind
from integrations.tenants.models import Member, Role, Tenant
from integrations.tenants.queries import active_tenants
from integrations.vault import services as vault
from integrations.vault.envelope import UnreadableError

WARNINGS_H: Final = (48, 24, 6)
DIGEST_S: Final = 900.0
RETRIES_S: Final = (10.0, 60.0, 300.0, 1800.0, 7200.0)
LEASE_S: Final = 120.0
MOST_ALERTS: Final = 1000
MOST_MEMBERS: Final = 100
FORGET_DAYS: Final = 30
SECRET: Final = ("desk_alertroute", "secret")
PLAN_SQL: Final = """
WITH failed AS (
  SELECT flow_id, error_destination, error_code, count(*) AS remaining, min(expires_at) AS soonest
  FROM engine_run WHERE tenant_id = %(tenant)s AND state = 6 AND NOT held GROUP BY 1, 2, 3)
SELECT a.id, a.flow_id, a.destination, a.code, a.count, a.sent_count, a.first_at, a.last_at,
       a.sent_at IS NULL, a.sent_at < statement_timestamp() - make_interval(secs => %(digest_s)s),
       f.acknowledged_at IS NOT NULL, coalesce(f.warned_h, 0), coalesce(failed.remaining, 0), failed.soonest,
       extract(epoch FROM failed.soonest - statement_timestamp())::float8 / 3600
FROM engine_alert a
LEFT JOIN desk_followup f ON f.alert_id = a.id AND f.tenant_id = a.tenant_id
LEFT JOIN failed ON failed.flow_id = a.flow_id AND failed.error_code = a.code
  AND failed.error_destination IS NOT DISTINCT FROM a.destination
WHERE a.tenant_id = %(tenant)s AND a.closed_at IS NULL
ORDER BY a.first_at LIMIT %(limit)s FOR UPDATE OF a SKIP LOCKED
"""
CLAIM_SQL: Final = """
UPDATE desk_notice n
SET attempts = n.attempts + 1, due_at = statement_timestamp() + make_interval(secs => %(lease_s)s)
FROM (SELECT id FROM desk_notice WHERE tenant_id = %(tenant)s AND due_at <= statement_timestamp()
      ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
WHERE n.id = due.id AND n.tenant_id = %(tenant)s
RETURNING n.id, n.route_id, n.channel, n.target, n.kind, n.facts, n.attempts, n.created_at
"""


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An open alert as the planning sees it."""

    id: UUID
    flow_id: UUID
    destination: UUID | None
    code: str
    count: int
    sent_count: int
    first_at: datetime
    last_at: datetime
    is_new: bool
    is_digest_due: bool
    is_acknowledged: bool
    warned_h: int
    remaining: int
    soonest: datetime | None
    hours_left: float | None

    @property
    def warning_h(self) -> int:
        """The tightest warning that its hours left are under; 0 for none."""
        left = self.hours_left
        return 0 if left is None else min((hours for hours in WARNINGS_H if left <= hours), default=0)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to send now. secret: of a webhook. unsendable: why it cannot be sent at all, or ""."""

    tenant_id: UUID
    tenant_name: str
    notice_id: UUID
    route_id: UUID | None
    channel: str
    target: str
    kind: str
    facts: list[dict[str, Any]]
    attempts: int
    created_at: datetime
    secret: bytes = b""
    unsendable: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """How sending a parcel went. error: "" when it was taken. is_final: no use in trying again."""

    parcel: Parcel
    error: str = ""
    is_final: bool = False


def alerted_tenants() -> list[UUID]:
    """List the tenants with open alerts, new questions or messages to send; as engine or owner, unbound."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM desk_alerted()")
        return [row[0] for row in cursor.fetchall()]


def plan(*, tenant_id: UUID, digest_s: float = DIGEST_S) -> int:
    """Write the messages that are due, one for each address; give how many. Safe to run twice at once."""
    with bind(tenant_id):
        alerts = _open_alerts(tenant_id, digest_s)
        raised = [alert for alert in alerts if alert.is_new]
        more = [a for a in alerts if not a.is_new and a.count > a.sent_count and not a.is_acknowledged]
        digest = more if any(alert.is_digest_due for alert in more) else []
        expiring = [a for a in alerts if a.warning_h and (not a.warned_h or a.warning_h < a.warned_h)]
        chosen = {NoticeKind.RAISED: raised, NoticeKind.DIGEST: digest, NoticeKind.EXPIRING: expiring}
        written = _write(tenant_id, {kind: some for kind, some in chosen.items() if some})
        told = [alert.id for alert in (*raised, *digest)]
        if told:
            Alert.objects.filter(tenant_id=tenant_id, id__in=told).update(
                sent_at=Now(), sent_count=F("count")
            )
        _note_warnings(tenant_id, [a for a in alerts if a.warning_h != a.warned_h])
    return written


def claim(*, tenant_id: UUID, limit: int = 50) -> list[Parcel]:
    """Take the messages that are due for 120 s; nobody else sends them meanwhile."""
    with bind(tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM_SQL, {"tenant": tenant_id, "lease_s": LEASE_S, "limit": limit})
            rows = cursor.fetchall()
        if not rows:
            return []
        routes = AlertRoute.objects.in_bulk([row[1] for row in rows if row[1] is not None])
        tenant = Tenant.objects.filter(id=tenant_id).values_list("name", flat=True).first()
        return [_parcel(tenant_id, tenant or "", row, routes.get(row[1])) for row in rows]


def settle(*, tenant_id: UUID, delivered: Iterable[Delivered]) -> None:
    """Note what became of messages: sent, to be tried again, or given up."""
    with bind(tenant_id):
        for one in delivered:
            parcel = one.parcel
            found = Notice.objects.filter(tenant_id=tenant_id, id=parcel.notice_id, sent_at=None)
            if not one.error:
                found.update(due_at=None, sent_at=Now(), last_error="")
            elif one.is_final or parcel.attempts > len(RETRIES_S):
                found.update(due_at=None, last_error=one.error[:500])
            else:
                again = Now() + _seconds(RETRIES_S[parcel.attempts - 1])
                found.update(due_at=again, last_error=one.error[:500])
            if parcel.route_id is not None:
                _note_route(tenant_id, parcel.route_id, one)


def forget_old(*, tenant_id: UUID) -> int:
    """Delete messages that are over and older than 30 days; give how many."""
    with bind(tenant_id):
        old = Notice.objects.filter(
            tenant_id=tenant_id, due_at=None, created_at__lt=Now() - _seconds(FORGET_DAYS * 86400.0)
        )
        return old.delete()[0]


def forget_everywhere() -> int:
    """Do the same for every tenant; as the engine or the owner."""
    return sum(forget_old(tenant_id=tenant_id) for tenant_id in active_tenants())


def _open_alerts(tenant_id: UUID, digest_s: float) -> list[OpenAlert]:
    with connection.cursor() as cursor:
        cursor.execute(PLAN_SQL, {"tenant": tenant_id, "digest_s": digest_s, "limit": MOST_ALERTS})
        return [OpenAlert(*row) for row in cursor.fetchall()]


def _write(tenant_id: UUID, chosen: Mapping[NoticeKind, Sequence[OpenAlert]]) -> int:
    if not chosen:
        return 0
    named = [alert for some in chosen.values() for alert in some]
    known = names(
        tenant_id,
        flows=[alert.flow_id for alert in named],
        destinations=[alert.destination for alert in named],
    )
    addresses = _addresses(tenant_id)
    notices = [
        Notice(
            tenant_id=tenant_id,
            route_id=route_id,
            channel=channel,
            target=target,
            kind=kind,
            alert_ids=[alert.id for alert in some],
            facts=[_fact(alert, known) for alert in some],
        )
        for kind, some in chosen.items()
        for route_id, channel, target in addresses
    ]
    return len(Notice.objects.bulk_create(notices))


def _fact(alert: OpenAlert, known: Names) -> dict[str, Any]:
    destination = known.destination(alert.destination)
    return {
        "alert": str(alert.id),
        "flow": str(alert.flow_id),
        "flow_name": known.flow(alert.flow_id),
        "destination": destination,
        "code": alert.code,
        "headline": words.cause(alert.code, destination=destination),
        "count": alert.count,
        "new": alert.count - alert.sent_count,
        "remaining": alert.remaining,
        "first_at": alert.first_at.isoformat(),
        "last_at": alert.last_at.isoformat(),
        "expires_at": alert.soonest.isoformat() if alert.soonest else None,
        "hours_left": alert.warning_h or None,
    }


def _addresses(tenant_id: UUID) -> list[tuple[UUID | None, str, str]]:
    """Give the switched-on routes; without any route of kind e-mail, the owners and builders as well."""
    routes = list(AlertRoute.objects.filter(tenant_id=tenant_id).defer("secret").order_by("id"))
    found: list[tuple[UUID | None, str, str]] = [
        (route.id, route.kind, route.target) for route in routes if route.enabled
    ]
    if not any(route.kind == RouteKind.EMAIL for route in routes):
        people = Member.objects.filter(
            tenant_id=tenant_id, role__in=[Role.OWNER, Role.BUILDER], user__is_active=True
        )
        emails = people.order_by("id").values_list("user__email", flat=True)[:MOST_MEMBERS]
        found += [(None, RouteKind.EMAIL, email) for email in emails]
    return found


def _note_warnings(tenant_id: UUID, alerts: Sequence[OpenAlert]) -> None:
    FollowUp.objects.bulk_create(
        [FollowUp(alert_id=alert.id, tenant_id=tenant_id, warned_h=alert.warning_h) for alert in alerts],
        update_conflicts=True,
        unique_fields=["alert_id"],
        update_fields=["warned_h"],
    )


def _parcel(tenant_id: UUID, tenant_name: str, row: tuple[Any, ...], route: AlertRoute | None) -> Parcel:
    notice_id, route_id, channel, target, kind, facts, attempts, created_at = row
    secret, unsendable = b"", ""
    if route_id is not None and (route is None or not route.enabled):
        unsendable = "The address was deleted or switched off."
    elif route is not None and route.secret is not None:
        try:
            secret = vault.open_credential(tenant_id, *SECRET, route.id, bytes(route.secret))
        except UnreadableError as error:
            unsendable = error.message
    return Parcel(
        tenant_id=tenant_id,
        tenant_name=tenant_name,
        notice_id=notice_id,
        route_id=route_id,
        channel=channel,
        target=target,
        kind=kind,
        facts=json.loads(facts) if isinstance(facts, str) else facts,
        attempts=attempts,
        created_at=created_at,
        secret=secret,
        unsendable=unsendable,
    )


def _note_route(tenant_id: UUID, route_id: UUID, one: Delivered) -> None:
    """Show at the address how the last message went; one that wants no more messages is switched off."""
    route = AlertRoute.objects.filter(tenant_id=tenant_id, id=route_id)
    if not one.error:
        route.update(sent_at=Now(), last_error="")
    elif one.is_final:
        route.update(enabled=False, last_error=one.error[:500])
    else:
        route.update(last_error=one.error[:500])


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
