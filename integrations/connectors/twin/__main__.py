"""Serve the twins: ``python -m integrations.connectors.twin --port 9100``."""

import argparse
import asyncio
import signal
import socket
from collections.abc import Callable

from aiohttp import web

from integrations.connectors import loader
from integrations.connectors.twin.server import make_app


async def serve(listener: socket.socket, limit_factor: float, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` gets the address once it answers."""
    app = make_app([loader.manifest(key) for key in loader.found()], limit_factor=limit_factor)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.SockSite(runner, listener, backlog=4096).start()
    host, port = listener.getsockname()[:2]
    announce(f"http://{host}:{port}")
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument(
        "--limit-factor",
        type=float,
        default=1000.0,
        help="how many times the vendor's rate limit is allowed; 1 is as strict as the vendor, 0 is no limit",
    )
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    asyncio.run(serve(listener, options.limit_factor, _print))


def _print(url: str) -> None:
    print(f"sandbox: {url}", flush=True)  # noqa: T201  whoever asked for port 0 reads it here


if __name__ == "__main__":
    main()
