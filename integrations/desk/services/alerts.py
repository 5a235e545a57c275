"""What people do about alerts, and where they have them sent."""

import base64
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from integrations.desk.models import AlertRoute, FollowUp, RouteKind
from integrations.engine.models import Alert
from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.vault import services as vault

PLACE: Final = ("desk_alertroute", "secret")
SECRET_BYTES: Final = 32
MOST_ROUTES: Final = 20
CLOSE_SETTLED: Final = """
UPDATE engine_alert a SET closed_at = now()
WHERE a.tenant_id = %s AND a.closed_at IS NULL AND a.last_at < now() - make_interval(secs => %s)
  AND NOT EXISTS (SELECT FROM engine_run r
    WHERE r.tenant_id = a.tenant_id AND r.state IN (4, 6) AND r.flow_id = a.flow_id AND r.error_code = a.code
      AND r.error_destination IS NOT DISTINCT FROM a.destination)
"""
QUIET_S: Final = 120.0
"""An alert stays open this long after its last failure: what is being replayed may fail again."""


@dataclass(frozen=True, slots=True)
class NewRoute:
    """secret: of a webhook, ``whsec_…``; it is shown once, and is nowhere else to read."""

    route: AlertRoute
    secret: str


def acknowledge(*, by: Actor, alert_id: UUID) -> None:
    """Say that somebody looks into it: no more digests about it, warnings before expiry still come."""
    require(by, "alert.edit")
    with bind(by.tenant_id):
        alert = _alert(by, alert_id)
        if alert.closed_at is not None:
            raise ConflictError("alert.closed", "This alert is closed already.")
        FollowUp.objects.bulk_create(
            [
                FollowUp(
                    alert_id=alert_id,
                    tenant_id=by.tenant_id,
                    acknowledged_at=Now(),
                    acknowledged_by=by.label[:254],
                )
            ],
            update_conflicts=True,
            unique_fields=["alert_id"],
            update_fields=["acknowledged_at", "acknowledged_by"],
        )
        audit.record(by, "alert.acknowledged", alert)


def close(*, by: Actor, alert_id: UUID) -> None:
    """Close an alert; the next failure of its cause opens a new one. Twice is as once."""
    require(by, "alert.edit")
    with bind(by.tenant_id):
        alert = _alert(by, alert_id)
        if alert.closed_at is None:
            alert.closed_at = Now()
            alert.save(update_fields=["closed_at"])
            audit.record(by, "alert.closed", alert, code=alert.code, count=alert.count)


def close_settled(*, tenant_id: UUID, quiet_s: float = QUIET_S) -> int:
    """Close alerts of which no dead letter and no run in doubt is left; give how many."""
    with bind(tenant_id), connection.cursor() as cursor:
        cursor.execute(CLOSE_SETTLED, [tenant_id, quiet_s])
        return int(cursor.rowcount)


def create_route(*, by: Actor, kind: str, target: str) -> NewRoute:
    """Have alerts sent somewhere. Raises ConfigError for what is no address, ConflictError for one too many.

    Whether a webhook's address may be called is decided by the egress guard when it is.
    """
    require(by, "alert.edit")
    route = AlertRoute(id=new_id(), tenant_id=by.tenant_id, kind=_kind(kind))
    route.target = _webhook(target) if route.kind == RouteKind.WEBHOOK else _address(target)
    secret = os.urandom(SECRET_BYTES) if route.kind == RouteKind.WEBHOOK else b""
    with bind(by.tenant_id):
        if AlertRoute.objects.filter(tenant_id=by.tenant_id).count() >= MOST_ROUTES:
            raise ConflictError("alert_route.too_many", f"Alerts go to {MOST_ROUTES} addresses at most.")
        if secret:
            route.secret = vault.seal_credential(by.tenant_id, *PLACE, route.id, secret)
        try:
            with transaction.atomic():
                route.save(force_insert=True)
        except IntegrityError as taken:
            raise ConflictError(
                "alert_route.exists", "Alerts go to this address already.", place="target"
            ) from taken
        audit.record(by, "alert_route.created", route, kind=route.kind, target=route.target)
    return NewRoute(route, f"whsec_{base64.b64encode(secret).decode()}" if secret else "")


def set_route_enabled(*, by: Actor, route_id: UUID, enabled: bool) -> None:
    """Switch an address on or off."""
    require(by, "alert.edit")
    with bind(by.tenant_id):
        route = _route(by, route_id)
        route.enabled = enabled
        route.save(update_fields=["enabled"])
        audit.record(by, "alert_route.enabled" if enabled else "alert_route.disabled", route)


def delete_route(*, by: Actor, route_id: UUID) -> None:
    """Send nothing more there; what waits to be sent is dropped."""
    require(by, "alert.edit")
    with bind(by.tenant_id):
        route = _route(by, route_id)
        audit.record(by, "alert_route.deleted", route, kind=route.kind, target=route.target)
        route.delete()


def _alert(by: Actor, alert_id: UUID) -> Alert:
    alert = Alert.objects.select_for_update().filter(tenant_id=by.tenant_id, id=alert_id).first()
    if alert is None:
        raise AccessError
    return alert


def _route(by: Actor, route_id: UUID) -> AlertRoute:
    route = AlertRoute.objects.select_for_update().filter(tenant_id=by.tenant_id, id=route_id).first()
    if route is None:
        raise AccessError
    return route


def _kind(text: str) -> RouteKind:
    if text not in RouteKind.values:
        raise ConfigError("alert_route.kind", "Choose e-mail or webhook.", place="kind")
    return RouteKind(text)


def _address(text: str) -> str:
    text = text.strip()
    try:
        validate_email(text)
    except ValidationError as wrong:
        raise ConfigError("alert_route.address", "This is not an e-mail address.", place="target") from wrong
    return text


def _webhook(text: str) -> str:
    text = text.strip()
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or len(text) > 500 or not text.isprintable() or " " in text:
        raise ConfigError(
            "alert_route.url", "A webhook needs a full address: https://host/path.", place="target"
        )
    return text
