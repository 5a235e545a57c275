"""Identifiers that are the same in every retry and replay of a run."""

from hashlib import sha1, sha256
from typing import Final
from uuid import UUID

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import Kind, Missing, Result

NAMESPACE: Final = UUID("6d1c5b0e-7a2f-5c3e-9b4d-3f0a7e1d2c58")


def _named(namespace: UUID, name: str) -> UUID:
    """Make a version 5 UUID (RFC 9562, section 5.5); also for texts that are not valid Unicode."""
    digest = sha1(namespace.bytes + _raw(name), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


def _raw(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _uuid5(allowance: Allowance, name: str) -> str:
    return str(_named(_named(NAMESPACE, allowance.env.run_id), name))


def _place(allowance: Allowance) -> str:
    """Write where an operation stands: ``rules[2].rules[0].op#1#3``."""
    return "#".join(map(str, allowance.spot))


def _uuid(allowance: Allowance) -> str:
    return str(_named(_named(NAMESPACE, allowance.env.run_id), f"place:{_place(allowance)}"))


def _sequence(allowance: Allowance, counter: Result, key: str | int | Missing | None) -> int:
    if not isinstance(counter, str) or not counter:
        raise MappingError("mapping.type", "sequence needs the name of its counter.")
    number = allowance.env.number
    if number is None:
        raise MappingError(
            "mapping.sequence",
            "There are no counters where this mapping runs.",
            hint="Use sequence in a flow, or take the number from the document.",
        )
    named = isinstance(key, str | int)
    return number(counter, f"key:{key}" if named else f"place:{_place(allowance)}")


def _sha256(content: str | bytes) -> str:
    return sha256(_raw(content) if isinstance(content, str) else content).hexdigest()


OPS: Final = (
    Op(
        key="uuid5",
        title="Id of this run",
        help="An identifier (UUID) made from the run and a name: the same name gives the same identifier "
        "in every retry and replay of the run, and another one in any other run.",
        args=(Arg("name", Kind.TEXT),),
        result=Kind.TEXT,
        run=_uuid5,
        needs_allowance=True,
        examples=(Example(["eq", ["uuid5", "order"], ["uuid5", "order"]], gives=True),),
    ),
    Op(
        key="uuid",
        title="Unique id",
        help="An identifier (UUID) that is another one for every rule, every item and every run, and the "
        "same in every retry and replay of the run.",
        result=Kind.TEXT,
        run=_uuid,
        needs_allowance=True,
        needs_place=True,
        is_certain=True,
        is_flat=True,
        examples=(
            Example(["eq", ["uuid"], ["uuid"]], gives=False),
            Example(["length", ["uuid"]], 36),
            Example(["count", ["distinct", ["map", ["lit", [1, 1]], "n", ["uuid"]]]], 2),
        ),
    ),
    Op(
        key="sequence",
        title="Next number",
        help="The next number of a counter. In a retry of the run the same rule and item get the same number "
        "again. With a key, all uses of that key in the run get one number.",
        args=(Arg("counter", Kind.TEXT), Arg("key", Kind.TEXT | Kind.INTEGER | Kind.NULL, default=None)),
        result=Kind.INTEGER,
        run=_sequence,
        takes_missing=True,
        needs_allowance=True,
        needs_place=True,
        is_flat=True,
        is_certain=True,
        examples=(
            Example(["map", ["lit", ["a", "b"]], "n", ["sequence", "invoices"]], [1, 2]),
            Example(["list", ["sequence", "invoices", "k"], ["sequence", "invoices", "k"]], [1, 1]),
            Example(["sequence", ["get", "counter"]], error="mapping.type"),
        ),
    ),
    Op(
        key="sha256",
        title="Fingerprint",
        help="The SHA-256 of a text (as UTF-8) or of bytes, in lower-case hexadecimal.",
        args=(Arg("content", Kind.TEXT | Kind.BYTES),),
        result=Kind.TEXT,
        run=_sha256,
        examples=(
            Example(["sha256", "abc"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ),
    ),
)
