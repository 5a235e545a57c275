"""Writes: each asks for permission, works inside the tenant, and leaves its audit row."""

from integrations.flows.services.drafts import create_flow, import_flow, rename_flow, save_draft
from integrations.flows.services.from_template import use_template
from integrations.flows.services.hooks import create_hook, set_hook_enabled, set_verifier
from integrations.flows.services.versions import publish, rollback, set_enabled

__all__ = [
    "create_flow",
    "create_hook",
    "import_flow",
    "publish",
    "rename_flow",
    "rollback",
    "save_draft",
    "set_enabled",
    "set_hook_enabled",
    "set_verifier",
    "use_template",
]
