from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.web.status import shown


@login_not_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    found = shown.status(request.GET.get("window", ""))
    return shown.cacheable(render(request, "status/status.html", {"shown": found}))


@login_not_required
@require_safe
def connector(request: HttpRequest, connector: str) -> HttpResponse:
    found = shown.connector(connector, request.GET.get("window", ""))
    return shown.cacheable(render(request, "status/connector.html", {"shown": found}))


@login_not_required
@require_safe
def status_json(request: HttpRequest) -> HttpResponse:
    return shown.cacheable(JsonResponse(shown.as_json(shown.status(request.GET.get("window", "")))))


@login_not_required
@require_safe
def status_csv(request: HttpRequest) -> HttpResponse:
    text = shown.as_csv(shown.status(request.GET.get("window", "")))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="latency.csv"'
    return shown.cacheable(response)
