"""Finds templates by what a person types: words, their relatives, and words that are nearly right.

Pure: entries in, keys out, best first. Each word of a question counts once, by the best thing it meets in an
entry: the word itself, a synonym, a beginning, or a word one or two letters away. Rare words count more.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

from integrations.flows.templates.synonyms import IDLE, SYNONYMS

EXACT, RELATED, BEGINNING, NEARLY = 1.0, 0.6, 0.55, 0.45
ENOUGH = 0.34
"""The share of the best score below which an entry is not worth showing."""
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to find. fields: texts with their weights."""

    key: str
    fields: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Index:
    """Entries by their words. Made once."""

    entries: tuple[Entry, ...]

    @cached_property
    def weights(self) -> Mapping[str, Mapping[str, float]]:
        """Word → key of the entry → weight of the best field it stands in."""
        found: dict[str, dict[str, float]] = {}
        for entry in self.entries:
            for text, weight in entry.fields:
                for word in stems(text):
                    of_word = found.setdefault(word, {})
                    of_word[entry.key] = max(weight, of_word.get(entry.key, 0.0))
        return found

    def rank(self, text: str) -> tuple[str, ...]:
        """Give the keys that fit, best first; none where nothing is asked or nothing fits."""
        asked = list(dict.fromkeys(stems(text)))[:30]
        total: dict[str, float] = {}
        for word in asked:
            for key, score in self._met(word).items():
                total[key] = total.get(key, 0.0) + score
        best = max(total.values(), default=0.0)
        fitting = [key for key, score in total.items() if score >= best * ENOUGH]
        return tuple(sorted(fitting, key=lambda key: (-total[key], key)))

    def _met(self, word: str) -> Mapping[str, float]:
        """Score every entry for one word of a question."""
        scores: dict[str, float] = {}
        for known, share in self._relatives(word):
            holders = self.weights[known]
            rarity = log(1 + len(self.entries) / len(holders))
            for key, weight in holders.items():
                scores[key] = max(scores.get(key, 0.0), share * weight * rarity)
        return scores

    def _relatives(self, word: str) -> Iterable[tuple[str, float]]:
        """Give the words of the index that a word may mean, each with how surely it does."""
        if word in self.weights:
            yield word, EXACT
        related = _RELATED.get(word, ())
        yield from ((other, RELATED) for other in related if other in self.weights)
        if word in self.weights or related:
            return
        for known in self.weights:
            if len(word) >= 3 and (known.startswith(word) or (len(known) >= 4 and word.startswith(known))):
                yield known, BEGINNING
            elif is_near(word, known):
                yield known, NEARLY
        for known, others in _RELATED.items():
            if is_near(word, known):
                yield from ((other, NEARLY * RELATED) for other in others if other in self.weights)


def stems(text: str) -> list[str]:
    """Cut a text into words without accents and endings; words that say nothing are left out."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [_stem(word) for word in _WORD.findall(letters) if word not in IDLE]


def _stem(word: str) -> str:
    for ending, instead in (("ies", "y"), ("ing", ""), ("sses", "ss"), ("es", "e"), ("s", ""), ("ed", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)] + instead
    return word


def is_near(left: str, right: str) -> bool:
    """Say whether two words differ by a slip: one letter from five letters on, two from eight on."""
    most = 0 if min(len(left), len(right)) < 5 else 1 if min(len(left), len(right)) < 8 else 2
    if not most or abs(len(left) - len(right)) > most or left[0] != right[0]:
        return False
    return _distance(left, right) <= most


def _distance(left: str, right: str) -> int:
    """Count the letters to add, leave out, change or swap with a neighbour."""
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(right) + 1)
    for at, letter in enumerate(left, 1):
        now = [at]
        for place, other in enumerate(right, 1):
            cost = min(row[place] + 1, now[-1] + 1, row[place - 1] + (letter != other))
            if at > 1 and place > 1 and letter == right[place - 2] and left[at - 2] == other:
                cost = min(cost, before[place - 2] + 1)
            now.append(cost)
        before, row = row, now
    return row[-1]


def _related(groups: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        words = stems(group)
        for word in words:
            found.setdefault(word, {}).update(dict.fromkeys(other for other in words if other != word))
    return {word: tuple(others) for word, others in found.items()}


_RELATED = _related(SYNONYMS)
