"""A mapping plan is data: typed rules from a source to a target, compiled to Python. Pure.

``check`` lists what is wrong with a plan, ``compile_plan`` makes the function that flows run, ``explain``
shows every value on the way. ``lineage`` tells where target fields come from, ``trace`` what made the values
of one run, ``diff`` what changed between two plans, ``run_tests`` whether a plan does what its tests say, and
``import_map`` makes a plan of a JSONata map,
``export_map`` a map of a plan. The language is described in ``plan.py``, its operations in
``ops/``.
"""

from integrations.mapping.allowance import MapEnv
from integrations.mapping.check import check
from integrations.mapping.compile import CompiledMapping, compile_plan
from integrations.mapping.diff import Change, diff
from integrations.mapping.evaluate import Step
from integrations.mapping.explain import Explained, explain
from integrations.mapping.jsonata.exporting import Exported, export_map
from integrations.mapping.jsonata.importing import Imported, import_map
from integrations.mapping.lineage import Lineage, Traced, lineage, trace
from integrations.mapping.schema import PLAN_SCHEMA, catalogue
from integrations.mapping.trial import Difference, TestResult, run_tests
from integrations.mapping.values import MISSING, Value

__all__ = [
    "MISSING",
    "PLAN_SCHEMA",
    "Change",
    "CompiledMapping",
    "Difference",
    "Explained",
    "Exported",
    "Imported",
    "Lineage",
    "MapEnv",
    "Step",
    "TestResult",
    "Traced",
    "Value",
    "catalogue",
    "check",
    "compile_plan",
    "diff",
    "explain",
    "export_map",
    "import_map",
    "lineage",
    "run_tests",
    "trace",
]
