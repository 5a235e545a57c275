import pytest

from integrations.delivery.states import State
from integrations.desk.queries import batches
from integrations.errors import AccessError
from tests.desk import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock(flow):
    """A file of seven records: all of them are runs."""
    made = rows.batch(flow, records=7, said=7, split=7, size_bytes=840)
    ends = (State.SUCCEEDED, State.SUCCEEDED, State.RUNNING, State.IN_DOUBT, State.DEAD, State.EXPIRED)
    for number, state in enumerate((*ends, State.CANCELLED), 1):
        rows.run(flow, state, batch_id=made.id, batch_number=number)
    return made


def test_every_record_is_accounted_for(stock, owner, as_role):
    with as_role("web"):
        told = batches.batch(owner, stock.id)
    sums = told.reconciliation
    assert (sums.said, sums.records, sums.runs, sums.missing) == (7, 7, 7, 0)
    assert (sums.delivered, sums.waiting, sums.in_doubt, sums.failed, sums.cancelled) == (2, 1, 1, 2, 1)
    assert (sums.agrees, sums.is_settled, told.progress) == (True, False, 1.0)
    assert (told.flow_name, told.version_number, told.state_words) == ("Orders", 3, "split into runs")


def test_a_missing_record_shows(flow, owner, as_role):
    made = rows.batch(flow, records=2, said=2, split=2)
    rows.run(flow, State.SUCCEEDED, batch_id=made.id)
    with as_role("web"):
        sums = batches.batch(owner, made.id).reconciliation
    assert (sums.missing, sums.agrees) == (1, False)


def test_splitting_shows_how_far_it_is(flow, owner, as_role):
    made = rows.batch(flow, state="splitting", records=1000, split=250)
    empty = rows.batch(flow, state="receiving")
    with as_role("web"):
        assert batches.batch(owner, made.id).progress == 0.25
        assert batches.batch(owner, empty.id).progress == 0.0


def test_a_refused_file_says_why(flow, owner, as_role):
    made = rows.batch(
        flow, state="rejected", error_code="fixed.count", error_message="7 said.", error_place="line 9"
    )
    with as_role("web"):
        told = batches.batch(owner, made.id)
    assert (told.error_code, told.message, told.place) == ("fixed.count", "7 said.", "line 9")
    assert told.state_words == "refused as a whole; no run was started"


def test_batches_are_paged_with_four_queries_a_page(flow, owner, stock, as_role, counting):
    more = [rows.batch(flow).id for _ in range(4)]
    other = rows.batch(rows.flow(flow.tenant_id, "Prices")).id
    with as_role("web"), counting() as counted:
        first = batches.batches(owner, limit=4)
    assert len(counted.reads) == 4
    with as_role("web"):
        second = batches.batches(owner, limit=4, before=first.next_before)
        of_flow = batches.batches(owner, flow_id=flow.id)
    assert [row.id for row in (*first.rows, *second.rows)] == [other, *more[::-1], stock.id]
    assert (second.next_before, other in {row.id for row in of_flow.rows}) == (None, False)


def test_another_tenants_batch_is_not_there(stock, stranger, as_role):
    with as_role("web"):
        assert batches.batches(stranger).rows == ()
        with pytest.raises(AccessError) as refusal:
            batches.batch(stranger, stock.id)
    assert refusal.value.code == "access.not_found"
