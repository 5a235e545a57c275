"""The sandbox: every twin under its connector's key, and the control API beside them.

/<connector>/…                          the vendor's paths
GET    /_control                        the twins, with their faults
POST   /_control/<connector>/faults     plant one: {"mode": "down", "status": 503, "seconds": 30}
DELETE /_control/<connector>/faults     heal
GET    /_control/<connector>/stats      calls and effects; ?keys=0 without the list of keys
GET    /_control/<connector>/objects    what it keeps; ?collection=orders
PUT    /_control/<connector>/limits     {"factor": 1} allows the vendor's rate, 0 any rate
POST   /_control/<connector>/reset      start afresh
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from aiohttp import web

from integrations.connectors.loader import sample
from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.twin.faults import Fault
from integrations.connectors.twin.service import Clock, Twin
from integrations.connectors.twin.store import Thing

CLOCK = Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic)
MAX_BODY_BYTES = 10 << 20
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_SEEDS = msgspec.json.Decoder(list[dict[str, object]], float_hook=Decimal)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(
    manifests: Iterable[Manifest], *, clock: Clock = CLOCK, limit_factor: float = 1.0
) -> web.Application:
    """Make the sandbox. limit_factor: how many times the vendor's rate limit is allowed; 0 for no limit."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    twins: dict[str, Twin] = {}
    for manifest in manifests:
        twin = Twin(manifest, seeds(manifest), clock, limit_factor=limit_factor)
        twins[manifest.key] = twin
        _mount(app, twin)
    _mount_control(app, twins)
    return app


def seeds(manifest: Manifest) -> dict[str, list[Thing]]:
    """Read what the twin's collections start with."""
    return {
        name: [*_SEEDS.decode(sample(manifest.key, collection.seed))]  # type: ignore[misc]  JSON objects
        for name, collection in manifest.twin.collections.items()
        if collection.seed
    }


def _mount(app: web.Application, twin: Twin) -> None:
    root = f"/{twin.manifest.key}"
    if twin.manifest.auth.login_path:
        app.router.add_post(root + twin.manifest.auth.login_path, twin.login)
    for operation in twin.manifest.operations:
        app.router.add_route(operation.method, root + operation.path, _handler(twin, operation))

    async def unknown(request: web.Request) -> web.StreamResponse:
        return twin.unknown(request)

    app.router.add_route("*", root + "/{anything:.*}", unknown)


def _handler(twin: Twin, operation: Operation) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await twin.handle(operation, request)

    return handle


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=_ENCODE(value), content_type="application/json")


def _mount_control(app: web.Application, twins: Mapping[str, Twin]) -> None:
    def twin(request: web.Request) -> Twin:
        found = twins.get(request.match_info["key"])
        if found is None:
            raise web.HTTPNotFound
        return found

    async def everything(_request: web.Request) -> web.Response:
        return _json(
            {key: {"faults": one.faults.facts(), "limit": one.limit_factor} for key, one in twins.items()}
        )

    async def plant(request: web.Request) -> web.Response:
        try:
            fault = msgspec.json.decode(await request.read(), type=Fault)
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, 400)
        twin(request).faults.plant(fault)
        return _json(twin(request).faults.facts(), 201)

    async def heal(request: web.Request) -> web.Response:
        twin(request).faults.heal()
        return _json([])

    async def stats(request: web.Request) -> web.Response:
        return _json(twin(request).counts.facts(with_keys=request.query.get("keys") != "0"))

    async def objects(request: web.Request) -> web.Response:
        wanted = request.query.get("collection")
        things = twin(request).things
        return _json({name: kept.all() for name, kept in things.items() if wanted in {None, name}})

    async def limits(request: web.Request) -> web.Response:
        try:
            factor = msgspec.json.decode(await request.read(), type=dict[str, float])["factor"]
        except (msgspec.DecodeError, KeyError):
            return _json({"error": "factor: a number"}, 400)
        twin(request).limit(max(0.0, factor))
        return _json({"factor": twin(request).limit_factor})

    async def reset(request: web.Request) -> web.Response:
        twin(request).reset()
        return _json({})

    app.router.add_get("/_control", everything)
    app.router.add_post("/_control/{key}/faults", plant)
    app.router.add_delete("/_control/{key}/faults", heal)
    app.router.add_get("/_control/{key}/stats", stats)
    app.router.add_get("/_control/{key}/objects", objects)
    app.router.add_put("/_control/{key}/limits", limits)
    app.router.add_post("/_control/{key}/reset", reset)
