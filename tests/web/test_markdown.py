import pytest

from integrations.connectors import loader
from integrations.web import markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title\n\nOne\ntwo.", "<p>One two.</p>"),
        ("## Part\n\n- a\n- b\n  more", "<h3>Part</h3><ul><li>a</li><li>b more</li></ul>"),
        ("1. **a** `b`\n2. *c*", "<ol><li><strong>a</strong> <code>b</code></li><li><em>c</em></li></ol>"),
        ("[x](https://a.example/b)", '<p><a href="https://a.example/b" rel="noreferrer">x</a></p>'),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("<script>", "<p>&lt;script&gt;</p>"),
    ],
)
def test_the_marks_of_help_pages(text: str, html: str) -> None:
    assert markdown.show(text) == html


@pytest.mark.parametrize("key", loader.found())
def test_every_help_page_is_shown_whole(key: str) -> None:
    html = markdown.show(loader.help_text(key))
    assert "**" not in html
    assert "<h1" not in html
