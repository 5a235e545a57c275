from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from integrations.delivery.keys import idempotency_key, ordering_key

RUN = UUID("0190a8b0-1c2d-7e3f-8a9b-0c1d2e3f4a5b")


def test_the_key_never_changes() -> None:
    assert idempotency_key(RUN, "book") == "c3ae220c-37b1-8668-9764-2e72e61efef6"
    assert idempotency_key(RUN, "book", (0,)) == "c09b2829-d73c-81b4-ba32-718bc69b5ebc"


@given(
    st.uuids(),
    st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    st.lists(st.integers(0, 9999)).map(tuple),
)
def test_a_key_is_a_version_8_uuid(run_id: UUID, step: str, iteration: tuple[int, ...]) -> None:
    key = UUID(idempotency_key(run_id, step, iteration))
    assert (key.version, key.variant) == (8, "specified in RFC 4122")


def test_other_work_has_another_key() -> None:
    works = [(RUN, "a", ()), (RUN, "a", (1,)), (RUN, "a", (1, 1)), (RUN, "a", (11,)), (RUN, "a1", ()),
             (RUN, "b", ()), (UUID(int=1), "a", ())]  # fmt: skip
    assert len({idempotency_key(*work) for work in works}) == len(works)


def test_an_ordering_key_fits_a_bigint_and_depends_on_tenant_flow_and_value() -> None:
    numbers = {
        ordering_key(secret, flow, value)
        for secret in (b"k" * 32, b"l" * 32)
        for flow in (RUN, UUID(int=1))
        for value in ("a", "b")
    }
    assert len(numbers) == 8
    assert all(-(2**63) <= number < 2**63 and number for number in numbers)
