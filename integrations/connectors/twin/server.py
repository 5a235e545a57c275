"""The sandbox: every twin under its connector's key, and the control API beside them.

/<connector>/…                          the vendor's paths
/_control/…                             see `control`
"""

import re
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from integrations.connectors.loader import sample
from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.twin.control import mount_control
from integrations.connectors.twin.service import Clock, Twin
from integrations.connectors.twin.store import Thing

CLOCK = Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic)
MAX_BODY_BYTES = 10 << 20
_SEEDS: msgspec.json.Decoder[list[Thing]] = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)
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
    mount_control(app, twins)
    return app


def seeds(manifest: Manifest) -> dict[str, list[Thing]]:
    """Read what the twin's collections start with."""
    return {
        name: _SEEDS.decode(sample(manifest.key, collection.seed))
        for name, collection in manifest.twin.collections.items()
        if collection.seed
    }


def _mount(app: web.Application, twin: Twin) -> None:
    root = f"/{twin.manifest.key}"
    if twin.manifest.auth.login_path:
        app.router.add_post(root + twin.manifest.auth.login_path, twin.login)
    for operation in twin.manifest.operations:
        app.router.add_route(operation.method, root + _route(operation.path), _handler(twin, operation))

    async def unknown(request: web.Request) -> web.StreamResponse:
        return twin.unknown(request)

    app.router.add_route("*", root + "/{anything:.*}", unknown)


def _route(path: str) -> str:
    """Write a path as the router wants it: escaped characters stand in a pattern of their own."""
    pieces = path.split("/")
    return "/".join(
        f"{{_{number}:{re.escape(unquote(piece))}}}" if "%" in piece else piece
        for number, piece in enumerate(pieces)
    )


def _handler(twin: Twin, operation: Operation) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await twin.handle(operation, request)

    return handle
