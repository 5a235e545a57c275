"""Does a plan fit its documents? Checked when it is saved, against the schemas of both sides."""

from integrations.mapping.fit.findings import Fit, check_fit, fit

__all__ = ["Fit", "check_fit", "fit"]
