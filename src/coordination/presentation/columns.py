"""Cells and columns of tables as a reader sees them."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.wording import word


def number(value, decimals=3):
    """Write a number with a fixed number of decimals.

    Parameters
    ----------
    value : float
    decimals : int

    Returns
    -------
    str
        A dash for a missing value, a true minus sign for a negative one, none for what rounds to 0.

    Examples
    --------
    >>> number(-0.12345), number(float("nan"))
    ('−0.123', '–')
    """
    return "–" if pd.isna(value) else f"{value:z.{decimals}f}".replace("-", "−")


def p_value(value):
    """Write a p value with three decimals, or as below 0.001.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> p_value(0.0004), p_value(0.0247)
    ('<0.001', '0.025')
    """
    return "<0.001" if value < 0.001 else number(value)


def _four_digits(value):
    if pd.isna(value):
        return number(value)
    return (f"{value:.4g}" if abs(value) < 9999.5 else f"{value:,.0f}").replace("-", "−")


def _headed(rows, keys, language, study=None):
    return pd.DataFrame(rows, columns=[word(k, language, study) for k in keys])


def _sourced(laid_out, table, language):
    """Leave out the source where there is no other: nothing was published."""
    return laid_out.drop(columns=word("source", language)) if set(table["source"]) == {"data"} else laid_out


def _names(study):
    indicators = {i.id: i.name for s in study.subsystems for d in s.dimensions for i in d.indicators}
    groups = {g.id: g.name for g in (*study.groups, study.whole)}
    return indicators, {s.id: s.name for s in study.subsystems}, groups


def _named(study, regions, language):
    """Ids and English names of whatever claims speak of, and what they are called in a language."""
    indicators, subsystems, groups = _names(study)
    named = {k: v[language] for k, v in {**indicators, **subsystems, **groups}.items()}
    named |= {x.name.en: x.name[language] for x in study.levels}
    return named | dict(zip(regions["en"], regions[language], strict=True)) | regions[language].to_dict()
