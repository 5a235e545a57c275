"""What was recorded, compared with what would be sent; and a report that a worker goes on with."""

from typing import Any

import pytest

from integrations.connectors.transports.mail import MailServer, compose
from integrations.delivery.states import State
from integrations.flows.steps.context import MailCall
from integrations.flows.visits import Request
from integrations.tenants.ids import new_id
from integrations.trials.comparing import at_path, differences
from integrations.trials.expected import request_value
from integrations.trials.models import Shadow
from integrations.trials.recorded import iteration_of, mail_as_asked
from integrations.trials.services import shadows
from integrations.trials.twins import unsent
from tests.desk import rows
from tests.engine.world import definition, webhook
from tests.trials.conftest import Shop

SERVER = MailServer("mail.example", 25, "", "", starttls=False, tls=False, sender="7m@shop.example")


def test_a_mail_that_was_sent_equals_one_that_would_be() -> None:
    call = MailCall(("ann@shop.example",), "Größe 42", "Dear Ann,\nit is there.\n")
    sent = compose(SERVER, to=call.to, subject=call.subject, text=call.text, key="k")
    asked = Request("recorded", "SMTP", SERVER.url, "mail", "send", {"to": "ann@shop.example"}, sent)
    assert request_value(mail_as_asked(asked)) == request_value(unsent(call))
    assert request_value(unsent(call))["subject"] == "Größe 42"


def test_the_twin_and_the_live_system_are_asked_the_same() -> None:
    twin = Request("twin", "GET", "http://127.0.0.1:9/shopify/admin/orders.json?a=1&a=2", "shopify", "list")
    live = Request("twin", "GET", "https://baan.example/admin/orders.json?a=1&a=2", "shopify", "list")
    assert request_value(twin) == request_value(live)
    assert request_value(twin)["query"] == {"a": ["1", "2"]}


def test_differences_have_paths_and_sentences() -> None:
    before = {"lines": [{"sku": "A", "n": 1}, {"sku": "B"}], "gone": 1}
    after = {"lines": [{"sku": "A", "n": 2}], "new": None}
    assert [one.sentence for one in differences(before, after, "body")] == [
        "body.lines[0].n is 2, expected 1.",
        "body.lines has 1 item, expected 2.",
        "body.gone is missing, expected 1.",
        "body.new is null, expected nothing.",
    ]
    assert at_path(before, "lines[1].sku") == "B"
    assert iteration_of("0.12") == (0, 12)


@pytest.mark.django_db
def test_a_worker_goes_on_where_a_report_stands(shop: Shop, as_role: Any) -> None:
    flow = rows.flow(shop.tenant.id)
    for _ in range(3):
        rows.document(rows.run(flow, State.SUCCEEDED))
    row = Shadow.objects.create(
        id=new_id(), tenant_id=shop.tenant.id, flow=flow, definition=definition(webhook()), wanted=2
    )
    with as_role("engine"):
        half = shadows.go_on(shop.tenant.id, row.id, for_s=0.0)
        assert half is not None
        assert (half.looked_at, half.is_done) == (0, False)
        done = shadows.go_on(shop.tenant.id, row.id)
        assert done is not None
        assert (done.same, done.looked_at, done.is_done) == (2, 2, True)
        assert shadows.go_on(shop.tenant.id, row.id) is None
