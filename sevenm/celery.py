"""Celery, as the thing that wakes workers: a message is a hint that names committed runs, and may be lost.

JSON only, no results, no ETA, no chords (SECURITY section 7). A worker process holds one engine
(`sevenm.worker`); what beat repeats stands in `SCHEDULE`.
"""

from typing import Any

from celery import Celery
from kombu import Exchange, Queue

from sevenm import environment

environment.use_settings()
CONFIG = environment.read()
LANES = ("sync", "async", "replay", "bulk", "maintenance")
SCHEDULE: dict[str, dict[str, Any]] = {
    "partitions, expiry and old keys": {"task": "engine.upkeep", "schedule": 60.0},
    "alerts to people": {"task": "desk.notify", "schedule": 10.0, "options": {"expires": 10.0}},
    "links of the audit chain": {
        "task": "tenants.seal_audit",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "credentials under tenant keys": {"task": "vault.rewrap", "schedule": 60.0, "options": {"expires": 60.0}},
    "old messages about alerts": {"task": "desk.forget_notices", "schedule": 86400.0},
    "old reports of shadow runs": {"task": "trials.forget", "schedule": 3600.0},
    "latencies of closed minutes": {"task": "telemetry.roll", "schedule": 15.0, "options": {"expires": 15.0}},
    "usage of closed hours": {"task": "billing.count", "schedule": 60.0, "options": {"expires": 60.0}},
}

app = Celery("sevenm", set_as_current=True)
app.conf.update(
    broker_url=CONFIG.broker_url,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "global_keyprefix": "sevenm:",
    },
    broker_pool_limit=4,
    result_backend=None,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    # Without an exchange of its own each queue would be bound to the default one and get every message.
    # no_ack: the transport would keep each message in two more Redis structures until it is acknowledged,
    # which doubles the cost of a hint that may be lost anyway.
    task_queues=[Queue(lane, Exchange(lane), routing_key=lane, no_ack=True) for lane in LANES],
    task_default_queue="maintenance",
    task_create_missing_queues=False,
    task_acks_late=False,
    task_send_sent_event=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    worker_pool="threads",
    worker_concurrency=CONFIG.worker_threads,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    enable_utc=True,
    timezone="UTC",
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(CONFIG.home / "beat-schedule"),
)
app.autodiscover_tasks()
