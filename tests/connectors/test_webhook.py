"""Signatures of webhooks: good, forged, old, future, with two secrets."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.connectors import loader
from integrations.connectors.manifest.webhooks import SignatureScheme, Webhooks
from integrations.connectors.webhook import Verified, Verifier
from integrations.errors import AccessError

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OLD, NEW = b"old-secret", b"new-secret"
SHOPIFY = loader.manifest("shopify").webhooks
AIRWALLEX = loader.manifest("airwallex").webhooks
STRIPE_LIKE = Webhooks(
    signature=SignatureScheme(header="X-Sig", list_format=True, signed="{timestamp}.{body}"),
    message_id="body:id",
    topic="body:type",
)
GITHUB_LIKE = Webhooks(
    signature=SignatureScheme(header="X-Hub", prefix="sha256="),
    message_id="header:X-Delivery",
    topic="header:X-Event",
)
ALL = pytest.mark.parametrize(
    "webhooks", [SHOPIFY, AIRWALLEX, STRIPE_LIKE, GITHUB_LIKE], ids=["shopify", "airwallex", "list", "prefix"]
)


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def code(verifier, *arguments):
    with pytest.raises(AccessError) as refused:
        verifier.verify(*arguments)
    return refused.value.code


def test_shopifys_own_recipe():
    body = loader.sample("shopify", "orders_create.json")
    signature = base64.b64encode(hmac.new(NEW, body, hashlib.sha256).digest()).decode()
    headers = {
        "x-shopify-hmac-sha256": signature,
        "x-shopify-webhook-id": "b54557e4-1",
        "x-shopify-topic": "orders/create",
    }
    assert Verifier(SHOPIFY).verify(headers, body, [NEW], NOW) == Verified("b54557e4-1", "orders/create")


def test_airwallex_own_recipe():
    body = b'{"id": "evt_1", "name": "payment_intent.succeeded"}'
    timestamp = str(int(NOW.timestamp() * 1000))
    signature = hmac.new(NEW, timestamp.encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-signature": signature, "x-timestamp": timestamp}
    assert Verifier(AIRWALLEX).verify(headers, body, [NEW], NOW).topic == "payment_intent.succeeded"


@ALL
@given(body=st.binary(max_size=300))
def test_what_is_signed_is_accepted_and_one_bit_more_is_not(webhooks, body):
    verifier = Verifier(webhooks)
    headers = lower(verifier.sign(NEW, body, NOW))
    verifier.verify(headers, body, [OLD, NEW], NOW)
    assert code(verifier, headers, body + b"\x00", [OLD, NEW], NOW) == "webhook.signature"


@ALL
def test_forged_missing_and_odd_signatures_are_refused(webhooks):
    verifier = Verifier(webhooks)
    name = webhooks.signature.header.lower()
    good = lower(verifier.sign(NEW, b"{}", NOW))
    assert code(verifier, good, b"{}", [OLD], NOW) == "webhook.signature"
    assert code(verifier, {}, b"{}", [NEW], NOW) == "webhook.unsigned"
    assert code(verifier, {name: "x" * 5000}, b"{}", [NEW], NOW) == "webhook.unsigned"
    assert code(verifier, good, b"{}", [], NOW) == "webhook.no_secret"
    assert code(verifier, good, b"{}", [b""], NOW) == "webhook.no_secret"
    for odd in ("é", "====", "sha256=zz", "v1=", "t=1"):
        assert code(verifier, {**good, name: odd}, b"{}", [NEW], NOW) in {"webhook.signature", "webhook.time"}


@ALL
def test_a_third_secret_does_not_count(webhooks):
    verifier = Verifier(webhooks)
    headers = lower(verifier.sign(b"third", b"{}", NOW))
    assert code(verifier, headers, b"{}", [OLD, NEW, b"third"], NOW) == "webhook.signature"


@pytest.mark.parametrize("webhooks", [AIRWALLEX, STRIPE_LIKE])
@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_messages_out_of_time_are_refused(webhooks, seconds):
    verifier = Verifier(webhooks)
    headers = lower(verifier.sign(NEW, b"{}", NOW))
    assert code(verifier, headers, b"{}", [NEW], NOW + timedelta(seconds=seconds)) == "webhook.time"
    verifier.verify(headers, b"{}", [NEW], NOW + timedelta(seconds=299))


@pytest.mark.parametrize("timestamp", ["", "soon", "-5", "١٢٣", "9" * 40])
def test_odd_timestamps_are_refused(timestamp):
    verifier = Verifier(AIRWALLEX)
    headers = {**lower(verifier.sign(NEW, b"{}", NOW)), "x-timestamp": timestamp}
    assert code(verifier, headers, b"{}", [NEW], NOW) == "webhook.time"


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"id": null}', json.dumps({"id": [1]}).encode()])
def test_facts_that_are_not_there_are_empty(body):
    verifier = Verifier(STRIPE_LIKE)
    assert verifier.verify(lower(verifier.sign(NEW, body, NOW)), body, [NEW], NOW) == Verified("", "")
