from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import InputError, SevenMError
from integrations.flows.translation import Form
from integrations.formats.registry import FORMATS, codec
from integrations.tenants.access import require
from integrations.web import answers, tenancy
from integrations.web.translate import shown
from integrations.web.translate.described import described, has_schema
from integrations.web.translate.forms import ConvertForm, DocumentForm
from integrations.web.translate.help import help_text


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    require(tenancy.actor(request), "flow.try")
    return render(request, "translate/page.html", {"form": ConvertForm()})


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    require(tenancy.actor(request), "flow.try")
    form = DocumentForm(request.POST, request.FILES)
    found = None
    if form.is_valid():
        given = form.cleaned_data
        try:
            found = shown.read(
                given["document"], given["format"], given["options"], is_lenient=given["lenient"]
            )
        except SevenMError as error:
            answers.put_into(form, error)
    return render(request, "translate/_read.html", {"form": form, "found": found})


@require_POST
def convert(request: HttpRequest) -> HttpResponse:
    require(tenancy.actor(request), "flow.try")
    form = ConvertForm(request.POST, request.FILES)
    if form.is_valid():
        given, left_out = form.cleaned_data, list[InputError]()
        try:
            document = shown.converted(
                given["document"],
                shown.form_of(given["document"], given["format"], given["options"]),
                Form(given["target"], given["target_options"]),
                given["plan"],
                left_out.append if given["lenient"] else None,
            )
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            target = codec(given["target"])
            name = f"translated.{(*target.extensions, 'bin')[0]}"
            answer = HttpResponse(document, content_type=target.media_types[0])
            answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
            answer["X-7M-Left-Out"] = str(len(left_out))
            return answer
    return render(request, "translate/page.html", {"form": form}, status=422)


@require_safe
def format_help(request: HttpRequest, key: str) -> HttpResponse:
    require(tenancy.actor(request), "flow.try")
    if key not in FORMATS:
        raise Http404
    context = {"format": FORMATS[key], "help": help_text(key), "has_schema": has_schema(key)}
    return render(request, "translate/format.html", context)


@require_safe
def format_fields(request: HttpRequest, key: str) -> HttpResponse:
    require(tenancy.actor(request), "flow.try")
    found = described(key, request.GET.get("choice", "")) if key in FORMATS else None
    if found is None:
        raise Http404
    return render(request, "translate/schema.html", {"format": FORMATS[key], "found": found})
