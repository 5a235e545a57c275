"""The definition of a flow as values: steps, edges and settings.

One token walks from the trigger along the edges. A step gives its output a port, and a port has at most one
edge. Paths may meet again after a branch. A failure that is final leaves by the port ``error`` where an
edge starts there, else it starts the error handler where the flow has one.

Some ports lead into a *region*: steps that belong to the step before them alone, such as the body of a
for-each. The last step of a region leads nowhere; the run goes on from another port of the step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

Json: TypeAlias = "bool | int | float | Decimal | str | list[Json] | dict[str, Json] | None"
"""What a definition is made of; numbers with a point are Decimal when they come from JSON."""

NEXT: Final = "next"
"""The port of a step that has only one."""

ERROR: Final = "error"
"""The port taken after a final failure.

The output there is ``{"error": {"code", "message", "step", "kind"}}``.
"""

DONE: Final = "done"
"""The port by which a run goes on after the regions of a step."""

HANDLER: Final = "error_handler"
"""The kind of step that a final failure starts at where the failed step has no edge at ``error``."""


@dataclass(frozen=True, slots=True)
class Edge:
    """From a port of one step to another step, by their keys."""

    source: str
    port: str
    target: str


@dataclass(frozen=True, slots=True)
class Node:
    """One step. key: its name in mappings, unique in the flow. position: where the canvas draws it.

    off: runs pass it by, as `bypass` says.
    """

    key: str
    kind: str
    title: str = ""
    config: Mapping[str, Json] = field(default_factory=dict)
    position: tuple[int, int] = (0, 0)
    off: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Words on the canvas that mean nothing to a run. size: width and height in the canvas's pixels."""

    key: str
    text: str = ""
    position: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (220, 120)


@dataclass(frozen=True, slots=True)
class Group:
    """Steps that the canvas draws in one frame; it means nothing to a run."""

    key: str
    title: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """How a flow behaves as a whole.

    reply: whether the caller waits for the outcome. deadline_s: how long, before 202 and a status address.
    retry: pauses before the second, third, … attempt of a call. ordering_path: path in the trigger's output
    whose value names the runs that keep their order. dead_head: whether a dead run blocks those behind it.
    retention_h: hours that a dead letter and a finished run's payload are kept.
    """

    reply: Literal["sync", "async"] = "async"
    deadline_s: float = 25.0
    retry: tuple[float, ...] = (0.1, 0.5, 2.0)
    ordering_path: tuple[str, ...] | None = None
    dead_head: Literal["block", "skip"] = "block"
    retention_h: int = 72


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole definition. The order of steps and edges is the author's and has no meaning."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    settings: Settings = field(default_factory=Settings)
    notes: tuple[Note, ...] = ()
    groups: tuple[Group, ...] = ()


def is_trigger(node: Node) -> bool:
    """Tell whether a flow starts at this step."""
    return node.kind.endswith("_trigger")


def is_handler(node: Node) -> bool:
    """Tell whether failures without a way of their own start at this step."""
    return node.kind == HANDLER


def is_start(node: Node) -> bool:
    """Tell whether a token can stand here without having come along an edge."""
    return is_trigger(node) or is_handler(node)
