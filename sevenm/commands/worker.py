import argparse
import importlib

from celery import Celery
from celery.signals import worker_shutting_down

from sevenm import environment, limits
from sevenm.config import Config, Role


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default="worker-1", help="unlike that of any other worker on this machine")
    parser.add_argument("--lanes", default="", help="lanes to serve, separated by commas; else all")


def run(arguments: argparse.Namespace) -> int:
    environment.work_as(Role.ENGINE)
    config = environment.read()
    limits.no_core_dumps()
    limits.open_files()
    celery = importlib.import_module("sevenm.celery")
    setup_django()
    engine = importlib.import_module("sevenm.wiring").worker(config)
    importlib.import_module("integrations.engine.runtime").use_worker(engine)
    engine.start()
    worker_shutting_down.connect(lambda **_: engine.stop_claiming(), weak=False)
    lanes = arguments.lanes or ",".join(celery.LANES)
    try:
        serve(celery.app, config, arguments.name, lanes)
    finally:
        engine.stop()
    return 0


def setup_django() -> None:
    """Load the apps: the tasks and the wiring import models."""
    importlib.import_module("django").setup()


def serve(app: Celery, config: Config, name: str, lanes: str) -> None:
    """Take announcements until told to stop."""
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={config.worker_threads}",
            f"--queues={lanes}",
            f"--hostname={name}@%h",
            f"--loglevel={config.log_level}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
