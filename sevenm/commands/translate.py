"""`sevenm translate`: one document to another format, without a running 7M."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from integrations.errors import InputError
from integrations.flows import translation
from integrations.flows.translation import Form
from integrations.flows.yamlfile import read_settings
from integrations.formats.codec import SNIFF_BYTES, Limits
from integrations.formats.registry import FORMATS

CHUNK = 1 << 20
MAX_BYTES = 1 << 40


def arguments(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(FORMATS)
    parser.add_argument("file", type=Path, help="the document, or - for the standard input")
    parser.add_argument(
        "--from", dest="source", default="", help=f"its format; else it is recognised: {known}"
    )
    parser.add_argument("--to", dest="target", default="json", help="format to write; json if none is named")
    parser.add_argument(
        "--from-options",
        default="",
        help="options of its format: a YAML file, or YAML itself: '{delimiter: ;}'",
    )
    parser.add_argument("--to-options", default="", help="options of the format to write, in the same way")
    parser.add_argument("--plan", type=Path, help="mapping plan (JSON or YAML) that each record goes through")
    parser.add_argument("--output", "-o", type=Path, help="where to; else the standard output")
    parser.add_argument(
        "--lenient", action="store_true", help="tell of wrong records and go on with the next"
    )
    parser.add_argument("--recognise", action="store_true", help="only say what the document is")


def run(arguments: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        source = (
            sys.stdin.buffer if str(arguments.file) == "-" else stack.enter_context(opened(arguments.file))
        )
        head = source.read(SNIFF_BYTES)
        if arguments.recognise:
            return recognise(head)
        options = given(arguments.from_options)
        if arguments.source:
            form = Form(arguments.source, options)
        else:
            form = translation.best_guess(head)
            form = replace(form, options={**form.options, **options})
        if arguments.output is None:
            return translate(arguments, head, source, form, sys.stdout.buffer)
        target = stack.enter_context(written(arguments.output))
        return translate(arguments, head, source, form, target)


def translate(
    arguments: argparse.Namespace, head: bytes, source: IO[bytes], form: Form, target: IO[bytes]
) -> int:
    """Read, map and write; records as they come, so that the size does not matter. 1 where any was wrong."""
    wrong = 0

    def bad(failure: InputError) -> None:
        nonlocal wrong
        wrong += 1
        sys.stderr.write(f"{failure}\n")

    note = bad if arguments.lenient else None
    limits = Limits(max_bytes=MAX_BYTES, max_records=1 << 40)
    records = translation.read(chunks(head, source), form, limits, bad=note)
    if arguments.plan is not None:
        env = translation.preview_env(datetime.now(UTC))
        records = translation.map_records(records, plan(arguments.plan), env, note)
    for piece in translation.write(records, Form(arguments.target, given(arguments.to_options))):
        target.write(piece)
    target.flush()
    if wrong:
        sys.stderr.write(f"{wrong} records were left out.\n")
    return 1 if wrong else 0


def recognise(head: bytes) -> int:
    """Write every guess, the surest first."""
    guesses = translation.recognise(head)
    for found in guesses:
        words = [f"{found.guess.confidence:4.0%}", found.form.key, found.guess.message]
        words += [f"{name}={value}" for name, value in found.form.options.items()]
        sys.stdout.write("  ".join(word for word in words if word) + "\n")
    if not guesses:
        sys.stdout.write("Nothing that 7M knows.\n")
    return 0 if guesses else 1


def chunks(head: bytes, source: IO[bytes]) -> Iterator[bytes]:
    yield head
    while chunk := source.read(CHUNK):
        yield chunk


@contextlib.contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a document. Raises InputError."""
    try:
        stream = file.open("rb")
    except OSError as failure:
        raise InputError("file.unreadable", f"{file} cannot be read: {failure.strerror}.") from failure
    with stream:
        yield stream


@contextlib.contextmanager
def written(file: Path) -> Iterator[IO[bytes]]:
    """Write a file that is there as a whole or not at all. Raises InputError."""
    part = file.with_name(f"{file.name}.part")
    try:
        stream = part.open("wb")
    except OSError as failure:
        raise InputError("file.unwritable", f"{file} cannot be written: {failure.strerror}.") from failure
    try:
        with stream:
            yield stream
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def given(text: str) -> dict[str, Any]:
    """Read options: YAML, or the name of a file that holds it. Raises FlowError."""
    if not text:
        return {}
    file = Path(text)
    is_file = "{" not in text and file.is_file()
    return read_settings(file.read_text(encoding="utf-8") if is_file else text)


def plan(file: Path) -> dict[str, Any]:
    """Read a mapping plan. Raises InputError, FlowError."""
    with opened(file) as stream:
        return read_settings(stream.read().decode("utf-8", "replace"))
