"""The vendor twins, served to tests on a thread."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from integrations.connectors import loader
from integrations.connectors.twin.server import make_app
from integrations.flows import demo


@contextmanager
def served(app: web.Application) -> Iterator[str]:
    """Serve on a thread; gives the address."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(runner.cleanup())
        loop.close()


@contextmanager
def demo_twins() -> Iterator[str]:
    """Serve the twins that the demo's flows call, without their rate limits; gives the address."""
    manifests = [loader.manifest(key) for key in demo.CONNECTIONS.values()]
    with served(make_app(manifests, limit_factor=0)) as url:
        yield url
