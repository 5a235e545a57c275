"""A mapping plan is data: typed rules from a source to a target, compiled to Python. Pure.

``check`` lists what is wrong with a plan, ``compile_plan`` makes the function that flows run, ``explain``
shows every value on the way. The language is described in ``plan.py``, its operations in ``ops/``.
"""

from integrations.mapping.allowance import MapEnv
from integrations.mapping.check import check
from integrations.mapping.compile import CompiledMapping, compile_plan
from integrations.mapping.evaluate import Step
from integrations.mapping.explain import Explained, explain
from integrations.mapping.schema import PLAN_SCHEMA, catalogue
from integrations.mapping.values import MISSING, Value

__all__ = [
    "MISSING",
    "PLAN_SCHEMA",
    "CompiledMapping",
    "Explained",
    "MapEnv",
    "Step",
    "Value",
    "catalogue",
    "check",
    "compile_plan",
    "explain",
]
