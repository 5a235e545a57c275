import argparse
import asyncio

from integrations.connectors.twin.__main__ import serve
from sevenm import environment


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit-factor",
        type=float,
        default=1000.0,
        help="how many times a vendor's rate limit is allowed; 1 is as strict as the vendor, 0 is no limit",
    )


def run(arguments: argparse.Namespace) -> int:
    config = environment.read()
    asyncio.run(serve(config.sandbox_host, config.sandbox_port, arguments.limit_factor))
    return 0
