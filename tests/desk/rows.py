"""Rows of the engine as tests of the desk need them, written as the owner."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from integrations.delivery.states import State
from integrations.engine import frames
from integrations.engine.models import Alert, Approval, Attempt, Batch, Document, Outcome, Run
from integrations.engine.places import document_place, exchange_place
from integrations.engine.questions import body_place
from integrations.flows.models import Flow, Version
from integrations.tenants.ids import new_id
from integrations.vault import services as vault

NOT_FINISHED = {State.ACCEPTED, State.RUNNING, State.WAITING, State.IN_DOUBT}
SECRET = "4242-somchai@example.test"  # a value that must never be seen
DEFINITION = {
    "steps": [
        {
            "key": "order",
            "kind": "webhook_trigger",
            "title": "Order comes in",
            "config": {},
            "position": [0, 0],
        },
        {"key": "ship", "kind": "call", "title": "Ship it", "config": {}, "position": [200, 0]},
    ],
    "edges": [{"source": "order", "port": "next", "target": "ship"}],
    "settings": {},
}


def now():
    return datetime.now(UTC)


def flow(tenant_id, name="Orders"):
    made = Flow.objects.create(tenant_id=tenant_id, name=name, slug=f"f-{new_id().hex}")
    version = Version.objects.create(
        tenant_id=tenant_id,
        flow=made,
        number=3,
        definition=DEFINITION,
        checksum="0" * 64,
        trigger="webhook_trigger",
    )
    Flow.objects.filter(id=made.id).update(current_version=version)
    made.refresh_from_db()
    return made


def run(flow, state=State.DEAD, **facts):
    """One run. A dead one died just now of a destination that refused, and has 72 hours left."""
    at = now()
    dead = {
        "dead_reason": "refused",
        "error_code": "remote.refused",
        "error_step": "ship",
        "error_message": "ShipStation refused the order.",
        "expires_at": at + timedelta(hours=72),
    }
    values = {
        "id": new_id(),
        "tenant_id": flow.tenant_id,
        "flow_id": flow.id,
        "version_id": flow.current_version_id,
        "lane": 2,
        "state": state,
        "mode": 2,
        "origin": 1,
        "due_at": at,
        "accepted_at": at,
        "lease_id": 7 if state == State.RUNNING else None,
        "finished_at": None if state in NOT_FINISHED else at,
        **(dead if state == State.DEAD else {}),
        **facts,
    }
    return Run.objects.create(**values)


def document(run, body=b'{"email": "4242-somchai@example.test"}', kind=1, **head):
    frame = frames.pack(
        {"headers": {"content-type": "application/json"}, "query": {}, "name": "", **head}, body
    )
    sealed = vault.seal(run.tenant_id, "data", *document_place(run.id, kind), frame)
    return Document.objects.create(
        run_id=run.id, kind=kind, tenant_id=run.tenant_id, body=sealed, created_at=now()
    )


def attempt(run, ordinal, outcome=Outcome.OK, *, exchange=None, **facts):
    """One call. exchange: bodies of request and answer."""
    sealed = None
    if exchange is not None:
        head = {
            "request": {
                "method": "POST",
                "url": f"https://api.example.test/orders/{SECRET}",
                "headers": {"content-type": "application/json", "idempotency-key": SECRET},
            },
            "status": 400,
            "headers": {"Content-Type": "application/json", "X-Trace": SECRET},
        }
        sealed = vault.seal(
            run.tenant_id, "data", *exchange_place(run.id, ordinal), frames.pack(head, *exchange)
        )
    values = {
        "step": "ship",
        "iteration": "",
        "number": 1,
        "connector": "shipstation",
        "operation": "create_order",
        "duration_us": 1500,
        "started_at": now(),
        **facts,
    }
    return Attempt.objects.create(
        run_id=run.id,
        ordinal=ordinal,
        tenant_id=run.tenant_id,
        flow_id=run.flow_id,
        outcome=outcome,
        exchange=sealed,
        **values,
    )


def alert(flow, code="remote.refused", **facts):
    at = facts.pop("at", now())
    return Alert.objects.create(
        tenant_id=flow.tenant_id, flow_id=flow.id, code=code, **{"first_at": at, "last_at": at, **facts}
    )


def approval(run, **facts):
    """A question that a run waits with, and the note of its step."""
    question_id, due_at = new_id(), facts.pop("due_at", now() + timedelta(hours=24))
    body = frames.pack({}, b"Pay 10.50 for A-1?", b'{"total":10.50}')
    values = {
        "id": question_id,
        "step": "ask",
        "title": "Pay it?",
        "roles": ["owner", "builder", "viewer"],
        "people": [],
        "asked_at": now(),
        "due_at": due_at,
        "body": vault.seal(run.tenant_id, "data", *body_place(question_id), body),
        **facts,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_note (run_id, step, tenant_id, due_at, port) VALUES (%s, %s, %s, %s, %s)",
            [run.id, values["step"], run.tenant_id, due_at, values.get("decision", "")],
        )
    return Approval.objects.create(tenant_id=run.tenant_id, flow_id=run.flow_id, run_id=run.id, **values)


def batch(flow, **facts):
    values = {"state": "split", "name": "stock.txt", "received_at": now(), **facts}
    return Batch.objects.create(
        tenant_id=flow.tenant_id, flow_id=flow.id, version_id=flow.current_version_id, **values
    )
