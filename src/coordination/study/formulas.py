"""Formulas over series: arithmetic, four functions, and nothing else."""

from __future__ import annotations

import ast
import difflib
import operator
from functools import reduce

import numpy as np

from coordination.errors import InputError, told

LONGEST = 2000  # characters

DEEPEST = 100  # operations within one another

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

FUNCTIONS = {"abs": np.abs, "log": np.log, "min": np.minimum, "max": np.maximum}  # natural logarithm


def names(formula):
    """Return the series that a formula uses.

    Parameters
    ----------
    formula : str

    Returns
    -------
    list of str
        In order of appearance.

    Raises
    ------
    InputError
        If the formula is anything but arithmetic over series.

    Examples
    --------
    >>> names("traffic_accidents / (10 * population)")
    ['traffic_accidents', 'population']
    """
    tree = _parsed(formula)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]


def _parsed(formula):
    def refuse(found):
        raise InputError(
            told("formula '{formula}'", formula=formula),
            found,
            "numbers and series joined by + - * / ( ), abs, log, min, max",
            "rewrite the formula",
        )

    if len(formula) > LONGEST:
        refuse(told("{count} characters", count=len(formula)))
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        refuse("something that is no formula")
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [part for node in level for part in ast.iter_child_nodes(node)]
    if depth > DEEPEST:
        refuse(told("more than {count} operations within one another", count=DEEPEST))
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float) and abs(node.value) < 1e300
        known = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Name, ast.Load, ast.USub, *OPERATORS))
        operator_known = isinstance(getattr(node, "op", ast.USub()), (ast.USub, *OPERATORS))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            function = FUNCTIONS.get(node.func.id)
            known = function is not None and (len(node.args) == 1 if function.nin == 1 else len(node.args) > 1)
        if not (number or (known and operator_known)):
            refuse(f"'{ast.unparse(node)}'")
    return tree


def evaluate(formula, values):
    """Evaluate a formula over series.

    Parameters
    ----------
    formula : str
        Arithmetic (+ - * / and parentheses), abs, log (natural), min and max, over column names; nothing
        else is understood, and no code runs.
    values : pandas.DataFrame
        A column a series.

    Returns
    -------
    pandas.Series

    Raises
    ------
    InputError
        If the formula is anything else, or names a series that there is not.

    Examples
    --------
    >>> import pandas as pd
    >>> evaluate("a / (2 * b)", pd.DataFrame({"a": [6.0], "b": [3.0]})).tolist()
    [1.0]
    """
    import pandas as pd

    def value(node):
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp):
            return -value(node.operand)
        if isinstance(node, ast.Call):
            with np.errstate(divide="ignore", invalid="ignore"):  # a logarithm of 0 is named where it stands
                first, *others = map(value, node.args)
                function = FUNCTIONS[node.func.id]
                return reduce(function, others, first) if others else function(first)
        if isinstance(node, ast.Constant):
            return pd.Series(float(node.value), index=values.index)
        return values[node.id]

    check(formula, values)
    return value(_parsed(formula)).astype(float)


def check(formula, series):
    """Check that a formula is one, and uses known series only.

    Parameters
    ----------
    formula : str
    series : iterable of str
        The series there are.

    Raises
    ------
    InputError
        If it is not.
    """
    known = list(series)
    for name in names(formula):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            remedy = told("is it '{near}'?", near=near[0]) if near else "declare it under panel.series"
            where, found = told("formula '{formula}'", formula=formula), told("series '{series}'", series=name)
            raise InputError(where, found, "a series of the study", remedy)
