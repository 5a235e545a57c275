from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.billing import queries
from integrations.web import paging, tenancy
from integrations.web.usage import shown


@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    found = shown.usage(tenancy.actor(request), request.GET.get("month", ""))
    return render(request, "usage/usage.html", {"shown": found, "usage": found.usage})


@require_safe
def line(request: HttpRequest, month: str, number: int) -> HttpResponse:
    by = tenancy.actor(request)
    found = queries.line_runs(by, month, number, after=paging.cursor(request))
    page = paging.page(request, found, key="run_id")
    return render(request, "usage/line.html", {"page": page, "line": shown.line(by, month, number)})
