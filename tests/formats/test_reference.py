"""The page of formats in the docs says what the formats themselves say."""

from scripts.formats_page import PAGE, page


def test_the_page_of_formats_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.formats_page"
