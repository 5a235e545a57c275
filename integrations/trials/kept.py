"""What is kept of trials, as JSON for both doors."""

from collections.abc import Mapping
from typing import Any

from integrations.desk.redaction import redact, redact_headers
from integrations.mapping.values import MISSING
from integrations.mapping.words import shown as in_words
from integrations.tenants.access import Actor
from integrations.tenants.binding import bind
from integrations.trials import models, sealing
from integrations.trials.beside import words
from integrations.trials.case_files import CaseFile, case_file
from integrations.trials.comparing import Difference
from integrations.trials.documents import Given
from integrations.trials.queries import OpenPin, PastRun, sees_values
from integrations.trials.services import shadows
from integrations.trials.services.captures import CaptureView
from integrations.trials.services.cases import Result, sentence
from integrations.trials.telling import error_json, ms
from integrations.trials.values import body_value, from_json, shown


def sample_json(row: models.Sample) -> dict[str, Any]:
    """Tell of a sample, without its document."""
    return {
        "id": str(row.id),
        "name": row.name,
        "origin": str(row.origin),
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "run": None if row.run_id is None else str(row.run_id),
        "created_by": row.created_by,
        "created_at": row.created_at,
    }


def document_json(document: Given, *, is_plain: bool) -> dict[str, Any]:
    """Tell what a document holds."""
    text = None
    if is_plain:
        try:
            text = document.body.decode()
        except UnicodeDecodeError:
            text = None
    value = body_value({"content-type": document.media_type}, document.body)
    return {
        "headers": dict(document.headers) if is_plain else redact_headers(document.headers),
        "query": dict(document.query) if is_plain else redact(document.query),
        "file": document.name,
        "is_item": document.is_item,
        "body": shown(value, is_plain=is_plain),
        "text": text,
    }


def opened_sample_json(by: Actor, row: models.Sample, document: Given) -> dict[str, Any]:
    """Tell of a sample with its document, masked where it is real and not for these eyes."""
    is_plain = row.origin not in models.REAL or sees_values(by)
    return {**sample_json(row), **document_json(document, is_plain=is_plain)}


def past_run_json(past: PastRun) -> dict[str, Any]:
    """Tell of a run whose document may become a sample."""
    run = past.run
    return {
        "id": str(run.id),
        "state": run.state_name,
        "accepted_at": run.accepted_at,
        "size_bytes": run.size_bytes,
        "version": past.version,
    }


def capture_json(view: CaptureView) -> dict[str, Any]:
    """Tell how a capture stands."""
    return {
        "state": str(view.state),
        "armed_by": view.armed_by or None,
        "expires_at": view.expires_at,
        "sample": None if view.sample is None else sample_json(view.sample),
    }


def pin_json(pin: OpenPin) -> dict[str, Any]:
    """Tell of a pin."""
    return {
        "value": shown(pin.output.value, is_plain=pin.is_plain),
        "port": pin.output.port,
        "size_bytes": pin.row.size_bytes,
        "updated_by": pin.row.updated_by,
        "updated_at": pin.row.updated_at,
    }


def opened_case(row: models.Case) -> CaseFile:
    """Open a case."""
    with bind(row.tenant_id):
        return case_file(sealing.opened(row))


def case_json(by: Actor, row: models.Case, file: CaseFile | None = None) -> dict[str, Any]:
    """Tell of a case and what it expects."""
    file = file or opened_case(row)
    is_plain = sees_values(by)
    expected = file.expected.as_json()
    return {
        "id": str(row.id),
        "name": row.name,
        "now": row.now,
        "size_bytes": row.size_bytes,
        "expected": expected if is_plain else redact(expected),
        "steps_answered": sorted({key for key, _ in file.answers}),
        "steps_pinned": sorted(file.pins),
        "updated_by": row.updated_by,
        "updated_at": row.updated_at,
    }


def opened_case_json(by: Actor, row: models.Case) -> dict[str, Any]:
    """Tell of a case with its document."""
    file = opened_case(row)
    document = None if file.document is None else document_json(file.document, is_plain=sees_values(by))
    return {**case_json(by, row, file), "document": document}


def result_json(by: Actor, result: Result) -> dict[str, Any]:
    """Tell what came of a case."""
    return {
        "id": str(result.case.id),
        "name": result.case.name,
        "passed": result.passed,
        "ms": ms(result.duration_s),
        "outcome": str(result.outcome),
        "differences": [_difference(by, one) for one in result.differences],
        "error": error_json(result.error, result.error_step),
    }


def results_json(by: Actor, results: list[Result]) -> dict[str, Any]:
    """Tell what came of all cases."""
    passed = sum(result.passed for result in results)
    told = [result_json(by, result) for result in results]
    return {"passed": passed, "failed": len(results) - passed, "results": told}


def report_json(by: Actor, row: models.Shadow) -> dict[str, Any]:
    """Tell how a shadow run stands and what differs."""
    is_plain = sees_values(by)
    return {
        "id": str(row.id),
        "state": "done" if row.is_done else "running",
        "wanted": row.wanted,
        "done": row.looked_at,
        "created_at": row.created_at,
        "expires_at": row.created_at + shadows.KEPT,
        "summary": {
            "compared": row.same + row.different,
            "same": row.same,
            "different": row.different,
            "could_not": row.could_not,
        },
        "runs": [_compared_run(entry, is_plain=is_plain) for entry in shadows.entries(row)],
    }


def _compared_run(entry: Mapping[str, Any], *, is_plain: bool) -> dict[str, Any]:
    return {**entry, "differences": [_change(change, is_plain=is_plain) for change in entry["differences"]]}


def _change(change: Mapping[str, Any], *, is_plain: bool) -> dict[str, Any]:
    is_word = change["what"] == "outcome"
    before, after = change["before"], change["after"]
    said = [in_words(value) if not is_word else str(value) for value in (before, after)]
    if not is_plain and not is_word:
        said = ["another value", "a new one"]
    return {
        **change,
        "before": before if is_word else shown(from_json(before), is_plain=is_plain),
        "after": after if is_word else shown(from_json(after), is_plain=is_plain),
        "sentence": words(change, *said),
    }


def _difference(by: Actor, one: Difference) -> dict[str, Any]:
    told: dict[str, Any] = {"place": one.path, "sentence": sentence(by, one)}
    is_plain = sees_values(by) or one.path == "outcome"
    for name, value in (("found", one.found), ("expected", one.expected)):
        if value is not MISSING:
            told[name] = shown(value, is_plain=is_plain)
    return told
