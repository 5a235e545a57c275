from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import AccessError
from integrations.tenants.apikeys import ApiKeyText, Peppers, digest, matches, parse

PEPPERS = Peppers(2, {1: b"1" * 32, 2: b"2" * 32})
KEYS = st.builds(
    ApiKeyText, st.from_regex(r"[a-z]{1,12}", fullmatch=True), st.uuids(), st.binary(min_size=32, max_size=32)
)


@given(KEYS)
def test_a_key_reads_back_as_it_was_written(key):
    assert parse(str(key)) == key


@given(KEYS, st.integers(0, 200), st.characters(codec="ascii"))
def test_one_changed_character_is_noticed_without_the_database(key, at, other):
    text = str(key)
    at %= len(text)
    if text[at] == other:
        return
    with pytest.raises(AccessError):
        parse(text[:at] + other + text[at + 1 :])


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser(text):
    with pytest.raises(AccessError):
        parse(text)


def test_the_form_of_a_key_is_stable():
    key = ApiKeyText("live", UUID("01920000-0000-7000-8000-000000000001"), bytes(range(32)))
    assert str(key) == "7m_live_02xiIaZ7xuKvzaIPuVKjBJ_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2kkUo2"
    assert digest(key, b"2" * 32).hex() == "8bb598d8ddbd795621c2386fe51c34d579d2054a820ccc8383cc0188ac5ecfbd"


def test_a_key_matches_only_under_its_own_pepper():
    key = ApiKeyText("live", UUID(int=5), b"s" * 32)
    stored = digest(key, PEPPERS.by_version[1])
    assert matches(key, stored, 1, PEPPERS)
    assert not matches(key, stored, 2, PEPPERS)
    assert not matches(key, stored, 3, PEPPERS)
    assert not matches(ApiKeyText("live", UUID(int=6), b"s" * 32), stored, 1, PEPPERS)


def test_the_secret_stays_out_of_debug_output():
    key = ApiKeyText("live", UUID(int=5), b"s" * 32)
    assert "73" * 4 not in repr(key)
    assert str(key)[-40:] not in repr(key)
