"""A connection: its form comes from the manifest, and its test tells the truth."""

from playwright.sync_api import Page, expect

from integrations.connectors import loader


def test_a_connection_is_set_up_tested_and_mended(page: Page) -> None:
    manifest = loader.manifest("airwallex")
    page.get_by_role("link", name="Connections").first.click()
    page.get_by_role("link", name="Connect a service").click()
    page.get_by_role("link", name="Airwallex").click()
    page.get_by_role("link", name="Connect", exact=True).click()
    expect(page.get_by_label("Twin: 7M's own stand-in, for trying out")).to_be_checked()
    page.get_by_label("Name").fill("Second desk")
    page.get_by_label("Client ID").fill("nobody")
    page.get_by_label("API key").fill("a key that nobody gave out")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Second desk is set up. Test it.")).to_be_visible()

    health = page.get_by_role("region", name="Health")
    health.get_by_role("button", name="Test connection").click()
    expect(health.get_by_text("Does not work")).to_be_visible()
    assert "a key that nobody gave out" not in page.content()

    page.get_by_role("link", name="Change or renew").click()
    for name, secret in manifest.twin.secrets.items():
        page.get_by_label(manifest.secrets[name].title).fill(secret)
    page.get_by_role("button", name="Save").click()
    health.get_by_role("button", name="Test connection").click()
    expect(health.get_by_text("Works")).to_be_visible()
    expect(health).to_contain_text("Airwallex answered in")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The connection and its credentials are gone.")).to_be_visible()
    expect(page.get_by_role("link", name="Second desk")).to_have_count(0)
