"""CPU seconds and memory of a product's processes, database and broker included, grouped by role."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import psutil

MIB = 1 << 20
ROLES: tuple[tuple[str, str], ...] = (
    ("sevenm web", "web"),
    ("sevenm worker", "worker"),
    ("sevenm beat", "beat"),
    ("sevenm sandbox", "sandbox"),
    ("sevenm up", "supervisor"),
    ("valkey-server", "valkey"),
    ("redis-server", "valkey"),
    ("postgres", "postgres"),
)
"""A process has the role of the first text that stands in its command line."""


class Usage(msgspec.Struct):
    """What the processes of one role used between two moments."""

    processes: int = 0
    cpu_s: float = 0.0
    rss_mib: float = 0.0
    """The largest resident size of one process of the role."""
    pss_mib: float = 0.0
    """The largest sum over the role, memory that processes share counted once."""


def role_of(command: str) -> str:
    return next((role for text, role in ROLES if text in command), "other")


def processes(roots: Iterable[int], *, mentions: Path | None = None) -> list[psutil.Process]:
    """Give the trees under ``roots`` and under every process whose command line names ``mentions``.

    Embedded servers leave their parent's tree; their command line names their data folder.
    """
    found: dict[int, psutil.Process] = {}
    tops = [psutil.Process(pid) for pid in roots if psutil.pid_exists(pid)]
    if mentions is not None:
        own = psutil.Process().pid
        path = str(mentions)
        tops += [
            process
            for process in psutil.process_iter(["cmdline"])
            if process.pid != own and any(path in word for word in process.info["cmdline"] or ())
        ]
    for top in tops:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (top, *top.children(recursive=True)):
                found[process.pid] = process
    return list(found.values())


Find = Callable[[], list[psutil.Process]]


def _cpu(find: Find) -> dict[str, float]:
    """Sum CPU by role. A child's time moves to its parent when it ends: none is lost."""
    used: dict[str, float] = defaultdict(float)
    for process in find():
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            role = role_of(" ".join(process.cmdline()) or process.name())
            used[role] += times.user + times.system + times.children_user + times.children_system
    return used


def memory(find: Find) -> dict[str, Usage]:
    """Give how many processes each role has now, the largest resident size, and the proportional sum."""
    seen: dict[str, Usage] = defaultdict(Usage)
    for process in find():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            usage = seen[role_of(" ".join(process.cmdline()) or process.name())]
            usage.processes += 1
            usage.rss_mib = max(usage.rss_mib, process.memory_info().rss / MIB)
            usage.pss_mib += _pss_mib(process)
    return seen


def _pss_mib(process: psutil.Process) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss / MIB)


@contextlib.contextmanager
def measured(find: Find, *, every_s: float = 1.0) -> Iterator[dict[str, Usage]]:
    """Measure a block: the dictionary is filled when the block ends. Memory is sampled, and its peak kept."""
    usage: dict[str, Usage] = {}
    ended = threading.Event()

    def sample() -> None:
        for role, now in memory(find).items():
            peak = usage.setdefault(role, Usage())
            peak.processes = max(peak.processes, now.processes)
            peak.rss_mib = round(max(peak.rss_mib, now.rss_mib), 1)
            peak.pss_mib = round(max(peak.pss_mib, now.pss_mib), 1)

    def watch() -> None:
        while not ended.wait(every_s):
            sample()

    watcher = threading.Thread(target=watch, daemon=True)
    before = _cpu(find)
    watcher.start()
    try:
        yield usage
    finally:
        after = _cpu(find)
        ended.set()
        watcher.join()
        sample()
        for role, seconds in after.items():
            usage.setdefault(role, Usage()).cpu_s = round(seconds - before.get(role, 0.0), 3)


def per_thousand(usage: dict[str, Usage], count: int) -> dict[str, float]:
    """Give CPU seconds per 1,000 by role, and their ``total``."""
    each = {role: round(one.cpu_s * 1000 / max(count, 1), 3) for role, one in sorted(usage.items())}
    return {**each, "total": round(sum(one.cpu_s for one in usage.values()) * 1000 / max(count, 1), 3)}
