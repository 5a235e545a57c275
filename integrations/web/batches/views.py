from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.desk.queries import batches as queries
from integrations.desk.services.uploads import upload as store
from integrations.errors import SevenMError
from integrations.tenants.access import require
from integrations.web import answers, paging, tenancy
from integrations.web.batches import shown
from integrations.web.batches.forms import UploadForm


@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    found = queries.batches(tenancy.actor(request), before=paging.cursor(request))
    page = paging.page_of(request, found)
    template = "batches/_table.html" if answers.wants_part(request) else "batches/batches.html"
    return render(request, template, {"page": page})


@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    found = shown.batch(tenancy.actor(request), batch_id)
    template = "batches/_batch.html" if answers.wants_part(request) else "batches/batch.html"
    return render(request, template, {"shown": found, "batch": found.row})


def upload(request: HttpRequest) -> HttpResponse:
    by = tenancy.actor(request)
    require(by, "batch.send")
    flows = shown.file_flows(by)
    form = UploadForm(flows, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, flow_id = form.cleaned_data["file"], UUID(form.cleaned_data["flow"])
        try:
            batch_id = store(by=by, flow_id=flow_id, name=file.name or "", content=file.read())
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            return answers.done(request, "The file is received.", "web:batch", batch_id)
    context = {"form": form, "flows": flows}
    return render(request, "batches/new.html", context, status=422 if form.errors else 200)
