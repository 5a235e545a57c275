"""The floor to compare with: decode, map by hand, call, answer. It keeps, retries and checks nothing."""

import argparse
import gc
import sys
from typing import Any

import msgspec
import uvloop
from aiohttp import ClientSession, TCPConnector, web

from bench.load import allow_many_files
from bench.order import map_order
from bench.sink import until_closed

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
JSON = "application/json"


def application(target: str, session: ClientSession) -> web.Application:
    """Make the relay towards ``target``."""

    async def take(request: web.Request) -> web.Response:
        body = _encode(map_order(_decode(await request.read())))
        headers = {"Content-Type": JSON, "Idempotency-Key": request.headers.get("Idempotency-Key", "")}
        async with session.post(target, data=body, headers=headers) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=JSON)

    app = web.Application()
    app.router.add_post("/in/{hook}", take)
    return app


async def _run(target: str, port: int) -> None:
    async with ClientSession(connector=TCPConnector(limit=512)) as session:
        runner = web.AppRunner(application(target, session), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=4096)
        await site.start()
        sys.stdout.buffer.write(msgspec.json.encode({"port": runner.addresses[0][1]}) + b"\n")
        sys.stdout.buffer.flush()
        await until_closed()
        await runner.cleanup()


def main() -> None:
    """Serve until standard input closes; the first line of output is JSON with the port."""
    parser = argparse.ArgumentParser(prog="python -m bench.relay", description=main.__doc__)
    parser.add_argument("--target", required=True, help="URL that every request is sent on to")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    allow_many_files()
    gc.freeze()
    uvloop.run(_run(f"{given.target}/orders", given.port))


if __name__ == "__main__":
    main()
