import argparse

import uvicorn

from sevenm import environment, limits
from sevenm.config import Role


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ingress-only", action="store_true", help="take documents in, and serve no pages")


def run(arguments: argparse.Namespace) -> int:
    environment.work_as(Role.WEB)
    config = environment.read()
    limits.no_core_dumps()
    limits.open_files()
    limits.short_thread_turns()
    uvicorn.run(
        "sevenm.asgi:ingress_only" if arguments.ingress_only else "sevenm.asgi:application",
        host=config.host,
        port=config.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=1 << 16,
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=25,
        log_level=config.log_level.lower(),
    )
    return 0
