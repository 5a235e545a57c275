"""What views answer with: a page or a part of it, a redirect with a word, an error in its form."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from integrations.errors import InputError, SevenMError


def wants_part(request: HttpRequest) -> bool:
    """Say whether htmx asks for the part of the page that it refreshes."""
    return bool(getattr(request, "htmx", False))


def done(request: HttpRequest, words: str, page: str, *args: object, tone: str = "ok") -> HttpResponse:
    """Say what was done: on the page `page`, or as a toast where htmx asked; parts of it read again."""
    if wants_part(request):
        said = json.dumps({"toast": {"text": words, "tone": tone}, "x-changed": True})
        return HttpResponse(status=204, headers={"HX-Trigger": said})
    messages.add_message(request, messages.SUCCESS if tone == "ok" else messages.WARNING, words)
    return redirect(page, *args)


def valid(form: forms.Form) -> Mapping[str, Any]:
    """Give what a form without a page of its own says. Raises InputError naming the first wrong field."""
    if form.is_valid():
        return form.cleaned_data
    field, found = next(iter(form.errors.get_json_data().items()))
    raise InputError("page.form", str(found[0]["message"]), place="" if field == "__all__" else field)


def put_into(form: forms.Form, error: SevenMError) -> None:
    """Show an error of ours at the field it names, or above the form with every problem there is."""
    name = next((name for name in (error.place, f"config_{error.place}") if name in form.fields), None)
    said = f"{error.message} {error.hint}".strip()
    problems = getattr(error, "problems", ())
    if name is None and len(problems) > 1:
        for problem in problems[:50]:
            form.add_error(None, f"{problem.place}: {problem.message} {problem.hint}".strip())
    else:
        place = f"{error.place}: " if error.place and name is None else ""
        form.add_error(name, place + said)
