from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import SevenMError
from integrations.flows import queries, services
from integrations.tenants.access import Actor
from integrations.web import answers, json_door, paging, tenancy
from integrations.web.first_run import sending
from integrations.web.flows import compared, copying, shown
from integrations.web.flows.forms import (
    ArchiveForm,
    CommentForm,
    ImportForm,
    NameForm,
    RollbackForm,
    SecretForm,
    SwitchForm,
)
from integrations.web.fresh import confirm_first, signed_in_lately
from integrations.web.gallery import shown as gallery


@require_safe
def flows(request: HttpRequest) -> HttpResponse:
    archived = "archived" in request.GET
    lines = shown.lines(tenancy.actor(request), paging.cursor(request), archived=archived)
    page = paging.page(request, lines)
    template = "flows/_table.html" if answers.wants_part(request) else "flows/flows.html"
    starters = () if lines or archived else gallery.starters()
    return render(request, template, {"page": page, "archived": archived, "starters": starters})


def import_flow(request: HttpRequest) -> HttpResponse:
    """Show what a file would change, then make it a draft."""
    by = tenancy.actor(request)
    shown.may_edit(by)
    form, preview = ImportForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            preview = copying.preview(by, text, request.POST)
            if request.POST.get("do") != "look":
                return _imported(request, by, text, preview)
        except SevenMError as error:
            answers.put_into(form, error)
    context = {"form": form, "preview": preview, "text": request.POST.get("text", "")}
    if preview is not None:
        context["text"] = form.cleaned_data["text"]
    return render(request, "flows/import.html", context, status=422 if form.errors else 200)


def _imported(request: HttpRequest, by: Actor, text: str, preview: copying.Preview) -> HttpResponse:
    chosen = copying.steads(preview.lacks) if "stead" in request.POST else []
    if any(stead.make_twin for stead in chosen) and not signed_in_lately(request):
        return confirm_first(request, reverse("web:flow-import"))
    flow = services.import_flow(by=by, text=text, steads=chosen)
    messages.success(request, f"The draft of {flow.name} is what the file says.")
    return redirect("web:flow-draft", flow.id)


def copy(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    """Choose another tenant and what stands there for what the flow names; then copy it."""
    said = request.POST if request.method == "POST" else request.GET
    version = said.get("version", "")
    found = copying.copying(request, flow_id, copying.number_of(version), said)
    if request.method == "POST" and found.into is not None:
        if copying.makes_twins(found.lacks) and not signed_in_lately(request):
            return confirm_first(request, request.get_full_path())
        made = services.copy_flow(
            by=tenancy.actor(request),
            flow_id=flow_id,
            into=copying.actor_in(request, found.into),
            number=copying.number_of(version),
            steads=copying.steads(found.lacks),
            replace_draft=said.get("how") != "new",
        )
        words = f"{made.name} is a draft in {found.into.tenant_name} now. Change to it there, and publish it."
        return answers.done(request, words, "web:flow", flow_id)
    context = {"flow": found.source.flow, "shown": found, "version": version}
    return render(request, "flows/copy.html", context)


@require_POST
def duplicate(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    made = services.duplicate_flow(by=tenancy.actor(request), flow_id=flow_id)
    return answers.done(
        request, f"This is the draft of {made.name}. Give it its own name.", "web:flow-draft", made.id
    )


@require_POST
def archive(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    if answers.valid(ArchiveForm(request.POST))["archived"]:
        flow = services.archive_flow(by=by, flow_id=flow_id)
        return answers.done(
            request, f"{flow.name} is in the archive. Nothing of it is lost.", "web:flow", flow_id
        )
    flow = services.restore_flow(by=by, flow_id=flow_id)
    return answers.done(request, f"{flow.name} is among the flows again. It is off.", "web:flow", flow_id)


@require_safe
def flow(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    overview = shown.overview(tenancy.actor(request), flow_id)
    template = "flows/_live.html" if answers.wants_part(request) else "flows/flow.html"
    can_send = sending.can_send(tenancy.actor(request), overview.flow)
    return render(request, template, {"flow": overview.flow, "shown": overview, "can_send": can_send})


@require_safe
def versions(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    found = queries.versions(by, flow_id, before=paging.number(request))
    context = {"flow": queries.flow(by, flow_id), "page": paging.page(request, found, key="number")}
    return render(request, "flows/versions.html", context)


@require_safe
def version(request: HttpRequest, flow_id: UUID, number: int) -> HttpResponse:
    by = tenancy.actor(request)
    found = queries.version(by, flow_id, number)
    context = {"flow": queries.flow(by, flow_id), "version": found, "picture": shown.picture(found)}
    context |= {"form": RollbackForm(initial={"number": number}), "before": number - 1}
    return render(request, "flows/version.html", context)


@require_safe
def compare(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    found = queries.compared(by, flow_id, request.GET.get("from", ""), request.GET.get("to", ""))
    context = {"flow": found.flow, "compared": found, "shown": compared.shown(found.found)}
    return render(request, "flows/compare.html", context | {"choices": compared.choices(by, found)})


@json_door.speaks("GET")
def compare_json(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Give what differs from one version, or the draft, to another, by the keys of steps."""
    by = tenancy.actor(request)
    sides = request.GET.get("from", ""), request.GET.get("to", "")
    return compared.as_json(queries.compared(by, flow_id, *sides))


@require_safe
def draft(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    state = queries.draft_state(tenancy.actor(request), flow_id)
    context = {"flow": state.flow, "state": shown.draft(state), "form": CommentForm(), "rename": NameForm()}
    return render(request, "flows/draft.html", context)


@require_safe
def hooks(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    found = shown.hooks(by, flow_id)
    return render(request, "flows/hooks.html", {"flow": queries.flow(by, flow_id), "hooks": found})


@require_safe
def export(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    name, text = shown.exported(tenancy.actor(request), flow_id, of_draft="draft" in request.GET)
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return response


@require_POST
def switch(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    form = answers.valid(SwitchForm(request.POST))
    flow = services.set_enabled(by=tenancy.actor(request), flow_id=flow_id, enabled=form["enabled"])
    word = "on: requests come in" if flow.enabled else "off: new requests are refused"
    return answers.done(request, f"{flow.name} is {word}.", "web:flow", flow_id)


@require_POST
def rename(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    form = answers.valid(NameForm(request.POST))
    services.rename_flow(by=tenancy.actor(request), flow_id=flow_id, name=form["name"])
    return answers.done(request, "The flow has its new name.", "web:flow-draft", flow_id)


@require_POST
def publish(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    form = answers.valid(CommentForm(request.POST))
    made = services.publish(by=tenancy.actor(request), flow_id=flow_id, comment=form["comment"])
    return answers.done(request, f"Version {made.number} runs from now on.", "web:flow", flow_id)


@require_POST
def rollback(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    form = answers.valid(RollbackForm(request.POST))
    by = tenancy.actor(request)
    made = services.rollback(by=by, flow_id=flow_id, number=form["number"], comment=form["comment"])
    words = f"Version {made.number} runs from now on; it says what version {form['number']} said."
    return answers.done(request, words, "web:flow-versions", flow_id)


@require_POST
def add_hook(request: HttpRequest, flow_id: UUID) -> HttpResponse:
    services.create_hook(by=tenancy.actor(request), flow_id=flow_id)
    return answers.done(request, "The flow has one more address.", "web:flow-hooks", flow_id)


@require_POST
def switch_hook(request: HttpRequest, flow_id: UUID, hook_id: UUID) -> HttpResponse:
    form = answers.valid(SwitchForm(request.POST))
    hook = services.set_hook_enabled(by=tenancy.actor(request), hook_id=hook_id, enabled=form["enabled"])
    words = "The address is open." if hook.enabled else "The address is closed."
    return answers.done(request, words, "web:flow-hooks", flow_id)


def set_secret(request: HttpRequest, flow_id: UUID, hook_id: UUID) -> HttpResponse:
    by = tenancy.actor(request)
    form = SecretForm(request.POST or None)
    hook = shown.hook(by, flow_id, hook_id)
    context = {"flow": queries.flow(by, flow_id), "hook": hook, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "flows/secret.html", context, status=422 if form.errors else 200)
    secret, keep = form.cleaned_data["secret"].encode(), form.cleaned_data["keep_previous"]
    services.set_verifier(by=by, hook_id=hook_id, secret=secret, keep_previous=keep)
    return answers.done(request, "The signing secret is set.", "web:flow-hooks", flow_id)
