from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import AccessError, ConfigError, SevenMError
from integrations.partners import queries, services
from integrations.web import answers, tenancy
from integrations.web.fresh import needs
from integrations.web.partners import shown
from integrations.web.partners.forms import CounterForm, PartnerForm


@require_safe
def partners(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/partners.html", {"lines": shown.partners(tenancy.actor(request))})


@require_safe
def partner(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "partners/partner.html", {"shown": shown.partner(tenancy.actor(request), key)})


@needs("partner.edit", "web:partner-new")
def create(request: HttpRequest) -> HttpResponse:
    form = PartnerForm(request.POST or None)
    if request.method == "POST" and not form.is_adding and form.is_valid():
        key = form.cleaned_data["key"]
        if any(one.key == key for one in queries.partners(tenancy.actor(request))):
            form.add_error("key", "There is a partner of this key already.")
        elif saved(request, form, key):
            return answers.done(request, f"{form.cleaned_data['name']} is added.", "web:partner", key)
    return _form(request, form)


@needs("partner.edit", "web:partner-edit", "key")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    stored = queries.partner(tenancy.actor(request), key)
    form = PartnerForm(request.POST or None, key=key, name=stored.name, profile=stored.profile)
    if request.method == "POST" and not form.is_adding and form.is_valid() and saved(request, form, key):
        return answers.done(request, "The partner is changed.", "web:partner", key)
    return _form(request, form, stored=stored)


def saved(request: HttpRequest, form: PartnerForm, key: str) -> bool:
    """Save what the form says; what is wrong with it stands in the form."""
    try:
        services.save_partner(
            by=tenancy.actor(request), key=key, name=form.cleaned_data["name"], profile=form.profile
        )
    except ConfigError as error:
        form.refuse(error)
        return False
    return True


def _form(request: HttpRequest, form: PartnerForm, **more: object) -> HttpResponse:
    parts = [(part, shown.options(part.key)) for part in form.parts()]
    is_wrong = not form.is_adding and bool(form.errors)
    context = {"form": form, "parts": parts, **more}
    return render(request, "partners/edit.html", context, status=422 if is_wrong else 200)


@require_POST
@needs("partner.edit", "web:partner", "key")
def delete(request: HttpRequest, key: str) -> HttpResponse:
    services.delete_partner(by=tenancy.actor(request), key=key)
    return answers.done(request, "The partner is gone; its counters stay.", "web:partners")


@require_safe
def counters(request: HttpRequest) -> HttpResponse:
    rows = queries.counters(tenancy.actor(request))
    return render(request, "partners/counters.html", {"rows": rows, "form": CounterForm()})


@require_safe
def counter(request: HttpRequest, name: str) -> HttpResponse:
    found = shown.numbers(tenancy.actor(request), name)
    if found.counter is None:
        raise AccessError
    form = CounterForm(initial={"name": name, "last": found.counter.last})
    return render(request, "partners/counter.html", {"shown": found, "form": form})


@require_POST
@needs("partner.edit", "web:counters")
def set_counter(request: HttpRequest) -> HttpResponse:
    by, form = tenancy.actor(request), CounterForm(request.POST)
    if form.is_valid():
        try:
            row = services.set_counter(by=by, **form.cleaned_data)
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            return answers.done(request, f"The next number is {row.last + 1}.", "web:counter", row.name)
    context = {"rows": queries.counters(by), "form": form}
    return render(request, "partners/counters.html", context, status=422)
