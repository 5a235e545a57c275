"""Files: each record becomes a run, and none goes missing; a broken file is refused as a whole."""

import re

from playwright.sync_api import Page, expect

from integrations.flows import demo


def test_every_record_of_an_uploaded_file_is_accounted_for(page: Page) -> None:
    upload(page, "stock-full.txt", demo.stock_file(100, number=501))
    main = page.get_by_role("main")
    expect(page.get_by_role("heading", level=1, name="stock-full.txt")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Made into runs")).to_have_attribute("value", "100")
    expect(main).to_contain_text("The trailer says 100 records, and each is accounted for.")
    for part, count in (
        ("Received", 100),
        ("Delivered", 100),
        ("On their way", 0),
        ("Failed", 0),
        ("Missing", 0),
    ):
        expect(main).to_contain_text(re.compile(rf"{part}\s*{count}\s"))
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Complete")


def test_a_truncated_file_starts_nothing_and_is_told_by_its_line(page: Page) -> None:
    whole = demo.stock_file(30, number=502)
    cut = whole.index(b"\r\n", len(whole) // 2) - 9
    upload(page, "stock-cut.txt", whole[:cut])
    line = whole[:cut].count(b"\r\n") + 1
    main = page.get_by_role("main")
    expect(main).to_contain_text("The file was refused as a whole; no run was started.")
    expect(main).to_contain_text(f"line {line}")
    page.get_by_role("link", name="Its runs").click()
    expect(page.get_by_role("heading", name="No run fits")).to_be_visible()


def upload(page: Page, name: str, content: bytes) -> None:
    page.get_by_role("link", name="Batches").click()
    page.get_by_role("link", name="Upload a file").click()
    page.get_by_label("Flow").select_option(label="Stock file")
    page.get_by_label("File").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Upload").click()
