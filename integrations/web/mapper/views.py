from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.flows import plan_text, queries
from integrations.flows.documents import message_decoder
from integrations.flows.lookup_tables import named_tables
from integrations.flows.previews import preview as preview_of
from integrations.flows.translation import best_guess, preview_env
from integrations.formats.codec import DEFAULT_LIMITS
from integrations.formats.imports import importer
from integrations.mapping import export_map, import_map
from integrations.mapping.check import check as check_plan
from integrations.mapping.fit import check_fit
from integrations.mapping.suggest import suggest
from integrations.partners import queries as partners
from integrations.schema.json_schema import to_json_schema
from integrations.schema.model import Schema
from integrations.tenants.access import Actor, require
from integrations.web import json_door, tenancy
from integrations.web.mapper import given, kept, page_props, scopes, shown, trees


@require_safe
def page(request: HttpRequest, flow_id: UUID, step: str) -> HttpResponse:
    """Show the mapping of one step of the draft. field: the plan among its settings, plan, input or body."""
    by = tenancy.actor(request)
    flow = queries.flow(by, flow_id)
    props = page_props.props(by, flow, step, request.GET.get("field", ""))
    return render(request, "mapper/page.html", {"flow": flow, "props": props})


@json_door.speaks("POST")
def scope(request: HttpRequest, flow_id: UUID) -> json_door.Answer:
    """Give the data before a step as a tree; with a sample, completed by what it shows."""
    by = tenancy.actor(request)
    queries.flow(by, flow_id)
    said = json_door.body(request)
    definition, step = json_door.an_object(said, "definition"), json_door.a_text(said, "step")
    known = queries.scope_in(by, definition, step)
    before = queries.steps_before(definition, step)
    key, value = given.scope(by, said) if "input" in said else ("", {})
    found = scopes.source(known, frozenset(before), value)
    return {
        "tree": trees.tree(found.seen),
        "key": _kept(by, found.known),
        "seen_key": _kept(by, found.seen),
        "input": key,
    }


@json_door.speaks("GET")
def choices(request: HttpRequest) -> json_door.Answer:
    """Give what may be chosen as a target."""
    require(tenancy.actor(request), "flow.view")
    return shown.choices()


@json_door.speaks("GET")
def tables(request: HttpRequest) -> json_door.Answer:
    """Give the tenant's lookup tables, and the first entries of the one that is asked for."""
    by = tenancy.actor(request)
    wanted = request.GET.get("key", "")
    return {
        "tables": [shown.table(one) for one in partners.tables(by)],
        "entries": shown.entries(partners.table(by, wanted)) if wanted else {},
    }


@json_door.speaks("POST")
def schema(request: HttpRequest) -> json_door.Answer:
    """Give a target as a tree, and the key by which it can be named from now on."""
    by = tenancy.actor(request)
    require(by, "flow.view")
    found = given.target(json_door.an_object(json_door.body(request), "target"))
    return {"tree": trees.tree(found), "key": _kept(by, found)}


@json_door.speaks("POST")
def import_schema(request: HttpRequest) -> json_door.Answer:
    """Read a schema file, or a sample; where the file holds several schemas, give the choices."""
    require(tenancy.actor(request), "flow.try")
    said = json_door.body(request)
    way, data = importer(json_door.a_text(said, "kind")), given.document(said)
    choice = json_door.a_text(said, "choice", "")
    found = [{"choice": key, "title": title} for key, title in way.choices(data)]
    if found and not choice and way.key != "sample":
        return {"choices": found, "json_schema": None}
    read = way.read(data, choice)
    return {"choices": found, "json_schema": to_json_schema(read)}


@json_door.speaks("POST")
def sample(request: HttpRequest) -> json_door.Answer:
    """Read a document that somebody pasted or uploaded, in its format or the one that it looks like."""
    require(tenancy.actor(request), "flow.try")
    said = json_door.body(request)
    data = given.document(said)
    form = json_door.a_text(said, "format", "") or best_guess(data).key
    options = json_door.an_object(said, "options") if "options" in said else {}
    if form == best_guess(data).key and not options:
        options = dict(best_guess(data).options)
    value = message_decoder(form, options, DEFAULT_LIMITS)(data)
    return {"format": form, "value": given.marked(value)}


@json_door.speaks("POST")
def suggestions(request: HttpRequest) -> json_door.Answer:
    """Suggest which field of the source belongs to which field of the target."""
    by = tenancy.actor(request)
    require(by, "flow.try")
    said = json_door.body(request)
    source, target = given.schema(by, said, "source"), given.schema(by, said, "target")
    if source is None or target is None:
        return {"suggestions": []}
    samples = [given.scope(by, said)[1]] if "input" in said else []
    return {"suggestions": list(map(shown.suggestion, suggest(source, target, samples)))}


@json_door.speaks("POST")
def check(request: HttpRequest) -> json_door.Answer:
    """Find what is wrong with a plan, in itself and against its two sides."""
    by = tenancy.actor(request)
    require(by, "flow.view")
    said = json_door.body(request)
    plan = json_door.an_object(said, "plan")
    problems = check_plan(plan)
    if all(problem.severity != "error" for problem in problems):
        source, target = given.schema(by, said, "source"), given.schema(by, said, "target")
        problems += check_fit(plan, source, target)
    return {"problems": [shown.problem(one) for one in problems]}


@json_door.speaks("POST")
def preview(request: HttpRequest) -> json_door.Answer:
    """Map a scope by a plan, by the function that runs flows. Counters give 1 and are not moved."""
    by = tenancy.actor(request)
    require(by, "flow.try")
    said = json_door.body(request)
    plan = json_door.an_object(said, "plan")
    key, value = given.scope(by, said)
    options = json_door.an_object(said, "options") if "options" in said else {}
    env = replace(
        preview_env(datetime.now(UTC))(1),
        lookups=partners.rows(by, named_tables(plan)),
        partner=json_door.a_text(said, "partner", ""),
    )
    found = preview_of(plan, value, env, json_door.a_text(said, "format", "json"), options)
    return shown.preview(found, key)


@json_door.speaks("POST")
def write(request: HttpRequest) -> json_door.Answer:
    """Give a plan as text: YAML, JSON, or as far as it can be said, JSONata."""
    require(tenancy.actor(request), "flow.view")
    said = json_door.body(request)
    plan, language = json_door.an_object(said, "plan"), json_door.a_text(said, "language")
    if language == "jsonata":
        made = export_map(plan)
        return {"text": made.text, "problems": [shown.problem(one) for one in (*made.lost, *made.notes)]}
    return {"text": plan_text.write_plan(plan, language), "problems": []}


@json_door.speaks("POST")
def read(request: HttpRequest) -> json_door.Answer:
    """Read a plan from text, with its problems at their lines."""
    require(tenancy.actor(request), "flow.view")
    said = json_door.body(request)
    text = json_door.a_text(said, "text")
    if json_door.a_text(said, "language") == "jsonata":
        made = import_map(text)
        return {"plan": made.plan, "problems": [shown.problem(one) for one in made.notes]}
    found = plan_text.read_plan(text)
    return {"plan": found.plan, "problems": [shown.problem(one, line) for one, line in found.problems]}


def _kept(by: Actor, schema: Schema) -> str:
    return kept.keep(by.tenant_id, schema, repr(schema).encode())
