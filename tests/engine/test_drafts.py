"""Drafts never run on live traffic."""

from integrations.flows import queries, services
from tests.chaos.stack import wait_until
from tests.engine.world import definition, respond, webhook


def answer(status):
    return definition(webhook(), respond(status=status), reply="sync")


def test_a_saved_draft_answers_nobody_until_it_is_published(world, shop):
    flow = shop.publish(webhook(), respond(status=201), reply="sync")
    with world.orm():
        services.save_draft(by=shop.actor, flow_id=flow.id, definition=answer(202), revision=1)
    got = flow.send({"a": 1})
    assert (got.status, world.run(got.run).version_id) == (201, flow.version_id)
    with world.orm():
        version = services.publish(by=shop.actor, flow_id=flow.id)
        services.save_draft(by=shop.actor, flow_id=flow.id, definition=answer(418), revision=2)
        assert queries.flow(shop.actor, flow.id).current_version_id == version.id
    wait_until(
        lambda: world.run(flow.send({"a": 1}).run).version_id == version.id, within_s=5, what="the version"
    )
    assert flow.send({"a": 1}).status == 202
