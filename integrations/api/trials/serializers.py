"""What is said of trials. What is given is read again, strictly, by `integrations.trials.asked`."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from integrations.api.bodies import Shape
from integrations.api.fields import Json, Moment, ProblemLine

NAMES_MAX: Final = 200


@extend_schema_field(OpenApiTypes.ANY)
class AnyJson(Json):
    """Any value; numbers stay exact. ``{"$bytes": "<base64>"}`` stands for bytes."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        return data


class Names(serializers.ListField):
    """Keys of steps."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  the framework's
        super().__init__(child=serializers.CharField(max_length=120), max_length=NAMES_MAX, **options)


class Documented(Shape):
    definition = Json(help_text="The draft: steps, edges, settings. It need not be saved, nor finished.")
    sample = serializers.UUIDField(required=False, help_text="A sample to try with; or `document`.")
    document = Json(
        required=False,
        help_text="`text` or `base64`; beside it `media_type`, `headers`, `query`, `name` of the file.",
    )
    use_pins = serializers.BooleanField(default=True)
    now = Moment(required=False, help_text="The time that the steps see; else that of the call.")
    item = serializers.IntegerField(default=1, min_value=1, help_text="Which record of a file is tried.")


class AskedTrial(Documented):
    until = serializers.CharField(required=False, max_length=63, help_text="The last step that runs.")
    only = serializers.CharField(required=False, max_length=63, help_text="The one step that runs.")
    scope = Json(required=False, help_text="With `only`: the outputs of steps before it, by step.")
    iteration = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        required=False,
        max_length=20,
        help_text="With `only`: which items of the loops around it.",
    )


class StepTold(serializers.Serializer[Any]):
    key = serializers.CharField()
    kind = serializers.CharField()
    iteration = serializers.ListField(child=serializers.IntegerField())
    state = serializers.CharField(help_text="ok, failed, pinned, asks or not_reached.")
    port = serializers.CharField(allow_null=True)
    ms = serializers.FloatField()
    output = AnyJson()
    error = Json(allow_null=True)
    call = Json(allow_null=True, help_text="The request as it left, or would have left.")
    answer = Json(allow_null=True)


class Trial(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=["succeeded", "failed", "reached", "asks", "in_doubt"])
    ms = serializers.FloatField()
    reply = Json(allow_null=True)
    error = Json(allow_null=True)
    steps = StepTold(many=True)
    entered = serializers.DictField(
        help_text="What the steps inside a loop or a branch found there last, by the key of the step around."
    )
    is_complete = serializers.BooleanField(help_text="False: only the first thousand visits are told.")


class NewSample(Shape):
    name = serializers.CharField(max_length=120, default="", allow_blank=True)
    document = Json(help_text="`text` or `base64`; beside it `media_type`, `headers`, `query`, `name`.")
    origin = serializers.ChoiceField(choices=["pasted", "uploaded", "template"], default="pasted")


class SampleName(Shape):
    name = serializers.CharField(max_length=120)


class SampleLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    origin = serializers.CharField(help_text="pasted, uploaded, captured, history or template.")
    media_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    run = serializers.UUIDField(allow_null=True)
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class SampleList(serializers.Serializer[Any]):
    items = SampleLine(many=True)


class SampleDetail(SampleLine):
    headers = Json()
    query = Json()
    file = serializers.CharField()
    body = AnyJson(help_text="Masked where the document is real.")
    text = serializers.CharField(allow_null=True)


class NewPin(Shape):
    value = AnyJson()
    port = serializers.CharField(required=False, allow_null=True, max_length=63)


class PinLine(serializers.Serializer[Any]):
    value = AnyJson(help_text="Masked: a pin may hold what a real system answered.")
    port = serializers.CharField(allow_null=True)
    size_bytes = serializers.IntegerField()
    updated_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class PinList(serializers.Serializer[Any]):
    pins = serializers.DictField(child=PinLine(), help_text="By step.")


class NewCase(Documented):
    name = serializers.CharField(max_length=120)
    steps = Names(required=False, help_text="Steps whose output is expected.")
    calls = Names(required=False, help_text="Steps whose request is expected; all where it is left out.")
    reply = serializers.BooleanField(default=True, help_text="Whether the reply is expected.")


class CaseChange(Shape):
    name = serializers.CharField(max_length=120, required=False)
    now = Moment(required=False)
    expected = Json(required=False)


class CaseLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    now = serializers.DateTimeField()
    size_bytes = serializers.IntegerField()
    expected = Json(help_text="outcome, reply, steps and calls; masked.")
    steps_answered = Names()
    steps_pinned = Names()
    updated_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


class CaseList(serializers.Serializer[Any]):
    items = CaseLine(many=True)


class CaseDetail(CaseLine):
    document = Json(allow_null=True)


class CaseMade(serializers.Serializer[Any]):
    case = CaseLine()
    trial = Trial()


class AskedRun(Shape):
    definition = Json(help_text="The draft to run on.")


class AskedAccept(AskedRun):
    again = serializers.BooleanField(default=False, help_text="Ask the twins again for the answers.")


class CaseAccepted(serializers.Serializer[Any]):
    case = CaseLine()


class DifferenceLine(serializers.Serializer[Any]):
    place = serializers.CharField()
    sentence = serializers.CharField()
    found = AnyJson(required=False)
    expected = AnyJson(required=False)


class CaseResult(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    passed = serializers.BooleanField()
    ms = serializers.FloatField()
    outcome = serializers.CharField()
    differences = DifferenceLine(many=True)
    error = ProblemLine(allow_null=True)


class CaseResults(serializers.Serializer[Any]):
    passed = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = CaseResult(many=True)


class AskedShadow(AskedRun):
    runs = serializers.IntegerField(default=100, min_value=1, max_value=100)


class Report(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField(help_text="running or done.")
    wanted = serializers.IntegerField()
    done = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    summary = serializers.DictField(child=serializers.IntegerField())
    runs = serializers.ListField(child=Json(), help_text="Those that differ or could not be compared.")
