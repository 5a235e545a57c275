from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from integrations.desk.links import read_approval_link
from integrations.desk.queries import approvals as queries
from integrations.desk.services import approvals as services
from integrations.desk.services.approvals import Decision
from integrations.web import answers, paging, tenancy
from integrations.web.approvals.forms import DecideForm

PARTS = {"state": "approvals/_state.html"}


@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    found = queries.open_approvals(tenancy.actor(request))
    template = "approvals/_open.html" if answers.wants_part(request) else "approvals/approvals.html"
    return render(request, template, {"approvals": found})


@require_safe
def past(request: HttpRequest) -> HttpResponse:
    found = queries.past_approvals(tenancy.actor(request), before=paging.cursor(request))
    return render(request, "approvals/past.html", {"page": paging.page(request, found)})


@require_safe
def approval(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    context = {"approval": queries.approval(tenancy.actor(request), approval_id), "form": DecideForm()}
    part = PARTS.get(request.GET.get("part", ""), "approvals/_approval.html")
    return render(request, part if answers.wants_part(request) else "approvals/approval.html", context)


@require_POST
def decide(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    said = answers.valid(DecideForm(request.POST))
    decision = Decision(said["decision"])
    services.decide(
        by=tenancy.actor(request), approval_id=approval_id, decision=decision, comment=said["comment"]
    )
    words = "Approved." if decision is Decision.APPROVED else "Rejected."
    return answers.done(request, f"{words} The run goes on.", "web:approval", approval_id)


@require_safe
def link(request: HttpRequest, signed: str) -> HttpResponse:
    """Lead from a mail to the page, in the tenant that asks; nothing is decided by it."""
    tenant_id, approval_id = read_approval_link(signed)
    tenancy.enter(request, tenant_id)
    return redirect("web:approval", approval_id)
