"""The search over templates: what merchants type, and the template that must be among the first three."""

import pytest

from integrations.flows.templates.gallery import CATEGORIES, find, index
from integrations.flows.templates.search import is_near, stems

PHRASES = {
    "I want my bank statements in my bookkeeping": "bank-statement",
    "camt.053": "bank-statement",
    "mt940 to ledger": "bank-statement",
    "reconsile payments": "bank-statement",
    "stock from the warehouse into Shopify": "stock-file",
    "wharehouse inventory file": "stock-file",
    "orders from Walmart by EDI": "edi-orders",
    "x12 850": "edi-orders",
    "edifact to json": "edifact-orders-as-json",
    "supplier invoices into ERPNext": "invoice-to-erp",
    "XRechnung": "invoice-to-erp",
    "peppol e-invoicing": "invoice-to-erp",
    "hospital patients billing": "hospital-billing",
    "HL7": "hospital-billing",
    "Stripe payouts to accounting": "payout-to-books",
    "when a customer returns something make a credit note": "shop-refund",
    "refunds": "shop-refund",
    "new customers into HubSpot": "customer-to-crm",
    "sync contacts with crm": "customer-to-crm",
    "tell me when something is running out": "low-stock-alert",
    "salaries into the books": "payroll-to-books",
    "update prices from excel": "price-list-to-shop",
    "pricelist spreadsheat woocommerce": "price-list-to-shop",
    "customers ask where their parcel is": "tracking-mail",
    "slack message for every new order": "order-to-chat",
    "sell abroad with VAT and currency": "cross-border-order",
    "warehouse says what was shipped": "dispatch-file",
}


@pytest.mark.parametrize(("phrase", "key"), PHRASES.items(), ids=PHRASES)
def test_what_a_merchant_types_finds_the_template(phrase: str, key: str) -> None:
    assert key in index().rank(phrase)[:3]


@pytest.mark.parametrize("phrase", ["", "   ", "the and of", "xyzzy quux", "?!"])
def test_nothing_is_found_for_nothing(phrase: str) -> None:
    assert index().rank(phrase) == ()


def test_words_lose_accents_and_endings() -> None:
    assert stems("Größen, invoices & the Buchungen") == ["grossen", "invoice", "buchungen"]


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("wharehouse", "warehouse", True), ("invocie", "invoice", True), ("stok", "stock", False),
        ("order", "older", True), ("bank", "bang", False), ("reconsile", "reconcile", True),
        ("border", "order", False),
    ],
)  # fmt: skip
def test_a_slip_is_near(left: str, right: str, near: bool) -> None:  # noqa: FBT001
    assert is_near(left, right) is near


def test_a_category_is_looked_at_alone() -> None:
    assert {one.about.category for one in find(category="money")} == {"money"}
    assert find("warehouse", "stock")[0].key == "stock-file"


def test_every_category_has_a_template() -> None:
    assert {one.about.category for one in find()} == set(CATEGORIES)
