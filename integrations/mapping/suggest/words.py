"""What the names of fields mean: words of many systems and languages become the words of the trade.

``tables/words.json`` holds for each meaning the words and phrases that are used for it; it is our own
collection and grows by whatever names are met.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

MAX_PHRASE: Final = 4
MAX_WORDS: Final = 24
MAX_COMPOUND: Final = 32
WHOLE: Final = 100
HEAD: Final = 75
MODIFIER: Final = 40
"""What the last and the other words of a meaning count by themselves: a unit price is a price."""
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_RUNS: Final = re.compile(r"[A-Za-z]+|[0-9]+")
_LETTERS: Final = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "đ": "d", "'": ""})
_CODE: Final = re.compile(r"[A-Z]?[0-9]{1,4}|[A-Z]{2,3}[0-9]{0,2}|SG[0-9]+|[0-9]+[A-Z]{2}")


class Vocabulary:
    """The words known. meanings: a word or phrase → what it stands for."""

    def __init__(self, table: Mapping[str, list[str]]) -> None:
        self.stops = {word for found in table.get("stop", ()) for word in _split(found)}
        self.meanings: dict[str, str] = {}
        for meaning, words in table.items():
            if meaning != "stop":
                for word in (meaning, *words):
                    self.meanings.setdefault(" ".join(_split(word)), meaning)
        self.singles = {word for word in self.meanings if " " not in word}

    def weights(self, name: str) -> dict[str, int]:
        """Give what a name or title means: meanings and words with weights in percent."""
        words = list(self._words(name))[:MAX_WORDS]
        found: dict[str, int] = {}
        at = 0
        while at < len(words):
            size, meaning = self._phrase(words, at)
            if meaning not in self.stops:
                self._add(found, meaning)
            at += size
        return found

    def written(self, name: str) -> list[str]:
        """Give the words of a name as they are written, but for the plural and capitals."""
        return _split(name)

    def _words(self, name: str) -> Iterator[str]:
        for word in self._runs(name):
            is_whole = word in self.singles or word in self.stops or len(word) < 6
            yield from (word,) if is_whole else self._compound(word)

    def _runs(self, name: str) -> Iterator[str]:
        """Split at marks and capitals, but for what is a word as it stands (``MwSt``, ``eMail``)."""
        for run in _RUNS.findall(_ascii(name)):
            whole = _singular(run.lower())
            yield from (whole,) if whole in self.singles else _split(run)

    def _compound(self, word: str) -> tuple[str, ...]:
        """Take a word of known words apart: ``lieferdatum``, ``orderdate``; long first parts first."""
        size = len(word)
        if size > MAX_COMPOUND:
            return (word,)
        tails: list[tuple[str, ...] | None] = [None] * size
        for start in range(size - 2, -1, -1):
            for end in range(size, start + 1, -1):
                rest = () if end == size else tails[end]
                part = self._part(word[start:end]) if rest is not None else ""
                if rest is not None and part and (end == size or end - start > 2):
                    tails[start] = (part, *rest)
                    break
        return tails[0] or (word,)

    def _part(self, part: str) -> str:
        """Find a part of a compound, without the s that German puts after it."""
        if part in self.singles:
            return part
        return part[:-1] if part.endswith("s") and part[:-1] in self.singles else ""

    def _phrase(self, words: list[str], at: int) -> tuple[int, str]:
        for size in range(min(MAX_PHRASE, len(words) - at), 0, -1):
            meaning = self.meanings.get(" ".join(words[at : at + size]))
            if meaning is not None:
                return size, meaning
        return 1, words[at]

    def _add(self, found: dict[str, int], meaning: str) -> None:
        found[meaning] = WHOLE
        if " " in meaning:
            *modifiers, head = meaning.split()
            for word, weight in ((head, HEAD), *((word, MODIFIER) for word in modifiers)):
                if word not in self.stops:
                    known = self.meanings.get(word, word)
                    found[known] = max(found.get(known, 0), weight)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Give the words known, read when first asked."""
    table: dict[str, list[str]] = json.loads(
        files(__package__).joinpath("tables", "words.json").read_text("utf-8")
    )
    return Vocabulary(table)


def says_nothing(name: str) -> bool:
    """Tell whether a name is a position or code of a standard, so that only the title speaks: ``C082``."""
    return _CODE.fullmatch(name) is not None or not any(letter.isalpha() for letter in name)


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name[:200].translate(_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _split(name: str) -> list[str]:
    return [_singular(part.lower()) for part in _PARTS.findall(_ascii(name))]


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "as", "os")):
        return word
    if word.endswith(("sses", "xes", "ches")):
        return word[:-2]
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]
