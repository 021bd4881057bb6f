"""Sentences with computed numbers about the multiverse, errors and coherence, in English or Chinese."""

from __future__ import annotations

import numpy as np

from coordination.presentation.phrases import _capital, _inner, _list, _plural, _time
from coordination.presentation.reader import number


def multiverse(made, reader):
    """Say how far D depends on the choices of method.

    Parameters
    ----------
    made : robustness.Multiverse
    reader : Reader

    Returns
    -------
    str
    """
    low, high = np.quantile(made.mean, (0.05, 0.95))
    own, year, count = made.mean[0], reader.study.years[-1], len(made.mean)
    flipped = 100 * made.flips.mean()
    if reader.language == "zh":
        return f"{count}种合理的方法组合中，{year}{_time(reader.study, reader.language)}D的均值有90%介于{number(low)}与{number(high)}之间（本研究为{number(own)}）；平均有{number(flipped, 0)}%的组合使一个地区的等级不同于本研究。"
    return f"Over {count:,} sensible combinations of choices, 90% of the means of D in {year} lie between {number(low)} and {number(high)} (the study's own is {number(own)}); on average {number(flipped, 0)}% of the combinations give a region another level than the study does."


def sensitivity(table, reader):
    """Say which choices matter most.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over `sensitivity`.
    reader : Reader

    Returns
    -------
    str
    """
    parts = []
    for output in ("degrees", "ranks"):
        own = table[table["output"] == output].dropna()
        if own.empty:
            continue
        top = own.sort_values("total", ascending=False, kind="stable").iloc[:3]
        brackets = "（{}%）" if reader.language == "zh" else " ({}%)"
        names = [_inner(reader.factor(r.factor)) + brackets.format(number(100 * r.total, 0)) for r in top.itertuples()]
        what = reader.word(f"variance_of_{output}")
        if reader.language == "zh":
            parts.append(f"{what}的方差中，总效应最大的选择依次为{'、'.join(names)}。")
        else:
            parts.append(
                f"Of the variance of {_inner(what)}, the choices with the largest total share are {_list(names, reader.language)}."
            )
    nothing = "没有一种选择改变结果。" if reader.language == "zh" else "No choice changes the result."
    return ("" if reader.language == "zh" else " ").join(parts) or nothing


def rank_intervals(table, reader):
    """Say which ranks are firm and which are not.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over `rank-intervals`.
    reader : Reader

    Returns
    -------
    str
    """
    parts = []
    for source in ("universes", "both"):
        own = table[table["source"] == source]
        width = own["high"] - own["low"]
        firm, widest = own[width == 0], own.loc[width.idxmax()]
        what = reader.word(f"of_{source}")
        name = reader.regions[reader.language][widest["region"]]
        low, high = widest["low"], widest["high"]
        if reader.language == "zh":
            said = f"{len(firm)}个地区的位次不变" if len(firm) else "没有地区的位次不变"
            said = "各地区的位次均不变" if len(firm) == len(own) else f"{said}；区间最宽的是{name}（{low}—{high}）"
            parts.append(f"{what}（5%—95%）：{said}。")
        else:
            said = f"{_plural(len(firm), 'region')} keep{'s' if len(firm) == 1 else ''} one rank"
            said = said if len(firm) else "no region keeps one rank"
            said = f"{said}; the widest interval is that of {name} ({low} to {high})"
            said = "every region keeps its rank" if len(firm) == len(own) else said
            parts.append(f"{_capital(what)} (5–95%): {said}.")
    return ("" if reader.language == "zh" else " ").join(parts)


def panel_changes(table, reader):
    """Say how far results move when the panel is another.

    Parameters
    ----------
    table : pandas.DataFrame
        See `robustness.panel_changes`.
    reader : Reader

    Returns
    -------
    str
    """
    if table.empty:
        return (
            "没有可以去掉的年份或地区。"
            if reader.language == "zh"
            else "There is no year or region that could be left out."
        )
    parts = []
    for kind in ("last", "region"):
        own = table[table["kind"] == kind]
        if own.empty:
            continue
        worst = own.loc[own["largest"].idxmax()]
        name = reader.regions[reader.language][worst["left_out"]] if kind == "region" else worst["left_out"]
        if reader.language == "zh":
            parts.append(
                f"去掉{name}后，其余D值最多改变{number(worst['largest'])}，共{worst['level_changes']}个等级改变；最后一{_time(reader.study, reader.language)}有{worst['ranks_changed']}个位次改变。"
            )
        else:
            parts.append(
                f"Without {name} the remaining D change by up to {number(worst['largest'])}, {_plural(int(worst['level_changes']), 'level')} with them, and {_plural(int(worst['ranks_changed']), 'rank')} of the last {_time(reader.study, reader.language)}."
            )
    return ("" if reader.language == "zh" else " ").join(parts)


def coherence(table, parts, reader):
    """Say whether the indicators hang together and whether weights mean importance.

    Parameters
    ----------
    table, parts : pandas.DataFrame
        See `robustness.coherence`.
    reader : Reader

    Returns
    -------
    str
    """
    names = {i.id: i.name[reader.language] for i in reader.study.indicators}
    alphas = parts[parts["kind"] == "subsystem"]
    named = {s.id: s.name[reader.language] for s in reader.study.subsystems}
    said = [f"{named[r.part]} {number(r.alpha, 2)}" for r in alphas.itertuples()]
    against = [names[i] for i in table["indicator"][table["flag"] == "against"]]
    gap = (table["effective"] - table["weight"]).abs()
    far = table.loc[gap.idxmax()]
    if reader.language == "zh":
        text = f"克朗巴哈α系数：{'，'.join(said)}。" if said else ""
        text += (
            f"与同一子系统其余指标负相关的指标：{'、'.join(against)}。"
            if against
            else "没有指标与同一子系统其余指标负相关。"
        )
        return f"{text}有效权重与名义权重相差最大的是{names[far['indicator']]}（{number(far['weight'])}与{number(far['effective'])}）。"
    text = f"Cronbach's alpha: {_list(said, reader.language)}. " if said else ""
    text += (
        f"Indicators that run against the rest of their subsystem: {_list(against, reader.language)}. "
        if against
        else "No indicator runs against the rest of its subsystem. "
    )
    return f"{text}Weight and effective weight differ most for {_inner(names[far['indicator']])} ({number(far['weight'])} and {number(far['effective'])})."
