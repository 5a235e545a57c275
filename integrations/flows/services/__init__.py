"""Writes: each asks for permission, works inside the tenant, and leaves its audit row."""

from integrations.flows.services.archive import archive_flow, restore_flow
from integrations.flows.services.copies import copy_flow, duplicate_flow
from integrations.flows.services.drafts import create_flow, import_flow, rename_flow, save_draft
from integrations.flows.services.from_template import use_template
from integrations.flows.services.hooks import create_hook, set_hook_enabled, set_verifier
from integrations.flows.services.versions import publish, rollback, set_enabled

__all__ = [
    "archive_flow",
    "copy_flow",
    "create_flow",
    "create_hook",
    "duplicate_flow",
    "import_flow",
    "publish",
    "rename_flow",
    "restore_flow",
    "rollback",
    "save_draft",
    "set_enabled",
    "set_hook_enabled",
    "set_verifier",
    "use_template",
]
