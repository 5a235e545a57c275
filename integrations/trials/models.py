"""What is kept to try a flow with. Whatever was a customer's is sealed; names and times are not."""

from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.flows.exact_json import ExactDecoder, ExactEncoder
from integrations.flows.models import Flow
from integrations.tenants.ids import new_id
from integrations.tenants.models import Tenant


class Origin(models.TextChoices):
    """Where a sample came from. What was captured or taken from history is real."""

    PASTED = "pasted", "Pasted"
    UPLOADED = "uploaded", "Uploaded"
    CAPTURED = "captured", "Captured"
    HISTORY = "history", "From history"
    TEMPLATE = "template", "From a template"


REAL = frozenset({Origin.CAPTURED, Origin.HISTORY})


class Sample(models.Model):
    """A document to try a flow with, sealed at (trials_sample, content, id): headers, query, name and bytes.

    run_id: of the run it was copied from. No foreign key: runs end before samples do.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    media_type = models.CharField(max_length=100, blank=True)
    size_bytes = models.PositiveIntegerField()
    run_id = models.UUIDField(null=True)
    content = models.BinaryField()
    created_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(origin__in=Origin.values), name="trials_sample_origin")
        ]
        indexes = [models.Index(fields=["tenant", "flow", "-id"], name="trials_sample_listed")]

    @override
    def __str__(self) -> str:
        return self.name


class Capture(models.Model):
    """The wish for the next document that a flow accepts. sample_id: what came of it."""

    flow = models.OneToOneField(Flow, primary_key=True, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    armed_by = models.CharField(max_length=254, blank=True)
    armed_at = models.DateTimeField()
    sample_id = models.UUIDField(null=True)

    @override
    def __str__(self) -> str:
        return f"capture of {self.flow_id}"


class Pin(models.Model):
    """An output that stands for a step's own in trials, sealed at (trials_pin, content, id)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+")
    step_key = models.CharField(max_length=63)
    size_bytes = models.PositiveIntegerField()
    content = models.BinaryField()
    updated_by = models.CharField(max_length=254, blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "flow", "step_key"], name="trials_pin_once")]

    @override
    def __str__(self) -> str:
        return f"pin of {self.step_key}"


class Case(models.Model):
    """A saved test of a flow, sealed at (trials_case, content, id): document, answers, and what is expected.

    now: the time that its steps see.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    now = models.DateTimeField()
    size_bytes = models.PositiveIntegerField()
    content = models.BinaryField()
    updated_by = models.CharField(max_length=254, blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "flow", "name"], name="trials_case_once")]

    @override
    def __str__(self) -> str:
        return self.name


class Shadow(models.Model):
    """A draft over the last real inputs of its flow: how far it is, and what differs.

    content: what differs, sealed at (trials_shadow, content, id). cursor: the run that was looked at last.
    wanted: runs that are to be looked at. Gone a day after it was made.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="+")
    definition = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    wanted = models.PositiveSmallIntegerField()
    same = models.PositiveSmallIntegerField(default=0)
    different = models.PositiveSmallIntegerField(default=0)
    could_not = models.PositiveSmallIntegerField(default=0)
    cursor = models.UUIDField(null=True)
    is_done = models.BooleanField(default=False)
    content = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["tenant", "created_at"], name="trials_shadow_aged")]

    @override
    def __str__(self) -> str:
        return f"shadow run of {self.flow_id}"

    @property
    def looked_at(self) -> int:
        """How many runs were looked at."""
        return self.same + self.different + self.could_not
