"""Runs, dead letters, replays, batches and alerts, as the desk tells of them."""

import pytest

from integrations.delivery.states import State
from integrations.engine.models import Outcome, Replay, Run
from tests import factories
from tests.desk import rows


@pytest.fixture
def flow(api):
    return rows.flow(api.tenant.pk)


@pytest.fixture
def dead(flow):
    run = rows.run(flow)
    rows.document(run)
    rows.attempt(run, 1, Outcome.REFUSED, status=422, exchange=(b'{"email": "x"}', b'{"error": "no"}'))
    return run


def test_runs_are_found_by_flow_and_state(api, flow, dead) -> None:
    rows.run(flow, State.SUCCEEDED)
    rows.run(rows.flow(api.tenant.pk, "Stock"))
    for name in (flow.id, flow.slug, "Orders"):
        got = api("GET", f"/runs?flow={name}&state=dead,in_doubt").json
        assert [(run["id"], run["state"]) for run in got["items"]] == [(str(dead.id), "dead")]


def test_a_flow_name_given_twice_must_be_made_clear(api, flow) -> None:
    rows.flow(api.tenant.pk, "Orders")
    assert api("GET", "/runs?flow=Orders").refusal == (422, "flow.ambiguous")


def test_a_run_shows_steps_and_attempts_without_values(api, dead) -> None:
    told = api("GET", f"/runs/{dead.id}").json
    (step,) = told["steps"]
    (attempt,) = step["attempts"]
    assert (step["key"], attempt["status"], attempt["outcome"]) == ("ship", 422, "refused")
    assert (told["run"]["error_code"], told["documents"][0]["what"]) == ("remote.refused", "input")
    shown = (
        api("GET", f"/runs/{dead.id}/attempts/1").content
        + api("GET", f"/runs/{dead.id}/documents/input").content
    )
    assert rows.SECRET.encode() not in shown
    assert b"$redacted" in shown


def test_a_run_is_cancelled_once(api, dead) -> None:
    assert api("POST", f"/runs/{dead.id}/cancel", {"reason": "not wanted"}).json == {"state": "cancelled"}
    assert api("POST", f"/runs/{dead.id}/cancel").status == 409


def test_a_run_in_doubt_is_settled_with_a_reason(api, flow) -> None:
    run = rows.run(flow, State.IN_DOUBT)
    path = f"/runs/{run.id}/resolve"
    assert api("POST", path, {"verdict": "succeeded", "reason": "short"}).refusal == (422, "reason.short")
    assert api("POST", path, {"verdict": "maybe", "reason": "it is in their list"}).status == 400
    got = api("POST", path, {"verdict": "succeeded", "reason": "it is in their list"})
    assert got.json == {"state": "succeeded"}


def test_causes_tell_what_replays_them(api, flow, dead) -> None:
    (cause,) = api("GET", "/dead-letters/causes").json["items"]
    assert (cause["code"], cause["count"]) == ("remote.refused", 1)
    got = api("POST", "/replays", {"filter": cause["filter"], "dry_run": True})
    assert (got.status, got.json["ready"]) == (200, 1)


@pytest.mark.parametrize(
    ("query", "count"), [("code=remote.refused", 1), ("code=none", 0), ("step=ship&held=false", 1)]
)
def test_dead_letters_are_filtered(api, dead, query, count) -> None:
    assert len(api("GET", f"/dead-letters?{query}").json["items"]) == count


def test_a_dead_letter_is_held_let_go_kept_and_given_up(api, dead) -> None:
    path = f"/dead-letters/{dead.id}"
    assert api("POST", f"{path}/hold", {"reason": "wait for the vendor"}).status == 204
    assert Run.objects.get(id=dead.id).held
    assert api("POST", f"{path}/unhold").status == 204
    assert api("POST", f"{path}/keep", {"hours": 200}).status == 204
    assert api("POST", f"{path}/keep", {"hours": 1}).refusal == (422, "dead_letter.keep")
    assert api("POST", f"{path}/discard", {"reason": "the order was cancelled"}).status == 204
    assert Run.objects.get(id=dead.id).state == State.CANCELLED
    assert api("POST", f"{path}/hold").status == 409


@pytest.mark.parametrize("flow_field", ["name", "slug", "id"])
def test_a_replay_is_ordered_by_flow_and_watched(api, flow, dead, flow_field) -> None:
    got = api("POST", "/replays", {"filter": {"flow": str(getattr(flow, flow_field))}, "pace_per_s": 20})
    assert (got.status, got.json["total"], got.json["filter"]) == (202, 1, {"flow": str(flow.id)})
    progress = api("GET", f"/replays/{got.json['id']}").json
    assert (progress["state"], progress["pace_per_s"], progress["is_over"]) == ("running", 20, False)
    assert [one["id"] for one in api("GET", "/replays").json["items"]] == [got.json["id"]]


def test_a_replay_of_chosen_runs_from_the_start_with_the_current_version(api, dead) -> None:
    body = {"filter": {"ids": [str(dead.id)]}, "from_start": True, "current_version": True}
    row = Replay.objects.get(id=api("POST", "/replays", body).json["id"])
    assert (row.from_start, row.current_version, row.asked_by) == (True, True, "test")


def test_a_replay_is_stopped_and_twice_is_as_once(api, dead) -> None:
    replay = api("POST", "/replays", {"filter": {}}).json["id"]
    assert [api("POST", f"/replays/{replay}/stop").status for _ in range(2)] == [204, 204]
    assert api("GET", f"/replays/{replay}").json["state"] == "stopped"


def test_a_replay_needs_a_filter_and_something_to_replay(api, flow) -> None:
    assert api("POST", "/replays", {}).refusal == (400, "request.invalid")
    assert api("POST", "/replays", {"filter": {"ids": []}}).refusal == (400, "request.invalid")
    assert api("POST", "/replays", {"filter": {}}).refusal == (409, "replay.nothing")
    assert api("POST", "/replays", {"filter": {"flow": "No such flow"}}).refusal == (404, "access.not_found")


def test_an_expired_dead_letter_is_not_replayed(api, flow) -> None:
    run = rows.run(flow, State.EXPIRED)
    assert api("POST", "/replays", {"filter": {"ids": [str(run.id)]}}).refusal == (409, "replay.expired")


def test_a_batch_says_where_every_record_is(api, flow) -> None:
    batch = rows.batch(flow, said=3, records=3, split=3)
    for number, state in enumerate((State.SUCCEEDED, State.SUCCEEDED, State.DEAD), 1):
        rows.run(flow, state, batch_id=batch.id, batch_number=number)
    told = api("GET", f"/batches/{batch.id}").json["reconciliation"]
    assert (told["delivered"], told["failed"], told["missing"], told["agrees"]) == (2, 1, 0, True)
    assert [one["id"] for one in api("GET", "/batches?flow=Orders").json["items"]] == [str(batch.id)]


def test_an_alert_is_acknowledged_and_closed(api, flow) -> None:
    alert = rows.alert(flow)
    path = f"/alerts/{alert.id}"
    assert [one["id"] for one in api("GET", "/alerts").json["items"]] == [str(alert.id)]
    assert api("POST", f"{path}/acknowledge").status == 204
    assert api("GET", path).json["acknowledged_by"] == "test"
    assert api("POST", f"{path}/close").status == 204
    assert api("GET", "/alerts").json["items"] == []
    assert [one["id"] for one in api("GET", "/alerts/closed").json["items"]] == [str(alert.id)]


def test_usage_of_a_month_as_exact_text(api) -> None:
    factories.shipped_plans()
    told = api("GET", "/usage?month=2026-01").json
    assert (told["first_day"], told["quantity"], told["total"]) == ("2026-01-01", 0, "0.00")
    assert api("GET", "/usage?month=soon").refusal == (422, "billing.month")


def test_the_status_is_public(client, db) -> None:
    got = client.get("/api/v1/status?window=90d")
    assert (got.status_code, got.json()["window"]) == (200, "90d")
    assert client.get("/api/v1/status?window=1y").status_code == 400


def test_a_key_learns_its_tenant_and_scopes(api, make_caller) -> None:
    assert api("GET", "/me").json["tenant"]["slug"] == api.tenant.slug
    small = make_caller({"run.view"})("GET", "/me").json
    assert (small["tenant"], small["scopes"]) == (None, ["run.view"])
