"""Time the formats: documents of ``bench/formats`` read to records and written back, beside other libraries.

    python -m bench.codecs [--megabytes 8] [format …]      MB/s of one core, best of several rounds
    python -m bench.codecs --stream FORMAT NAME MEGABYTES  one streamed reading: seconds and peak memory

MB are 10^6 bytes. Times are CPU times of the process, so that a busy machine disturbs them less.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import msgspec

from bench.formats import Subject, subjects
from integrations.formats.codec import DEFAULT_LIMITS, parse_options
from integrations.formats.registry import codec

LIMITS = replace(DEFAULT_LIMITS, max_bytes=1 << 42, max_records=1 << 42)
CHUNK = 1 << 20
ROUNDS = 3


class Speed(msgspec.Struct):
    """What one subject took. rival_mbps: of the library named, None where there is none."""

    format: str
    name: str
    megabytes: float
    records: int
    read_mbps: float
    write_mbps: float
    bar_mbps: float | None
    rival: str
    rival_mbps: float | None


class Stream(msgspec.Struct):
    """One document read as a stream. rss_mib: the largest resident size of the whole process."""

    format: str
    name: str
    megabytes: float
    records: int
    seconds: float
    rss_mib: float


def best_s(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Give the least CPU time of several rounds."""
    times = []
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def drain(items: Iterable[object]) -> int:
    return sum(1 for _ in items)


def speed(subject: Subject, megabytes: float) -> Speed:
    """Time reading and writing of one subject."""
    form = codec(subject.format)
    options = parse_options(form, subject.options)
    document = b"".join(subject.document(int(megabytes * 1e6)))
    chunks = [document[at : at + CHUNK] for at in range(0, len(document), CHUNK)]
    size = len(document) / 1e6
    read, write = form.reader(options, LIMITS), form.writer(options)
    read_s = best_s(lambda: drain(read(chunks)))
    records = list(read(chunks))
    write_s = best_s(lambda: drain(write(records)))
    rival_mbps = None
    if subject.rival is not None:
        rival = subject.rival
        part = document if size <= 2 else b"".join(subject.document(1_000_000))
        rival_mbps = round(len(part) / 1e6 / best_s(lambda: rival.read(part), 1), 2)
    return Speed(
        subject.format,
        subject.name,
        round(size, 2),
        len(records),
        round(size / read_s, 2),
        round(size / write_s, 2),
        subject.bar_mbps,
        subject.rival.name if subject.rival else "",
        rival_mbps,
    )


def stream(subject: Subject, megabytes: float) -> Stream:
    """Read one document as a stream, in this process, whose memory is then of nothing else."""
    form = codec(subject.format)
    read = form.reader(parse_options(form, subject.options), LIMITS)
    size = 0

    def chunks() -> Iterable[bytes]:
        nonlocal size
        for chunk in subject.document(int(megabytes * 1e6)):
            size += len(chunk)
            yield chunk

    started = time.process_time()
    count = drain(read(chunks()))
    seconds = time.process_time() - started
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Stream(subject.format, subject.name, round(size / 1e6, 1), count, round(seconds, 2), round(rss, 1))


def streamed(format_: str, name: str, megabytes: float) -> Stream:
    """Read one document in a process of its own."""
    words = [sys.executable, "-m", "bench.codecs", "--stream", format_, name, str(megabytes)]
    done = subprocess.run(words, check=True, capture_output=True)
    return msgspec.json.decode(done.stdout, type=Stream)


def found(format_: str, name: str) -> Subject:
    return next(one for one in subjects() if (one.format, one.name) == (format_, name))


def line(one: Speed) -> str:
    """Write a speed in columns."""
    rival = f"{one.rival} {one.rival_mbps} ({one.read_mbps / one.rival_mbps:.1f}x)" if one.rival_mbps else ""
    bar = f"{one.bar_mbps:g}" if one.bar_mbps else ""
    return f"{one.format:12} {one.name:24} {one.read_mbps:8.1f} {one.write_mbps:8.1f} {bar:>6}  {rival}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.codecs", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("formats", nargs="*", help="keys; default: all")
    parser.add_argument("--megabytes", type=float, default=8.0)
    parser.add_argument("--stream", nargs=3, metavar=("FORMAT", "NAME", "MEGABYTES"))
    given = parser.parse_args()
    if given.stream:
        format_, name, megabytes = given.stream
        print(json.dumps(msgspec.to_builtins(stream(found(format_, name), float(megabytes)))))
        return
    chosen = [one for one in subjects() if not given.formats or one.format in given.formats]
    print(f"{'format':12} {'document':24} {'read':>8} {'write':>8} {'bar':>6}  rival")
    for one in chosen:
        print(line(speed(one, given.megabytes)), flush=True)


if __name__ == "__main__":
    main()
