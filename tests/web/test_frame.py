from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from integrations.errors import AccessError, ConflictError, InputError, LimitError, SevenMError
from integrations.tenants import services
from integrations.tenants.models import User
from integrations.web import problems, tenancy

pytestmark = pytest.mark.django_db


def person(email: str = "mali@example.com") -> User:
    return User.objects.create_user(email, "correct horse battery")


def test_signing_in_and_signing_up_are_our_pages() -> None:
    for path, heading in (("/accounts/login/", "Sign In"), ("/accounts/signup/", "Sign Up")):
        page = Client().get(path)
        assert page.status_code == 200
        assert "x-entrance" in page.text
        assert heading in page.text


def test_who_forgot_the_password_needs_no_sign_in() -> None:
    assert Client().get("/accounts/password/reset/").status_code == 200


def test_the_rest_needs_a_sign_in() -> None:
    answer = Client().post("/tenant/", {"tenant": str(uuid4())})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_the_security_page_has_the_frame_around_it() -> None:
    user = person()
    services.create_tenant(by=user, name="Chiang Mai Leather")
    client = Client()
    client.force_login(user)
    page = client.get("/accounts/2fa/")
    assert page.status_code == 200
    assert "Chiang Mai Leather" in page.text
    assert page.text.count("<h1") == 1


def test_the_theme_cookie_is_written_into_the_page() -> None:
    client = Client()
    assert 'data-bs-theme="' not in client.get("/accounts/login/").text
    client.cookies["theme"] = "dark"
    assert 'data-bs-theme="dark"' in client.get("/accounts/login/").text
    client.cookies["theme"] = '"><script>'
    assert "data-bs-theme" not in client.get("/accounts/login/").text


def test_a_person_moves_between_their_tenants() -> None:
    user = person()
    services.create_tenant(by=user, name="A")
    second = services.create_tenant(by=user, name="B")
    client = Client()
    client.force_login(user)
    client.post("/tenant/", {"tenant": str(second.pk)})
    assert tenancy.seat_of(user, client.session).tenant_name == "B"


def test_nobody_enters_a_tenant_of_others() -> None:
    user = person()
    own = services.create_tenant(by=user, name="A")
    foreign = services.create_tenant(by=person("other@example.com"), name="B")
    client = Client()
    client.force_login(user)
    answer = client.post("/tenant/", {"tenant": str(foreign.pk)})
    assert answer.status_code == 404
    assert tenancy.seat_of(user, client.session).actor.tenant_id == own.pk


def test_a_session_that_names_a_foreign_tenant_is_not_believed() -> None:
    user = person()
    own = services.create_tenant(by=user, name="A")
    foreign = services.create_tenant(by=person("other@example.com"), name="B")
    assert tenancy.seat_of(user, {"tenant": str(foreign.pk)}).actor.tenant_id == own.pk
    assert tenancy.seat_of(user, {"tenant": "no uuid"}).actor.tenant_id == own.pk


def test_who_has_no_tenant_is_told_so() -> None:
    with pytest.raises(AccessError, match="not a member"):
        tenancy.seat_of(person(), {})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AccessError(), 404),
        (AccessError("access.role", "You may not publish versions."), 403),
        (ConflictError("flow.version", "It moved on."), 409),
        (LimitError("size", "Too large."), 413),
        (InputError("x", "Wrong."), 400),
    ],
)
def test_errors_become_pages(error: SevenMError, status: int) -> None:
    answer = problems.page(RequestFactory().get("/"), error)
    assert answer.status_code == status
    assert error.message in answer.content.decode()


def test_htmx_gets_a_notice_for_its_place() -> None:
    request = RequestFactory().get("/")
    request.htmx = True  # type: ignore[attr-defined]
    answer = problems.page(request, ConflictError("flow.version", "It moved <on>."))
    assert answer["HX-Retarget"] == "#x-notices"
    assert answer["X-Fragment"] == "yes"
    assert "It moved &lt;on&gt;." in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_the_last_pages_need_no_context(name: str) -> None:
    html = render_to_string(name)
    assert html.count("<h1") == 1
    assert "To the first page" in html
