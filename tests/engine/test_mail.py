"""The step that sends mail, against a mail server on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connectors.transports.mail import MailServer
from tests.chaos.stack import wait_until
from tests.engine.test_memory import step
from tests.engine.test_replay import replay
from tests.engine.world import Shop, World, opened, webhook
from tests.mailbox import Mailbox, mailbox
from tests.stack import Stack

ORDER = {"id": "A-1", "email": "ann@shop.example", "name": "Ännchen", "lines": [{"sku": "x", "price": 0.10}]}


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as made:
        yield made


@pytest.fixture(scope="module")
def place(stack: Stack, django_db_setup: None, django_db_blocker: Any, box: Mailbox) -> Iterator[World]:
    """A world of which the engine sends mail."""
    sender = "Seven <7m@sender.example>"
    server = MailServer(
        "127.0.0.1", box.port, "", "", starttls=False, tls=False, sender=sender, domains=("shop.example",)
    )
    with opened(stack, django_db_blocker) as world:
        world.engine(mail=server)
        world.door()
        yield world


@pytest.fixture
def shop(place: World, box: Mailbox) -> Shop:
    box.forget()
    return place.shop()


def mailing(shop, **config):
    given = {
        "to": ["{order.body.email}"],
        "subject": "Order {order.body.id}",
        "text": "Dear {order.body.name},\n\n.\nthank you.",
        **config,
    }
    return shop.publish(webhook(), step("send_mail", "mail", **given), retry=[0.05, 0.05])


def test_a_mail_arrives_as_it_was_written(place, shop, box):
    csv = {
        "attach": ["get", "order", "body", "lines"],
        "attach_name": "order-{order.body.id}.csv",
        "attach_format": "csv",
    }
    run = mailing(shop, to=["{order.body.email}", "desk@shop.example"], **csv).send(ORDER).run
    assert place.until(run).state == "succeeded"
    ((sender, to, message),) = box.taken
    assert (sender, to) == ("7m@sender.example", ("ann@shop.example", "desk@shop.example"))
    assert (message["Subject"], message["From"]) == ("Order A-1", "Seven <7m@sender.example>")
    body, file = message.iter_parts()
    assert body.get_content().replace("\r\n", "\n") == "Dear Ännchen,\n\n.\nthank you.\n"
    assert (file.get_filename(), file.get_content_type()) == ("order-A-1.csv", "text/csv")
    assert file.get_content().split() == ["sku,price", "x,0.1"]


def test_what_would_be_another_header_is_refused(place, shop, box):
    flow = mailing(shop, subject="For {order.body.name}")
    for name in ("x\r\nBcc: all@shop.example", "x\nBcc: all@shop.example", "x\u2028y", "a\x1bb"):
        found = place.until(flow.send({**ORDER, "name": name}).run)
        assert (found.state, found.error_code) == ("dead", "text.line_break")
    for email in (
        "a@shop.example, b@shop.example",
        "<a@shop.example>",
        "a@shop.example\nx",
        "nobody",
        "a@b@shop.example",
    ):
        found = place.until(flow.send({**ORDER, "email": email}).run)
        assert (found.state, found.error_code) in {("dead", "mail.address"), ("dead", "text.line_break")}
    assert box.taken == []


def test_a_domain_that_is_not_allowed_gets_nothing(place, shop, box):
    found = place.until(mailing(shop).send({**ORDER, "email": "ann@shop.example.evil.test"}).run)
    assert (found.dead_reason, found.error_code) == ("config", "mail.domain")
    assert box.taken == []


def test_a_server_that_is_busy_is_asked_again_under_one_message_id(place, shop, box):
    box.answers["."] = "451 later"
    run = mailing(shop).send(ORDER).run
    wait_until(lambda: len(place.attempts(run)) > 1, within_s=10, what="a second attempt")
    assert place.until(run).dead_reason == "unavailable"
    box.answers.clear()
    replay(shop, run)
    place.until(run, "succeeded")
    flow = mailing(shop)
    place.until(flow.send(ORDER).run, "succeeded")
    first, second = (message["Message-ID"] for _, _, message in box.taken)
    assert first != second


def test_one_refused_recipient_means_that_nothing_is_sent(place, shop, box):
    box.answers["RCPT"] = "550 no such person"
    found = place.until(mailing(shop).send(ORDER).run)
    assert (found.dead_reason, found.error_code) == ("refused", "mail.refused")
    assert "ann@" not in found.error_message
    assert len(place.attempts(found.id)) == 1
    assert box.taken == []


def test_a_server_that_hangs_up_is_in_doubt_where_a_mail_must_not_come_twice(place, shop, box):
    box.answers["."] = ""
    run = mailing(shop, mode="at_most_once").send(ORDER).run
    assert place.until(run).state == "in_doubt"


def test_without_a_mail_server_the_run_says_what_to_do(world):
    run = mailing(world.shop()).send(ORDER).run
    found = world.until(run)
    assert (found.state, found.error_code) == ("dead", "mail.not_set_up")
