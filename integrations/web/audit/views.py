from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from integrations.tenants import queries
from integrations.tenants.access import require
from integrations.tenants.audit import verify_chain
from integrations.web import answers, paging, tenancy


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    found = queries.audit_events(tenancy.actor(request), before=paging.cursor(request))
    return render(request, "audit/audit.html", {"page": paging.page(request, found)})


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    by = tenancy.actor(request)
    require(by, "audit.view")
    report = verify_chain(by.tenant_id)
    template = "audit/_report.html" if answers.wants_part(request) else "audit/report.html"
    return render(request, template, {"report": report, "head": report.head.hash.hex()})
