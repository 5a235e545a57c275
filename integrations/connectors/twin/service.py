"""One twin: takes a call as the vendor would, from its manifest alone."""

import asyncio
import hashlib
import socket
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from aiohttp import web
from multidict import CIMultiDictProxy

from integrations.connectors.auth.scheme import Token
from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.pagination.pages import BadPageError, Page
from integrations.connectors.paths import pick, place
from integrations.connectors.twin.checks import Checker, Refusal
from integrations.connectors.twin.counts import Counts
from integrations.connectors.twin.faults import Bucket, Fault, Faults
from integrations.connectors.twin.store import Thing, Things
from integrations.connectors.twin.template import Env, Scope, compute
from integrations.formats.codec import Value

MOST_REMEMBERED = 200_000
MOST_TOKENS = 1000
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


class Clock(NamedTuple):
    """What time it is: aware UTC for what is written, monotonic seconds for waits."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: Value
    headers: Mapping[str, str] = {}


class Twin:
    """The state and behaviour of one connector's twin."""

    def __init__(
        self, manifest: Manifest, seeds: Mapping[str, list[Thing]], clock: Clock, *, limit_factor: float = 1.0
    ) -> None:
        self.manifest = manifest
        self._seeds = seeds
        self._clock = clock
        self._checkers = {
            operation.key: Checker(operation, manifest.errors.invalid_status)
            for operation in manifest.operations
        }
        self.faults = Faults(clock.monotonic)
        self.limit(limit_factor)
        self.reset()

    def limit(self, factor: float) -> None:
        """Allow this much of the vendor's rate; 0 for no limit."""
        limits = self.manifest.limits
        self.limit_factor = factor
        self._bucket = Bucket(limits.per_s * factor, int(limits.burst * factor), self._clock.monotonic)

    def reset(self) -> None:
        """Forget everything: things, faults, counts, tokens."""
        collections = self.manifest.twin.collections
        self.things = {
            name: Things(name, spec, self._seeds.get(name, [])) for name, spec in collections.items()
        }
        self.counts = Counts()
        self.faults.heal()
        self._remembered: OrderedDict[str, tuple[bytes, Answer]] = OrderedDict()
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._counted = 0
        self._tokens_given = 0

    async def login(self, request: web.Request) -> web.StreamResponse:
        """Give a token for the login of a token exchange."""
        if fault := self.faults.take("login", "before"):
            broken = await self._suffer(fault, request)
            if broken is not None:
                return broken
        self._tokens_given += 1
        lifetime = timedelta(seconds=getattr(self.manifest.auth, "lifetime_s", 1800))
        token = Token(f"twin-{self.manifest.key}-{self._tokens_given}", self._clock.now() + lifetime)
        login = self.manifest.auth.serve_login(request.headers, self.manifest.twin.secrets, token)
        self.counts.call("login", login.status)
        if login.status >= 400:
            return self._written(self._error(Refusal(login.status, "auth", "The credentials are not valid.")))
        self._tokens[token.value] = token
        if len(self._tokens) > MOST_TOKENS:
            self._tokens.popitem(last=False)
        return self._written(Answer(login.status, dict(login.body)))

    async def handle(self, operation: Operation, request: web.Request) -> web.StreamResponse:
        """Take one call."""
        content = await request.read()
        if fault := self.faults.take(operation.key, "before"):
            broken = await self._suffer(fault, request)
            if broken is not None:
                self.counts.call(operation.key, broken.status)
                return broken
        try:
            answer = self._answer(operation, request, content)
        except Refusal as refusal:
            answer = self._error(refusal)
        if fault := self.faults.take(operation.key, "after"):
            broken = await self._suffer(fault, request)
            if broken is not None:
                self.counts.call(operation.key, broken.status)
                return broken
        self.counts.call(operation.key, answer.status)
        return self._written(answer)

    def unknown(self, _request: web.Request) -> web.Response:
        """Answer a path that the service does not have."""
        self.counts.call("unknown", 404)
        return self._written(self._error(Refusal(404, "missing", "Not Found")))

    def _answer(self, operation: Operation, request: web.Request, content: bytes) -> Answer:
        self._check_credentials(request.headers)
        if wait := self._bucket.wait_s():
            raise Refusal(429, "limit", "Too many requests.", code=f"wait {max(1, round(wait + 0.5))}")
        values = {
            "path": dict(request.match_info),
            "query": dict(request.query),
            "header": {name.lower(): value for name, value in request.headers.items()},
        }
        self._checkers[operation.key].params(values)
        body = self._checkers[operation.key].body(content)
        scope: Scope = {"body": body, "path": dict(values["path"]), "query": dict(values["query"])}
        key = self._effect_key(operation, scope, values)
        if not key:
            return self._perform(operation, scope, str(request.url.with_query(None)), "")
        self.counts.asked(operation.key, key)
        if operation.sent_twice.key is None:
            return self._perform(operation, scope, str(request.url.with_query(None)), key)
        return self._once(operation, scope, key, content, str(request.url.with_query(None)))

    def _once(self, operation: Operation, scope: Scope, key: str, content: bytes, url: str) -> Answer:
        name = f"{operation.key}:{key}"
        digest = hashlib.sha256(content + repr(scope["path"]).encode()).digest()
        known = self._remembered.get(name)
        if known is not None:
            if known[0] != digest:
                raise Refusal(
                    self.manifest.errors.invalid_status, "conflict", "This key was used for another request."
                )
            self.counts.repeats += 1
            return known[1]
        answer = self._perform(operation, scope, url, key)
        self._remembered[name] = digest, answer
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return answer

    def _effect_key(self, operation: Operation, scope: Scope, values: Mapping[str, Mapping[str, str]]) -> str:
        twice = operation.sent_twice
        if twice.key is not None:
            found = (
                pick(scope["body"], twice.key.name)
                if twice.key.location == "body"
                else values[twice.key.location].get(
                    twice.key.name.lower() if twice.key.location == "header" else twice.key.name
                )
            )
            return str(found) if found else ""
        parts = [pick(scope["body"], path) for path in twice.natural]
        return "|".join(str(part) for part in parts) if parts and None not in parts else ""

    def _check_credentials(self, headers: CIMultiDictProxy[str]) -> None:
        auth, secrets = self.manifest.auth, self.manifest.twin.secrets
        token = ""
        if auth.login_path:
            token = headers.get("Authorization", "").removeprefix("Bearer ")
            given = self._tokens.get(token)
            if given is None or given.expires_at <= self._clock.now():
                raise Refusal(401, "auth", "The token is not valid.")
        for name, value in auth.headers(secrets, token).items():
            if headers.get(name) != value:
                raise Refusal(401, "auth", "The credentials are not valid.")

    def _perform(self, operation: Operation, scope: Scope, url: str, key: str) -> Answer:
        behaviour = operation.twin
        env = self._env()
        for collection, where in behaviour.needs.items():
            wanted = pick(scope, where)
            for one in wanted if isinstance(wanted, list) else [wanted]:
                if self.things[collection].find(str(one)) is None:
                    raise Refusal(404, "missing", f"{where.rpartition('.')[2]} not found")
        for name, template in behaviour.let.items():
            scope[name] = compute(template, scope, env)
        for check in behaviour.checks:
            if compute(check.when, scope, env) is not True:
                raise Refusal(check.status, "invalid", check.message, code=check.code)
        if operation.kind in {"list", "search"}:
            return self._list(operation, scope, env, url)
        if operation.kind == "get":
            thing = self._named(operation, scope) if behaviour.keeps else None
            return self._given(operation, {**scope, "thing": thing}, env, thing)
        result = self._change(operation, scope, env)
        self.counts.done(operation.key, key)
        return result

    def _change(self, operation: Operation, scope: Scope, env: Env) -> Answer:
        behaviour = operation.twin
        if not behaviour.keeps:
            return self._given(operation, scope, env, None)
        things = self.things[behaviour.keeps]
        if operation.kind == "delete":
            gone = things.remove(str(self._named(operation, scope)[self._id_field(operation)]))
            return self._given(operation, {**scope, "thing": gone}, env, {})
        if operation.kind == "update" or (operation.kind == "action" and not behaviour.upsert):
            thing = dict(self._named(operation, scope))
            taken = pick(scope["body"], behaviour.takes) if behaviour.takes else None
            thing.update(taken if isinstance(taken, dict) else {})
            kept = self._set(thing, scope, behaviour.sets, env, old=thing)
            things.put(kept)
            return self._given(operation, {**scope, "thing": kept}, env, kept)
        made = [self._make(operation, item, scope, env) for item in self._taken(operation, scope)]
        several: Value = list(made)
        result = several if behaviour.takes.endswith("[]") else made[0]
        return self._given(operation, {**scope, "thing": made[0], "things": several}, env, result)

    def _make(self, operation: Operation, item: Thing, scope: Scope, env: Env) -> Thing:
        behaviour = operation.twin
        things = self.things[behaviour.keeps]
        spec = self.manifest.twin.collections[behaviour.keeps]
        field = spec.ids.field
        old = things.same(item) if behaviour.upsert else None
        thing: Thing = {**(old or {}), **item}
        if not behaviour.upsert:
            thing.pop(field, None)
        if field not in thing and not spec.unique:
            thing = {field: things.new_id(), **thing}
        return things.put(self._set(thing, scope, behaviour.sets, env, old=old or {}))

    def _set(self, thing: Thing, scope: Scope, sets: Mapping[str, object], env: Env, *, old: Thing) -> Thing:
        for path, template in sets.items():
            place(thing, path, compute(template, {**scope, "thing": thing, "old": old}, env))
        return thing

    def _taken(self, operation: Operation, scope: Scope) -> list[Thing]:
        path = operation.twin.takes
        found = pick(scope["body"], path.removesuffix("[]"))
        items = found if isinstance(found, list) else [found]
        return [dict(item) if isinstance(item, dict) else {} for item in items] or [{}]

    def _named(self, operation: Operation, scope: Scope) -> Thing:
        """Find the thing that the call names. Raises Refusal 404."""
        by = operation.twin.by
        things = self.things[operation.twin.keeps]
        if not by:
            path = scope["path"]
            names = [name for name in operation.params_in("path") if isinstance(path, dict) and name in path]
            by = f"path.{names[-1]}" if names else ""
        thing = things.find(str(pick(scope, by))) if by else None
        if thing is None:
            raise Refusal(404, "missing", "Not Found")
        return thing

    def _id_field(self, operation: Operation) -> str:
        return self.manifest.twin.collections[operation.twin.keeps].ids.field

    def _list(self, operation: Operation, scope: Scope, env: Env, url: str) -> Answer:
        behaviour = operation.twin
        if behaviour.answer is not None:
            return self._given(operation, scope, env, None)
        query = scope["query"] if isinstance(scope["query"], dict) else {}
        texts = {name: str(value) for name, value in query.items()}
        items = self.things[behaviour.keeps].all() if behaviour.keeps else []
        for parameter, rule in behaviour.filters.items():
            if wanted := texts.get(parameter):
                items = [item for item in items if _fits(item, rule, wanted)]
        page = Page(items)
        if operation.paginated and self.manifest.pagination is not None:
            try:
                page = self.manifest.pagination.serve(items, texts, url)
            except BadPageError as error:
                raise Refusal(self.manifest.errors.invalid_status, "invalid", str(error)) from error
        listed: Value = list(page.items)
        if operation.items in {"", "$"}:
            return Answer(operation.success, listed, page.headers)
        body: dict[str, Value] = {}
        place(body, operation.items, listed)
        for path, value in page.beside.items():
            place(body, path, value)
        return Answer(operation.success, body, page.headers)

    def _given(self, operation: Operation, scope: Scope, env: Env, thing: Value) -> Answer:
        behaviour = operation.twin
        if behaviour.answer is not None:
            return Answer(operation.success, compute(behaviour.answer, scope, env))
        if behaviour.gives in {"", "$"}:
            return Answer(operation.success, thing)
        body: dict[str, Value] = {}
        place(body, behaviour.gives, thing)
        return Answer(operation.success, body)

    def _env(self) -> Env:
        return Env(
            tables=self.manifest.twin.tables,
            find=lambda collection, key: self.things[collection].find(key),
            everything=lambda collection: self.things[collection].all(),
            count=self._count,
            now=self._clock.now().astimezone(UTC),
        )

    def _count(self) -> int:
        self._counted += 1
        return self._counted

    def _error(self, refusal: Refusal) -> Answer:
        errors = self.manifest.errors
        headers = {}
        code = refusal.code
        if refusal.what == "limit":
            headers[self.manifest.limits.retry_after_header] = code.removeprefix("wait ") or "1"
            code = ""
        code = code or errors.codes.get(refusal.what, refusal.what)
        facts: dict[str, Value] = {"code": code, "message": refusal.message, "status": refusal.status}
        status = 200 if errors.ok_path and refusal.what == "auth" else refusal.status
        return Answer(status, _filled(errors.shape, facts), headers)

    def _written(self, answer: Answer) -> web.Response:
        content = b"" if answer.status == 204 else _ENCODE(answer.body)
        return web.Response(
            status=answer.status, body=content, headers=answer.headers, content_type="application/json"
        )

    async def _suffer(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        """Do what the fault says; None where the call goes on."""
        if fault.mode == "slow":
            await asyncio.sleep(fault.delay_ms / 1000)
            return None
        if fault.mode == "hang":
            await asyncio.sleep(fault.seconds or 3600)
            return None
        if fault.mode == "reset":
            if request.transport is not None:
                _abort(request.transport)
            return web.Response(status=500)
        answer = self._error(Refusal(fault.status, "down", "The service is not available."))
        response = self._written(answer)
        if fault.retry_after_s is not None:
            response.headers[self.manifest.limits.retry_after_header] = str(fault.retry_after_s)
        return response


def _abort(transport: asyncio.Transport) -> None:
    """Break the connection with RST."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _filled(shape: object, facts: Mapping[str, Value]) -> Value:
    if isinstance(shape, dict):
        return {name: _filled(value, facts) for name, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, facts) for value in shape]
    if isinstance(shape, str):
        whole = facts.get(shape[1:-1]) if shape.startswith("{") and shape.endswith("}") else None
        if whole is not None:
            return whole
        for name, value in facts.items():
            shape = shape.replace("{" + name + "}", str(value))
        return shape
    return shape if isinstance(shape, bool | int) else None


def _fits(item: Value, rule: str, wanted: str) -> bool:
    """Say whether a field is one of the wanted values, or not before (``>=``) or after (``<=``) it."""
    for sign in (">=", "<="):
        if rule.startswith(sign):
            value = str(pick(item, rule[2:]))
            return value >= wanted if sign == ">=" else value <= wanted
    return str(pick(item, rule)) in split_list(wanted)


def split_list(text: str) -> list[str]:
    """Cut ``1,2, 3``."""
    return [part.strip() for part in text.split(",")]
