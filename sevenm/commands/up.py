import argparse
import asyncio
import contextlib
import dataclasses
import socket
import sys
from collections.abc import Mapping

from sevenm import environment, home, ports, preparation, readiness
from sevenm.config import Config, Role, load
from sevenm.servers import Postgres, ServerError, Valkey
from sevenm.supervisor import Program, Supervisor

POSTGRES_TRIES = 3


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
    with home.locked(config.home), contextlib.ExitStack() as held:
        doors = take_doors(config, environ, sandbox=not arguments.no_demo)
        for listener in doors.values():
            held.enter_context(listener)
        environ |= {
            "SEVENM_HOME": str(config.home),
            "SEVENM_SANDBOX": "0" if arguments.no_demo else "1",
            "PYTHONUNBUFFERED": "1",
        }
        servers: list[Postgres | Valkey] = []
        try:
            config = _prepare(environ, servers, demo=not arguments.no_demo)
            programs = _programs(environ, doors, workers=arguments.workers)
            supervisor = Supervisor(programs, servers, logs=config.home / "logs", verbose=arguments.verbose)
            asyncio.run(supervisor.run(lambda: _announce(config)))
        finally:
            for server in reversed(servers):
                server.stop()
    return 0


def take_doors(config: Config, environ: Mapping[str, str], *, sandbox: bool) -> dict[str, socket.socket]:
    """Take the ports of web and sandbox, and remember them in the home. Raises PortTakenError.

    They are held from here on, so that no other copy can take them before the processes answer there. A
    port that somebody else has is moved, unless it was asked for.
    """
    wanted = {"web": (config.host, config.port, "SEVENM_PORT")}
    if sandbox:
        wanted["sandbox"] = (config.sandbox_host, config.sandbox_port, "SEVENM_SANDBOX_PORT")
    doors: dict[str, socket.socket] = {}
    for name, (host, port, variable) in wanted.items():
        is_asked = int(environ.get(variable) or 0) != 0
        doors[name] = ports.listen(host, port) if is_asked else ports.listen_from(host, port)
        if ports.port_of(doors[name]) != port:
            _say(f"port {port} is taken: {name} takes {ports.port_of(doors[name])}")
    instance = dataclasses.replace(_instance(config), web_port=ports.port_of(doors["web"]))
    if sandbox:
        instance = dataclasses.replace(instance, sandbox_port=ports.port_of(doors["sandbox"]))
    home.save(config.home, instance)
    return doors


def _instance(config: Config) -> home.Instance:
    if config.instance is None:
        raise RuntimeError("the home is not prepared")
    return config.instance


def _prepare(environ: Mapping[str, str], servers: list[Postgres | Valkey], *, demo: bool) -> Config:
    """Start the embedded servers, adding each to `servers`, and make roles, tables and demo."""
    config, postgres = _start_postgres(environ)
    _, valkey = preparation.embedded_servers(config)
    servers += [server for server in (postgres, valkey) if server is not None]
    if valkey is not None:
        _say("starting Valkey")
        valkey.start()
    _say("preparing the database")
    preparation.prepare_database(config, environ, postgres)
    if demo:
        _say("preparing the demo")
        preparation.seed_demo(environ)
    return config


def _start_postgres(environ: Mapping[str, str]) -> tuple[Config, Postgres | None]:
    """Start it, at another port where somebody has the one of last time or takes it at this moment."""
    for _ in range(POSTGRES_TRIES):
        config = load(environ)
        postgres, _valkey = preparation.embedded_servers(config)
        if postgres is None:
            return config, None
        port = postgres.instance.postgres_port
        try:
            if postgres.is_running() or ports.is_free(port):
                _say("starting PostgreSQL")
                postgres.start()
                return config, postgres
        except ServerError:
            if ports.is_free(port):
                raise
        _say(f"port {port} is taken: PostgreSQL takes the next free one")
        moved = dataclasses.replace(_instance(config), postgres_port=ports.free_port(port + 1))
        home.save(config.home, moved)
    raise ServerError("PostgreSQL found no port")


def _programs(
    environ: Mapping[str, str], doors: Mapping[str, socket.socket], *, workers: int
) -> list[Program]:
    """List the processes in the order in which they stop: doors first."""

    def program(name: str, role: Role, *command: str, is_awaited: bool = True) -> Program:
        listener = doors.get(name)
        inherited = () if listener is None else ("--listener", str(listener.fileno()))
        return Program(
            name=name,
            command=[sys.executable, "-m", "sevenm", *command, *inherited],
            environ={**environ, "SEVENM_ROLE": role},
            ready_text=readiness.TEXT if is_awaited else b"",
            listener=listener,
        )

    programs = [
        # Where several copies share a database, one beat works and the others stand by.
        program("beat", Role.ENGINE, "beat", is_awaited=False),
        program("web", Role.WEB, "web"),
    ]
    for number in range(1, workers + 1):
        name = f"worker-{number}"
        programs.append(program(name, Role.ENGINE, "worker", "--name", name))
    if "sandbox" in doors:
        programs.append(program("sandbox", Role.ENGINE, "sandbox"))
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
