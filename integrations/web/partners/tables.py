from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import ConflictError, SevenMError
from integrations.partners import queries, services
from integrations.partners.models import Table
from integrations.web import answers, tenancy
from integrations.web.fresh import needs
from integrations.web.partners import shown
from integrations.web.partners.forms import ImportForm, NewTableForm, RowsForm


@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/tables.html", {"rows": queries.tables(tenancy.actor(request))})


@needs("partner.edit", "web:table-new")
def create(request: HttpRequest) -> HttpResponse:
    by, form = tenancy.actor(request), NewTableForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if any(one.key == given["key"] for one in queries.tables(by)):
            form.add_error("key", "There is a table of this key already.")
        else:
            try:
                rows = services.rows_of_csv(given["csv"])
                made = services.save_table(by=by, key=given["key"], title=given["title"], rows=rows)
            except SevenMError as error:
                answers.put_into(form, error)
            else:
                return answers.done(request, f"{made.title} is there.", "web:table", made.key)
    return render(request, "partners/new_table.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def table(request: HttpRequest, key: str) -> HttpResponse:
    found = shown.table(tenancy.actor(request), key)
    form = ImportForm(initial={"revision": found.row.revision}, auto_id="id_import_%s")
    return render(request, "partners/table.html", {"shown": found, "form": form})


@needs("partner.edit", "web:table-edit", "key")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    by = tenancy.actor(request)
    found = shown.table(by, key)
    if not found.is_whole:
        return answers.done(
            request, "A table of this size is changed by importing it.", "web:table", key, tone="wait"
        )
    initial = {"title": found.row.title, "revision": found.row.revision}
    form, typed = RowsForm(request.POST or None, initial=initial), list(found.rows)
    status = 200
    if request.method == "POST":
        typed = RowsForm.typed(request.POST)
        if "more" not in request.POST and form.is_valid():
            rows = form.rows(typed, found.row.rows)
            status = _save(request, form, found.row, rows)
            if status == 302:
                return answers.done(request, "The table is saved.", "web:table", key)
        elif "more" not in request.POST:
            status = 422
    context = {"form": form, "shown": found, "rows": shown.with_new_rows(typed)}
    return render(request, "partners/rows.html", context, status=status)


def _save(
    request: HttpRequest, form: RowsForm | ImportForm, row: Table, rows: dict[str, services.TableValue]
) -> int:
    """Save rows over the revision that the form began with; give the status of the answer, 302 when done."""
    if form.errors:
        return 422
    given = form.cleaned_data
    try:
        services.save_table(
            by=tenancy.actor(request),
            key=row.key,
            title=given.get("title", row.title),
            rows=rows,
            revision=given["revision"],
        )
    except ConflictError as error:
        answers.put_into(form, error)
        return 409
    except SevenMError as error:
        answers.put_into(form, error)
        return 422
    return 302


@require_POST
@needs("partner.edit", "web:table", "key")
def replace(request: HttpRequest, key: str) -> HttpResponse:
    found = shown.table(tenancy.actor(request), key)
    form, status = ImportForm(request.POST, request.FILES, auto_id="id_import_%s"), 422
    if form.is_valid():
        try:
            rows = services.rows_of_csv(form.cleaned_data["csv"])
        except SevenMError as error:
            answers.put_into(form, error)
        else:
            status = _save(request, form, found.row, rows)
            if status == 302:
                return answers.done(request, f"The table has {len(rows):,} rows now.", "web:table", key)
    return render(request, "partners/table.html", {"shown": found, "form": form}, status=status)


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:
    row = queries.table(tenancy.actor(request), key)
    answer = HttpResponse(shown.as_csv(row), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{key}.csv")
    return answer


@require_POST
@needs("partner.edit", "web:table", "key")
def delete(request: HttpRequest, key: str) -> HttpResponse:
    services.delete_table(by=tenancy.actor(request), key=key)
    return answers.done(request, "The table is gone.", "web:tables")
