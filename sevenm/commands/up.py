import argparse
import asyncio
import dataclasses
import sys
from collections.abc import Mapping

from sevenm import environment, home, preparation
from sevenm.config import Config, Role, load
from sevenm.servers import Postgres, Valkey
from sevenm.supervisor import Program, Supervisor


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="port of the pages; else the one of last time")
    parser.add_argument("--workers", type=int, default=1, help="worker processes (default 1)")
    parser.add_argument("--no-demo", action="store_true", help="no demo tenant and no sandbox")
    parser.add_argument("--verbose", action="store_true", help="show what the processes write")


def run(arguments: argparse.Namespace) -> int:
    environ = environment.variables()
    if arguments.port:
        environ["SEVENM_PORT"] = str(arguments.port)
    config = preparation.prepare_home(environ)
    with home.locked(config.home):
        config = _settle_ports(config, environ)
        environ |= {
            "SEVENM_HOME": str(config.home),
            "SEVENM_SANDBOX": "0" if arguments.no_demo else "1",
            "PYTHONUNBUFFERED": "1",
        }
        postgres, valkey = preparation.embedded_servers(config)
        servers = [server for server in (postgres, valkey) if server is not None]
        try:
            _prepare(config, environ, postgres, valkey, demo=not arguments.no_demo)
            programs = _programs(environ, workers=arguments.workers, sandbox=not arguments.no_demo)
            supervisor = Supervisor(programs, servers, logs=config.home / "logs", verbose=arguments.verbose)
            asyncio.run(supervisor.run(lambda: _announce(config)))
        finally:
            for server in reversed(servers):
                server.stop()
    return 0


def _prepare(
    config: Config,
    environ: Mapping[str, str],
    postgres: Postgres | None,
    valkey: Valkey | None,
    *,
    demo: bool,
) -> None:
    for server in (postgres, valkey):
        if server is not None:
            _say(f"starting {type(server).__name__}")
            server.start()
    _say("preparing the database")
    preparation.prepare_database(config, environ, postgres)
    if demo:
        _say("preparing the demo")
        preparation.seed_demo(environ)


def _settle_ports(config: Config, environ: Mapping[str, str]) -> Config:
    """Move a remembered port that somebody else took meanwhile; refuse when it was asked for."""
    instance = config.instance
    if instance is None:
        raise RuntimeError("the home is not prepared")
    if int(environ.get("SEVENM_PORT", "0") or 0):
        if not home.is_free(config.port):
            raise home.PortTakenError(config.port)
        instance = dataclasses.replace(instance, web_port=config.port)
    elif not home.is_free(instance.web_port):
        instance = dataclasses.replace(instance, web_port=home.free_port(instance.web_port + 1))
    if not home.is_free(instance.sandbox_port):
        instance = dataclasses.replace(instance, sandbox_port=home.free_port(instance.sandbox_port + 1))
    postgres, _ = preparation.embedded_servers(config)
    if postgres is not None and not postgres.is_running() and not home.is_free(instance.postgres_port):
        instance = dataclasses.replace(instance, postgres_port=home.free_port(instance.postgres_port + 1))
    home.save(config.home, instance)
    return load(environ)


def _programs(environ: Mapping[str, str], *, workers: int, sandbox: bool) -> list[Program]:
    """List the processes in the order in which they stop: doors first."""

    def program(name: str, command: str, role: Role, *extra: str, ready_text: bytes) -> Program:
        return Program(
            name=name,
            command=[sys.executable, "-m", "sevenm", command, *extra],
            environ={**environ, "SEVENM_ROLE": role},
            ready_text=ready_text,
        )

    programs = [
        program("beat", "beat", Role.ENGINE, ready_text=b""),
        program("web", "web", Role.WEB, ready_text=b"Uvicorn running on"),
    ]
    for number in range(1, workers + 1):
        name = f"worker-{number}"
        programs.append(program(name, "worker", Role.ENGINE, "--name", name, ready_text=b" ready."))
    if sandbox:
        programs.append(program("sandbox", "sandbox", Role.ENGINE, ready_text=b"sandbox: http"))
    return programs


def _announce(config: Config) -> None:
    lines = ["", f"7M is ready: {config.public_url}"]
    sign_in = preparation.demo_sign_in(config)
    if sign_in:
        lines += [f"  sign in with  {sign_in[0]}", f"  password      {sign_in[1]}"]
    lines += [f"  logs          {config.home / 'logs'}", "Press Ctrl-C to stop.", ""]
    sys.stdout.write("\n".join(lines))
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stdout.write(f"7M: {text} …\n")
    sys.stdout.flush()
