import argparse
import asyncio

from integrations.connectors.twin.__main__ import serve
from sevenm import environment, ports
from sevenm.readiness import say_ready


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit-factor",
        type=float,
        default=1000.0,
        help="how many times a vendor's rate limit is allowed; 1 is as strict as the vendor, 0 is no limit",
    )
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    config = environment.read()
    listener = ports.find_inherited(arguments.listener) or ports.listen(
        config.sandbox_host, config.sandbox_port
    )
    asyncio.run(serve(listener, arguments.limit_factor, lambda _: say_ready("sandbox")))
    return 0
