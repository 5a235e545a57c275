"""What differs between two definitions, in words."""

from integrations.flows.comparison import FieldChange, RuleChange, compare
from integrations.graph.flow import Flow, Node


def plan(*rules):
    return {"version": 1, "rules": list(rules)}


def rule(to, *op):
    return {"to": to, "op": list(op)}


def made(kind, **config):
    return Flow((Node("one", kind, "One", config),))


def changed(old, new):
    (step,) = compare(old, new).steps
    return step


def test_a_setting_has_its_title_and_its_values_in_words():
    old = made("http", url="https://a.example", value=["get", "order", "body"], timeout_s=5)
    new = made("http", url="https://a.example", value=["get", "order", "total"], method="PUT")
    assert changed(old, new).fields == (
        FieldChange("Body as it is", "value", "order / body", "order / total"),
        FieldChange("Give up after", "timeout_s", "5", None),
        FieldChange("Method", "method", None, "PUT"),
    )


def test_a_mapping_is_told_in_sentences_and_its_rules_stand_side_by_side():
    old = made("map", plan=plan(rule("id", "get", "order", "id"), rule("old", "get", "order", "old")))
    new = made("map", plan=plan(rule("id", "get", "order", "number"), rule("new", "get", "order", "new")))
    step = changed(old, new)
    assert step.fields == ()
    (found,) = step.plans
    assert found.sentences == (
        "“old” is no longer written.",
        "“id” comes from order / number instead of order / id.",
        "“new” is now written, from order / new.",
    )
    assert found.rules == (
        RuleChange("id", "order / id", "order / number"),
        RuleChange("new", None, "order / new"),
        RuleChange("old", "order / old", None),
    )
    assert [one.kind for one in found.rules] == ["changed", "added", "removed"]


def test_a_mapping_that_cannot_be_used_is_a_setting_like_others():
    step = changed(made("map", plan=plan(rule("id", "no such op"))), made("map", plan=plan()))
    assert (step.plans, [field.place for field in step.fields]) == ((), ["plan.rules"])


def test_a_kind_that_there_is_not_any_more_is_no_obstacle():
    step = changed(made("gone", depth=1), made("gone", depth=2))
    assert step.fields == (FieldChange("Depth", "depth", "1", "2"),)
