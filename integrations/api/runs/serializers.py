from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from integrations.api.bodies import Shape
from integrations.api.fields import Json, ListQuery, Moment, Seconds, StateName
from integrations.delivery.states import State
from integrations.desk.services.runs import Verdict

STATES = {state.name.lower(): state for state in State}


class RunQuery(ListQuery):
    flow = serializers.CharField(
        default="", allow_blank=True, max_length=120, help_text="Id, short name or name."
    )
    state = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=200,
        help_text=f"One or more of {', '.join(STATES)}, by commas.",
    )
    since = Moment(default=None, help_text="Accepted then or later.")
    until = Moment(default=None, help_text="Accepted before.")
    batch = serializers.UUIDField(default=None)
    replay = serializers.UUIDField(default=None)
    search = serializers.CharField(
        default="", allow_blank=True, max_length=40, help_text="A run's id, or how it begins."
    )

    def validate_state(self, text: str) -> tuple[State, ...]:
        words = [word.strip() for word in text.split(",") if word.strip()]
        if unknown := [word for word in words if word not in STATES]:
            raise ValidationError(f"There is no state {unknown[0][:20]!r}.")
        return tuple(STATES[word] for word in words)


class RunLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    flow_id = serializers.UUIDField()
    flow_name = serializers.CharField()
    version = serializers.IntegerField(source="version_number")
    state = StateName()
    state_words = serializers.CharField()
    waiting = serializers.CharField(help_text="What it waits for, in words.")
    accepted_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    held = serializers.BooleanField()
    size_bytes = serializers.IntegerField()
    error_code = serializers.CharField()
    error_step = serializers.CharField()
    message = serializers.CharField()
    destination = serializers.CharField()
    batch_id = serializers.UUIDField(allow_null=True)
    batch_number = serializers.IntegerField(allow_null=True)
    replay_id = serializers.UUIDField(allow_null=True)
    is_test = serializers.BooleanField()


class AttemptLine(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField()
    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    duration_ms = serializers.FloatField()
    outcome = serializers.SerializerMethodField()
    words = serializers.CharField()
    status = serializers.IntegerField(help_text="HTTP status; 0 without an answer.")
    error_code = serializers.CharField()
    message = serializers.CharField()
    has_exchange = serializers.BooleanField(help_text="Whether request and answer are still kept.")

    def get_outcome(self, attempt: Any) -> str:  # noqa: ANN401  the desk's AttemptLine
        name: str = attempt.outcome.name
        return name.lower()


class StepLine(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    iteration = serializers.CharField()
    connector = serializers.CharField()
    operation = serializers.CharField()
    destination = serializers.CharField()
    attempts = AttemptLine(many=True)


class Explanation(serializers.Serializer[Any]):
    whose = serializers.CharField(help_text="Whose fault it is.")
    headline = serializers.CharField()
    advice = serializers.CharField()


class DocumentLine(serializers.Serializer[Any]):
    what = serializers.CharField(help_text="Its name in addresses.")
    title = serializers.CharField()
    created_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


class RunDetail(serializers.Serializer[Any]):
    run = RunLine()
    explanation = Explanation(allow_null=True)
    expires_in_s = Seconds(source="expires_in", allow_null=True)
    started_by = serializers.CharField()
    lane = serializers.CharField()
    crash_count = serializers.IntegerField()
    cancel_asked = serializers.BooleanField()
    downstream_s = Seconds(source="downstream", help_text="Time that other systems took.")
    steps = StepLine(many=True)
    is_cut = serializers.BooleanField(help_text="There are more attempts than these.")
    documents = DocumentLine(many=True)


class Body(serializers.Serializer[Any]):
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    value = Json(allow_null=True, help_text="Its structure, without the values.")
    is_cut = serializers.BooleanField()


class DocumentView(serializers.Serializer[Any]):
    what = serializers.CharField()
    title = serializers.CharField()
    created_at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    headers = Json()
    query = Json()
    body = Body()


class ExchangeView(serializers.Serializer[Any]):
    what = serializers.CharField()
    method = serializers.CharField()
    url = serializers.CharField(help_text="Scheme and host.")
    status = serializers.IntegerField()
    request_headers = Json()
    response_headers = Json()
    request = Body()
    response = Body()


class Resolution(Shape):
    verdict = serializers.ChoiceField(
        choices=[str(verdict) for verdict in Verdict],
        help_text="succeeded: it acted; again: it did not, call again; dead: give up for now.",
    )
    reason = serializers.CharField(max_length=500, help_text="What was found out; kept in the audit trail.")


class StateNow(serializers.Serializer[Any]):
    state = StateName()
