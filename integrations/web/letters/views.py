from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from integrations.desk.queries import replays as replay_queries
from integrations.desk.services import replays as services
from integrations.tenants.access import require
from integrations.web import answers, paging, tenancy
from integrations.web.letters import shown
from integrations.web.letters.forms import OptionsForm, read_filter, read_selection


@require_safe
def causes(request: HttpRequest) -> HttpResponse:
    found = shown.causes(tenancy.actor(request))
    template = "letters/_causes.html" if answers.wants_part(request) else "letters/causes.html"
    return render(request, template, {"shown": found})


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    where = read_filter(request.GET)
    found = shown.messages(tenancy.actor(request), where, paging.cursor(request))
    context = {"page": paging.page_of(request, found.page), "shown": found}
    template = "letters/_messages.html" if answers.wants_part(request) else "letters/messages.html"
    return render(request, template, context)


def new(request: HttpRequest) -> HttpResponse:
    by = tenancy.actor(request)
    require(by, "dead_letter.replay")
    chosen = read_selection(request.GET)
    form = OptionsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.start_replay(by=by, chosen=chosen, **form.wanted)
        return redirect("web:replay", made.id)
    context = {"form": form, "shown": shown.dry_run(by, chosen), "query": request.GET.urlencode()}
    return render(request, "letters/new.html", context)


@require_safe
def replays(request: HttpRequest) -> HttpResponse:
    found = replay_queries.replays(tenancy.actor(request), before=paging.cursor(request))
    template = "letters/_replays.html" if answers.wants_part(request) else "letters/replays.html"
    return render(request, template, {"page": paging.page(request, found)})


@require_safe
def replay(request: HttpRequest, replay_id: UUID) -> HttpResponse:
    found = replay_queries.replay(tenancy.actor(request), replay_id)
    template = "letters/_replay.html" if answers.wants_part(request) else "letters/replay.html"
    return render(request, template, {"replay": found})


@require_POST
def stop(request: HttpRequest, replay_id: UUID) -> HttpResponse:
    stopped = services.stop_replay(by=tenancy.actor(request), replay_id=replay_id)
    words = "No more are released; those on their way go on." if stopped else "It was over already."
    return answers.done(request, words, "web:replay", replay_id)
