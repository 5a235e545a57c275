"""The addresses of flows and the secrets that check who calls them."""

import secrets
from uuid import UUID

import msgspec

from integrations.errors import ConfigError, FlowError
from integrations.flows.models import Flow, Hook
from integrations.flows.queries import flow_of, hook_of
from integrations.flows.snapshots import from_json
from integrations.graph.flow import is_trigger
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose

TOKEN_BYTES = 24
HOOKS_MAX = 20
SECRET_MAX_BYTES = 4096


def create_hook(*, by: Actor, flow_id: UUID, secret: bytes | None = None) -> Hook:
    """Give the flow one more address. secret: the vendor's signing secret, stored sealed.

    Raises FlowError ``hook.no_trigger`` when nothing in the flow receives requests.
    """
    require(by, "hook.edit")
    with bind(by.tenant_id):
        flow = flow_of(by, flow_id, lock=True)
        if Hook.objects.filter(tenant_id=by.tenant_id, flow_id=flow.id).count() >= HOOKS_MAX:
            raise FlowError("hook.too_many", f"A flow has at most {HOOKS_MAX} addresses.")
        definition = flow.current_version.definition if flow.current_version else flow.draft
        triggers = [node.key for node in from_json(definition).nodes if is_trigger(node)]
        if not triggers:
            raise FlowError("hook.no_trigger", "The flow has no trigger that receives requests.")
        hook = add_hook(by, flow, triggers[0])
        if secret is not None:
            _seal_verifier(hook, secret)
    return hook


def set_verifier(*, by: Actor, hook_id: UUID, secret: bytes | None, keep_previous: bool = False) -> Hook:
    """Replace the signing secret of an address, or remove it.

    keep_previous: messages signed with the secret before are taken as well, until the next change.
    """
    require(by, "hook.edit")
    with bind(by.tenant_id):
        hook = hook_of(by, hook_id, lock=True)
        if secret is None:
            hook.verifier = None
            hook.save(update_fields=["verifier"])
        else:
            _seal_verifier(hook, secret, *(live_secrets(hook)[:1] if keep_previous else ()))
        audit.record(by, "hook.verifier_set" if secret else "hook.verifier_removed", hook, flow=hook.flow_id)
    return hook


def set_hook_enabled(*, by: Actor, hook_id: UUID, enabled: bool) -> Hook:
    """Open or close an address."""
    require(by, "hook.edit")
    with bind(by.tenant_id):
        hook = hook_of(by, hook_id, lock=True)
        if hook.enabled != enabled:
            hook.enabled = enabled
            hook.save(update_fields=["enabled"])
            audit.record(by, "hook.opened" if enabled else "hook.closed", hook, flow=hook.flow_id)
    return hook


def add_hook(by: Actor, flow: Flow, step_key: str) -> Hook:
    """Write a new address, inside `bind`; the caller has asked for permission."""
    hook = Hook.objects.create(
        tenant_id=by.tenant_id, flow=flow, step_key=step_key, token=secrets.token_urlsafe(TOKEN_BYTES)
    )
    audit.record(by, "hook.created", hook, flow=flow.id)
    return hook


def live_secrets(hook: Hook) -> list[bytes]:
    """Open the signing secrets of an address, the newest first; none where it has none."""
    if hook.verifier is None:
        return []
    stored = vault.open_(
        hook.tenant_id, Purpose.INGRESS, "flows_hook", "verifier", hook.id, bytes(hook.verifier)
    )
    return [text.encode() for text in msgspec.json.decode(stored, type=list[str])]


def _seal_verifier(hook: Hook, secret: bytes, *previous: bytes) -> None:
    """Store the secrets as a sealed JSON list of texts, which the ingress reads."""
    try:
        texts = [live.decode() for live in (secret, *previous)]
    except UnicodeDecodeError:
        texts = []
    if not texts or not 8 <= len(secret) <= SECRET_MAX_BYTES:
        raise ConfigError("hook.secret", "A signing secret is a text of 8 to 4,096 bytes.", place="secret")
    sealed = msgspec.json.encode(texts)
    hook.verifier = vault.seal(hook.tenant_id, Purpose.INGRESS, "flows_hook", "verifier", hook.id, sealed)
    hook.save(update_fields=["verifier"])
