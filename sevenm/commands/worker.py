import argparse

import django
from celery import signals

from sevenm import environment, limits
from sevenm.config import Role
from sevenm.readiness import say_ready


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default="worker-1", help="unlike that of any other worker on this machine")
    parser.add_argument("--lanes", default="", help="lanes to serve, separated by commas; else all")


def run(arguments: argparse.Namespace) -> int:
    config = environment.serve_as(Role.ENGINE)
    limits.no_core_dumps()
    limits.open_files()
    limits.short_thread_turns()
    django.setup()
    from sevenm import celery, worker  # noqa: PLC0415  both need Django's apps

    signals.worker_ready.connect(lambda **_: say_ready("worker"), weak=False)
    celery.app.steps["worker"].add(worker.EngineStep)
    celery.app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={config.worker_threads}",
            f"--queues={arguments.lanes or ','.join(celery.LANES)}",
            f"--hostname={arguments.name}@%h",
            f"--loglevel={config.log_level}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
