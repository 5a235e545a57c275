"""``make bench``: start a copy of the product, drive it, and print what was measured beside what is wanted.

    python -m bench.run [--quick] [scenario …]      python -m bench.run --list

Everything shares the machine: load generator, product, database, broker and sink. CPU figures count the
product's processes with database and broker, never those of the harness.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil

from bench import codecs as measured_codecs
from bench import mapping as measured_mapping
from bench import order, processes
from bench.figures import spread
from bench.formats import subjects
from bench.load import Result, Spec, read_history
from bench.measure import Usage, measured, per_thousand
from bench.product import Product, ProductError, running, wait_until
from bench.sink import Mode, SinkClient

RESULTS = Path(__file__).resolve().parent / "results"
ADDED_RATES = (50, 200, 500)
WITHOUT_PRODUCT = {"relay", "mapping", "codecs", "streams"}
STREAMED = (("fixed_width", "plain"), ("csv", "plain"), ("x12", "orders"), ("xml", "orders"))
SIZES_MB = (10, 100, 1000)


class Bar(msgspec.Struct, frozen=True):
    """A figure that is wanted: ``at_most`` or ``at_least``."""

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )


class Report(msgspec.Struct):
    """What one scenario measured."""

    figures: dict[str, Any]
    bars: list[Bar] = []


class Bench(msgspec.Struct):
    """What a scenario works with. Flows are published once, on first use."""

    product: Product
    sink: SinkClient
    quick: bool
    folder: Path
    hooks: dict[str, str] = {}
    batches: int = 0

    def hook(self, reply: str) -> str:
        """Give the hook of the flow that answers with the outcome (``sync``) or at once (``async``)."""
        if reply not in self.hooks:
            flow = order.flow_yaml(self.sink.url, name=f"Bench order {reply}", reply=reply)
            self.hooks[reply] = self.product.publish(flow)
        return self.hooks[reply]

    def spec(self, reply: str, **more: Any) -> Spec:
        """Give a spec with ids that no request before had."""
        self.batches += 1
        given = {
            "headers": self.product.headers,
            "body": order.template(),
            "prefix": f"b{self.batches:03d}",
            **more,
        }
        return Spec(url=self.hook(reply), history=str(self.folder / f"{self.batches}.jsonl"), **given)

    def size(self, full: Any, quick: Any) -> Any:
        return quick if self.quick else full

    def wait_settled(self, keys: int, *, timeout_s: float = 120) -> float:
        """Wait until the sink has so many keys and no run is open; give the instant."""
        wait_until(lambda: self.sink.count()["keys"] >= keys, timeout_s=timeout_s, what=f"{keys} deliveries")
        wait_until(lambda: not self.open_runs(), timeout_s=timeout_s, what="all runs recorded", every_s=0.05)
        return time.perf_counter()

    def open_runs(self) -> int:
        states = self.product.states()
        return states.get("accepted", 0) + states.get("running", 0)

    def losses(self, spec: Spec) -> dict[str, int]:
        """Compare what was accepted with what the sink has: all must be 0."""
        sent = read_history(Path(spec.history or ""))
        times_seen: dict[str, set[str]] = {}
        for call in self.sink.records():
            if call.applied:
                times_seen.setdefault(call.id, set()).add(call.key)
        accepted = {one.id for one in sent if one.outcome == "ok"}
        refused = {one.id for one in sent if one.outcome == "refused"}
        known = {one.id for one in sent}
        return {
            "lost": len(accepted - times_seen.keys()),
            "double": sum(len(keys) > 1 for id_, keys in times_seen.items() if id_ in known),
            "refused_but_done": len(refused & times_seen.keys()),
        }

    def added_ms(self, spec: Spec) -> list[float]:
        """Give, for each answered request, its time less the sink's own."""
        own = self.sink.times()
        sent = read_history(Path(spec.history or ""))
        return [
            (one.ended - one.due) * 1e3 - own[one.id] for one in sent if one.outcome == "ok" and one.id in own
        ]


def brief(result: Result) -> dict[str, Any]:
    kept = (
        "sent",
        "ok",
        "refused",
        "unknown",
        "wrong",
        "statuses",
        "seconds",
        "rate",
        "latency_ms",
        "late_ms",
    )
    return {**{name: getattr(result, name) for name in kept}, "client_cpu_us": result.cpu_us_per_request}


def answered(result: Result) -> int:
    """Count those who got the flow's own answer: 202 means that the outcome came too late."""
    return result.statuses.get("200", 0) - result.wrong


def used(usage: dict[str, Usage], count: int) -> dict[str, Any]:
    return {"cpu_s_per_1000": per_thousand(usage, count), "processes": usage}


def memory_bars(usage: dict[str, Usage]) -> list[Bar]:
    return [
        Bar(f"{role} MiB", usage[role].rss_mib, at_most=250) for role in ("web", "worker") if role in usage
    ]


def relay(bench: Bench) -> Report:
    """Drive a bare aiohttp relay, without durability, in the same minute on the same machine."""
    with processes.sink() as (sink, _), processes.relay(sink.url) as (url, pid):
        spec = Spec(
            url=url, body=order.template(), connections=64, count=bench.size(20_000, 3_000), prefix="r"
        )
        with measured(lambda: [psutil.Process(pid)]) as usage:
            result = processes.run_load(spec)
    cpu = round(sum(one.cpu_s for one in usage.values()) * 1000 / result.ok, 3)
    return Report({**brief(result), "cpu_s_per_1000": {"relay": cpu, "total": cpu}})


def async_throughput(bench: Bench) -> Report:
    """Offer as much as 64 connections can; count until everything accepted is delivered and recorded."""
    spec = bench.spec("async", connections=64, count=bench.size(30_000, 3_000))
    bench.sink.forget()
    with measured(bench.product.processes) as usage:
        result = processes.run_load(spec)
        recorded = bench.wait_settled(result.ok)
    stats = bench.sink.stats()
    rate = round(result.ok / (recorded - result.started), 1)
    cost = used(usage, result.ok)
    delivered = round(result.ok / (stats["last"] - result.started), 1)
    losses = bench.losses(spec)
    return Report(
        {
            **brief(result),
            "accepted_per_s": result.rate,
            "delivered_per_s": delivered,
            "recorded_per_s": rate,
            **losses,
            **cost,
        },
        [
            Bar("accepted, delivered and recorded a second", rate, at_least=1300),
            Bar("CPU-s per 1,000", cost["cpu_s_per_1000"]["total"], at_most=0.9),
            Bar("lost", losses["lost"], at_most=0),
            Bar("double", losses["double"], at_most=0),
            *memory_bars(usage),
        ],
    )


def sustained(bench: Bench) -> Report:
    """Offer 463 a second, the whole load of the reference system, for a minute."""
    spec = bench.spec("async", mode="open", rate=463, connections=512, seconds=bench.size(60, 5))
    bench.sink.forget()
    with measured(bench.product.processes) as usage:
        result = processes.run_load(spec)
        recorded = bench.wait_settled(result.ok)
    losses = bench.losses(spec)
    cost = used(usage, result.ok)
    return Report(
        {**brief(result), "settled_after_s": round(recorded - result.ended, 2), **losses, **cost},
        [
            Bar("not accepted", result.sent - result.ok, at_most=0),
            Bar("lost", losses["lost"], at_most=0),
            Bar("double", losses["double"], at_most=0),
            *memory_bars(usage),
        ],
    )


def sync_closed(bench: Bench) -> Report:
    """Let 64 callers each wait for the outcome before they ask again."""
    spec = bench.spec("sync", connections=64, count=bench.size(15_000, 2_000), echo=True)
    bench.sink.forget()
    with measured(bench.product.processes) as usage:
        result = processes.run_load(spec)
    added = spread(bench.added_ms(spec))
    return Report(
        {**brief(result), "added_ms": added, **used(usage, result.ok)},
        [
            Bar("answered a second", round(answered(result) / result.seconds, 1), at_least=1100),
            Bar("wrong answers", result.wrong, at_most=0),
        ],
    )


def sync_open(bench: Bench) -> Report:
    """Measure what 7M adds to a call at a given rate: total time less the downstream's own."""
    figures: dict[str, Any] = {}
    bars: list[Bar] = []
    for rate in ADDED_RATES:
        spec = bench.spec(
            "sync", mode="open", rate=rate, connections=1024, seconds=bench.size(20, 4), echo=True
        )
        bench.sink.forget()
        with measured(bench.product.processes) as usage:
            result = processes.run_load(spec)
        added = spread(bench.added_ms(spec))
        figures[f"at {rate}/s"] = {**brief(result), "added_ms": added, **used(usage, result.ok)}
        if rate == 200:
            bars = [
                Bar("added p50 ms at 200/s", added.p50, at_most=8),
                Bar("added p99 ms at 200/s", added.p99, at_most=50),
            ]
        bars.append(Bar(f"not answered at {rate}/s", result.sent - answered(result), at_most=0))
    return Report(figures, bars)


def in_flight(bench: Bench) -> Report:
    """Let 10,000 callers wait at the same moment for a slow downstream."""
    count = bench.size(10_000, 500)
    spec = bench.spec(
        "sync",
        mode="open",
        rate=count / 6,
        count=count,
        connections=count + 500,
        warm=0,
        timeout_s=60,
        echo=True,
    )
    bench.sink.forget()
    bench.sink.mode(Mode(delay_ms=6_500))  # longer than it takes for all to arrive
    try:
        with measured(bench.product.processes) as usage:
            result = processes.run_load(spec)
            bench.wait_settled(result.ok)
    finally:
        bench.sink.mode()
    losses = bench.losses(spec)
    errors = (result.sent - answered(result)) / result.sent * 100
    return Report(
        {
            **brief(result),
            "in_flight_max": result.in_flight_max,
            "sink_in_flight_max": bench.sink.stats()["in_flight_max"],
            "error_percent": round(errors, 5),
            **losses,
            **used(usage, result.ok),
        },
        [
            Bar("in flight at once", result.in_flight_max, at_least=count),
            Bar("lost", losses["lost"], at_most=0),
            Bar("wrong answers", result.wrong, at_most=0),
            Bar("errors %", errors, at_most=0.003),
            *memory_bars(usage),
        ],
    )


def replay(bench: Bench) -> Report:
    """Replay 14,000 dead letters while synchronous callers come at 50 a second."""
    count, quiet_s = bench.size(14_000, 1_000), bench.size(15, 4)
    spec = bench.spec("async", connections=64, count=count)
    before = bench.product.states().get("dead", 0)
    bench.sink.mode(Mode(kind="status", status=422))
    seeded = processes.run_load(spec)
    wait_until(
        lambda: bench.product.states().get("dead", 0) >= before + seeded.ok,
        timeout_s=180,
        what="dead letters",
    )
    bench.sink.mode()
    bench.sink.forget()
    quiet_spec = bench.spec("sync", mode="open", rate=50, connections=256, seconds=quiet_s)
    quiet = processes.run_load(quiet_spec)
    busy_spec = bench.spec("sync", mode="open", rate=50, connections=256, seconds=bench.size(30, 10))
    sync_keys = quiet.ok
    with measured(bench.product.processes) as usage, processes.LoadProcess(busy_spec) as busy_load:
        started = time.perf_counter()
        bench.product.replay_dead("Bench order async")
        wanted = {one.id for one in read_history(Path(spec.history or "")) if one.outcome == "ok"}
        wait_until(
            lambda: bench.sink.count()["keys"] >= sync_keys + len(wanted),
            timeout_s=180,
            what="the replay's deliveries",
        )
        wait_until(
            lambda: wanted <= bench.sink.times().keys(),
            timeout_s=60,
            what="each dead letter delivered",
            every_s=1.0,
        )
        busy = busy_load.result()
    calls = [call for call in bench.sink.records() if call.id in wanted and call.applied]
    took = max(call.ended for call in calls) - started
    quiet_p95, busy_p95 = (spread(bench.added_ms(one)).p95 for one in (quiet_spec, busy_spec))
    twice = len(calls) - len({call.id for call in calls})
    return Report(
        {
            "dead_letters": len(wanted),
            "replayed_in_s": round(took, 2),
            "replayed_per_s": round(len(wanted) / took, 1),
            "delivered_twice": twice,
            "quiet": brief(quiet),
            "busy": brief(busy),
            "quiet_added_p95_ms": quiet_p95,
            "busy_added_p95_ms": busy_p95,
            "processes": usage,
        },
        [
            Bar("replayed in s", took, at_most=20 * len(wanted) / 14_000),
            Bar("delivered twice", twice, at_most=0),
            Bar("sync p95 against quiet", round(busy_p95 / quiet_p95, 2), at_most=3),
            *memory_bars(usage),
        ],
    )


def codecs(bench: Bench) -> Report:
    """Read formats to records and write them back, MB/s of a core, beside other libraries."""
    speeds = [measured_codecs.speed(one, bench.size(8, 0.2)) for one in subjects()]
    bars = [
        Bar(f"{one.format} {one.name}: {way} MB/s", value, at_least=one.bar_mbps)
        for one in speeds
        if one.bar_mbps is not None
        for way, value in (("read", one.read_mbps), ("write", one.write_mbps))
    ]
    return Report({f"{one.format} {one.name}": one for one in speeds}, bars)


def streams(bench: Bench) -> Report:
    """Read large files as streams: memory does not grow, time grows as the file does."""
    figures: dict[str, Any] = {}
    bars: list[Bar] = []
    for format_, name in STREAMED:
        runs = [measured_codecs.streamed(format_, name, size) for size in bench.size(SIZES_MB, (1, 4))]
        figures |= {f"{format_} {one.megabytes:g} MB": one for one in runs}
        least, most = (one.seconds / one.megabytes for one in (runs[-2], runs[-1]))
        bars += [
            Bar(f"{format_}: peak MiB at {runs[-1].megabytes:g} MB", runs[-1].rss_mib, at_most=150),
            Bar(f"{format_}: seconds a MB, largest over next", round(most / least, 2), at_most=1.3),
        ]
    return Report(figures, bars)


def mapping(_: Bench) -> Report:
    """Map an order of 30 fields: generated code, closures, a function written by hand; JSON to JSON."""
    figures = measured_mapping.figures()
    return Report(
        figures,
        [
            Bar("generated µs", figures["generated_us"], at_most=30),
            Bar("generated over hand-written", figures["over_hand_written"], at_most=3),
            Bar("JSON to JSON orders/s", figures["json_to_json_per_s"], at_least=10_000),
        ],
    )


SCENARIOS: dict[str, Callable[[Bench], Report]] = {
    one.__name__: one
    for one in (
        relay,
        async_throughput,
        sustained,
        sync_closed,
        sync_open,
        in_flight,
        replay,
        mapping,
        codecs,
        streams,
    )
}


def machine() -> dict[str, Any]:
    """Say where it was measured, and what."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=RESULTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_mib": psutil.virtual_memory().total >> 20,
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def show(name: str, report: Report) -> None:
    print(f"\n{name}: {(SCENARIOS[name].__doc__ or '').strip()}")
    for figure, value in msgspec.to_builtins(report.figures).items():
        if figure != "processes":
            print(f"  {figure:<28} {json.dumps(value)}")
    for role, usage in sorted(msgspec.to_builtins(report.figures.get("processes", {})).items()):
        sizes = f"{usage['rss_mib']:8.1f} MiB largest {usage['pss_mib']:8.1f} MiB all"
        print(f"  {role:<28} {usage['cpu_s']:8.2f} CPU-s {sizes}")
    for bar in report.bars:
        wanted = f"≤ {bar.at_most:g}" if bar.at_most is not None else f"≥ {bar.at_least:g}"
        print(f"  {'met    ' if bar.is_met else 'NOT MET'} {bar.name}: {bar.value:g} (wanted {wanted})")


def measure(names: list[str], *, quick: bool) -> dict[str, Report]:
    """Run scenarios against one fresh copy of the product; one that fails does not stop the next."""
    reports: dict[str, Report] = {}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sevenm-bench-"))
        sink, _ = stack.enter_context(processes.sink())
        if set(names) <= WITHOUT_PRODUCT:
            product = Product(Path(folder), 0)
        else:
            product = stack.enter_context(running())
            product.set_up()
        bench = Bench(product, sink, quick, Path(folder))
        for name in names:
            try:
                reports[name] = SCENARIOS[name](bench)
            except (OSError, RuntimeError, ProductError) as failure:  # TimeoutError is an OSError
                reports[name] = Report({"failed": str(failure)}, [Bar("ran to its end", 0, at_least=1)])
            show(name, reports[name])
    return reports


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.run", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="small counts: does it work, not how fast is it")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    given = parser.parse_args()
    if given.list:
        for name, scenario in SCENARIOS.items():
            print(f"{name:<18} {(scenario.__doc__ or '').strip()}")
        return
    about = machine()
    print(json.dumps(about))
    reports = measure(given.scenario or list(SCENARIOS), quick=given.quick)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{about['at'].replace(':', '')}{'-quick' if given.quick else ''}.json"
    file.write_bytes(
        msgspec.json.format(
            msgspec.json.encode({"machine": about, "quick": given.quick, "scenarios": reports})
        )
    )
    missed = [
        f"{name}: {bar.name}" for name, report in reports.items() for bar in report.bars if not bar.is_met
    ]
    print(f"\n{file}\n{len(missed)} not met" + "".join(f"\n  {one}" for one in missed))
    sys.exit(1 if missed and not given.quick else 0)


if __name__ == "__main__":
    main()
