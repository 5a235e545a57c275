"""Flows, their published versions, and the addresses that requests come in by."""

from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.flows.exact_json import ExactDecoder, ExactEncoder
from integrations.tenants.ids import new_id
from integrations.tenants.models import Tenant


class Flow(models.Model):
    """A flow: its draft, and which version runs. A definition holds no secrets.

    draft_revision grows with each saved draft; a save that names another one than the stored is refused.
    template: key of the template it was made from, "" for none.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    enabled = models.BooleanField(default=False)
    draft = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    draft_revision = models.PositiveIntegerField(default=1)
    template = models.CharField(max_length=60, blank=True, db_default="")
    current_version = models.ForeignKey("Version", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="flows_flow_slug_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="flows_flow_of_tenant"),
            models.CheckConstraint(
                condition=models.Q(enabled=False) | models.Q(current_version__isnull=False),
                name="flows_flow_runs_a_version",
            ),
            models.CheckConstraint(
                condition=models.Q(archived_at__isnull=True) | models.Q(enabled=False),
                name="flows_flow_archived_is_off",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-id"], name="flows_flow_listed")]

    @override
    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A published definition. Written once: no application role may change it.

    changes: what is different from the version before, one sentence each. trigger: kind of its trigger step.
    author_id is no foreign key, because an API key may publish too.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    checksum = models.CharField(max_length=64)
    trigger = models.CharField(max_length=63)
    changes = models.JSONField(default=list)
    comment = models.CharField(max_length=500, blank=True)
    author_id = models.UUIDField(null=True)
    author_label = models.CharField(max_length=254, blank=True)
    published_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "flow", "number"], name="flows_version_number_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="flows_version_of_tenant"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="flows_version_from_one"),
        ]

    @override
    def __str__(self) -> str:
        return f"version {self.number}"


class ListeningPort(models.Model):
    """The one flow of the installation that has this port, from its publishing until one without the port.

    The only key that is unique across tenants: so is what it stands for.
    """

    port = models.PositiveIntegerField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    flow = models.OneToOneField(Flow, on_delete=models.CASCADE, related_name="listening_port")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(port__gte=1, port__lte=65535), name="flows_listening_port_exists"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"port {self.port}"


class Hook(models.Model):
    """An address of a flow: ``/in/<token>``.

    verifier: the vendor's signing secret, sealed for purpose ``ingress`` at (flows_hook, verifier, id); None
    where callers show an API key. An ingress whose trigger asks for a signature is closed without it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64, unique=True, editable=False)
    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="hooks")
    step_key = models.CharField(max_length=63)
    enabled = models.BooleanField(default=True)
    verifier = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["tenant", "flow"], name="flows_hook_of_flow")]

    @override
    def __str__(self) -> str:
        return f"hook of {self.step_key}"
