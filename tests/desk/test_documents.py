import pytest

from integrations.desk.queries import documents
from integrations.desk.services.reveal import reveal
from integrations.engine.models import Attempt, Document
from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants.ids import new_id
from tests import factories
from tests.desk import rows
from tests.desk.rows import SECRET

pytestmark = pytest.mark.django_db
REASON = "The customer asked where the order is."
BODY = b'{"customer": {"email": "4242-somchai@example.test", "age": 42}}'


@pytest.fixture
def sent(flow):
    """A dead run with its document and one exchange."""
    made = rows.run(flow)
    rows.document(made, BODY, query={"token": SECRET})
    rows.attempt(made, 10_001, exchange=(BODY, b"<html>4242-somchai@example.test</html>"))
    return made


def test_a_document_is_shown_without_its_values(sent, viewer, as_role):
    with as_role("web"):
        shown = documents.document(viewer, sent.id, "input")
    assert SECRET not in repr(shown)
    assert shown.body.value == {
        "customer": {
            "email": {"$redacted": "text, 25 characters"},
            "age": {"$redacted": "number, 2 digits"},
        }
    }
    assert (shown.is_plain, shown.headers["content-type"]) == (False, "application/json")


def test_an_exchange_is_shown_without_its_values(sent, viewer, as_role):
    with as_role("web"):
        shown = documents.exchange(viewer, sent.id, 10_001)
    assert SECRET not in repr(shown)
    assert (shown.method, shown.url, shown.status) == ("POST", "https://api.example.test/…", 400)
    assert shown.response.value == {"$redacted": "38 bytes"}


def test_revealing_shows_all_and_is_written_down(sent, owner, trail, as_role):
    with as_role("web"):
        shown = reveal(by=owner, run_id=sent.id, what="input", reason=f"  {REASON} ")
    assert shown.body.value["customer"] == {"email": SECRET, "age": 42}
    assert shown.query == {"token": SECRET}
    assert trail() == [("run.revealed", f"engine.run:{sent.id}", {"what": "input", "reason": REASON})]


def test_revealing_an_exchange(sent, owner, trail, as_role):
    with as_role("web"):
        shown = reveal(by=owner, run_id=sent.id, what="attempt.10001", reason=REASON)
    assert SECRET in shown.url
    assert shown.response.text == "<html>4242-somchai@example.test</html>"
    assert trail()[0][2]["what"] == "attempt.10001"


@pytest.mark.parametrize("role", ["viewer", "support"])
def test_who_may_not_reveal_sees_nothing(sent, shop, role, trail, as_role):
    kind = factories.ActorKind.STAFF if role == "support" else factories.ActorKind.MEMBER
    actor = factories.Actor(kind, shop.pk, factories.user().pk, role)
    with as_role("web"), pytest.raises(AccessError):
        reveal(by=actor, run_id=sent.id, what="input", reason=REASON)
    assert trail() == []


def test_an_api_key_may_never_reveal(sent, shop, as_role):
    key = factories.Actor(factories.ActorKind.API_KEY, shop.pk, scopes=frozenset({"run.reveal", "run.view"}))
    with as_role("web"), pytest.raises(AccessError):
        reveal(by=key, run_id=sent.id, what="input", reason=REASON)


def test_a_reason_must_say_something(sent, owner, trail, as_role):
    with as_role("web"):
        for reason in ("", "   because ", "x" * 501):
            with pytest.raises(ConfigError) as refusal:
                reveal(by=owner, run_id=sent.id, what="input", reason=reason)
            assert refusal.value.place == "reason"
    assert trail() == []


@pytest.mark.parametrize(
    "what",
    [
        "",
        "reply",
        "inputs",
        "edited.1",
        "edited.10",
        "edited.-10",
        "edited.٣٣",
        "attempt.",
        "attempt.7",
        "attempt.x",
    ],
)
def test_what_is_not_there_is_not_found(sent, owner, what, trail, as_role):
    with as_role("web"), pytest.raises(AccessError):
        reveal(by=owner, run_id=sent.id, what=what, reason=REASON)
    assert trail() == []


def test_another_tenants_run_is_not_there(sent, stranger, as_role):
    with as_role("web"):
        for call in (
            lambda: documents.document(stranger, sent.id, "input"),
            lambda: documents.exchange(stranger, sent.id, 10_001),
            lambda: reveal(by=stranger, run_id=sent.id, what="input", reason=REASON),
            lambda: reveal(by=stranger, run_id=new_id(), what="input", reason=REASON),
        ):
            with pytest.raises(AccessError) as refusal:
                call()
            assert refusal.value.code == "access.not_found"


def test_what_was_destroyed_is_said_to_be_gone(sent, owner, as_role):
    Document.objects.filter(run_id=sent.id).delete()
    Attempt.objects.filter(run_id=sent.id).update(exchange=None)
    with as_role("web"):
        for what in ("input", "attempt.10001"):
            with pytest.raises(ConflictError) as refusal:
                reveal(by=owner, run_id=sent.id, what=what, reason=REASON)
            assert refusal.value.code == "run.payload_gone"
