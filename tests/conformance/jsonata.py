"""The JSONata suite: every case in both engines, values equal and error codes the same.

Numbers compare as doubles. Where the suite expects U1001, the code of its own runner for
too deep or too long, the engine's own codes for that (D1011, D1012) are right too.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from integrations.mapping.jsonata.engine import (
    Engine,
    JlensExpression,
    JsonataError,
    Limits,
    PythonExpression,
)
from tests.conformance import Result

ENGINES: Mapping[str, Engine] = {"jlens": JlensExpression, "jsonata2py": PythonExpression}
STOPPED = {"U1001", "D1011", "D1012", "U1006"}
UNDEFINED = object()


def check(folder: Path) -> Iterator[Result]:
    """Give what came of every case in every engine."""
    datasets = {path.stem: path.read_text() for path in (folder / "datasets").glob("*.json")}
    for path in sorted((folder / "groups").glob("*/*.json")):
        cases = json.loads(path.read_text())
        cases = cases if isinstance(cases, list) else [cases]
        for number, case in enumerate(cases):
            name = f"{path.relative_to(folder)}#{number}" if len(cases) > 1 else str(path.relative_to(folder))
            for engine, compile_ in ENGINES.items():
                yield outcome(f"{engine}: {name}", compile_, case, path, datasets)


def outcome(
    name: str, compile_: Engine, case: Mapping[str, Any], path: Path, datasets: Mapping[str, str]
) -> Result:
    what = "refuse" if expected_code(case) is not None else "decode"
    found = evaluate(compile_, case, path, datasets)
    passed, reason = judge(case, found)
    explanation = "" if passed else explained(case, found, name)
    return Result(name, what, passed, explanation or reason, is_explained=bool(explanation))  # type: ignore[arg-type]


def evaluate(compile_: Engine, case: Mapping[str, Any], path: Path, datasets: Mapping[str, str]) -> Any:
    """Give the value, UNDEFINED, or the JsonataError of a case."""
    text = case["expr"] if "expr" in case else (path.parent / case["expr-file"]).read_text()
    limits = Limits(
        timeout=case.get("timelimit", 5_000) / 1000,
        max_depth=case.get("depth", 500),
        max_steps=50_000_000,
        max_string_length=1 << 28,
        max_array_length=20_000_000,
        max_result_size=1 << 28,
    )
    try:
        result = compile_(text).evaluate(
            document(case, datasets), bindings=case.get("bindings"), limits=limits
        )
    except JsonataError as error:
        return error
    return UNDEFINED if result is None else json.loads(result)


def document(case: Mapping[str, Any], datasets: Mapping[str, str]) -> str | None:
    if "data" in case:
        return json.dumps(case["data"])
    return datasets[case["dataset"]] if case.get("dataset") else None


def expected_code(case: Mapping[str, Any]) -> str | None:
    error = case.get("error")
    return (
        case.get("code")
        or (error.get("code") if isinstance(error, dict) else None)
        or ("" if error else None)
    )


def judge(case: Mapping[str, Any], found: Any) -> tuple[bool, str]:
    code = expected_code(case)
    if isinstance(found, JsonataError):
        right = code is not None and (code in {"", found.code} or (code == "U1001" and found.code in STOPPED))
        return right, "" if right else f"code {found.code} instead of {code or 'a value'}"
    if code is not None:
        return False, f"a value instead of code {code}"
    if case.get("undefinedResult"):
        return found is UNDEFINED, "a value instead of none"
    if "unordered" in case and isinstance(found, list):
        key = json.dumps
        return sorted(map(key, found)) == sorted(map(key, case["result"])), "other values"
    return found is not UNDEFINED and same(found, case["result"]), "another value"


def same(found: Any, wanted: Any) -> bool:
    """Compare deeply; numbers as doubles."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return float(found) == float(wanted)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[key], wanted[key]) for key in found)
    return type(found) is type(wanted) and found == wanted


def explained(case: Mapping[str, Any], found: Any, name: str) -> str:
    """Say why a miss is right; "" for one that is not."""
    text = case.get("expr", "")
    if isinstance(found, JsonataError) and found.code == "U1004" and not text.isascii():
        return "the expression holds half a character, which no UTF-8 text has: refused, with another code"
    if name.startswith("jsonata2py") and "[f" in text and "$toMillis" in text:
        return "the second engine, for tests only, reads no more fractions of a second than its picture shows"
    return ""
