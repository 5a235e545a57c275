"""Partners, lookup tables, counters, and the numbers that runs took from them."""

from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from integrations.tenants.ids import new_id
from integrations.tenants.models import Tenant

HIGHEST = 999_999_999
"""The largest control number of X12 and the usual one elsewhere; after it a counter begins again at 1."""


class Partner(models.Model):
    """Somebody a tenant exchanges documents with.

    profile: format key → the options that this partner's documents need (separators, ids, versions, quirks);
    a step's own options win over them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    profile = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="partners_partner_key_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="partners_partner_of_tenant"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Table(models.Model):
    """A lookup table or code cross-reference: one text to one value.

    A partner's own codes stand in the table ``<key>@<partner key>``, which rules reach by naming the partner.
    rows: key → value. revision grows with each change; a save that names another one is refused.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=121)
    title = models.CharField(max_length=120)
    rows = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="partners_table_key_once"),
        ]

    @override
    def __str__(self) -> str:
        return self.title


class Counter(models.Model):
    """A series of numbers: 1, 2, 3 … without a gap. last: the one given out last, 0 for none."""

    pk = models.CompositePrimaryKey("tenant_id", "name")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    last = models.BigIntegerField(default=0)
    highest = models.BigIntegerField(default=HIGHEST)

    @override
    def __str__(self) -> str:
        return self.name


class Allotment(models.Model):
    """A number that a run took, and what its receiver said of it.

    place: where in the run it was needed, so that a run that is computed again gets the same one.
    verdict: of the acknowledgement that came back; empty while none has.
    """

    pk = models.CompositePrimaryKey("tenant_id", "run_id", "counter", "place")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    run_id = models.UUIDField()
    counter = models.CharField(max_length=160)
    place = models.CharField(max_length=300)
    number = models.BigIntegerField()
    allotted_at = models.DateTimeField(db_default=Now())
    verdict = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    settled_by = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "counter", "number", "-allotted_at"], name="partners_allotment_number"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.counter} {self.number}"
