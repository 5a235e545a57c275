"""What a field can be, as the service itself lists it: its locations, customers, accounts."""

from collections.abc import Mapping
from typing import Final

import msgspec

from integrations.connectors.calls import Caller
from integrations.connectors.client import Outbound
from integrations.connectors.egress import EgressPolicy, Guard
from integrations.connectors.manifest import Manifest
from integrations.connectors.manifest.fields import Choices
from integrations.connectors.paths import pick
from integrations.connectors.request import Destination, Values
from integrations.errors import ConfigError, LimitError
from integrations.formats.codec import Value

TIMEOUT_S: Final = 15.0
PAGES_MAX: Final = 10
ITEMS_MAX: Final = 2_000
LABEL_MAX: Final = 200


class Choice(msgspec.Struct, frozen=True):
    """One value a field can have, and what people call it."""

    value: str | int | bool
    label: str


def choices_of(manifest: Manifest, operation: str, field: str) -> Choices:
    """Find where the values of a field come from. Raises ConfigError ``choices.none``.

    field: ``body.location_id``, or ``query.``, ``path.`` or ``header.`` and the name of the parameter.
    """
    found = manifest.operation(operation)
    part, _, name = field.partition(".")
    spec = found.body.get(name) if part == "body" else found.params_in(part).get(name)
    if spec is None or spec.choices is None:
        raise ConfigError("choices.none", f"{manifest.title} lists no values for this field.", place="field")
    return spec.choices


async def load(
    outbound: Outbound, manifest: Manifest, choices: Choices, to: Destination, secrets: Mapping[str, str]
) -> list[Choice]:
    """Ask for the items, page by page, at most 2,000. Raises what a call raises."""
    operation = manifest.operation(choices.operation)
    found: list[Choice] = []
    pages = Caller(outbound).pages(
        manifest, operation, to, secrets, Values(timeout_s=TIMEOUT_S), most=PAGES_MAX
    )
    try:
        async for page in pages:
            found += filter(None, (_choice(item, choices) for item in page))
            if len(found) >= ITEMS_MAX:
                break
    except LimitError:  # more pages than a person would read: these are shown, others are typed
        pass
    return found[:ITEMS_MAX]


async def load_alone(
    policy: EgressPolicy,
    manifest: Manifest,
    choices: Choices,
    to: Destination,
    secrets: Mapping[str, str],
) -> list[Choice]:
    """Load with a client of its own, for a process without one."""
    async with Outbound(Guard(policy)) as outbound:
        return await load(outbound, manifest, choices, to, secrets)


def _choice(item: Value, choices: Choices) -> Choice | None:
    value = pick(item, choices.value)
    if not isinstance(value, str | int) or value == "":
        return None
    label = pick(item, choices.label) if choices.label else None
    return Choice(value, str(value if label is None or label == "" else label)[:LABEL_MAX])
