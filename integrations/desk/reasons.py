"""The reason that a person gives for an act; it goes into the audit trail."""

from typing import Final

from integrations.errors import ConfigError

SHORTEST: Final = 10
LONGEST: Final = 500


def checked_reason(text: str) -> str:
    """Give the reason without blanks around it. Raises ConfigError ``reason.short`` or ``reason.long``."""
    said = " ".join(text.replace("\0", "").split())
    if len(said) < SHORTEST:
        raise ConfigError("reason.short", f"Give a reason of at least {SHORTEST} characters.", place="reason")
    if len(said) > LONGEST:
        raise ConfigError("reason.long", f"Give a reason of at most {LONGEST} characters.", place="reason")
    return said
