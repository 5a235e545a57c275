"""What the canvas reads to lie over a flow."""

import pytest
from django.db import connection
from django.urls import reverse

from integrations.delivery.states import State
from tests.desk import rows
from tests.web import world

pytestmark = pytest.mark.django_db

TALLY = """
INSERT INTO engine_steptally (tenant_id, flow_id, version_id, slot_s, starts_at, step, port, bucket, count)
VALUES (%s, %s, %s, 60, date_bin('1 minute', now(), 'epoch'), 'stock', 'next', 0, 12)
"""
ERROR = """
INSERT INTO engine_steperror (tenant_id, flow_id, version_id, step, code, message, at)
VALUES (%s, %s, %s, 'stock', 'mapping.missing', 'There is no article.', now())
"""


def read(client, flow, as_role, **query):
    with as_role("web"):
        return client.get(reverse("web:overlay", args=[flow.id]), query)


def test_the_canvas_reads_counts_errors_and_where_the_dead_letters_are(as_role):
    mine = world.make()
    flow = mine.flow
    where = [flow.tenant_id, flow.id, flow.current_version_id]
    with connection.cursor() as cursor:
        cursor.execute(TALLY, where)
        cursor.execute(ERROR, where)
    dead = rows.run(flow, State.DEAD)
    dead.error_step = "stock"
    dead.save(update_fields=["error_step"])
    got = read(world.seat(mine.tenant), flow, as_role).json()
    step = got["steps"]["stock"]
    assert (got["version"], got["window"], step["runs"], step["ports"]) == (1, "1h", 12, {"next": 12})
    assert (step["last_error"]["code"], step["dead"]) == ("mapping.missing", 1)
    assert step["dead_url"] == f"/dead-letters/messages/?flow={flow.id}&step=stock"
    assert got["runs"][0]["failed_step"] == "stock"
    assert got["runs"][0]["url"] == f"/runs/{dead.id}/"


def test_a_window_that_there_is_not_is_refused_by_its_name(as_role):
    mine = world.make()
    got = read(world.seat(mine.tenant), mine.flow, as_role, window="7d")
    assert (got.status_code, got.json()["error"]["place"]) == (400, "window")


def test_the_way_of_a_run_is_drawn_and_told_step_by_step(as_role):
    mine = world.make()
    client = world.seat(mine.tenant)
    with as_role("web"):
        page = client.get(reverse("web:run-way", args=[mine.dead.id])).text
        got = client.get(reverse("web:overlay-run", args=[mine.flow.id, mine.dead.id])).json()
        other = client.get(reverse("web:overlay-run", args=[mine.connection.id, mine.dead.id]))
    assert f'href="/flows/{mine.flow.id}/build/?run={mine.dead.id}"' in page
    assert (got["state"], got["version"], got["url"]) == ("dead", 1, f"/runs/{mine.dead.id}/")
    assert {step["state"] for step in got["steps"]} == {"ok", "not_known"}
    assert not got["complete"]
    assert other.status_code == 404
