"""Sends the sample of a flow's template to the flow's own address, signed or with a key."""

from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final
from uuid import UUID, uuid4

from integrations.connectors import loader as connectors
from integrations.connectors import queries as connector_queries
from integrations.connectors.manifest.webhooks import Webhooks
from integrations.connectors.models import Mode
from integrations.connectors.webhook import Verifier
from integrations.desk.services.uploads import upload
from integrations.errors import AccessError, ConflictError
from integrations.flows import queries, services
from integrations.flows.answers import decode_json, encode_json
from integrations.flows.models import Flow, Hook
from integrations.flows.services.hooks import live_secrets
from integrations.flows.snapshots import from_json
from integrations.flows.templates import loader
from integrations.flows.templates.loader import Template
from integrations.graph.flow import Node, is_trigger
from integrations.tenants.access import Actor, allowed, require
from integrations.tenants.services import create_api_key
from integrations.vault.services import api_key_peppers
from integrations.web.home.demo import SENDER, own_door
from integrations.web.home.door import Letter

KEY_LASTS: Final = timedelta(minutes=10)
KEY_NAME: Final = "Sends a sample, for ten minutes"


def can_send(by: Actor, flow: Flow) -> bool:
    """Say whether this person can send the flow its sample: it has one, runs, and takes documents."""
    template = _template(flow)
    if template is None or template.about.sample is None or flow.current_version is None or not flow.enabled:
        return False
    trigger = _trigger(by, flow)
    if trigger.kind == "file_trigger":
        return allowed(by, "batch.send")
    right = "hook.edit" if trigger.config.get("auth") == "signature" else "api_key.edit"
    return trigger.kind == "webhook_trigger" and allowed(by, "flow.try") and allowed(by, right)


def send_sample(*, by: Actor, flow_id: UUID) -> str:
    """Send it, and say what was done. The outcome stands in the runs. Raises AccessError, ConflictError.

    A signed address without a secret gets one of its own where its connection is a twin: no vendor knows it
    then. Where callers show a key, one is made that lasts ten minutes and may do nothing but send.
    """
    require(by, "ingress.send")
    flow = queries.flow(by, flow_id)
    template = _template(flow)
    if template is None or not can_send(by, flow):
        raise ConflictError(
            "sample.cannot_send", "The sample of this flow cannot be sent.", hint="Publish the flow first."
        )
    trigger, body = _trigger(by, flow), loader.sample(template.key)
    said = template.about.sample
    if trigger.kind == "file_trigger":
        upload(by=by, flow_id=flow.id, name=said.file if said else "sample", content=body)
        return "The sample is uploaded as a file; each of its records is a run."
    hook = next((hook for hook in queries.hooks(by, flow.id) if hook.enabled), None)
    if hook is None:
        raise ConflictError("sample.cannot_send", "All addresses of this flow are closed.", hint="Open one.")
    SENDER.send(by.tenant_id, f"{own_door()}/in/{hook.token}", [letter(by, flow, hook)], per_s=0)
    return "The sample is on its way to the flow's address."


def _template(flow: Flow) -> Template | None:
    try:
        return loader.template(flow.template) if flow.template else None
    except AccessError:  # a template that this release no longer has
        return None


def _trigger(by: Actor, flow: Flow) -> Node:
    version = queries.flow(by, flow.id).current_version
    nodes = from_json(version.definition if version is not None else {}).nodes
    return next(filter(is_trigger, nodes))


def letter(by: Actor, flow: Flow, hook: Hook) -> Letter:
    """Write the sample's letter to an address, with all that its sender would add."""
    template, trigger = loader.template(flow.template), _trigger(by, flow)
    said, body = template.about.sample, loader.sample(template.key)
    headers = dict(said.headers) if said is not None else {}
    if said is not None and said.file.endswith(".json"):
        headers.setdefault("Content-Type", "application/json")
    if trigger.config.get("auth") != "signature":
        lasts = datetime.now(UTC) + KEY_LASTS
        made = create_api_key(
            by=by, name=KEY_NAME, scopes={"ingress.send"}, peppers=api_key_peppers(), expires_at=lasts
        )
        return Letter({**headers, "Authorization": f"Bearer {made.text}"}, body)
    webhooks, is_twin = _vendor(by, str(trigger.config.get("connection", "")))
    if hook.verifier is None and not is_twin:
        raise ConflictError(
            "sample.no_secret",
            "The address has no signing secret yet.",
            hint="Enter the one that the vendor shows, under Addresses.",
        )
    if hook.verifier is None:
        hook = services.set_verifier(by=by, hook_id=hook.id, secret=token_hex(32).encode())
    where, _, name = webhooks.message_id.partition(":")
    if where == "header":
        headers[name] = str(uuid4())
    else:
        body = _numbered(body, name)
    signed = Verifier(webhooks).sign(live_secrets(hook)[0], body, datetime.now(UTC))
    return Letter({**headers, **signed}, body)


def _vendor(by: Actor, name: str) -> tuple[Webhooks, bool]:
    """Give how the vendor of a connection signs, and whether the connection goes to its twin."""
    rows = connector_queries.connections(by)
    row = next((row for row in rows if name in (row.name, str(row.id))), None)
    webhooks = connectors.manifest(row.connector).webhooks if row is not None else None
    if row is None or webhooks is None:
        raise ConflictError(
            "sample.no_vendor", "The connection of the address is gone.", hint="Set it up again."
        )
    return webhooks, row.mode == Mode.TWIN


def _numbered(body: bytes, name: str) -> bytes:
    """Give the message an id of its own: a second delivery of one would only get the first answer."""
    message = decode_json(body)
    if not isinstance(message, dict):
        return body
    return encode_json({**message, name: f"evt_{uuid4().hex}"})
