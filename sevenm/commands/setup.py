import argparse

from sevenm import environment, preparation
from sevenm.home import locked


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="also make the demo tenant")


def run(arguments: argparse.Namespace) -> int:
    environ = environment.variables()
    config = preparation.prepare_home(environ)
    with locked(config.home):
        postgres, _ = preparation.embedded_servers(config)
        if postgres is not None:
            postgres.start()
        try:
            preparation.prepare_database(config, environ, postgres)
            if arguments.demo:
                preparation.seed_demo(environ)
        finally:
            if postgres is not None:
                postgres.stop()
    return 0
