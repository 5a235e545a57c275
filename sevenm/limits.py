"""Limits that the operating system sets for a process."""

import resource


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
