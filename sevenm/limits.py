"""Limits of a process: what the operating system allows it, and how long a thread may hold up the others."""

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
