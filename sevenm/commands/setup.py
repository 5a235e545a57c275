import argparse
import sys

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
                if sign_in := preparation.demo_sign_in(config):
                    sys.stdout.write(f"sign in with {sign_in[0]}, password {sign_in[1]}\n")
        finally:
            if postgres is not None:
                postgres.stop()
    return 0
