"""Computing what does not depend on the document once, when a plan is compiled."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance, MapEnv
from integrations.mapping.generate import checked
from integrations.mapping.ops.signature import Form
from integrations.mapping.plan import (
    Block,
    Call,
    Each,
    Expr,
    Fixed,
    Group,
    Join,
    Literal,
    Loop,
    Plan,
    Rule,
    SortKey,
    Target,
)
from integrations.mapping.values import MISSING, Result

NOWHERE: Final = MapEnv(now=datetime(1970, 1, 1, tzinfo=UTC), run_id="")


def fold(plan: Plan) -> Plan:
    """Give the plan with every operation on literals alone replaced by its value.

    Left as they are: operations that fail, that give missing, that ask for facts of the run, and those that
    spend steps or output, so that limits are met at the same moments as before.
    """
    lets = tuple(replace(let, op=_expr(let.op)) for let in plan.lets)
    return replace(plan, lets=lets, block=_block(plan.block))


def _expr(expr: Expr) -> Expr:
    match expr:
        case Call(op=op, args=args):
            call = replace(expr, args=tuple(map(_expr, args)))
            is_constant = all(isinstance(arg, Literal | Fixed) for arg in call.args)
            if not is_constant or op.form is Form.LAZY or op.needs_allowance:
                return call
            value = _value(call)
            return call if value is MISSING else Literal(value, expr.place)
        case Each(items=items, body=body, extra=extra):
            return replace(expr, items=_expr(items), body=_expr(body), extra=tuple(map(_expr, extra)))
        case _:
            return expr


def _value(call: Call) -> Result:
    allowance = Allowance(NOWHERE)
    args = [
        arg.prepared if isinstance(arg, Fixed) else arg.value
        for arg in call.args
        if isinstance(arg, Fixed | Literal)
    ]
    try:
        value = checked(call.op)(allowance, *args)
    except (MappingError, ArithmeticError):
        return MISSING
    is_free = (allowance.steps, allowance.output) == (NOWHERE.max_steps, NOWHERE.max_output)
    return value if is_free else MISSING


def _block(block: Block) -> Block:
    return Block(tuple(_rule(rule) for rule in block.rules))


def _rule(rule: Rule | Loop) -> Rule | Loop:
    target = _target(rule.target)
    if isinstance(rule, Rule):
        return Rule(target, _expr(rule.op))
    return replace(
        rule,
        target=target,
        each=_expr(rule.each),
        joins=tuple(map(_join, rule.joins)),
        where=_optional(rule.where),
        sort=_sort(rule.sort),
        group=_group(rule.group) if rule.group else None,
        block=_block(rule.block),
    )


def _target(target: Target) -> Target:
    return replace(target, condition=_optional(target.condition))


def _optional(expr: Expr | None) -> Expr | None:
    return None if expr is None else _expr(expr)


def _join(join: Join) -> Join:
    return replace(join, each=_expr(join.each), by=_expr(join.by), on=_expr(join.on))


def _sort(sort: tuple[SortKey, ...]) -> tuple[SortKey, ...]:
    return tuple(replace(key, by=_expr(key.by)) for key in sort)


def _group(group: Group) -> Group:
    by = tuple((name, _expr(key)) for name, key in group.by)
    return Group(by, _optional(group.where), _sort(group.sort))
