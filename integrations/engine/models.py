"""The engine's tables as Django sees them; sql/schema.sql says how they are partitioned and indexed.

`Run`, `Document` and `Attempt` are partitioned by ranges of the run id, a UUIDv7 and so a time. They have no
foreign keys: a key check costs about as much as the insert itself, and the ids come from the service that
just read them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from typing_extensions import override

from integrations.delivery.states import State
from integrations.tenants.ids import new_id


class Lane(models.IntegerChoices):
    """Queues that do not slow each other."""

    SYNC = 1
    ASYNC = 2
    REPLAY = 3
    BULK = 4
    MAINTENANCE = 5


class Mode(models.IntegerChoices):
    """How the caller learns the outcome."""

    SYNC = 1
    ASYNC = 2


class Origin(models.IntegerChoices):
    """What started a run."""

    HOOK = 1
    FILE = 2
    SCHEDULE = 3
    TEST = 4
    COLLECTED = 5


class DocumentKind(models.IntegerChoices):
    """What a document of a run is; edited inputs are numbered from EDITED on."""

    INPUT = 1
    REPLY = 2
    EDITED = 10


class Outcome(models.IntegerChoices):
    """How an attempt ended. STARTED is written before a call that must never be made twice."""

    STARTED = 0
    OK = 1
    RETRYABLE = 2
    REFUSED = 3
    UNKNOWN = 4
    FAILED = 5


STATE_CHOICES = [(int(state), state.name.lower()) for state in State]


class Run(models.Model):
    """One request that 7M accepted: narrow, without any body. It is also the meter (`billable`)."""

    id = models.UUIDField(primary_key=True, default=new_id)
    tenant_id = models.UUIDField()
    flow_id = models.UUIDField()
    version_id = models.UUIDField()
    lane = models.SmallIntegerField(choices=Lane.choices)
    state = models.SmallIntegerField(choices=STATE_CHOICES)
    mode = models.SmallIntegerField(choices=Mode.choices)
    origin = models.SmallIntegerField(choices=Origin.choices)
    billable = models.BooleanField(default=True)
    fence = models.IntegerField(default=0)
    lease_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField()
    waiting = models.TextField(blank=True)
    waits_for = models.UUIDField(null=True)
    ordering_key = models.BigIntegerField(null=True)
    skip_dead = models.BooleanField(default=False)
    crash_count = models.SmallIntegerField(default=0)
    resume = models.BooleanField(default=False)
    ledger_from = models.IntegerField(default=0)
    input_kind = models.SmallIntegerField(default=DocumentKind.INPUT)
    reply_to = models.BigIntegerField(null=True)
    batch_id = models.UUIDField(null=True)
    batch_number = models.IntegerField(null=True)
    replay_id = models.UUIDField(null=True)
    cancel_asked = models.BooleanField(default=False)
    dead_reason = models.TextField(blank=True)
    error_code = models.TextField(blank=True)
    error_step = models.TextField(blank=True)
    error_message = models.TextField(blank=True)
    error_destination = models.UUIDField(null=True)
    size_bytes = models.IntegerField(default=0)
    downstream_us = models.BigIntegerField(default=0)
    parked_us = models.BigIntegerField(default=0)
    accepted_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)
    walked = models.IntegerField(default=0)
    waits_at = models.TextField(blank=True)

    class Meta:
        managed = False
        db_table = "engine_run"

    @override
    def __str__(self) -> str:
        return str(self.id)

    @property
    def state_name(self) -> str:
        """The state as templates and the API write it: ``in_doubt``."""
        return State(self.state).name.lower()


class Document(models.Model):
    """Bytes of a run, sealed. `kind` and `run_id` together are the key."""

    pk = models.CompositePrimaryKey("run_id", "kind")
    run_id = models.UUIDField()
    kind = models.SmallIntegerField(choices=DocumentKind.choices)
    tenant_id = models.UUIDField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "engine_document"

    @override
    def __str__(self) -> str:
        return f"{self.run_id}/{self.kind}"


class Attempt(models.Model):
    """One call of one step: a row that is never changed. A resumed run reads the OK ones as its ledger."""

    pk = models.CompositePrimaryKey("run_id", "ordinal")
    run_id = models.UUIDField()
    ordinal = models.IntegerField()
    tenant_id = models.UUIDField()
    flow_id = models.UUIDField()
    step = models.TextField()
    iteration = models.TextField(blank=True)
    number = models.SmallIntegerField()
    outcome = models.SmallIntegerField(choices=Outcome.choices)
    status = models.SmallIntegerField(default=0)
    destination = models.UUIDField(null=True)
    connector = models.TextField(blank=True)
    operation = models.TextField(blank=True)
    started_at = models.DateTimeField()
    duration_us = models.IntegerField(default=0)
    error_code = models.TextField(blank=True)
    message = models.TextField(blank=True)
    exchange = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "engine_attempt"

    @override
    def __str__(self) -> str:
        return f"{self.run_id}/{self.ordinal}"


class Idempotency(models.Model):
    """The first answer for a caller's idempotency key. Keyed digests; neither key nor body is stored."""

    key = models.BinaryField(primary_key=True)
    tenant_id = models.UUIDField()
    body = models.BinaryField()
    run_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "engine_idempotency"

    @override
    def __str__(self) -> str:
        return str(self.run_id)


class Batch(models.Model):
    """One uploaded file: kept as sealed chunks, checked whole, then split into runs."""

    id = models.UUIDField(primary_key=True, default=new_id)
    tenant_id = models.UUIDField()
    flow_id = models.UUIDField()
    version_id = models.UUIDField()
    name = models.TextField(blank=True)
    state = models.TextField()
    size_bytes = models.BigIntegerField(default=0)
    chunks = models.IntegerField(default=0)
    said = models.IntegerField(null=True)
    records = models.IntegerField(default=0)
    split = models.IntegerField(default=0)
    fence = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error_code = models.TextField(blank=True)
    error_message = models.TextField(blank=True)
    error_place = models.TextField(blank=True)
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "engine_batch"

    @override
    def __str__(self) -> str:
        return self.name or str(self.id)


class BatchChunk(models.Model):
    """A sealed piece of an uploaded file, at most 1 MiB of text."""

    pk = models.CompositePrimaryKey("batch_id", "number")
    batch_id = models.UUIDField()
    number = models.IntegerField()
    tenant_id = models.UUIDField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "engine_batchchunk"

    @override
    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"


class Breaker(models.Model):
    """What all workers know of a destination that does not answer; no row means closed."""

    destination = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    phase = models.SmallIntegerField()
    since = models.DateTimeField()
    probe_at = models.DateTimeField(null=True)
    probes = models.IntegerField(default=0)
    connector = models.TextField(blank=True)

    class Meta:
        managed = False
        db_table = "engine_breaker"

    @override
    def __str__(self) -> str:
        return str(self.destination)


class Replay(models.Model):
    """An order to run dead letters again."""

    id = models.UUIDField(primary_key=True, default=new_id)
    tenant_id = models.UUIDField()
    asked_by = models.TextField(blank=True)
    chosen = models.JSONField(default=dict)
    from_start = models.BooleanField(default=False)
    current_version = models.BooleanField(default=False)
    pace_per_s = models.IntegerField(default=0)
    state = models.TextField(default="running")
    total = models.IntegerField(default=0)
    released = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    cursor = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "engine_replay"

    @override
    def __str__(self) -> str:
        return str(self.id)


class Alert(models.Model):
    """One open finding per flow, destination and error: counted, not repeated."""

    id = models.UUIDField(primary_key=True, default=new_id)
    tenant_id = models.UUIDField()
    flow_id = models.UUIDField()
    destination = models.UUIDField(null=True)
    code = models.TextField()
    message = models.TextField(blank=True)
    count = models.IntegerField(default=1)
    last_run_id = models.UUIDField(null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sent_count = models.IntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "engine_alert"

    @override
    def __str__(self) -> str:
        return self.code


class Approval(models.Model):
    """A question that a run waits with. body, comment: sealed. people: e-mail addresses in lower case."""

    id = models.UUIDField(primary_key=True, default=new_id)
    tenant_id = models.UUIDField()
    flow_id = models.UUIDField()
    run_id = models.UUIDField()
    step = models.TextField()
    iteration = models.TextField(blank=True)
    title = models.TextField()
    roles = ArrayField(models.TextField())
    people = ArrayField(models.TextField())
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    decided_by = models.UUIDField(null=True)
    decided_label = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    body = models.BinaryField(null=True)
    comment = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "engine_approval"

    @override
    def __str__(self) -> str:
        return self.title


class Schedule(models.Model):
    """When a flow with a schedule trigger starts next."""

    flow_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    version_id = models.UUIDField()
    step_key = models.TextField()
    next_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "engine_schedule"

    @override
    def __str__(self) -> str:
        return str(self.flow_id)
