"""Requests as they are built, answers as they are read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from integrations.connectors import answers, loader, request
from integrations.connectors.icons import letters, tile
from integrations.connectors.request import Values, bound_to, build, destination
from integrations.errors import ConfigError, EncodeError, UnavailableError

SHOPIFY = loader.manifest("shopify")
AIRWALLEX = loader.manifest("airwallex")
AVALARA = loader.manifest("avalara")
SHOP = destination(SHOPIFY, "live", {"shop": "baan-nang"})


def made(manifest, name, to=SHOP, **values):
    return build(manifest, manifest.operation(name), to, {"X-Proof": "p"}, Values(**values))


def code(function, *arguments, **named):
    with pytest.raises(ConfigError) as refused:
        function(*arguments, **named)
    return refused.value.code


def test_a_live_request_is_complete():
    sent = made(SHOPIFY, "get_order", path_params={"orderId": 17}, query={"fields": "id,name", "none": None})
    assert (sent.method, sent.body) == ("GET", None)
    assert sent.url == "https://baan-nang.myshopify.com/admin/api/2026-01/orders/17.json?fields=id%2Cname"
    assert sent.headers == {"Accept": "application/json", "X-Proof": "p"}


def test_values_are_written_as_services_expect_them():
    query = {"a": True, "b": Decimal("1E+3"), "c": date(2026, 1, 2), "d": ["x", 1], "$top": 5, "e": "ä &"}
    sent = made(SHOPIFY, "list_orders", query=query)
    assert sent.url.partition("?")[2] == "a=true&b=1000&c=2026-01-02&d=x%2C1&$top=5&e=%C3%A4%20%26"


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_no_path_value_leaves_its_place(text):
    sent = made(SHOPIFY, "get_order", path_params={"orderId": text.encode("utf-8", "replace").decode()})
    path = URL(sent.url, encoded=True).raw_path
    assert path.startswith("/admin/api/2026-01/orders/")
    assert path.count("/") == 5


@pytest.mark.parametrize("value", [None, "", ".", "..", [], {"a": 1}, b"x"])
def test_path_values_that_cannot_stand_there_are_refused(value):
    assert code(made, SHOPIFY, "get_order", path_params={"orderId": value}) == "call.param"


def test_a_missing_required_parameter_is_named():
    with pytest.raises(ConfigError) as refused:
        made(AIRWALLEX, "get_current_rate", query={"buy_currency": "THB"})
    assert refused.value.place == "params.sell_currency"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-C: d"},
        {"X-A": "\x00"},
        {"X A": "b"},
        {"": "b"},
        {"Host": "a"},
        {"content-length": "0"},
    ],
)
def test_headers_that_could_split_a_request_are_refused(headers):
    assert code(made, SHOPIFY, "get_shop", headers=headers) == "call.header"
    assert code(request.plain, "GET", "https://a.example/", headers=headers) == "call.header"


@pytest.mark.parametrize("method", ["", "get", "CONNECT", "TRACE", "GET /", "A\n"])
def test_odd_methods_are_refused(method):
    assert code(request.plain, method, "https://a.example/") == "call.method"


def test_the_key_goes_where_the_manifest_says():
    to = destination(AIRWALLEX, "live", {})
    body = {"amount": Decimal("164.90")}
    sent = made(AIRWALLEX, "create_payment_intent", to, body=body, idempotency_key="k1")
    assert sent.body == b'{"amount":164.90,"request_id":"k1"}'
    assert body == {"amount": Decimal("164.90")}
    own = made(AIRWALLEX, "create_payment_intent", to, body=b'{"request_id": "mine"}', idempotency_key="k1")
    assert own.body == b'{"request_id":"mine"}'
    nowhere = made(SHOPIFY, "create_order", body={"order": {}}, idempotency_key="k1")
    assert b"k1" not in nowhere.body
    assert "k1" not in str(nowhere.headers)


def test_exact_numbers_stay_exact():
    sent = made(
        SHOPIFY,
        "create_order",
        body={"n": Decimal("12345678901234567.89"), "d": datetime(2026, 1, 1, tzinfo=UTC)},
    )
    assert sent.body == b'{"n":12345678901234567.89,"d":"2026-01-01T00:00:00Z"}'


def test_bodies_json_cannot_hold_are_refused():
    with pytest.raises(EncodeError):
        made(SHOPIFY, "create_order", body={"x": object()})


@pytest.mark.parametrize(
    "shop", ["evil.example/", "a.b", "a@b", "", "-a", "a" * 64, "a\n", "a#", "a:80", "\uff41", "../x", "a%2f"]
)
def test_config_cannot_change_the_host(shop):
    assert code(destination, SHOPIFY, "live", {"shop": shop}) == "connection.config"


def test_unknown_config_is_refused():
    assert code(destination, SHOPIFY, "live", {"shop": "a", "more": "b"}) == "connection.config"


def test_where_credentials_are_bound_to():
    assert bound_to(AVALARA, "live", {}) == "https://rest.avatax.com"
    assert bound_to(AVALARA, "sandbox", {}) == "https://sandbox-rest.avatax.com"
    assert bound_to(AVALARA, "twin", {}) == "twin:avalara"
    assert code(bound_to, SHOPIFY, "sandbox", {"shop": "a"}) == "connection.no_sandbox"
    assert code(destination, SHOPIFY, "twin", {"shop": "a"}) == "connection.no_twin"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7), ("0.5", 0.5), ("-3", 0), ("nan", None), ("soon", None), ("", None), ("1e9", 86400),
        ("inf", 86400), ("Fri, 20 Nov 2026 09:00:10 GMT", 10), ("Fri, 20 Nov 2026 08:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after(text, seconds):
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert answers.retry_after_s({"retry-after": text}, "Retry-After", now) == seconds


def test_the_manifests_words_reach_the_merchant():
    operation = AIRWALLEX.operation("create_conversion")
    body = b'{"code": "insufficient_fund", "message": "balance of 4111111111111111 too low"}'
    error = answers.error(AIRWALLEX, operation, 400, {}, body)
    assert "balance is too small" in error.message
    assert "insufficient_fund" in error.message
    assert "4111" not in error.message
    assert error.hint == "Add funds and replay."


def test_a_rule_may_make_a_status_retriable():
    error = answers.error(SHOPIFY, SHOPIFY.operation("get_shop"), 423, {}, b"")
    assert isinstance(error, UnavailableError)


def test_nothing_secret_stands_in_what_tracebacks_show():
    sent = made(SHOPIFY, "create_order", body={"note": "canary"}, headers={"X-Key": "canary"})
    assert "canary" not in repr(sent) + repr(Values(body={"note": "canary"}))


def test_letter_tiles():
    assert [letters(title) for title in ("ShipStation", "Avalara AvaTax", "Shopify", "Airwallex")] == [
        "SS",
        "AA",
        "Sh",
        "Ai",
    ]
    assert tile(loader.headline("shopify")).endswith(">Sh</text></svg>")
