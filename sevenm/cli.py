"""The `sevenm` command: finds the subcommand's module, and turns our errors into one line on the terminal."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Protocol, cast

import django
from django.db import OperationalError

from integrations.errors import ConfigError, SevenMError
from sevenm import environment
from sevenm.config import Role, SettingsError
from sevenm.home import HomeInUseError
from sevenm.ports import ListenError
from sevenm.servers import ServerError
from sevenm.supervisor import NotReadyError

COMMANDS = {
    "up": "start everything: servers, web, worker, beat and sandbox",
    "doctor": "check the set-up and say what to do",
    "setup": "make the keys, the database roles and the tables, and end",
    "web": "run one web process",
    "worker": "run one worker process",
    "beat": "run what wakes up by itself; a second one waits for the first to end",
    "sandbox": "run the stand-ins of other systems",
    "tenant": "make a tenant, or an API key of one",
    "flow": "import, export or publish a flow",
    "translate": "make one document into another format",
    "replay": "run dead letters again",
    "keys": "rotate keys",
    "erase": "remove this home with its keys and the data of its embedded servers",
}
INSIDE = frozenset({"tenant", "flow", "replay", "keys"})
"""Commands that work inside the product, as the owner of the database: they need Django and the keys."""
EXPECTED = (SevenMError, SettingsError, HomeInUseError, ListenError, ServerError, NotReadyError)


class Command(Protocol):
    """What a module of `sevenm.commands` holds."""

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, arguments: argparse.Namespace) -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and give its exit code: 0 done, 1 refused, 2 wrongly called."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in COMMANDS:
        return _overview(asked=bool(words) and words[0] in ("-h", "--help", "help"))
    try:
        return run(words[0], words[1:])
    except EXPECTED as error:
        say_error(error)
        return 1
    except OperationalError:
        sys.stderr.write(
            "PostgreSQL does not answer.\n  Is `sevenm up` running? `sevenm doctor` looks closer.\n"
        )
        return 1
    except KeyboardInterrupt:
        return 130


def run(name: str, words: Sequence[str]) -> int:
    """Run one subcommand; raises what it raises."""
    if name in INSIDE:
        config = environment.work_as(Role.OWNER)
        environment.require_database(config)
        django.setup()
        importlib.import_module("sevenm.wiring").use_keys(config)
    command = cast("Command", importlib.import_module(f"sevenm.commands.{name}"))
    parser = argparse.ArgumentParser(prog=f"sevenm {name}", description=_sentence(COMMANDS[name]))
    command.arguments(parser)
    return command.run(parser.parse_args(words))


def say_error(error: Exception) -> None:
    """Write what is wrong, every finding of it, and what to do."""
    if not isinstance(error, SevenMError):
        sys.stderr.write(f"{error}\n")
        return
    sys.stderr.write(f"{error}\n")
    for problem in error.problems if isinstance(error, ConfigError) else ():
        place = f"{problem.place}: " if problem.place else ""
        sys.stderr.write(f"  {problem.severity}: {place}{problem.message} [{problem.code}]\n")
    if error.hint:
        sys.stderr.write(f"  {error.hint}\n")


def _overview(*, asked: bool) -> int:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    out = sys.stdout if asked else sys.stderr
    out.write("usage: sevenm <command> [-h]\n\n" + "\n".join(lines) + "\n")
    return 0 if asked else 2


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


if __name__ == "__main__":
    raise SystemExit(main())
