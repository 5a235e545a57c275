"""What is known of latencies: aggregates of the whole installation, nothing of any tenant."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from typing_extensions import override


class Span(models.TextChoices):
    """How much time one sketch covers."""

    MINUTE = "minute", "Minute"
    HOUR = "hour", "Hour"
    DAY = "day", "Day"


class Sketch(models.Model):
    """Latencies of one operation within one span. `buckets` and `counts` belong together, place by place."""

    pk = models.CompositePrimaryKey("span", "starts_at", "connector", "operation", "region")
    span = models.TextField(choices=Span.choices)
    starts_at = models.DateTimeField()
    connector = models.TextField()
    operation = models.TextField()
    region = models.TextField()
    samples = models.BigIntegerField()
    successes = models.BigIntegerField()
    refusals = models.BigIntegerField()
    median_ms = models.FloatField()
    buckets = ArrayField(models.SmallIntegerField())
    counts = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "telemetry_sketch"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(span__in=Span.values), name="telemetry_sketch_span_is_known"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.connector}.{self.operation} {self.span} {self.starts_at:%Y-%m-%d %H:%M}"


class Rolled(models.Model):
    """A minute that was counted. passes: how often. folded: whether its hour and day know of it."""

    minute = models.DateTimeField(primary_key=True)
    passes = models.SmallIntegerField(default=1)
    rolled_at = models.DateTimeField()
    folded = models.BooleanField(default=False)

    class Meta:
        db_table = "telemetry_rolled"

    @override
    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}"


class Board(models.Model):
    """A line of the public latency page, worked out beforehand: four hundred of them are read at a glance."""

    pk = models.CompositePrimaryKey("window", "connector", "operation", "region")
    window = models.TextField()
    connector = models.TextField()
    operation = models.TextField()
    region = models.TextField()
    title = models.TextField()
    samples = models.BigIntegerField()
    successes = models.BigIntegerField()
    refusals = models.BigIntegerField()
    median_ms = models.FloatField()
    p95_ms = models.FloatField()
    p99_ms = models.FloatField()
    sparkline = ArrayField(models.FloatField(null=True))

    class Meta:
        db_table = "telemetry_board"

    @override
    def __str__(self) -> str:
        return f"{self.connector}.{self.operation} {self.window}"


class Published(models.Model):
    """When the lines of a window were worked out, for which time, and how long that took."""

    window = models.TextField(primary_key=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    computed_at = models.DateTimeField()
    took_ms = models.FloatField()

    class Meta:
        db_table = "telemetry_published"

    @override
    def __str__(self) -> str:
        return self.window
