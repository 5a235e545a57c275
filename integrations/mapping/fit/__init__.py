"""Does a plan fit its documents? Checked when it is saved, against the schemas of both sides."""

from integrations.mapping.fit.findings import check_fit

__all__ = ["check_fit"]
