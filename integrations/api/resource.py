"""The base of every view: an API key, a rate, a scope for each method, strict bodies, pages by key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from integrations.api import bodies, problems
from integrations.api.fields import ListQuery
from integrations.api.keys import ApiKeyAuthentication
from integrations.api.paging import Item, Paging, paging
from integrations.api.rates import limiter
from integrations.api.schema import Described
from integrations.errors import AccessError
from integrations.tenants.access import Actor, require

ANY_KEY: Final = "any key"
PUBLIC: Final = "public"
BURST_S: Final = 4
_encode = msgspec.json.Encoder(decimal_format="number").encode


class ExactJson(JSONRenderer):
    """Numbers leave as they came: what has a point is written with all its digits."""

    @override
    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else _encode(data)


class OneForm(BaseContentNegotiation):
    """There is one form of every answer, whatever is asked for."""

    @override
    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    @override
    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class Resource(APIView):
    """scopes: the permission each method needs, ANY_KEY or PUBLIC. A method without one does not exist."""

    scopes: ClassVar[Mapping[str, str]] = {}
    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = ()
    parser_classes = ()
    renderer_classes = (ExactJson,)
    content_negotiation_class = OneForm
    metadata_class = None
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    schema = Described()

    @property
    def by(self) -> Actor:
        """Who acts: the bearer of the key."""
        found = self.request.auth
        if not isinstance(found, Actor):
            raise AccessError("access.api_key", "Show an API key: Authorization: Bearer 7m_….")
        return found

    @override
    def get_exception_handler(self) -> Any:
        return problems.answer

    @override
    def perform_authentication(self, request: Request) -> None:
        if self._scope(request) != PUBLIC:
            super().perform_authentication(request)

    @override
    def check_permissions(self, request: Request) -> None:
        """Take one call of the caller's rate, then ask for the scope of the method."""
        scope = self._scope(request)
        caller = f"at {request.META.get('REMOTE_ADDR', '')}" if scope == PUBLIC else f"key {self.by.id}"
        per_s = settings.SEVENM.api_rate
        wait_s = limiter(settings.SEVENM.redis_url, per_s, per_s * BURST_S).wait_s(caller)
        if wait_s > 0:
            raise Throttled(wait_s, f"At most {per_s} calls a second.")
        if scope not in {PUBLIC, ANY_KEY, ""}:
            require(self.by, scope)

    def _scope(self, request: Request) -> str:
        """Give the scope of the method, "" for a method that the view does not have and will refuse."""
        method = str(request.method)
        if method.lower() not in self.http_method_names or not hasattr(self, method.lower()):
            return ""
        return self.scopes["GET" if method == "HEAD" else method]

    def body(self, shape: type[bodies.Shape]) -> dict[str, Any]:
        """Give what the request says, checked. Raises what is wrong with all of it.

        What changes something is said in the body only: a query beside it is refused.
        """
        self.query(bodies.Shape)
        return self._checked(shape, bodies.read_json(self.request))

    def query(self, shape: type[bodies.Shape]) -> dict[str, Any]:
        """Give the query, checked."""
        return self._checked(shape, self.request.query_params.dict())

    def asked(self, name: str, shape: type[ListQuery] = ListQuery) -> tuple[Paging, dict[str, Any]]:
        """Give which page of the list was asked for, and the filters beside it."""
        query = self.query(shape)
        page = paging(self.by, name, cursor=query.pop("cursor"), limit=query.pop("limit"))
        return page, query

    @staticmethod
    def give(shape: type[serializers.BaseSerializer[Any]], thing: object, *, status: int = 200) -> Response:
        """Answer with one thing."""
        return Response(shape(thing).data, status=status)

    @staticmethod
    def give_page(
        shape: type[serializers.BaseSerializer[Any]],
        page: Paging,
        found: Sequence[Item],
        key: Callable[[Item], object],
    ) -> Response:
        """Answer with one page of a list."""
        one = page.page(found, key)
        return Response({"items": [shape(item).data for item in one.items], "next": one.next})

    @staticmethod
    def give_rows(
        shape: type[serializers.BaseSerializer[Any]], page: Paging, rows: Sequence[object], onward: object
    ) -> Response:
        """Answer with one page of a query that pages by itself. onward: the key of the next page, or None."""
        return Response({"items": [shape(row).data for row in rows], "next": page.cursor_at(onward)})

    @staticmethod
    def _checked(shape: type[bodies.Shape], said: object) -> dict[str, Any]:
        read = shape(data=said)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)


def uuid_or_none(text: str) -> UUID | None:
    """Read an id in its usual form."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
