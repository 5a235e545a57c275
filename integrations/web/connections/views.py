from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from integrations.connectors import loader, queries, services
from integrations.connectors.tasks import check
from integrations.errors import SevenMError
from integrations.web import answers, tenancy
from integrations.web.connections import shown
from integrations.web.connections.forms import ConnectionForm
from integrations.web.fresh import needs


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    page = shown.page(tenancy.actor(request), after=request.GET.get("after", ""))
    return render(request, "connections/connections.html", {"page": page})


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    found = shown.catalogue(tenancy.actor(request), request.GET.get("q", ""), request.GET.get("category", ""))
    return render(request, "connections/catalogue.html", {"catalogue": found})


@require_safe
def connector(request: HttpRequest, key: str) -> HttpResponse:
    found = shown.connector(tenancy.actor(request), key)
    return render(request, "connections/connector.html", {"connector": found})


@needs("connection.edit", "web:connection-new", "key")
def create(request: HttpRequest, key: str) -> HttpResponse:
    manifest = shown.manifest(key)
    form = ConnectionForm(request.POST or None, manifest=manifest)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_connection(by=tenancy.actor(request), connector=key, wanted=form.wanted)
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            return answers.done(request, f"{made.name} is set up. Test it.", "web:connection", made.id)
    context = {"form": form, "manifest": manifest, "mark": shown.mark(manifest)}
    return render(request, "connections/edit.html", context, status=422 if form.errors else 200)


@require_safe
def connection(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    found = shown.connection(tenancy.actor(request), connection_id)
    template = "connections/_health.html" if answers.wants_part(request) else "connections/connection.html"
    return render(request, template, {"shown": found})


@needs("connection.edit", "web:connection-edit", "connection_id")
def edit(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    stored = queries.connection(by, connection_id)
    manifest = loader.manifest(stored.connector)
    form = ConnectionForm(request.POST or None, manifest=manifest, stored=stored)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_connection(by=by, connection_id=connection_id, wanted=form.wanted)
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            return answers.done(
                request, "The connection is changed. Test it.", "web:connection", connection_id
            )
    context = {"form": form, "manifest": manifest, "mark": shown.mark(manifest), "stored": stored}
    return render(request, "connections/edit.html", context, status=422 if form.errors else 200)


@require_POST
def test(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    services.begin_check(by=by, connection_id=connection_id)
    check.delay(str(by.tenant_id), str(connection_id))
    if answers.wants_part(request):
        return render(request, "connections/_health.html", {"shown": shown.connection(by, connection_id)})
    return answers.done(request, "The worker tests it now.", "web:connection", connection_id)


@require_POST
@needs("connection.edit", "web:connection", "connection_id")
def delete(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    services.delete_connection(by=tenancy.actor(request), connection_id=connection_id)
    return answers.done(request, "The connection and its credentials are gone.", "web:connections")
