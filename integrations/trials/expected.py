"""What a case expects of a trial, and where a trial is another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from integrations.errors import InputError
from integrations.flows.steps.context import Reply, Value
from integrations.flows.visits import Iteration, Outcome, Rehearsal, Request, VisitState
from integrations.mapping.values import MISSING
from integrations.trials.comparing import MOST, Difference, at_path, differences, steps_of
from integrations.trials.values import as_json, body_value

ENTRIES_MAX: Final = 200
PATHS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A value that is expected. paths: what of it counts; None for the whole, exactly."""

    value: Any
    paths: tuple[str, ...] | None = None

    def compared(self, found: Any, place: str) -> Iterator[Difference]:  # noqa: ANN401  JSON
        """Give where what was found differs."""
        if self.paths is None:
            yield from differences(self.value, found, place)
            return
        for path in self.paths:
            dot = "" if path.startswith("[") else "."
            yield from differences(at_path(self.value, path), at_path(found, path), f"{place}{dot}{path}")

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "paths": None if self.paths is None else list(self.paths)}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a trial is to give. steps, calls: outputs and requests by step, ``ship[0]`` inside a loop."""

    outcome: str = str(Outcome.SUCCEEDED)
    reply: Entry | None = None
    steps: Mapping[str, Entry] = field(default_factory=dict)
    calls: Mapping[str, Entry] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "outcome": self.outcome,
            "reply": None if self.reply is None else self.reply.as_json(),
            "steps": {name: entry.as_json() for name, entry in self.steps.items()},
            "calls": {name: entry.as_json() for name, entry in self.calls.items()},
        }

    def compared(self, made: Rehearsal) -> list[Difference]:
        """Give where a trial is another, the first twenty."""
        return list(islice(self._compared(made), MOST))

    def _compared(self, made: Rehearsal) -> Iterator[Difference]:
        yield from differences(self.outcome, str(made.outcome), "outcome")
        found = told_of(made)
        if self.reply is not None:
            yield from self.reply.compared(MISSING if found.reply is None else found.reply, "reply")
        for name, entry in self.steps.items():
            yield from entry.compared(found.steps.get(name, MISSING), f"steps.{name}.output")
        for name, entry in self.calls.items():
            yield from entry.compared(found.calls.get(name, MISSING), f"steps.{name}.call")

    def renewed(self, made: Rehearsal) -> "Expected":
        """Expect of the same steps what they gave now."""
        found = told_of(made)
        return Expected(
            str(made.outcome),
            None if self.reply is None else Entry(found.reply, self.reply.paths),
            {name: Entry(found.steps.get(name), entry.paths) for name, entry in self.steps.items()},
            {name: Entry(found.calls.get(name), entry.paths) for name, entry in self.calls.items()},
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A trial as expectations name it."""

    reply: Any
    steps: Mapping[str, Any]
    calls: Mapping[str, Any]


def told_of(made: Rehearsal) -> Told:
    """Name what a trial gave."""
    steps: dict[str, Any] = {}
    calls: dict[str, Any] = {}
    for visit in made.visits:
        name = named(visit.key, visit.iteration)
        if visit.state in {VisitState.OK, VisitState.PINNED} or visit.port:
            steps[name] = as_json(visit.output)
        if visit.answer is not None:
            calls[name] = request_value(visit.answer.request)
    return Told(reply_value(made.reply), steps, calls)


def expectation(
    made: Rehearsal, *, steps: tuple[str, ...], calls: tuple[str, ...] | None, with_reply: bool
) -> Expected:
    """Expect what a trial gave: the outputs of `steps`, the requests of `calls` (None: all), the reply.

    A name without a place in a loop means every one of the step's visits. Raises InputError for a step that
    the trial did not come to.
    """
    found = told_of(made)
    return Expected(
        str(made.outcome),
        Entry(found.reply) if with_reply and found.reply is not None else None,
        {name: Entry(found.steps[name]) for name in _chosen(steps, found.steps, "steps")},
        {
            name: Entry(found.calls[name])
            for name in (found.calls if calls is None else _chosen(calls, found.calls, "calls"))
        },
    )


def named(key: str, iteration: Iteration) -> str:
    """Name a visit: ``ship``, ``ship[0.2]``."""
    return f"{key}[{'.'.join(map(str, iteration))}]" if iteration else key


def reply_value(reply: Reply | None) -> Any:  # noqa: ANN401  JSON
    """Give a reply as it is compared."""
    if reply is None:
        return None
    headers = {name.lower(): text for name, text in reply.headers.items()}
    return {"status": reply.status, "body": as_json(body_value(headers, reply.body))}


def request_value(request: Request) -> dict[str, Any]:
    """Give a call as it is compared: not where its system is, for that is another for twin and live."""
    url = urlsplit(request.url)
    path = url.path
    if request.connector and path.startswith(f"/{request.connector}/"):
        path = path.removeprefix(f"/{request.connector}")
    query: dict[str, Value] = {}
    for name, text in parse_qsl(url.query, keep_blank_values=True):
        known = query.get(name)
        query[name] = text if known is None else [*known, text] if isinstance(known, list) else [known, text]
    if request.method == "MAIL":
        text = request.body.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
        return {"method": "MAIL", **request.headers, "body": text}
    told: dict[str, Any] = {"method": request.method, "path": path, "query": query}
    if not request.operation or request.connector in {"http", "mllp"}:
        told["host"] = url.netloc
    return {**told, "body": as_json(body_value(request.headers, request.body))}


def expected_of(said: Any, place: str = "expected") -> Expected:  # noqa: ANN401  JSON
    """Read expectations from JSON. Raises InputError naming what is wrong."""
    if not isinstance(said, dict) or (unknown := set(said) - {"outcome", "reply", "steps", "calls"}):
        name = f".{min(map(str, unknown))[:80]}" if isinstance(said, dict) else ""
        raise InputError(
            "case.expected", "“expected” has outcome, reply, steps and calls.", place=place + name
        )
    outcome = said.get("outcome", str(Outcome.SUCCEEDED))
    if outcome not in set(Outcome):
        raise InputError("case.expected", "There is no such outcome.", place=f"{place}.outcome")
    reply = said.get("reply")
    return Expected(
        str(outcome),
        None if reply is None else _entry(reply, f"{place}.reply"),
        _entries(said, "steps", place),
        _entries(said, "calls", place),
    )


def _entries(said: Mapping[str, Any], name: str, place: str) -> dict[str, Entry]:
    found = said.get(name) or {}
    if not isinstance(found, dict) or len(found) > ENTRIES_MAX:
        message = f"“{name}” is an object of at most {ENTRIES_MAX} steps."
        raise InputError("case.expected", message, place=f"{place}.{name}")
    return {str(key): _entry(entry, f"{place}.{name}.{key}") for key, entry in found.items()}


def _entry(said: Any, place: str) -> Entry:  # noqa: ANN401  JSON
    if not isinstance(said, dict) or "value" not in said or set(said) - {"value", "paths"}:
        raise InputError("case.expected", "What is expected has a “value” and may have “paths”.", place=place)
    paths = said.get("paths")
    if paths is None:
        return Entry(said["value"])
    fits = isinstance(paths, list) and 0 < len(paths) <= PATHS_MAX
    if not fits or not all(isinstance(path, str) and path for path in paths):
        raise InputError("case.expected", "“paths” is a list of texts.", place=f"{place}.paths")
    for path in paths:
        steps_of(path)
    return Entry(said["value"], tuple(paths))


def _chosen(names: tuple[str, ...], found: Mapping[str, Any], place: str) -> list[str]:
    chosen: list[str] = []
    for name in names:
        here = [one for one in found if one == name or one.partition("[")[0] == name]
        if not here:
            raise InputError(
                "case.not_reached",
                f"The trial gave nothing of “{name[:80]}” that could be expected.",
                place=place,
                hint="Choose a step that the trial came to.",
            )
        chosen += here
    return chosen
