"""Suggesting a mapping: which field of the source belongs to which field of the target, and why."""

from integrations.mapping.suggest.matching import Suggestion, suggest

__all__ = ["Suggestion", "suggest"]
