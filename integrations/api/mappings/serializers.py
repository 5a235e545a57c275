"""What is said of mapping plans."""

from typing import Any, Final

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json, ProblemLine
from integrations.api.schemas.serializers import GivenSchema

MOST_SAMPLES: Final = 50


class Keys(serializers.ListField):
    """A path: keys, positions of lists, and `[]` for all items of one."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  the framework's
        super().__init__(child=serializers.CharField(), **options)


class GivenPlan(Shape):
    plan = Json()


class Checked(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    problems = ProblemLine(many=True)


class AskedMapping(GivenPlan):
    input = Json(help_text="The source document.")
    now = serializers.DateTimeField(
        required=False, help_text="The time the plan sees; else that of the call."
    )


class TraceLine(serializers.Serializer[Any]):
    place = serializers.CharField(help_text="Rule and argument that gave the value.")
    items = serializers.ListField(
        child=serializers.IntegerField(), help_text="Positions in the loops around it."
    )
    value = serializers.JSONField(allow_null=True)
    is_missing = serializers.BooleanField()


class Mapped(serializers.Serializer[Any]):
    output = serializers.JSONField(allow_null=True)
    error = ProblemLine(allow_null=True)
    steps = TraceLine(many=True)
    is_complete = serializers.BooleanField(help_text="False where there were more steps than are told.")


class AskedSuggestions(Shape):
    source = GivenSchema()  # type: ignore[assignment]  # a field of this name
    target = GivenSchema()
    samples = serializers.ListField(
        child=Json(), default=list, max_length=MOST_SAMPLES, help_text="Records of the source."
    )


class SuggestionLine(serializers.Serializer[Any]):
    target = Keys()
    source = Keys()  # type: ignore[assignment]  # a field of this name
    score = serializers.IntegerField(help_text="From 0 to 100.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="The weightiest first.")
    is_list = serializers.BooleanField(help_text="A loop from list to list.")
    qualifier = Keys(help_text="The field that chooses the item, where one has to be chosen.")
    code = serializers.CharField(help_text="What stands in the qualifier of the item meant.")


class Suggestions(serializers.Serializer[Any]):
    suggestions = SuggestionLine(many=True)


class AskedFit(GivenPlan):
    source = GivenSchema(required=False)  # type: ignore[assignment]  # a field of this name
    target = GivenSchema(required=False)
    tables = Json(default=dict, help_text="Lookup tables by name, each key → value.")


class LineageLine(serializers.Serializer[Any]):
    target = Keys()
    place = serializers.CharField(help_text="Of the rule.")
    sources = serializers.ListField(child=Keys())
    conditions = serializers.ListField(child=Keys(), help_text="What decides whether it is written.")
    ops = serializers.ListField(child=serializers.CharField())
    constants = serializers.ListField(child=serializers.JSONField())
    lookups = serializers.ListField(child=serializers.CharField())


class LineageAnswer(serializers.Serializer[Any]):
    targets = LineageLine(many=True)


class AskedDiff(Shape):
    old = Json(help_text="A plan.")
    new = Json(help_text="The plan that takes its place.")


class ChangeLine(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["added", "removed", "changed", "moved"])
    place = serializers.CharField(help_text="In the new plan; in the old one for what is gone.")
    sentence = serializers.CharField()


class Changes(serializers.Serializer[Any]):
    changes = ChangeLine(many=True)


class AskedTests(GivenPlan):
    tables = Json(default=dict, help_text="Lookup tables by name, each key → value.")


class TestLine(serializers.Serializer[Any]):
    __test__ = False

    name = serializers.CharField()
    passed = serializers.BooleanField()
    path = Keys(help_text="Where the result first differs.")
    message = serializers.CharField(help_text="What differs, or the error of the mapping; empty: passed.")
    error = ProblemLine(allow_null=True)


class Tested(serializers.Serializer[Any]):
    passed = serializers.BooleanField()
    tests = TestLine(many=True)
