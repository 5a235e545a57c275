"""Callers of the API: keys of real tenants, over Django's test client, as the web role."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client

from integrations.tenants import services
from integrations.tenants.access import SCOPES, Actor, system
from integrations.tenants.models import Role, Tenant
from integrations.vault.services import api_key_peppers
from sevenm import celery
from tests import factories

JSON = "application/json"
assert celery.app  # what the views wake workers through


class Answer:
    """What came back: status, headers, decoded JSON."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.content: bytes = response.content
        self.json: Any = (
            json.loads(response.content) if "json" in self.headers.get("Content-Type", "") else None
        )

    @property
    def refusal(self) -> tuple[int, str]:
        assert self.headers["Content-Type"] == "application/problem+json"
        return self.status, self.json["code"]


class Caller:
    """A bearer of an API key."""

    def __init__(self, tenant: Tenant, key: str, as_role: Any) -> None:
        self.tenant, self.key, self._as_role = tenant, key, as_role
        self.client = Client()

    @property
    def system(self) -> Actor:
        """7M itself in the same tenant, for what a test needs to be there."""
        return system(self.tenant.id, "test")

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """Call. body: bytes and text go as they are, everything else as JSON."""
        data = body if body is None or isinstance(body, bytes | str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        more.setdefault("content_type", JSON)
        with self._as_role("web"):
            got = self.client.generic(method, f"/api/v1{path}", data or "", headers=headers, **more)
        return Answer(got)


@pytest.fixture
def make_caller(db: None, as_role: Any) -> Any:
    def make(scopes: Iterable[str] = SCOPES, *, tenant: Tenant | None = None) -> Caller:
        of = tenant or factories.tenant()
        by = factories.member(of.id, Role.OWNER)
        made = services.create_api_key(by=by, name="test", scopes=scopes, peppers=api_key_peppers())
        return Caller(of, made.text, as_role)

    return make


@pytest.fixture
def api(make_caller: Any) -> Caller:
    return make_caller()


@pytest.fixture
def foreign(make_caller: Any) -> Caller:
    return make_caller()
