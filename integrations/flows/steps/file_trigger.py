"""Takes an uploaded file and starts a run for each of its records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from pydantic import Field
from typing_extensions import override

from integrations.errors import DecodeError, InputError, LimitError, Problem
from integrations.flows.answers import decode_json, encode_json
from integrations.flows.documents import as_json, check_document, options_of, record_schema
from integrations.flows.steps.context import (
    NEXT,
    UNKNOWN,
    Document,
    Effect,
    Part,
    StepConfig,
    StepEnv,
    StepKind,
    StepOutput,
    Typed,
    Value,
    object_schema,
)
from integrations.formats.codec import Limits, parse_options
from integrations.formats.registry import codec
from integrations.schema.model import Field as SchemaField
from integrations.schema.model import Schema, Type

WRONG: Final = "$wrong"
ERROR_KEYS: Final = ("code", "message", "hint", "place")
WRONG_MAX: Final = 10_000


class FileConfig(StepConfig):
    format: str = Field("csv", title="Format", description="What the file is written in.")
    partner: str = Field(
        "", title="Partner", description="Who sends it: the partner's own options are used. Empty for none."
    )
    options: dict[str, Any] = Field({}, title="Format options", description="Its records and fields.")
    wrong_records: Literal["refuse", "dead_letter"] = Field(
        "refuse",
        title="Records that are wrong",
        description="Refuse the whole file, or let each be a dead letter of its own and run the others.",
    )
    max_bytes: int = Field(1 << 30, ge=1, le=10 << 30, title="Largest file", description="In bytes.")
    max_records: int = Field(1_000_000, ge=1, le=10_000_000, title="Most records in a file")


class FileRunner:
    """Splits an upload as it comes; an item's document is JSON, so its dates are ISO text afterwards.

    A wrong record that costs only itself becomes an item whose document tells the error: its run ends with
    it, and so stands among the dead letters with its place in the file.
    """

    __slots__ = ("_split", "config")

    def __init__(self, config: FileConfig, options: Mapping[str, Any]) -> None:
        self.config = config
        form = codec(config.format)
        limits = Limits(max_bytes=config.max_bytes, max_records=config.max_records)
        self._split = form.split(parse_options(form, options), limits)

    def split(self, chunks: Iterable[bytes], name: str = "") -> Iterator[Part]:
        header: Value = None
        wrong: list[InputError] = []
        items = 0

        def note(failure: InputError) -> None:
            wrong.append(failure)
            if len(wrong) > WRONG_MAX:
                raise LimitError(
                    "file.mostly_wrong",
                    f"More than {WRONG_MAX:,} records in a row are wrong.",
                    place=failure.place,
                    hint="Check the format of the step: this looks like another kind of file.",
                )

        for piece in self._split(chunks, note if self.config.wrong_records == "dead_letter" else None):
            while wrong:
                items += 1
                yield _wrong_part(items, wrong.pop(0), name)
            if piece.kind == "header":
                header = dict(piece.record)
            items += piece.kind == "item"
            number = items if piece.kind == "item" else piece.number
            document: dict[str, Value] = {
                "record": dict(piece.record),
                "number": number,
                "header": header,
                "file": name,
            }
            yield Part(piece.kind, number, dict(piece.record), encode_json(document))
        for failure in wrong:
            items += 1
            yield _wrong_part(items, failure, name)

    def receive(self, document: Document) -> StepOutput:
        value = decode_json(document.body)
        if isinstance(value, dict) and isinstance(told := value.get(WRONG), dict):
            code, message, hint, place = (str(told.get(key, "")) for key in ERROR_KEYS)
            raise DecodeError(code, message, hint=hint, place=place)
        return StepOutput(value)


def _wrong_part(number: int, failure: InputError, name: str) -> Part:
    """Make the item that stands for a record which could not be read."""
    told: dict[str, Value] = {key: getattr(failure, key) for key in ERROR_KEYS}
    return Part("item", number, {}, encode_json({WRONG: told, "number": number, "file": name}))


class FileTrigger(StepKind[FileConfig]):
    kind = "file_trigger"
    title = "File upload"
    summary = "Starts a run for each record of an uploaded file."
    group = "trigger"
    effect = Effect.TRIGGER
    Config = FileConfig

    @override
    def check(self, config: FileConfig, env: StepEnv) -> list[Problem]:
        problems = check_document(env, config.partner, config.format, config.options)
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
    def typed(self, config: FileConfig, env: StepEnv, scope: Schema) -> Typed:
        options = options_of(env, config.partner, config.format, config.options)
        found = record_schema(config.format, options)
        known = as_json(found) if found is not None else UNKNOWN
        fields = (
            replace(known.root, name="record", required=True, is_open=known.root.type is Type.OBJECT),
            SchemaField("number", Type.INTEGER, required=True),
            SchemaField("header", Type.ANY, required=True, nullable=True),
            SchemaField("file", Type.TEXT, required=True),
        )
        return Typed({NEXT: object_schema(fields, known.definitions)})

    @override
    def compile(self, config: FileConfig, env: StepEnv) -> FileRunner:
        return FileRunner(config, options_of(env, config.partner, config.format, config.options))


STEP = FileTrigger()
