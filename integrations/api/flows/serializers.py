from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json, ListQuery, ProblemLine
from integrations.flows.models import Flow, Hook

REVISION_MAX = 2**31 - 1


class FlowLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField(help_text="Short name; stands for the id in addresses.")
    enabled = serializers.BooleanField()
    version = serializers.SerializerMethodField(help_text="Number of the version that runs.")
    draft_revision = serializers.IntegerField(help_text="Send it with the next draft.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)

    def get_version(self, flow: Flow) -> int | None:
        return None if flow.current_version is None else flow.current_version.number


class NewFlow(Shape):
    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=60, default="", allow_blank=True)
    definition = Json(default=dict, help_text="Steps, edges and settings; may be unfinished.")


class Name(Shape):
    name = serializers.CharField(max_length=120)


class Draft(serializers.Serializer[Any]):
    revision = serializers.IntegerField(source="draft_revision")
    definition = Json(source="draft")


class NewDraft(Shape):
    revision = serializers.IntegerField(
        min_value=1, max_value=REVISION_MAX, help_text="The revision that this draft was made from."
    )
    definition = Json()


class Validation(serializers.Serializer[Any]):
    valid = serializers.SerializerMethodField()
    revision = serializers.IntegerField(source="flow.draft_revision")
    problems = ProblemLine(many=True)
    changes = serializers.ListField(
        child=serializers.CharField(), help_text="What publishing would change, in words."
    )

    def get_valid(self, state: Any) -> bool:  # noqa: ANN401  queries.DraftState
        return not any(problem.severity == "error" for problem in state.problems)


class Comment(Shape):
    comment = serializers.CharField(max_length=500, default="", allow_blank=True)


class Rollback(Comment):
    number = serializers.IntegerField(
        min_value=1, max_value=REVISION_MAX, help_text="The version to publish again."
    )


class VersionLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    checksum = serializers.CharField(help_text="SHA-256 of the definition's canonical JSON.")
    trigger = serializers.CharField()
    comment = serializers.CharField()
    author = serializers.CharField(source="author_label")
    changes = serializers.ListField(child=serializers.CharField())
    published_at = serializers.DateTimeField()


class VersionDetail(VersionLine):
    definition = Json()


class HookLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    path = serializers.SerializerMethodField(help_text="Documents are sent here by POST.")
    step = serializers.CharField(source="step_key")
    enabled = serializers.BooleanField()
    has_verifier = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_path(self, hook: Hook) -> str:
        return f"/in/{hook.token}"

    def get_has_verifier(self, hook: Hook) -> bool:
        return hook.verifier is not None


class HookList(serializers.Serializer[Any]):
    items = HookLine(many=True)


class NewHook(Shape):
    secret = serializers.CharField(
        default="", allow_blank=True, trim_whitespace=False, max_length=4096, help_text="Never shown again."
    )


class HookSwitch(Shape):
    enabled = serializers.BooleanField()


class Verifier(Shape):
    secret = serializers.CharField(
        trim_whitespace=False, max_length=4096, help_text="The vendor's signing secret; never shown again."
    )
    keep_previous = serializers.BooleanField(
        default=False, help_text="Take messages signed with the secret before, too, until the next change."
    )


class StepScope(serializers.Serializer[Any]):
    json_schema = Json(help_text="Step key → what it gave; what is not known may be anything.")


class FlowQuery(ListQuery):
    archived = serializers.BooleanField(default=False, help_text="Those that were put away.")
