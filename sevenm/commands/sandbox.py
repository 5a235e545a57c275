import argparse

from sevenm import environment
from sevenm.config import Role


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none: address and port are settings."""


def run(arguments: argparse.Namespace) -> int:
    del arguments
    environment.work_as(Role.ENGINE)
    config = environment.read()
    print(config.sandbox_port)
    return 0
