"""The demo of a tenant whose connections go to twins: send orders and files, switch twins off and on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec
from django.conf import settings

from integrations.connectors import loader
from integrations.connectors import queries as connectors
from integrations.connectors.client import OutboundRequest
from integrations.connectors.models import Mode
from integrations.connectors.webhook import Verifier
from integrations.desk.services.uploads import upload
from integrations.errors import AccessError, ConfigError, ConflictError, RemoteError
from integrations.flows import demo, queries
from integrations.flows.models import Flow, Hook
from integrations.flows.services.hooks import live_secrets
from integrations.tenants.access import Actor, allowed, require
from integrations.web.home.door import CONTROL_S, Letter, Sender, call

ORDERS, STOCK, EDI = demo.FLOWS
SHOP: Final = "shopify"
APART: Final = 200
"""Numbers between the orders of two quick clicks: the shop's hook takes an order that it knows only once."""
SENDER: Final = Sender()
FAULTS: Final = {"down": {"mode": "down", "status": 503}, "refuses": {"mode": "error", "status": 422}}
WORDS: Final = {
    "answers": "answers again",
    "down": "answers 503 from now on: runs are tried again, then wait",
    "refuses": "refuses every call from now on: runs become dead letters",
}


@dataclass(frozen=True, slots=True)
class Twin:
    """A vendor's stand-in. behaviour: answers, down or refuses; empty where the sandbox does not say."""

    key: str
    title: str
    behaviour: str


class _Facts(msgspec.Struct):
    """What the sandbox tells of a twin; the rest of it is not needed."""

    faults: list[dict[str, object]] = []

    @property
    def behaviour(self) -> str:
        if not self.faults:
            return "answers"
        return "refuses" if self.faults[-1].get("mode") == "error" else "down"


@dataclass(frozen=True, slots=True)
class Panel:
    """What of the demo there is for this person."""

    orders: Flow | None
    stock: Flow | None
    edi: Flow | None
    twins: Sequence[Twin]

    @property
    def is_sandbox_there(self) -> bool:
        return any(twin.behaviour for twin in self.twins)


def is_there(by: Actor) -> bool:
    """Say whether the tenant has a flow of the demo, and twins that this person may play with."""
    may = allowed(by, "flow.try") and allowed(by, "sandbox.control") and settings.SEVENM.sandbox
    return bool(may and any(_flow(by, slug) for slug in demo.FLOWS) and _keys(by))


def panel(by: Actor) -> Panel:
    require(by, "flow.try")
    keys = _keys(by)
    now = _behaviours() if keys else {}
    twins = [Twin(key, loader.headline(key).title, now.get(key, "")) for key in keys]
    edi = _flow(by, EDI)
    return Panel(_flow(by, ORDERS), _flow(by, STOCK), edi if edi and _partner_key(by) else None, twins)


def send_orders(*, by: Actor, count: int, per_s: int) -> str:
    """Post orders to the flow's address, signed as the shop signs them. Raises ConflictError."""
    require(by, "flow.try")
    flow = _flow(by, ORDERS)
    hook = next((hook for hook in queries.hooks(by, flow.id) if hook.enabled), None) if flow else None
    if hook is None or not live_secrets(hook):
        raise ConflictError("demo.no_flow", "The demo's flow is off or has no address with a secret.")
    now = datetime.now(UTC)
    first = int(now.timestamp() * 100) % 10_000_000 * APART
    letters = [_letter(hook, first + place, now) for place in range(count)]
    SENDER.send(by.tenant_id, f"{own_door()}/in/{hook.token}", letters, per_s=per_s)
    pace = f", {per_s} a second" if per_s else ""
    return "An order is on its way." if count == 1 else f"{count} orders are on their way{pace}."


def send_stock(*, by: Actor, details: int) -> UUID:
    """Upload a stock file with that many records and give its batch."""
    require(by, "batch.send")
    flow = _flow(by, STOCK)
    if flow is None:
        raise ConflictError("demo.no_flow", "The demo's flow for files is off.")
    now = datetime.now(UTC)
    content = demo.stock_file(details, number=now.second * 60 + now.minute, on=f"{now:%Y%m%d}")
    return upload(by=by, flow_id=flow.id, name=f"stock-{now:%H%M%S}.txt", content=content)


def send_edi(*, by: Actor, orders: int) -> str:
    """Post an interchange of purchase orders as the retailer would. Raises ConflictError."""
    require(by, "flow.try")
    flow, key = _flow(by, EDI), _partner_key(by)
    hook = next((hook for hook in queries.hooks(by, flow.id) if hook.enabled), None) if flow else None
    if hook is None or not key:
        raise ConflictError("demo.no_flow", "The demo's flow for EDI is off, or its API key is gone.")
    now = datetime.now(UTC)
    number = int(now.timestamp()) % 100_000
    headers = {"Content-Type": "application/edi-x12", "Authorization": f"Bearer {key}"}
    letter = Letter(headers, demo.purchase_orders(number, orders=orders, now=now))
    SENDER.send(by.tenant_id, f"{own_door()}/in/{hook.token}", [letter], per_s=0)
    return f"Interchange {number:09} is on its way; its run shows the 997 and the 855s that go back."


def _partner_key(by: Actor) -> str:
    """Give the API key of the demo's retailer, which the seeding left in the home; "" for none."""
    file = settings.SEVENM.home / demo.KEY_FILE
    tenant, _, key = file.read_text().strip().partition(" ") if file.is_file() else ("", "", "")
    return key if tenant == str(by.tenant_id) else ""


def switch_twin(*, by: Actor, key: str, behaviour: str) -> str:
    """Have a twin answer, be down or refuse everything. Raises AccessError, RemoteError."""
    require(by, "sandbox.control")
    if key not in _keys(by):
        raise AccessError
    _control("DELETE", f"/{key}/faults")
    if behaviour in FAULTS:
        _control("POST", f"/{key}/faults", msgspec.json.encode(FAULTS[behaviour]))
    return f"{loader.headline(key).title} {WORDS[behaviour]}."


def _letter(hook: Hook, number: int, now: datetime) -> Letter:
    webhooks = loader.manifest(SHOP).webhooks
    if webhooks is None:
        raise ConfigError("demo.no_webhooks", "The shop's connector describes no webhooks.")
    body = demo.order(number, now=now)
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "baan-nang.myshopify.com",
        webhooks.message_id.removeprefix("header:"): str(uuid4()),
        **Verifier(webhooks).sign(live_secrets(hook)[0], body, now),
    }
    return Letter(headers, body)


def _flow(by: Actor, slug: str) -> Flow | None:
    try:
        found = queries.flow_by_slug(by, slug)
    except AccessError:
        return None
    return found if found.enabled else None


def _keys(by: Actor) -> list[str]:
    return sorted({row.connector for row in connectors.connections(by) if row.mode == Mode.TWIN})


def _behaviours() -> dict[str, str]:
    """Ask the sandbox how the twins behave; nothing where it does not run."""
    try:
        told = msgspec.json.decode(_control("GET", ""), type=dict[str, _Facts])
    except (RemoteError, OSError, msgspec.DecodeError):
        return {}
    return {key: facts.behaviour for key, facts in told.items()}


def _control(method: str, path: str, body: bytes | None = None) -> bytes:
    url = settings.SEVENM.sandbox_url
    headers = {"Content-Type": "application/json"}
    address = f"{url}/_control{path}"
    request = OutboundRequest(method=method, url=address, headers=headers, body=body, total_s=CONTROL_S)
    return call(url, request).body


def own_door() -> str:
    """Give the address of this process' own door, not the one people use: no proxy stands between."""
    host = settings.SEVENM.host
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{settings.SEVENM.port}"  # noqa: S104  compared
