"""What a twin counts: calls and effects, by operation and by the key of the effect."""

from collections import Counter, OrderedDict

MOST_KEYS = 500_000


class Counts:
    """calls: all that came. effects: what was done. A key done twice is a double delivery."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.repeats = 0
        self._keys: OrderedDict[str, list[int]] = OrderedDict()

    def call(self, operation: str, status: int) -> None:
        self.calls[operation] += 1
        self.statuses[str(status)] += 1

    def asked(self, operation: str, key: str) -> None:
        """Note a call that names an effect."""
        self._entry(operation, key)[0] += 1

    def done(self, operation: str, key: str) -> None:
        """Note an effect; key: "" where the call names none."""
        self.effects[operation] += 1
        if key:
            self._entry(operation, key)[1] += 1

    def facts(self, *, with_keys: bool) -> dict[str, object]:
        facts: dict[str, object] = {
            "requests": sum(self.calls.values()),
            "effects": sum(self.effects.values()),
            "repeats": self.repeats,
            "doubled": sum(1 for _, effects in self._keys.values() if effects > 1),
            "operations": {
                name: {"requests": self.calls[name], "effects": self.effects[name]}
                for name in sorted(self.calls)
            },
            "statuses": dict(sorted(self.statuses.items())),
        }
        if with_keys:
            facts["keys"] = {
                key: {"requests": asked, "effects": done} for key, (asked, done) in self._keys.items()
            }
        return facts

    def _entry(self, operation: str, key: str) -> list[int]:
        name = f"{operation}:{key}"
        entry = self._keys.get(name)
        if entry is None:
            entry = self._keys[name] = [0, 0]
            if len(self._keys) > MOST_KEYS:
                self._keys.popitem(last=False)
        return entry
