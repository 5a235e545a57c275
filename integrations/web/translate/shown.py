"""What a document turned out to be, made ready for the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from integrations.errors import InputError
from integrations.flows import translation
from integrations.flows.answers import encode_json
from integrations.flows.translation import Form, Tried
from integrations.formats.codec import SNIFF_BYTES, Limits
from integrations.formats.registry import codec
from integrations.web.translate.forms import MOST_BYTES

RECORDS: Final = 50
SECONDS: Final = 10.0
LIMITS: Final = Limits(max_bytes=MOST_BYTES, max_records=200_000)
SURE: Final = 0.9
LIKELY: Final = 0.6
WORTH_TELLING: Final = 0.2


@dataclass(frozen=True, slots=True)
class Guessed:
    """Another format that the document may be of."""

    title: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Read:
    """guesses: what it may be, the surest first; none when the format was named. size: of the document."""

    tried: Tried
    title: str
    message: str
    confidence: str
    guesses: Sequence[Guessed]
    size: int

    @property
    def options(self) -> list[tuple[str, str]]:
        """The options by which it was read, as YAML takes them."""
        return [
            (name, value if isinstance(value, str) else encode_json(value).decode())
            for name, value in self.tried.form.options.items()
        ]

    @property
    def records(self) -> list[Any]:
        return list(self.tried.records)


def read(document: bytes, key: str, options: Mapping[str, object], *, is_lenient: bool) -> Read:
    """Recognise and read a document. Raises ConfigError."""
    guesses = translation.recognise(document[:SNIFF_BYTES])
    form = form_of(document, key, options)
    tried = translation.try_document(
        document, form, LIMITS, most=RECORDS, is_late=translation.deadline(SECONDS)
    )
    if not is_lenient and tried.errors:
        tried.errors = tried.errors[:1]
    mine = next((found for found in guesses if found.form.key == form.key), None)
    return Read(
        tried,
        codec(form.key).title,
        mine.guess.message if mine else "",
        "" if key or mine is None else in_words(mine.guess.confidence),
        [
            Guessed(found.title, in_words(found.guess.confidence))
            for found in guesses
            if found.form.key != form.key and found.guess.confidence >= WORTH_TELLING
        ][:4],
        len(document),
    )


def form_of(document: bytes, key: str, options: Mapping[str, object]) -> Form:
    """Take the format that was named, or the best guess with its options under those given."""
    if not key:
        guess = translation.best_guess(document[:SNIFF_BYTES])
        return Form(guess.key, {**guess.options, **options})
    if options:
        return Form(key, options)
    guesses = translation.recognise(document[:SNIFF_BYTES])
    return next((found.form for found in guesses if found.form.key == key), Form(key))


def converted(
    document: bytes,
    form: Form,
    target: Form,
    plan: Mapping[str, Any],
    bad: Callable[[InputError], None] | None,
) -> bytes:
    """Make one document into another. Raises InputError, ConfigError."""
    records = translation.read((document,), form, LIMITS, bad=bad, is_late=translation.deadline(SECONDS))
    if plan:
        records = translation.map_records(records, plan, translation.preview_env(datetime.now(UTC)), bad)
    return b"".join(translation.write(records, target))


def in_words(confidence: float) -> str:
    """Say how sure a guess is."""
    return "for sure" if confidence >= SURE else "very likely" if confidence >= LIKELY else "perhaps"
