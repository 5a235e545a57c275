"""Makes the calls of connections: proof, request, answer; a token that ran out is renewed once."""

from collections.abc import AsyncIterator, Mapping

from msgspec.structs import replace

from integrations.connectors import answers
from integrations.connectors.client import Outbound, OutboundResponse
from integrations.connectors.manifest import Manifest, Operation
from integrations.connectors.request import Destination, Values, build
from integrations.connectors.tokens import Tokens
from integrations.errors import LimitError
from integrations.formats.codec import Value


class Caller:
    """Calls operations through the process's one client."""

    def __init__(self, outbound: Outbound, tokens: Tokens | None = None) -> None:
        self._outbound = outbound
        self._tokens = tokens or Tokens(outbound)

    async def send(
        self,
        manifest: Manifest,
        operation: Operation,
        to: Destination,
        secrets: Mapping[str, str],
        values: Values,
    ) -> OutboundResponse:
        """Make one call and give the answer, whatever its status.

        Raises UnavailableError (no complete answer), RefusedError (the guard), CredentialError, ConfigError.
        """
        auth = manifest.auth
        if not auth.login_path:
            request = build(manifest, operation, to, auth.headers(secrets), values)
            return await self._outbound.send(request)
        token = await self._tokens.token(auth, to.base_url, secrets)
        request = build(manifest, operation, to, auth.headers(secrets, token), values)
        response = await self._outbound.send(request)
        if response.status != 401:
            return response
        self._tokens.forget(token)
        token = await self._tokens.token(auth, to.base_url, secrets)
        return await self._outbound.send(build(manifest, operation, to, auth.headers(secrets, token), values))

    async def pages(
        self,
        manifest: Manifest,
        operation: Operation,
        to: Destination,
        secrets: Mapping[str, str],
        values: Values,
        *,
        most: int = 1000,
    ) -> AsyncIterator[list[Value]]:
        """Give the items of a list page by page, to the end. Raises LimitError after ``most`` pages."""
        asked = values.query
        for _ in range(most):
            response = await self.send(manifest, operation, to, secrets, replace(values, query=asked))
            body = answers.read(manifest, operation, response.status, response.headers, response.body)
            items = answers.items(operation, body)
            yield items
            following = None
            if operation.paginated and manifest.pagination is not None:
                texts = {name: str(value) for name, value in asked.items()}
                following = manifest.pagination.next(texts, response.headers, body)
            if following is None:
                return
            asked = {**following}
        raise LimitError("call.pages", f"{operation.title} has more than {most} pages.")
