"""Plans as data: graduated tiers, each price in force for the requests of its tier only.

Two plans are shipped. ``free`` costs nothing and holds at 500 requests a month: it is a plan of its own,
and what it gives is not taken over into another. ``pay_as_you_go`` therefore costs $0.03 from request 1;
whoever moves to it in the middle of a month pays from the first request after the move. So a price list
has one reading, and no request is free or charged depending on what came before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from integrations.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a price list. last: number of the last request at this price, None for all that follow."""

    last: int | None
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """A price list for one month. limit: requests after which the plan accepts no more, None for no limit."""

    key: str
    title: str
    currency: str
    tiers: tuple[Tier, ...]
    limit: int | None = None


FREE = Plan("free", "Free", "USD", (Tier(None, Decimal("0.00")),), limit=500)
PAY_AS_YOU_GO = Plan(
    "pay_as_you_go",
    "Pay as you go",
    "USD",
    (
        Tier(10_000, Decimal("0.03")),
        Tier(100_000, Decimal("0.02")),
        Tier(1_000_000, Decimal("0.012")),
        Tier(None, Decimal("0.008")),
    ),
)
PLANS: Mapping[str, Plan] = MappingProxyType({plan.key: plan for plan in (FREE, PAY_AS_YOU_GO)})


def read_plan(data: Mapping[str, object]) -> Plan:
    """Read a stored plan: ``{"key", "title", "currency", "limit", "tiers": [{"last", "unit_price"}, …]}``.

    Prices are decimal text (``"0.012"``), never floats. Raises ConfigError ``pricing.plan`` with every
    problem: tiers must rise, the last one must be open, no price may be below zero.
    """
    problems: list[Problem] = []
    tiers = _tiers(data.get("tiers"), problems)
    texts = {key: data.get(key) for key in ("key", "title", "currency")}
    problems += [
        Problem("pricing.plan", f"The {key} of the plan is missing.", key)
        for key, text in texts.items()
        if not isinstance(text, str) or not text
    ]
    limit = data.get("limit")
    if limit is not None and not _is_count(limit):
        problems.append(Problem("pricing.plan", "The limit must be a whole number above zero.", "limit"))
    if problems:
        raise ConfigError(
            "pricing.plan",
            "The plan is not valid: " + "; ".join(problem.message for problem in problems),
            place=problems[0].place,
            problems=problems,
        )
    return Plan(
        str(texts["key"]),
        str(texts["title"]),
        str(texts["currency"]),
        tuple(tiers),
        limit if isinstance(limit, int) else None,
    )


def write_plan(plan: Plan) -> dict[str, object]:
    """Give the plan as plain data, the way back of ``read_plan``."""
    return {
        "key": plan.key,
        "title": plan.title,
        "currency": plan.currency,
        "limit": plan.limit,
        "tiers": [{"last": tier.last, "unit_price": str(tier.unit_price)} for tier in plan.tiers],
    }


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _tiers(data: object, problems: list[Problem]) -> list[Tier]:
    if not isinstance(data, Sequence) or isinstance(data, str) or not data:
        problems.append(Problem("pricing.plan", "The plan has no tiers.", "tiers"))
        return []
    tiers: list[Tier] = []
    before = 0
    for index, item in enumerate(data):
        place = f"tiers[{index}]"
        entry = item if isinstance(item, Mapping) else {}
        last, price = entry.get("last"), _price(entry.get("unit_price"))
        is_open = index == len(data) - 1
        if price is None:
            problems.append(
                Problem(
                    "pricing.plan", "A price must be decimal text of zero or more.", f"{place}.unit_price"
                )
            )
        if is_open and last is not None:
            problems.append(Problem("pricing.plan", "The last tier must be open.", f"{place}.last"))
        if not is_open and not (isinstance(last, int) and _is_count(last) and last > before):
            problems.append(
                Problem("pricing.plan", "Each tier must end after the one before.", f"{place}.last")
            )
        before = last if isinstance(last, int) else before
        tiers.append(Tier(last if isinstance(last, int) else None, price or Decimal(0)))
    return tiers


def _price(value: object) -> Decimal | None:
    if not isinstance(value, str):
        return None
    try:
        price = Decimal(value)
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 and len(price.as_tuple().digits) <= 12 else None
