"""The control API of the sandbox: plant and heal faults, count, look, start afresh.

GET    /_control                        the twins, with their faults
POST   /_control/<connector>/faults     plant one: {"mode": "down", "status": 503, "seconds": 30}
DELETE /_control/<connector>/faults     heal
GET    /_control/<connector>/stats      calls and effects; ?keys=0 without the list of keys
GET    /_control/<connector>/objects    what it keeps; ?collection=orders
PUT    /_control/<connector>/limits     {"factor": 1} allows the vendor's rate, 0 any rate
POST   /_control/<connector>/reset      start afresh
"""

from collections.abc import Mapping

import msgspec
from aiohttp import web

from integrations.connectors.twin.faults import Fault
from integrations.connectors.twin.service import Twin

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def mount_control(app: web.Application, twins: Mapping[str, Twin]) -> None:
    """Add the control API to the sandbox."""
    control = Control(twins)
    app.router.add_get("/_control", control.everything)
    app.router.add_post("/_control/{key}/faults", control.plant)
    app.router.add_delete("/_control/{key}/faults", control.heal)
    app.router.add_get("/_control/{key}/stats", control.stats)
    app.router.add_get("/_control/{key}/objects", control.objects)
    app.router.add_put("/_control/{key}/limits", control.limits)
    app.router.add_post("/_control/{key}/reset", control.reset)


class Control:
    """Handlers; each answers JSON."""

    def __init__(self, twins: Mapping[str, Twin]) -> None:
        self._twins = twins

    def _twin(self, request: web.Request) -> Twin:
        found = self._twins.get(request.match_info["key"])
        if found is None:
            raise web.HTTPNotFound
        return found

    async def everything(self, _request: web.Request) -> web.Response:
        facts = {
            key: {"faults": twin.faults.facts(), "limit_factor": twin.limit_factor}
            for key, twin in self._twins.items()
        }
        return _json(facts)

    async def plant(self, request: web.Request) -> web.Response:
        twin = self._twin(request)
        try:
            twin.faults.plant(msgspec.json.decode(await request.read(), type=Fault))
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, 400)
        return _json(twin.faults.facts(), 201)

    async def heal(self, request: web.Request) -> web.Response:
        self._twin(request).faults.heal()
        return _json([])

    async def stats(self, request: web.Request) -> web.Response:
        return _json(self._twin(request).counts.facts(with_keys=request.query.get("keys") != "0"))

    async def objects(self, request: web.Request) -> web.Response:
        wanted = request.query.get("collection")
        things = self._twin(request).things
        return _json({name: kept.all() for name, kept in things.items() if wanted in {None, name}})

    async def limits(self, request: web.Request) -> web.Response:
        try:
            factor = msgspec.json.decode(await request.read(), type=dict[str, float])["factor"]
        except (msgspec.DecodeError, KeyError):
            return _json({"error": "factor: a number"}, 400)
        self._twin(request).limit(max(0.0, factor))
        return _json({"factor": self._twin(request).limit_factor})

    async def reset(self, request: web.Request) -> web.Response:
        self._twin(request).reset()
        return _json({})


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=_ENCODE(value), content_type="application/json")
