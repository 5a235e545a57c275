import argparse
import shutil
import sys

from sevenm import environment, preparation
from sevenm.home import find_instance, locked


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Remove the home with its keys and the data of its embedded servers: all of it is gone for good."""
    config = environment.read()
    instance = find_instance(config.home)
    if instance is None:
        sys.stdout.write(f"There is nothing of 7M in {config.home}.\n")
        return 0
    if not arguments.yes and input(f"Remove {config.home} with all its data and keys? [y/N] ").lower() != "y":
        return 1
    with locked(config.home):
        for server in preparation.embedded_servers(config):
            if server is not None:
                server.stop()
        shutil.rmtree(instance.runtime, ignore_errors=True)
        shutil.rmtree(config.home)
    sys.stdout.write(f"{config.home} is removed.\n")
    return 0
