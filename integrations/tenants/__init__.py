"""Tenants, members, roles, API keys and the audit trail."""
