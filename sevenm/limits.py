"""Limits of a process: what the operating system allows it, and how long a thread may hold up the others."""

import gc
import resource
import sys


def open_files(wanted: int = 65536) -> int:
    """Raise the number of files this process may hold open, as far as it is allowed; gives the new number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
        return target
    return soft


def no_core_dumps() -> None:
    """Leave no memory image of a process that holds keys (SECURITY section 4)."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def short_thread_turns() -> None:
    """Let a thread that waits for the interpreter have it after 0.2 ms instead of 5.

    A busy event loop and Celery's thread share one interpreter, and each message costs Celery about ten
    hand-overs: at 5 ms each, a caller waited for its announcement longer than for everything else.
    """
    sys.setswitchinterval(0.0002)


def collect_seldom() -> None:
    """Take what is loaded out of the garbage collector's sight, and let it look at the rest less often.

    A run makes thousands of small objects that live for a moment and form no cycles; with Python's defaults
    a quarter of a worker's CPU went into looking at them (bench case ``async_throughput``: 0.57 ms a run
    before, 0.43 after).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 50, 100)
