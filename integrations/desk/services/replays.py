"""Ordering a replay, and stopping one. The workers carry it out in pieces that fit beside live traffic."""

from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from integrations.desk.queries.replays import Counted, counted, replay_of
from integrations.desk.selection import Selection
from integrations.engine.models import Replay
from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id

FASTEST_PER_S: Final = 10_000
MOST_AT_ONCE: Final = 5


def start_replay(
    *,
    by: Actor,
    chosen: Selection,
    from_start: bool = False,
    current_version: bool = False,
    pace_per_s: int = 0,
) -> Replay:
    """Order the dead letters of a selection to run again, oldest first, each with its old idempotency keys.

    from_start: make calls that finished again where the destination knows the key. current_version: with the
    version that the flow runs now. pace_per_s: released a second, 0 for as fast as there is room.
    Runs chosen by number that cannot be replayed are counted in `refused`. Raises AccessError where a number
    is not the tenant's; ConflictError ``replay.expired``, ``replay.nothing``, ``replay.too_many``.
    """
    require(by, "dead_letter.replay")
    if not 0 <= pace_per_s <= FASTEST_PER_S:
        raise ConfigError("replay.pace", f"The pace is 0 to {FASTEST_PER_S} a second.", place="pace_per_s")
    with bind(by.tenant_id):
        found = counted(by.tenant_id, chosen)
        _check(found)
        _check_running(by)
        replay = Replay.objects.create(
            id=new_id(),
            tenant_id=by.tenant_id,
            asked_by=by.label[:254],
            chosen=chosen.as_json(),
            from_start=from_start,
            current_version=current_version,
            pace_per_s=pace_per_s,
            total=found.ready,
            refused=found.expired + found.others,
            created_at=Now(),
        )
        audit.record(
            by,
            "replay.started",
            replay,
            total=found.ready,
            refused=found.expired + found.others,
            from_start=from_start,
            current_version=current_version,
            pace_per_s=pace_per_s,
            flow=chosen.flow_id,
            code=chosen.code,
            step=chosen.step,
            destination=chosen.destination,
            by_number=len(chosen.ids or ()),
        )
    return replay


def stop_replay(*, by: Actor, replay_id: UUID) -> bool:
    """Release no more; what was released goes on. Give whether it was running. Twice is as once."""
    require(by, "dead_letter.replay")
    with bind(by.tenant_id):
        replay = replay_of(by, replay_id, lock=True)
        if replay.state != "running":
            return False
        replay.state = "stopped"
        replay.finished_at = Now()
        replay.save(update_fields=["state", "finished_at"])
        audit.record(by, "replay.stopped", replay, released=replay.released, total=replay.total)
    return True


def _check(found: Counted) -> None:
    if found.missing:
        raise AccessError
    if found.ready:
        return
    if found.expired:
        raise ConflictError(
            "replay.expired",
            "These runs were kept for their time and their documents were then destroyed: "
            "they cannot be replayed.",
            hint="Have the requests sent again.",
        )
    raise ConflictError(
        "replay.nothing", "There is no dead letter to replay.", hint="Reload: they may have gone on already."
    )


def _check_running(by: Actor) -> None:
    """Refuse one more than a tenant may have at once, so that every tenant's are carried on."""
    with connection.cursor() as cursor:  # one order of a tenant at a time
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"replay {by.tenant_id}"])
    if Replay.objects.filter(tenant_id=by.tenant_id, state="running").count() >= MOST_AT_ONCE:
        raise ConflictError(
            "replay.too_many",
            f"{MOST_AT_ONCE} replays are running already.",
            hint="Wait for one, or stop it.",
        )
