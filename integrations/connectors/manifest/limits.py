"""How fast the service may be called."""

from integrations.connectors.manifest.fields import Model


class Limits(Model):
    """A bucket of ``burst`` calls refilled at ``per_s``; zero means that the vendor names no figure.

    concurrent: calls at once. retry_after_header: where a 429 says how long to wait.
    """

    per_s: float = 0.0
    burst: int = 0
    concurrent: int = 0
    retry_after_header: str = "Retry-After"
