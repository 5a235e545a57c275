"""Serve the twins: ``python -m integrations.connectors.twin --port 9100``."""

import argparse
import asyncio
import signal

from aiohttp import web

from integrations.connectors import loader
from integrations.connectors.twin.server import make_app


async def serve(host: str, port: int, limit_factor: float) -> None:
    """Serve until SIGINT or SIGTERM."""
    app = make_app([loader.manifest(key) for key in loader.found()], limit_factor=limit_factor)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=4096).start()
    bound = runner.addresses[0][1]
    print(f"sandbox: http://{host}:{bound}", flush=True)  # noqa: T201  the supervisor waits for this line
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
    asyncio.run(serve(options.host, options.port, options.limit_factor))


if __name__ == "__main__":
    main()
