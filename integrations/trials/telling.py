"""A trial as JSON: what each step got, gave and asked for."""

from typing import Any
from urllib.parse import urlsplit

from integrations.desk.redaction import redact_headers
from integrations.errors import SevenMError
from integrations.flows.steps.context import Reply
from integrations.flows.visits import Answer, Rehearsal, Request, Visit, VisitState
from integrations.graph.flow import Flow
from integrations.trials.values import body_value, shown


def trial_json(flow: Flow, made: Rehearsal, *, is_plain: bool) -> dict[str, Any]:
    """Tell of a rehearsal. is_plain: values are shown, not masked."""
    kinds = {node.key: node.kind for node in flow.nodes}
    reached = {visit.key for visit in made.visits}
    told = [_visit(visit, kinds.get(visit.key, ""), is_plain=is_plain) for visit in made.visits]
    told += [_not_reached(node.key, node.kind) for node in flow.nodes if node.key not in reached]
    return {
        "outcome": str(made.outcome),
        "ms": ms(made.duration_s),
        "reply": reply_json(made.reply, is_plain=is_plain),
        "error": error_json(made.error, made.error_step),
        "steps": told,
        "entered": {key: shown(value, is_plain=is_plain) for key, value in made.entered.items()},
        "is_complete": made.is_complete,
    }


def reply_json(reply: Reply | None, *, is_plain: bool) -> dict[str, Any] | None:
    """Tell of a reply."""
    if reply is None:
        return None
    headers = dict(reply.headers)
    body = body_value({name.lower(): text for name, text in headers.items()}, reply.body)
    return {
        "status": reply.status,
        "headers": headers if is_plain else redact_headers(headers),
        "body": shown(body, is_plain=is_plain),
    }


def error_json(error: SevenMError | None, step: str = "") -> dict[str, Any] | None:
    """Tell of an error. A place of the step's config is one of the flow."""
    if error is None:
        return None
    place = error.place
    if step and not place.startswith("steps."):
        place = f"steps.{step}.{place}" if place.startswith("config") else f"steps.{step}"
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "place": place,
        "within": error.place if place != error.place else "",
        "step": step,
    }


def request_json(request: Request, *, is_plain: bool) -> dict[str, Any]:
    """Tell of a call as it left, or would have left."""
    url = urlsplit(request.url)
    return {
        "to": request.to,
        "method": request.method,
        "url": request.url if is_plain else f"{url.scheme}://{url.netloc}/…",
        "connector": request.connector,
        "operation": request.operation,
        "headers": dict(request.headers) if is_plain else redact_headers(request.headers),
        "body": shown(body_value(request.headers, request.body), is_plain=is_plain),
    }


def ms(seconds: float) -> float:
    """Give milliseconds for people."""
    return round(seconds * 1000, 2)


def _visit(visit: Visit, kind: str, *, is_plain: bool) -> dict[str, Any]:
    answer = visit.answer
    has_output = visit.state not in {VisitState.FAILED, VisitState.ASKS} or bool(visit.port)
    return {
        "key": visit.key,
        "kind": kind,
        "iteration": list(visit.iteration),
        "state": str(visit.state),
        "port": visit.port or None,
        "ms": ms(visit.duration_s),
        "output": shown(visit.output, is_plain=is_plain) if has_output else None,
        "error": error_json(visit.error, visit.key),
        "call": None if answer is None else request_json(answer.request, is_plain=is_plain),
        "answer": None if answer is None else _answer(answer, is_plain=is_plain),
    }


def _answer(answer: Answer, *, is_plain: bool) -> dict[str, Any] | None:
    if answer.error is not None:
        return None
    body = body_value(answer.headers, answer.body)
    return {"status": answer.status, "body": shown(body, is_plain=is_plain)}


def _not_reached(key: str, kind: str) -> dict[str, Any]:
    state = str(VisitState.NOT_REACHED)
    nothing: dict[str, Any] = {
        "port": None,
        "ms": 0,
        "output": None,
        "error": None,
        "call": None,
        "answer": None,
    }
    return {"key": key, "kind": kind, "iteration": [], "state": state, **nothing}
