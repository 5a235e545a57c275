from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from integrations.desk.services import alerts as services
from integrations.errors import SevenMError
from integrations.tenants.access import require
from integrations.web import answers, paging, tenancy
from integrations.web.alerts import shown
from integrations.web.alerts.forms import RouteForm
from integrations.web.flows.forms import SwitchForm


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    found = shown.open_alerts(tenancy.actor(request))
    template = "alerts/_open.html" if answers.wants_part(request) else "alerts/alerts.html"
    return render(request, template, {"alerts": found})


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    found = shown.closed_alerts(tenancy.actor(request), paging.cursor(request))
    return render(request, "alerts/closed.html", {"page": paging.page(request, found)})


def routes(request: HttpRequest) -> HttpResponse:
    by = tenancy.actor(request)
    form, made = RouteForm(request.POST or None), None
    if request.method == "POST":
        require(by, "alert.edit")
        if form.is_valid():
            try:
                made = services.create_route(by=by, **form.cleaned_data)
                form = RouteForm()
            except SevenMError as error:
                answers.put_into(form, error)
    context = shown.routes(by) | {"form": form, "made": made}
    return render(request, "alerts/routes.html", context, status=422 if form.errors else 200)


@require_POST
def switch_route(request: HttpRequest, route_id: UUID) -> HttpResponse:
    enabled = answers.valid(SwitchForm(request.POST))["enabled"]
    services.set_route_enabled(by=tenancy.actor(request), route_id=route_id, enabled=enabled)
    return answers.done(request, "Switched on." if enabled else "Switched off.", "web:alert-routes")


@require_POST
def delete_route(request: HttpRequest, route_id: UUID) -> HttpResponse:
    services.delete_route(by=tenancy.actor(request), route_id=route_id)
    return answers.done(request, "Nothing more is sent there.", "web:alert-routes")


@require_POST
def acknowledge(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    services.acknowledge(by=tenancy.actor(request), alert_id=alert_id)
    return answers.done(request, "Noted: you look into it.", "web:alerts")


@require_POST
def close(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    services.close(by=tenancy.actor(request), alert_id=alert_id)
    return answers.done(request, "Closed; the next failure of its kind opens a new one.", "web:alerts")


@require_safe
def badges(request: HttpRequest) -> HttpResponse:
    return render(request, "alerts/_badges.html", shown.badges(tenancy.actor(request)))
