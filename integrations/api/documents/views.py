import base64
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.documents import serializers as shapes
from integrations.api.fields import ListQuery, page_of
from integrations.api.resource import Resource
from integrations.errors import InputError, Problem, SevenMError
from integrations.flows import translation
from integrations.flows.translation import Form
from integrations.formats.codec import SNIFF_BYTES, Limits
from integrations.formats.registry import FORMATS, codec

SECONDS: Final = 10.0


class Formats(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.FormatLine))
    def get(self, request: Request) -> Response:
        """List the formats, by key."""
        page, _ = self.asked("formats")
        after = page.after(str) or ""
        found = [FORMATS[key] for key in sorted(FORMATS) if key > after][: page.ask]
        return self.give_page(shapes.FormatLine, page, found, lambda form: form.key)


class OneFormat(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.FormatDetail)
    def get(self, request: Request, format: str) -> Response:  # noqa: A002  the name in the address
        """Show a format: its options and its help."""
        form = codec(format)
        text = (files(f"integrations.formats.{form.key}") / "help.md").read_text(encoding="utf-8")
        told = {name: getattr(form, name) for name in ("key", "title", "media_types", "extensions", "free")}
        return self.give(
            shapes.FormatDetail, told | {"options": form.Options.model_json_schema(), "help": text}
        )


class Recognise(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.GivenDocument, responses=shapes.Guesses)
    def post(self, request: Request) -> Response:
        """Say what a document may be, the surest first. Nothing is kept."""
        found = translation.recognise(self.body(shapes.GivenDocument)["document"][:SNIFF_BYTES])
        guesses = [
            asdict(each.guess)
            | {"format": each.form.key, "title": each.title, "options": dict(each.form.options)}
            for each in found
        ]
        return self.give(shapes.Guesses, {"guesses": guesses})


class Read(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedRead, responses=shapes.ReadAnswer)
    def post(self, request: Request) -> Response:
        """Read a document: its records, everything that is wrong with it, its parts. Nothing is kept."""
        asked = self.body(shapes.AskedRead)
        document = asked["document"]
        tried = translation.try_document(
            document,
            _form(document, asked["format"], asked["options"]),
            _limits(document),
            most=asked["most"],
            is_late=translation.deadline(SECONDS),
        )
        return self.give(
            shapes.ReadAnswer,
            {
                "format": tried.form.key,
                "options": dict(tried.form.options),
                "records": tried.records,
                "problems": [problem_of(error) for error in tried.errors],
                "parts": tried.marks,
                "is_cut": tried.is_cut,
            },
        )


class Translate(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedTranslation, responses=shapes.Translated)
    def post(self, request: Request) -> Response:
        """Make a document into another format, through a mapping plan or as it is. Nothing is kept."""
        asked = self.body(shapes.AskedTranslation)
        document, left_out = asked["document"], list[InputError]()
        bad = left_out.append if asked["lenient"] else None
        form = _form(document, asked["format"], asked["options"])
        is_late = translation.deadline(SECONDS)
        records = translation.read((document,), form, _limits(document), bad=bad, is_late=is_late)
        if asked["plan"]:
            env = translation.preview_env(datetime.now(UTC))
            records = translation.map_records(records, asked["plan"], env, bad)
        made = b"".join(translation.write(records, Form(asked["to"], asked["to_options"])))
        told = {
            "media_type": codec(asked["to"]).media_types[0],
            "problems": [problem_of(error) for error in left_out],
        }
        try:
            return self.give(shapes.Translated, told | {"text": made.decode(), "base64": ""})
        except UnicodeDecodeError:
            return self.give(
                shapes.Translated, told | {"text": "", "base64": base64.b64encode(made).decode()}
            )


def _form(document: bytes, key: str, options: Mapping[str, Any]) -> Form:
    if key:
        return Form(key, options)
    guess = translation.best_guess(document[:SNIFF_BYTES])
    return Form(guess.key, {**guess.options, **options})


def _limits(document: bytes) -> Limits:
    """Bound the records by the document, which is bounded already."""
    return Limits(max_bytes=max(1, len(document)))


def problem_of(error: SevenMError) -> Problem:
    """Give an error as a line of an answer."""
    return Problem(error.code, error.message, error.place, error.hint)
