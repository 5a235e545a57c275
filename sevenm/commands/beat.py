import argparse
import logging
import os
import threading

import psycopg
from celery import signals

from sevenm import environment
from sevenm.config import Role
from sevenm.readiness import say_ready

LOCK = 7_000_001
LOOK_S = 5.0
log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none: what beat repeats is written in `sevenm.celery`."""


def run(arguments: argparse.Namespace) -> int:
    """Wait to be the only one, then run what wakes up by itself."""
    del arguments
    config = environment.serve_as(Role.ENGINE)
    connection = psycopg.connect(config.database.conninfo, autocommit=True, application_name="sevenm-beat")
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    threading.Thread(target=_end_without_lock, args=(connection,), name="beat-lock", daemon=True).start()
    from sevenm import celery  # noqa: PLC0415  it reads the settings of the role chosen above

    signals.beat_init.connect(lambda **_: say_ready("beat"), weak=False)
    celery.app.Beat(loglevel=config.log_level).run()
    return 0


def _end_without_lock(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """End this process when the connection that holds the lock is lost: another beat may have begun."""
    pause = threading.Event()
    while not pause.wait(LOOK_S):
        try:
            connection.execute("SELECT 1")
        except psycopg.Error:
            log.warning("beat.lock_lost")
            os._exit(1)
