from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json
from integrations.flows.templates.gallery import ASKED_MAX, CATEGORIES
from integrations.flows.templates.loader import Template


class TemplateQuery(Shape):
    q = serializers.CharField(
        default="", allow_blank=True, max_length=ASKED_MAX, help_text="What you need, in your words."
    )
    category = serializers.ChoiceField([*CATEGORIES], default="", allow_blank=True)


class TemplateLine(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField(source="about.title")
    category = serializers.CharField(source="about.category")
    summary = serializers.CharField(source="about.summary")
    formats = serializers.ListField(child=serializers.CharField(), source="about.formats")
    connectors = serializers.ListField(child=serializers.CharField(), source="systems")


class TemplateList(serializers.Serializer[Any]):
    items = TemplateLine(many=True)


class TemplateDetail(TemplateLine):
    story = serializers.CharField(source="about.story")
    result = serializers.CharField(source="about.result", help_text="What comes out of the sample.")
    change = serializers.ListField(
        child=serializers.CharField(), source="about.change", help_text="What to look at before it goes live."
    )
    connections = serializers.DictField(
        child=serializers.CharField(),
        source="about.connections",
        help_text="Name in the flow → key of its connector.",
    )
    partners = serializers.ListField(child=serializers.CharField(), source="about.partners")
    tables = serializers.ListField(child=serializers.CharField(), source="about.tables")
    has_sample = serializers.SerializerMethodField()
    flow = serializers.SerializerMethodField(help_text="The flow file (YAML).")

    def get_has_sample(self, template: Template) -> bool:
        return template.about.sample is not None

    def get_flow(self, template: Template) -> str:
        return template.text


class UseTemplate(Shape):
    name = serializers.CharField(max_length=120, default="", allow_blank=True)
    slug = serializers.CharField(max_length=60, default="", allow_blank=True)
    connections = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        default=dict,
        help_text="Name in the flow → id or name of a connection of yours, “” for a new twin. What is left "
        "out is a twin, made where there is none.",
    )


class TrialOutcome(serializers.Serializer[Any]):
    outcome = serializers.CharField(help_text="succeeded, failed, asks, …")
    ms = serializers.FloatField()
    reply = Json(help_text="What the sender would get, or null.")
    error = Json(help_text="What went wrong, or null.")
    steps = Json(help_text="Each visit of a step: state, call, answer, output.")
    is_complete = serializers.BooleanField()
