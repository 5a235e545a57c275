"""Short-lived tokens of the auth kinds that log in: kept until they expire, fetched once for all who wait."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from integrations.connectors.auth.scheme import Scheme, Token
from integrations.connectors.client import Outbound
from integrations.errors import CredentialError, UnavailableError

EARLY = timedelta(seconds=60)
MOST = 10_000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Tokens:
    """The tokens of one process, each kept under its address and a digest of its secrets."""

    def __init__(self, outbound: Outbound, now: Callable[[], datetime] = _utc_now) -> None:
        self._outbound = outbound
        self._now = now
        self._kept: dict[tuple[str, int], Token] = {}
        self._fetching: dict[tuple[str, int], asyncio.Task[Token]] = {}

    async def token(self, scheme: Scheme, base_url: str, secrets: Mapping[str, str]) -> str:
        """Give a token that lives for another minute. Raises CredentialError or UnavailableError."""
        key = base_url, hash(tuple(sorted(secrets.items())))
        kept = self._kept.get(key)
        if kept is not None and kept.expires_at - self._now() > EARLY:
            return kept.value
        task = self._fetching.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(scheme, base_url, dict(secrets)))
            self._fetching[key] = task
            task.add_done_callback(lambda done: self._keep(key, done))
        return (await asyncio.shield(task)).value

    def forget(self, value: str) -> None:
        """Drop a token that the service no longer takes."""
        self._kept = {key: token for key, token in self._kept.items() if token.value != value}

    async def _fetch(self, scheme: Scheme, base_url: str, secrets: Mapping[str, str]) -> Token:
        request = scheme.login(base_url, secrets)
        if request is None:
            raise CredentialError("connection.no_login", "This connection has no login.")
        try:
            response = await self._outbound.send(request)
        except UnavailableError as error:
            error.sent = False  # a login has no effect: the call it was for was never sent
            raise
        return scheme.read_token(response, self._now())

    def _keep(self, key: tuple[str, int], done: asyncio.Task[Token]) -> None:
        self._fetching.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = done.result()
