"""Publishing: a draft that is valid becomes an immutable numbered version, and new runs use it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now

from integrations.errors import ConflictError, FlowError, Problem
from integrations.flows.called_flows import pinned
from integrations.flows.environment import tenant_env
from integrations.flows.models import Flow, Hook, ListeningPort, Version
from integrations.flows.queries import flow_of
from integrations.flows.services.hooks import add_hook
from integrations.flows.snapshots import checksum, from_json, to_json
from integrations.flows.trials import failures
from integrations.flows.validation import errors_of, validate
from integrations.graph.diff import diff
from integrations.graph.flow import Flow as Definition
from integrations.graph.flow import Json, Node, is_trigger
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

RECEIVING = frozenset({"webhook_trigger", "file_trigger"})
"""Triggers that need an address."""
LISTENING = frozenset({"mllp_trigger"})
"""Triggers that need a port."""
TAKE_PORT = """
INSERT INTO flows_listeningport (port, tenant_id, flow_id) VALUES (%s, %s, %s) ON CONFLICT (port) DO NOTHING
"""


Check: TypeAlias = Callable[[Actor, UUID, Mapping[str, Json]], list[Problem]]
"""Finds what keeps a draft of a flow from being published, inside `bind`."""
_checks: list[Check] = []


def check_before_publishing(check: Check) -> None:
    """Have a draft pass a check of a package above before it is published; again changes nothing."""
    if check not in _checks:
        _checks.append(check)


def publish(*, by: Actor, flow_id: UUID, comment: str = "") -> Version:
    """Publish the draft. The first publishing switches the flow on and gives it its address.

    Raises FlowError ``flow.not_valid`` with every problem, or with those that other checks found; a rollback
    asks for no such checks. ConflictError ``flow.unchanged`` when the draft is the version that runs.
    """
    require(by, "flow.publish")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        return _publish(by, flow, flow.draft, comment, _checks)


def rollback(*, by: Actor, flow_id: UUID, number: int, comment: str = "") -> Version:
    """Publish an old version again, as a new one; the draft stays as it is. Raises as `publish` does."""
    require(by, "flow.publish")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        old = Version.objects.filter(tenant_id=by.tenant_id, flow_id=flow.id, number=number).first()
        if old is None:
            raise FlowError("flow.no_version", f"There is no version {number}.", place="number")
        return _publish(by, flow, old.definition, comment or f"Version {number} again")


def set_enabled(*, by: Actor, flow_id: UUID, enabled: bool) -> Flow:
    """Switch a flow on or off. Off, its addresses refuse requests; runs that were accepted go on."""
    require(by, "flow.enable")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        if enabled and flow.current_version_id is None:
            raise ConflictError("flow.no_version", "Publish the flow first.")
        if enabled:
            refuse_archived(flow)
        if flow.enabled != enabled:
            flow.enabled = enabled
            flow.save(update_fields=["enabled"])
            audit.record(by, "flow.switched_on" if enabled else "flow.switched_off", flow)
    return flow


def refuse_archived(flow: Flow) -> None:
    if flow.archived_at is not None:
        raise ConflictError("flow.archived", "This flow is in the archive.", hint="Take it out first.")


def _publish(
    by: Actor, flow: Flow, definition: dict[str, Json], comment: str, checks: Sequence[Check] = ()
) -> Version:
    refuse_archived(flow)
    snapshot = from_json(definition)
    env = tenant_env(by.tenant_id, snapshot.settings, flow.slug)
    problems = validate(snapshot, env)
    if errors := errors_of(problems):
        raise not_valid(errors)
    if failed := failures(by.tenant_id, snapshot):
        raise not_valid(failed)
    snapshot = pinned(snapshot, env)
    definition = to_json(snapshot)
    digest = checksum(definition)
    current = flow.current_version
    if current is not None and current.checksum == digest:
        raise ConflictError("flow.unchanged", f"Version {current.number} already says exactly this.")
    if failed := [problem for check in checks for problem in check(by, flow.id, definition)]:
        raise not_valid(failed)
    before = from_json(current.definition) if current is not None else Definition()
    trigger = next(filter(is_trigger, snapshot.nodes))
    version = Version.objects.create(
        tenant_id=by.tenant_id,
        flow=flow,
        number=(flow.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        definition=definition,
        checksum=digest,
        trigger=trigger.kind,
        changes=diff(before, snapshot) if current is not None else [],
        comment=" ".join(comment.split())[:500],
        author_id=by.id,
        author_label=by.label[:254],
    )
    flow.enabled = flow.enabled or current is None
    flow.current_version = version
    Flow.objects.filter(tenant_id=by.tenant_id, id=flow.id).update(
        current_version=version, enabled=flow.enabled, updated_at=Now()
    )
    _keep_address(by, flow, trigger)
    _keep_port(by, flow, trigger)
    audit.record(by, "flow.published", flow, version=version.id, number=version.number, checksum=digest)
    return version


def _keep_address(by: Actor, flow: Flow, trigger: Node) -> None:
    """See that the flow has an address when its trigger needs one; an address survives a renamed step."""
    if trigger.kind not in RECEIVING:
        return
    hooks = Hook.objects.filter(tenant_id=by.tenant_id, flow_id=flow.id)
    if not hooks.exclude(step_key=trigger.key).update(step_key=trigger.key) and not hooks.exists():
        add_hook(by, flow, trigger.key)


def _keep_port(by: Actor, flow: Flow, trigger: Node) -> None:
    """Take the port that the trigger listens on, and give up any other. One flow has it, whoever's it is."""
    named = trigger.config.get("port") if trigger.kind in LISTENING else None
    wanted = named if isinstance(named, int) else None
    held = ListeningPort.objects.filter(tenant_id=by.tenant_id, flow_id=flow.id)
    (held if wanted is None else held.exclude(port=wanted)).delete()
    if wanted is None or held.exists():
        return
    with connection.cursor() as cursor:  # another tenant's row is not seen, but it is in the way
        cursor.execute(TAKE_PORT, [wanted, by.tenant_id, flow.id])
        taken = cursor.rowcount == 1
    if not taken:
        raise FlowError(
            "mllp.port_taken",
            f"Another flow listens on port {wanted}.",
            place=f"steps.{trigger.key}.config.port",
            hint="Choose another port, or publish the other flow with another one first.",
        )


def not_valid(errors: list[Problem]) -> FlowError:
    first = errors[0]
    count = f" There are {len(errors)} problems." if len(errors) > 1 else ""
    return FlowError(
        "flow.not_valid",
        f"The flow cannot be published: {first.message}{count}",
        place=first.place,
        hint=first.hint,
        problems=errors,
    )
