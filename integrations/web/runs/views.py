from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.desk.queries import documents
from integrations.desk.services import reveal as revealing
from integrations.desk.services import runs as services
from integrations.desk.services.runs import Verdict
from integrations.web import answers, paging, tenancy
from integrations.web.runs import shown
from integrations.web.runs.forms import HoldForm, KeepForm, ReasonForm, ResolveForm, RevealForm


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    found = shown.runs(tenancy.actor(request), request.GET, paging.cursor(request))
    page = paging.page_of(request, found.page)
    template = "runs/_table.html" if answers.wants_part(request) else "runs/runs.html"
    return render(request, template, {"page": page, "form": found.form})


@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    context = {
        "shown": shown.run(tenancy.actor(request), run_id),
        "reason": ReasonForm(),
        "resolve": ResolveForm(),
        "keep": KeepForm(),
    }
    template = "runs/_live.html" if answers.wants_part(request) else "runs/run.html"
    return render(request, template, context)


@require_safe
def exchange(request: HttpRequest, run_id: UUID, ordinal: int) -> HttpResponse:
    view = documents.exchange(tenancy.actor(request), run_id, ordinal)
    return _payload(request, run_id, view, "runs/_exchange.html")


@require_safe
def document(request: HttpRequest, run_id: UUID, what: str) -> HttpResponse:
    view = documents.document(tenancy.actor(request), run_id, what)
    return _payload(request, run_id, view, "runs/_document.html")


@require_POST
def reveal(request: HttpRequest, run_id: UUID) -> HttpResponse:
    form = answers.valid(RevealForm(request.POST))
    by = tenancy.actor(request)
    view = revealing.reveal(by=by, run_id=run_id, what=form["what"], reason=form["reason"])
    response = _payload(request, run_id, view, shown.fragment(view))
    response["Refresh"] = f"{revealing.SHOWN_S}; url={reverse('web:run', args=[run_id])}"
    return response


@require_POST
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    state = services.cancel(by=tenancy.actor(request), run_id=run_id, reason=request.POST.get("reason", ""))
    return answers.done(request, shown.cancelled(state), "web:run", run_id)


@require_POST
def resolve(request: HttpRequest, run_id: UUID) -> HttpResponse:
    form = answers.valid(ResolveForm(request.POST))
    verdict, by = Verdict(form["verdict"]), tenancy.actor(request)
    services.resolve(by=by, run_id=run_id, verdict=verdict, reason=form["reason"])
    return answers.done(request, "The run is settled.", "web:run", run_id)


@require_POST
def hold(request: HttpRequest, run_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    if answers.valid(HoldForm(request.POST))["held"]:
        services.hold(by=by, run_id=run_id)
        return answers.done(request, "It is kept until somebody lets go of it.", "web:run", run_id)
    services.unhold(by=by, run_id=run_id)
    return answers.done(request, "It expires again when its time is over.", "web:run", run_id)


@require_POST
def keep(request: HttpRequest, run_id: UUID) -> HttpResponse:
    hours = answers.valid(KeepForm(request.POST))["hours"]
    services.extend_expiry(by=tenancy.actor(request), run_id=run_id, hours=hours)
    return answers.done(request, f"It is kept for {hours // 24} days from now.", "web:run", run_id)


@require_POST
def discard(request: HttpRequest, run_id: UUID) -> HttpResponse:
    form = answers.valid(ReasonForm(request.POST))
    services.discard(by=tenancy.actor(request), run_id=run_id, reason=form["reason"])
    return answers.done(request, "The dead letter is given up.", "web:run", run_id)


def _payload(request: HttpRequest, run_id: UUID, view: object, fragment: str) -> HttpResponse:
    context = {"view": view, "run_id": run_id, "fragment": fragment, "reveal": RevealForm()}
    return render(request, fragment if answers.wants_part(request) else "runs/payload.html", context)
