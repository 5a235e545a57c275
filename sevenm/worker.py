"""The engine's life inside a Celery worker: it starts before the first message and ends with it."""

import logging
import os
import threading
from typing import Any

from celery import bootsteps
from channels.layers import get_channel_layer
from django.conf import settings
from typing_extensions import override

from integrations.connectors import checks
from integrations.engine import runtime
from sevenm import limits, wiring

LOOK_S = 1.0
log = logging.getLogger(__name__)


class EngineStep(bootsteps.StartStopStep):
    """Celery's hook for things that live as long as a worker."""

    requires = ("celery.worker.components:Pool",)

    @override
    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._ending = threading.Event()
        config = settings.SEVENM
        checks.use_egress(wiring.egress_policy(config), sandbox_url=config.sandbox_url)
        self._engine = wiring.worker(config, wiring.use_keys(config), get_channel_layer())

    @override
    def start(self, parent: Any) -> None:
        self._engine.start()
        runtime.use_worker(self._engine)
        threading.Thread(target=self._watch, name="engine-watch", daemon=True).start()
        limits.collect_seldom()

    @override
    def close(self, parent: Any) -> None:
        """Stop claiming as soon as the worker begins to stop."""
        self._ending.set()
        self._engine.stop_claiming()

    @override
    def stop(self, parent: Any) -> None:
        self._ending.set()
        self._engine.stop()

    def _watch(self) -> None:
        """End the process when its engine ended: the supervisor starts both again."""
        while not self._ending.wait(LOOK_S):
            if not self._engine.is_alive():
                log.error("worker.engine_lost")
                os._exit(1)
