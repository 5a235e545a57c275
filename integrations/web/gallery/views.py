from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import SevenMError
from integrations.flows import services
from integrations.flows.services.from_template import offers
from integrations.flows.templates import loader
from integrations.tenants.access import Actor, allowed
from integrations.trials.services.templates import try_template, use_template
from integrations.web import answers, tenancy
from integrations.web.flows.shown import may_edit
from integrations.web.gallery import shown
from integrations.web.gallery.forms import NewFlowForm, UseForm


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    by = tenancy.actor(request)
    found = shown.gallery(by, request.GET.get("q", ""), request.GET.get("category", ""))
    return render(request, "gallery/gallery.html", {"gallery": found})


@require_safe
def template(request: HttpRequest, key: str) -> HttpResponse:
    by = tenancy.actor(request)
    found = shown.one(by, key)
    form = _form(by, found) if allowed(by, "flow.edit") else None
    return render(request, "gallery/template.html", {"shown": found, "form": form})


@require_POST
def use(request: HttpRequest, key: str) -> HttpResponse:
    """Make a flow of a template, with its connections, and lead to the builder."""
    by = tenancy.actor(request)
    may_edit(by)
    found = shown.one(by, key)
    form = _form(by, found, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            flow = use_template(by=by, key=key, name=said["name"], slug=said["slug"], chosen=form.chosen)
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            messages.success(request, f"{flow.name} is yours: a draft, with its connections set up.")
            return redirect("web:builder", flow.id)
    return render(request, "gallery/template.html", {"shown": found, "form": form}, status=422)


def _form(by: Actor, found: shown.One, data: object = None) -> UseForm:
    template = found.card.template
    return UseForm(data, name=template.about.title, offers=offers(by, template))


@require_safe
def sample(request: HttpRequest, key: str) -> HttpResponse:
    found = shown.one(tenancy.actor(request), key).sample
    response = HttpResponse(loader.sample(key), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{found.name if found else key}"'
    return response


@require_POST
def try_it(request: HttpRequest, key: str) -> HttpResponse:
    """Run a template with its sample against the twins, and show what came of it."""
    by = tenancy.actor(request)
    found = shown.one(by, key)
    context = {"shown": found, "trial": shown.tried(try_template(by=by, key=key))}
    return render(request, "gallery/tried.html", context)


def new_flow(request: HttpRequest) -> HttpResponse:
    """Make an empty flow, or choose a template."""
    by = tenancy.actor(request)
    may_edit(by)
    form = NewFlowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flow = services.create_flow(by=by, **form.cleaned_data)
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            return redirect("web:builder", flow.id)
    context = {"form": form, "gallery": shown.gallery(by, "", "")}
    return render(request, "gallery/new.html", context, status=422 if form.errors else 200)
