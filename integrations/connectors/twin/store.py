"""What a twin keeps: collections of things, in memory, each with a bound."""

import uuid
from copy import deepcopy
from typing import TypeAlias

from integrations.connectors.manifest.twin import Collection, Ids
from integrations.connectors.paths import pick
from integrations.formats.codec import Value

Thing: TypeAlias = dict[str, Value]
_NAMESPACE = uuid.UUID("6f0f9d4e-7a3a-5c0e-9a54-7c2b5d1f7e10")


class Things:
    """One collection. Ids are counted, so that a fresh twin always gives the same ones."""

    def __init__(self, name: str, spec: Collection, seed: list[Thing]) -> None:
        self._name = name
        self._spec = spec
        self._things: dict[str, Thing] = {}
        self._by_unique: dict[tuple[str, ...], str] = {}
        self._counted = 0
        for thing in seed:
            self.put(deepcopy(thing))

    def all(self) -> list[Value]:
        """Give every thing, oldest first."""
        return list(self._things.values())

    def find(self, key: str) -> Thing | None:
        return self._things.get(key)

    def same(self, facts: Thing) -> Thing | None:
        """Give the thing with the same unique fields, or the same id where there are none."""
        if not self._spec.unique:
            return self._things.get(str(facts.get(self._spec.ids.field)))
        return self._things.get(self._by_unique.get(self._unique(facts), ""))

    def put(self, thing: Thing) -> Thing:
        """Keep a thing, in place of one with the same id or unique fields; an id is made where none is."""
        field = self._spec.ids.field
        if self._spec.unique:
            old = self.same(thing)
            key = str(old[field]) if old is not None and field in old else "|".join(self._unique(thing))
            if field in thing:
                key = str(thing[field])
        else:
            if thing.get(field) is None:
                thing[field] = self._new_id(self._spec.ids)
            key = str(thing[field])
        self._things[key] = thing
        if self._spec.unique:
            self._by_unique[self._unique(thing)] = key
        if len(self._things) > self._spec.most:
            self.remove(next(iter(self._things)))
        return thing

    def new_id(self) -> Value:
        return self._new_id(self._spec.ids)

    def remove(self, key: str) -> Thing | None:
        thing = self._things.pop(key, None)
        if thing is not None and self._spec.unique:
            self._by_unique.pop(self._unique(thing), None)
        return thing

    def _unique(self, facts: Thing) -> tuple[str, ...]:
        return tuple(str(pick(facts, path)) for path in self._spec.unique)

    def _new_id(self, ids: Ids) -> Value:
        while True:
            number = ids.start + self._counted
            self._counted += 1
            choices: dict[str, Value] = {
                "integer": number,
                "uuid": str(uuid.uuid5(_NAMESPACE, f"{self._name}/{number}")),
                "prefixed": f"{ids.prefix}{number}",
            }
            new = choices[ids.style]
            if str(new) not in self._things:
                return new
