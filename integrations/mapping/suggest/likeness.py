"""How much two fields are alike by their types and values, and how much a word tells."""

from collections.abc import Mapping
from math import log, sqrt
from typing import Final

from integrations.mapping.suggest import shapes
from integrations.mapping.suggest.fields import Leaf, Role
from integrations.schema.model import Type

_FAR_TYPES: Final = {
    frozenset({Type.DATE, Type.INTEGER}),
    frozenset({Type.DATE, Type.DECIMAL}),
    frozenset({Type.MOMENT, Type.DECIMAL}),
    frozenset({Type.BYTES, Type.INTEGER}),
    frozenset({Type.BYTES, Type.DECIMAL}),
}


def factor(target: Leaf, source: Leaf) -> float:
    """Say how types and values speak for the pair."""
    one, other = source.field.type, target.field.type
    factor = shapes.fit(source.shapes, target.shapes) / 100
    if frozenset({one, other}) in _FAR_TYPES:
        factor *= 0.5
    elif Type.BOOLEAN in {one, other} and one is not other:
        factor *= 0.7
    elif Type.TEXT in {one, other} and one is not other:
        factor *= _from_text(target, source)
    is_many = source.field.repeats or (target.field.repeats and source.group is not None)
    if is_many is not target.field.repeats:
        factor *= 0.85
    if source.role is Role.CODE:
        factor *= 0.6
    # What only the objects around them share says little of the fields themselves.
    if target.own.isdisjoint(source.words):
        factor *= 0.6
    if source.own.isdisjoint(target.words):
        factor *= 0.75
    # The code that picks an item must speak of the object that the target is in.
    if source.code and len(target.path) > 1 and source.said.isdisjoint(target.words.keys() - target.own):
        factor *= 0.6
    return factor


def _from_text(target: Leaf, source: Leaf) -> float:
    """Weigh text against another type, where no values show what it holds."""
    if target.field.type in {Type.DATE, Type.MOMENT} and not source.shapes:
        return 0.4 if source.field.choices else 0.9 if "date" in source.words else 0.75
    return 0.92 if source.field.type in {Type.INTEGER, Type.DECIMAL} else 1.0


def norm(words: Mapping[str, float]) -> float:
    """Give the length of a vector of words, 1 for an empty one."""
    return sqrt(sum(weight * weight for weight in words.values())) or 1.0


def rarity(all_words: list[Mapping[str, int]]) -> dict[str, float]:
    """Give how much each word tells: one that stands in few fields tells more."""
    counts: dict[str, int] = {}
    for words in all_words:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return {word: log(1 + len(all_words) / count) for word, count in counts.items()}
