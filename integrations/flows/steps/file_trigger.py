"""Takes an uploaded file and starts a run for each of its records."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import Field
from typing_extensions import override

from integrations.errors import Problem
from integrations.flows.answers import decode_json, encode_json
from integrations.flows.documents import check_format
from integrations.flows.steps.context import (
    NEXT,
    Document,
    Effect,
    Part,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Value,
)
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec


class FileConfig(StepConfig):
    format: str = Field("csv", title="Format", description="What the file is written in.")
    options: dict[str, Any] = Field({}, title="Format options", description="Its records and fields.")
    max_bytes: int = Field(1 << 30, ge=1, le=10 << 30, title="Largest file", description="In bytes.")
    max_records: int = Field(1_000_000, ge=1, le=10_000_000, title="Most records in a file")


class FileRunner:
    """Splits an upload as it comes; an item's document is JSON, so its dates are ISO text afterwards."""

    __slots__ = ("_split", "config")

    def __init__(self, config: FileConfig) -> None:
        self.config = config
        form = codec(config.format)
        limits = Limits(max_bytes=config.max_bytes, max_records=config.max_records)
        self._split = form.split(parse_options(form, config.options), limits)

    def split(self, chunks: Iterable[bytes], name: str = "") -> Iterator[Part]:
        header: Value = None
        for piece in self._split(chunks):
            if piece.kind == "header":
                header = dict(piece.record)
            document: dict[str, Value] = {
                "record": dict(piece.record),
                "number": piece.number,
                "header": header,
                "file": name,
            }
            yield Part(piece.kind, piece.number, dict(piece.record), encode_json(document))

    def receive(self, document: Document) -> StepOutput:
        return StepOutput(decode_json(document.body))


class FileTrigger(StepKind[FileConfig]):
    kind = "file_trigger"
    title = "File upload"
    summary = "Starts a run for each record of an uploaded file."
    group = "trigger"
    effect = Effect.TRIGGER
    Config = FileConfig

    @override
    def ports(self, config: FileConfig) -> tuple[str, ...]:
        return (NEXT,)

    @override
    def check(self, config: FileConfig, env: StepEnv) -> list[Problem]:
        problems = check_format(config.format, config.options)
        if env.settings.reply == "sync":
            problems.append(
                Problem(
                    "file.sync",
                    "A file makes many runs, so its sender cannot wait for their outcome.",
                    "",
                    "Set the flow's answer to asynchronous.",
                )
            )
        return problems

    @override
    def compile(self, config: FileConfig, env: StepEnv) -> FileRunner:
        return FileRunner(config)


STEP = FileTrigger()
