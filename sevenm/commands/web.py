import argparse
import socket

import uvicorn
from typing_extensions import override

from sevenm import environment, limits, ports
from sevenm.config import Role
from sevenm.readiness import say_ready


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ingress-only", action="store_true", help="take documents in, and serve no pages")
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    config = environment.serve_as(Role.WEB)
    limits.no_core_dumps()
    limits.open_files()
    limits.short_thread_turns()
    listener = ports.find_inherited(arguments.listener) or ports.listen(config.host, config.port)
    server = Server(
        uvicorn.Config(
            "sevenm.asgi:ingress_only" if arguments.ingress_only else "sevenm.asgi:application",
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=1 << 16,
            lifespan="on",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=ports.BACKLOG,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=25,
            log_level=config.log_level.lower(),
        )
    )
    server.run([listener])
    return 0 if server.started else 1


class Server(uvicorn.Server):
    """Says when it answers."""

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            say_ready("web")
