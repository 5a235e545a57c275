"""Samples: documents to try a flow with, given by a person, copied from history, or captured."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from integrations.desk.queries.documents import open_document
from integrations.desk.queries.runs import run_of
from integrations.desk.reasons import checked_reason
from integrations.engine.models import Document, Origin, Run
from integrations.errors import ConflictError, FlowError, LimitError
from integrations.flows.queries import flow_of
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.ids import moment_of, new_id
from integrations.trials import models, sealing
from integrations.trials.documents import MOST_BYTES, Given, received
from integrations.trials.queries import SAMPLES_MAX, sample_of

NAME_MAX = 120
GIVEN = frozenset({models.Origin.PASTED, models.Origin.UPLOADED, models.Origin.TEMPLATE})
"""Where a sample that a person gives may come from."""


def make_sample(*, by: Actor, flow_id: UUID, name: str, document: Given, origin: str) -> models.Sample:
    """Keep a document to try a flow with. name: "" for one that tells when it was made.

    Raises AccessError; FlowError for a name or origin that cannot be; ConflictError ``sample.too_many``.
    """
    require(by, "flow.try")
    if origin not in GIVEN:
        raise FlowError("sample.origin", "A sample is pasted, uploaded or of a template.", place="origin")
    with bind(by.tenant_id):
        flow_of(by, flow_id, lock=True)
        row = add_sample(by, flow_id, name, document, origin=models.Origin(origin))
        audit.record(by, "sample.made", row, flow=flow_id, origin=origin, bytes=row.size_bytes)
    return row


def copy_sample(*, by: Actor, flow_id: UUID, run_id: UUID, name: str, reason: str) -> models.Sample:
    """Keep the document of a run as a sample. reason: 10 to 500 characters; it shows a payload to others.

    Tokens that stand in the document stay tokens. Raises as `reveal` does, and as `make_sample`.
    """
    require(by, "flow.try")
    require(by, "run.reveal")
    said = checked_reason(reason)
    with bind(by.tenant_id):
        flow_of(by, flow_id, lock=True)
        run = run_of(by, run_id)
        if run.flow_id != flow_id:
            raise FlowError("sample.other_flow", "This run is of another flow.", place="run")
        row = add_run(by, run, name, models.Origin.HISTORY)
        audit.record(by, "sample.copied", row, flow=flow_id, run=run_id, bytes=row.size_bytes, reason=said)
    return row


def rename_sample(*, by: Actor, flow_id: UUID, sample_id: UUID, name: str) -> models.Sample:
    """Give a sample another name."""
    require(by, "flow.try")
    with bind(by.tenant_id):
        row = sample_of(by, flow_id, sample_id, lock=True)
        row.name = checked_name(name, "sample")
        row.save(update_fields=["name"])
        audit.record(by, "sample.renamed", row, flow=flow_id)
    return row


def delete_sample(*, by: Actor, flow_id: UUID, sample_id: UUID) -> None:
    """Remove a sample. Cases have copies of their own."""
    require(by, "flow.try")
    with bind(by.tenant_id):
        row = sample_of(by, flow_id, sample_id, lock=True)
        audit.record(by, "sample.deleted", row, flow=flow_id)
        row.delete()


def add_run(by: Actor, run: Run, name: str, origin: models.Origin) -> models.Sample:
    """Copy the document of a run, inside `bind`. Raises ConflictError ``run.payload_gone``."""
    document = Document.objects.filter(tenant_id=run.tenant_id, run_id=run.id, kind=run.input_kind).first()
    if document is None:
        raise ConflictError(
            "run.payload_gone",
            "The documents of this run were destroyed when their time was over.",
            hint="Choose a newer run.",
        )
    taken = received(open_document(document), is_item=run.origin == Origin.FILE)
    at = moment_of(run.id)
    return add_sample(by, run.flow_id, name or _at("Received", at), taken, origin=origin, run_id=run.id)


def add_sample(
    by: Actor,
    flow_id: UUID,
    name: str,
    document: Given,
    *,
    origin: models.Origin,
    run_id: UUID | None = None,
) -> models.Sample:
    """Write a sample, inside `bind` and with the flow locked; the caller has asked for permission."""
    if len(document.body) > MOST_BYTES:
        raise LimitError("sample.too_large", f"A sample has at most {MOST_BYTES:,} bytes.", place="document")
    taken = list(
        models.Sample.objects.filter(tenant_id=by.tenant_id, flow_id=flow_id).values_list("name", flat=True)
    )
    if len(taken) >= SAMPLES_MAX:
        raise ConflictError(
            "sample.too_many", f"A flow has at most {SAMPLES_MAX} samples.", hint="Delete one of them first."
        )
    row_id = new_id()
    wanted = checked_name(name, "sample") if name else _at("Sample", datetime.now(UTC))
    return models.Sample.objects.create(
        id=row_id,
        tenant_id=by.tenant_id,
        flow_id=flow_id,
        name=free_name(wanted, taken),
        origin=origin,
        media_type=document.media_type[:100],
        size_bytes=len(document.body),
        run_id=run_id,
        content=sealing.sealed(models.Sample, by.tenant_id, row_id, document.packed()),
        created_by=by.label[:254],
        created_at=moment_of(row_id),
    )


def checked_name(name: str, what: str) -> str:
    """Give a name without blanks around it. Raises FlowError."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise FlowError(f"{what}.name", f"A {what} has a name of 1 to {NAME_MAX} letters.", place="name")
    return name


def free_name(name: str, taken: Iterable[str]) -> str:
    """Give a name that is not taken: with a number where it is."""
    names, number = set(taken), 1
    while (free := name if number == 1 else f"{name[: NAME_MAX - 6]} {number}") in names:
        number += 1
    return free


def _at(word: str, moment: datetime) -> str:
    return f"{word} {moment:%Y-%m-%d %H:%M:%S}"
