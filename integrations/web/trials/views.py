from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from integrations.tenants.access import Actor
from integrations.trials import asked, kept, models, queries, sealing, tasks
from integrations.trials.expected import expected_of
from integrations.trials.services import captures, shadows
from integrations.trials.services import cases as case_services
from integrations.trials.services import pins as pin_services
from integrations.trials.services import samples as sample_services
from integrations.trials.services.trying import try_flow as try_it
from integrations.trials.telling import trial_json
from integrations.web import json_door, paging, tenancy


@json_door.speaks("POST")
def try_flow(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    wanted = asked.wanted(json_door.body(request))
    tried = try_it(by=tenancy.actor(request), flow_id=flow_id, wanted=wanted)
    return trial_json(tried.ground.flow, tried.made, is_plain=tried.is_plain)


@json_door.speaks("GET", "POST")
def samples(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    if request.method == "GET":
        view = captures.look(by=by, flow_id=flow_id)
        found = [_sample(row) for row in queries.samples(by, flow_id)]
        return {"samples": found, "most": queries.SAMPLES_MAX, "capture": _capture(view)}
    said = json_door.body(request)
    name = json_door.a_text(said, "name", "")
    if "run" in said:
        run_id, reason = asked.an_id(said["run"], "run"), json_door.a_text(said, "reason", "")
        row = sample_services.copy_sample(by=by, flow_id=flow_id, run_id=run_id, name=name, reason=reason)
    else:
        row = sample_services.make_sample(
            by=by, flow_id=flow_id, name=name, document=asked.a_document(said.get("document")),
            origin=json_door.a_text(said, "origin", "pasted"),
        )  # fmt: skip
    return json_door.given(_sample(row), status=201)


@json_door.speaks("GET", "PATCH", "DELETE")
def sample(request: HttpRequest, flow_id: UUID, sample_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    if request.method == "DELETE":
        sample_services.delete_sample(by=by, flow_id=flow_id, sample_id=sample_id)
        return None
    if request.method == "PATCH":
        name = json_door.a_text(json_door.body(request), "name")
        renamed = sample_services.rename_sample(by=by, flow_id=flow_id, sample_id=sample_id, name=name)
        return _sample(renamed)
    row, document = queries.sample(by, flow_id, sample_id)
    return {**_sample(row), **kept.opened_sample_json(by, row, document)}


@require_safe
def download(request: HttpRequest, flow_id: UUID, sample_id: UUID) -> HttpResponse:
    """Give the bytes of a sample; those of a real one to who may reveal them."""
    document = queries.sample_bytes(tenancy.actor(request), flow_id, sample_id)
    answer = HttpResponse(document.body, content_type="application/octet-stream")
    name = document.name or "sample"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["Cache-Control"] = "no-store"
    return answer


@json_door.speaks("GET")
def history(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    found, onward = queries.history(tenancy.actor(request), flow_id, before=paging.cursor(request))
    return {"runs": [kept.past_run_json(past) for past in found], "next": onward}


@json_door.speaks("GET", "POST", "DELETE")
def capture(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    if request.method == "DELETE":
        captures.disarm(by=by, flow_id=flow_id)
        return None
    act = captures.arm if request.method == "POST" else captures.look
    return _capture(act(by=by, flow_id=flow_id))


@json_door.speaks("GET")
def pins(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    found = queries.pins(tenancy.actor(request), flow_id)
    return {"pins": {key: kept.pin_json(pin) for key, pin in found.items()}}


@json_door.speaks("PUT", "DELETE")
def pin(request: HttpRequest, flow_id: UUID, step: str) -> json_door.Answer:
    by = tenancy.actor(request)
    if request.method == "DELETE":
        pin_services.remove_pin(by=by, flow_id=flow_id, step=step)
        return None
    output = sealing.pin_said(json_door.body(request), "")
    return kept.pin_json(pin_services.set_pin(by=by, flow_id=flow_id, step=step, output=output))


@json_door.speaks("GET", "POST")
def cases(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    if request.method == "GET":
        return {"cases": [_case(by, row) for row in queries.cases(by, flow_id)]}
    said = json_door.body(request)
    row, tried = case_services.make_case(
        by=by, flow_id=flow_id, name=json_door.a_text(said, "name"), wanted=asked.wanted(said),
        chosen=asked.chosen(said),
    )  # fmt: skip
    trial = trial_json(tried.ground.flow, tried.made, is_plain=tried.is_plain)
    return json_door.given({"case": _case(by, row), "trial": trial}, status=201)


@json_door.speaks("GET", "PATCH", "DELETE")
def case(request: HttpRequest, flow_id: UUID, case_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    if request.method == "GET":
        row = queries.case(by, flow_id, case_id)
        return {**_case_urls(row), **kept.opened_case_json(by, row)}
    if request.method == "DELETE":
        case_services.delete_case(by=by, flow_id=flow_id, case_id=case_id)
        return None
    said = json_door.body(request)
    changed = case_services.change_case(
        by=by, flow_id=flow_id, case_id=case_id,
        name=json_door.a_text(said, "name") if "name" in said else None,
        now=asked.a_moment(said.get("now")),
        expected=expected_of(said["expected"]) if "expected" in said else None,
    )  # fmt: skip
    return _case(by, changed)


@json_door.speaks("POST")
def run_case(request: HttpRequest, flow_id: UUID, case_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    definition = json_door.an_object(json_door.body(request), "definition")
    results = case_services.run_cases(by=by, flow_id=flow_id, definition=definition, case_id=case_id)
    return kept.result_json(by, results[0])


@json_door.speaks("POST")
def run_cases(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    definition = json_door.an_object(json_door.body(request), "definition")
    return kept.results_json(by, case_services.run_cases(by=by, flow_id=flow_id, definition=definition))


@json_door.speaks("POST")
def accept_case(request: HttpRequest, flow_id: UUID, case_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    said = json_door.body(request)
    row = case_services.accept(
        by=by, flow_id=flow_id, case_id=case_id, definition=json_door.an_object(said, "definition"),
        again=asked.a_flag(said, "again", default=False),
    )  # fmt: skip
    return {"case": _case(by, row)}


@json_door.speaks("POST")
def shadow(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    by = tenancy.actor(request)
    said = json_door.body(request)
    row = shadows.start(
        by=by, flow_id=flow_id, definition=json_door.an_object(said, "definition"),
        runs=json_door.an_integer(said, "runs") if "runs" in said else shadows.RUNS_MAX,
    )  # fmt: skip
    tasks.hand_over(row)
    return json_door.given(_report(request, row), status=201)


@json_door.speaks("GET")
def shadow_report(request: HttpRequest, flow_id: UUID, shadow_id: UUID) -> json_door.Answer:
    row = queries.shadow(tenancy.actor(request), flow_id, shadow_id)
    if shadows.is_stale(row):
        tasks.hand_over(row)
    return _report(request, row)


def _sample(row: models.Sample) -> dict[str, Any]:
    args = [row.flow_id, row.id]
    urls = {
        "url": reverse("web:sample", args=args),
        "download_url": reverse("web:sample-download", args=args),
        "layout_url": reverse("web:layout-lines", args=args),
        "guess_url": reverse("web:layout-guess", args=args),
    }
    return {**kept.sample_json(row), **urls}


def _capture(view: captures.CaptureView) -> dict[str, Any]:
    return {**kept.capture_json(view), "sample": None if view.sample is None else _sample(view.sample)}


def _case(by: Actor, row: models.Case) -> dict[str, Any]:
    return {**_case_urls(row), **kept.case_json(by, row)}


def _case_urls(row: models.Case) -> dict[str, str]:
    args = [row.flow_id, row.id]
    names = {"url": "web:case", "run_url": "web:case-run", "accept_url": "web:case-accept"}
    return {name: reverse(view, args=args) for name, view in names.items()}


def _report(request: HttpRequest, row: models.Shadow) -> dict[str, Any]:
    url = reverse("web:shadow-report", args=[row.flow_id, row.id])
    return {**kept.report_json(tenancy.actor(request), row), "url": url}
