"""Sentences with computed numbers about indicators, weights, scores and coordination, in English or Chinese."""

from __future__ import annotations

from coordination.indices.development import growth
from coordination.presentation.columns import number
from coordination.presentation.phrases import _change, _ended, _inner, _list, _plural, _time
from coordination.presentation.wording import periods


def gaps(filled, *, study, regions, language):
    """Say how much of the panel is filled and what is missing altogether.

    Parameters
    ----------
    filled : pandas.DataFrame of bool
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    count, size = int(filled.to_numpy().sum()), filled.size
    absent = [i.name[language] for s in study.subsystems for d in s.dimensions for i in d.indicators if i.unavailable]
    if language == "zh":
        return f"{size}个值中有{count}个（{100 * count / size:.1f}%）为插补值。" + (
            f"无数据的指标：{_list(absent, language)}。" if absent else ""
        )
    text = f"{count} of {size} values ({100 * count / size:.1f}%) are filled."
    return text + (f" There are no figures for {_list(map(_inner, absent), language)}." if absent else "")


def passed_over(long, *, study, regions, language):
    """Say which rows of the raw panel were used.

    Parameters
    ----------
    long : LongPanel or None
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if long is None:
        return (
            "There is no raw panel; the normalised values are those released."
            if language == "en"
            else "没有原始面板，采用已发布的归一化数值。"
        )
    used, regions_, years = len(long.values), long.other_regions, long.other_years
    if language == "zh":
        noun = "时期" if periods(study) else "年份"
        passed = f"；跳过其他地区{regions_}行、其他{noun}{years}行" if regions_ or years else ""
        return f"原始面板使用{used}行{passed}。"
    passed = f"{regions_} rows of other regions and {years} of other {_time(study, language)}s are passed over"
    return f"{used} rows of the raw panel are used" + (f"; {passed}." if regions_ or years else ".")


def release(same, *, study, regions, language):
    """Say whether the released panel is reproduced.

    Parameters
    ----------
    same : bool or None
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if same is None:
        return (
            "The study releases no normalised panel; it starts from raw figures."
            if language == "en"
            else "本研究直接从原始数据开始。"
        )
    if same:
        return (
            "The normalised panel equals the released file to the last digit."
            if language == "en"
            else "归一化面板与已发布文件逐位一致。"
        )
    text = "**The normalised panel differs from the released file**: other raw figures, or another setting."
    return text if language == "en" else "**归一化面板与已发布文件不一致**：原始数据或设置不同。"


def weights(table, *, study, regions, language):
    """Say which indicators weigh most.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns subsystem, indicator, entropy, weight.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    parts = []
    for s in study.subsystems:
        own = table[table["subsystem"] == s.id].sort_values("weight", kind="stable")
        name = {i.id: i.name[language] for i in s.indicators}
        low, high = own.iloc[0], own.iloc[-1]
        if language == "zh":
            parts.append(
                f"{s.name.zh}：权重最大的是{name[high.indicator]}（{number(high.weight)}），最小的是{name[low.indicator]}（{number(low.weight)}）。"
            )
        else:
            parts.append(
                f"{s.name.en}: the largest weight is that of {_inner(name[high.indicator])} ({number(high.weight)}), "
                f"the smallest that of {_inner(name[low.indicator])} ({number(low.weight)})."
            )
    return ("" if language == "zh" else " ").join(parts)


def development(yearly, by_group, by_region, *, study, regions, language):
    """Say how a subsystem's score develops and where it is high and low.

    Parameters
    ----------
    yearly : pandas.DataFrame
        Columns year and the mean of all regions.
    by_group : pandas.DataFrame
        Columns group and its mean over all years.
    by_region : pandas.DataFrame
        Columns region, first, last, change, growth, mean.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    values, years = yearly.iloc[:, -1], list(yearly["year"])
    groups = {g.id: g.name[language] for g in study.groups}
    own = by_group[by_group["group"].isin(groups)].sort_values(by_group.columns[-1], ascending=False, kind="stable")
    order = (
        own["group"].map(groups)
        + (" (" if language == "en" else "（")
        + own.iloc[:, -1].map(number)
        + (")" if language == "en" else "）")
    )
    ranked = regions[language][by_region.sort_values("mean", ascending=False, kind="stable")["region"]]
    k = max(1, min(3, len(ranked) // 2))
    whole, every = study.whole.name[language], {"en": "all regions", "zh": "全部地区"}[language]
    if whole.casefold() != every:
        every += {"en": f" ({whole})", "zh": f"（{whole}）"}[language]
    if language == "zh":
        text = (
            f"{every}均值{_change(values.iloc[0], values.iloc[-1], language)}（{years[0]}—{years[-1]}{_ended(study)}）"
            if len(years) > 1
            else f"{every}均值为{number(values.iloc[0])}"
        )
        return (
            f"{text}。分组均值由高到低：{_list(order, language)}。" if len(groups) > 1 else f"{text}。"
        ) + f"均值最高的地区：{_list(ranked[:k], language)}；最低的地区：{_list(ranked[-k:], language)}。"
    text = f"The mean of {every} "
    text += (
        f"{_change(values.iloc[0], values.iloc[-1], language)} between {years[0]} and {years[-1]}."
        if len(years) > 1
        else f"is {number(values.iloc[0])}."
    )
    if len(groups) > 1:
        text += f" Groups from high to low: {_list(order, language)}."
    noun = "region" if k == 1 else "regions"
    return (
        text
        + f" Highest mean over the {_time(study, language)}s: {noun} {_list(ranked[:k], language)}; "
        + f"lowest: {_list(ranked[-k:], language)}."
    )


def coordination(groups_table, state, *, study, regions, language):
    """Say how coordination develops and which subsystem lags.

    Parameters
    ----------
    groups_table : pandas.DataFrame
        Columns group, year, coordination_degree, level.
    state : pandas.DataFrame
        The last year's rows of `coordination`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    own = groups_table[groups_table["group"] == study.whole.id]
    first, last = own.iloc[0], own.iloc[-1]
    level = {x.name.en: x.name[language] for x in study.levels}
    names = {s.id: s.name[language] for s in study.subsystems}
    lags = state["lag"].value_counts()
    lagging = [(names[k], v) for k, v in lags.items() if k in names]
    even = int(lags.drop(list(names), errors="ignore").sum())
    if language == "zh":
        counted = "，".join([*(f"{v}个地区{k}滞后" for k, v in lagging), *([f"{even}个地区同步"] if even else [])])
        year = _time(study, language)
        if len(own) == 1:
            text = f"{last.year}{year}D的全域均值为{number(last.coordination_degree)}（{level[last.level]}）。"
        else:
            ends = level[first.level], level[last.level]
            moved = f"等级仍为{ends[0]}" if ends[0] == ends[1] else f"由{ends[0]}到{ends[1]}"
            text = f"D的全域均值{_change(first.coordination_degree, last.coordination_degree, language)}（{first.year}—{last.year}{_ended(study)}），{moved}。"
        return text + f"{last.year}{year}：{counted}。"
    said = [f"{_inner(k)} lags in {_plural(v, 'region')}" for k, v in lagging]
    said += [f"the subsystems are synchronised in {_plural(even, 'region')}"] if even else []
    counted = _list(said, language)
    if len(own) == 1:
        text = f"The mean of D is {number(last.coordination_degree)} in {last.year} ({level[last.level]})."
    else:
        ends = level[first.level], level[last.level]
        moved = f" and stays in {ends[0]}" if ends[0] == ends[1] else f", from {ends[0]} to {ends[1]}"
        text = f"The mean of D {_change(first.coordination_degree, last.coordination_degree, language)} between {first.year} and {last.year}{moved}."
    return text + f" In {last.year}, {counted}."


def development_summary(yearly, *, study, regions, language):
    """Say in one sentence how the mean score of a subsystem moves.

    Parameters
    ----------
    yearly : pandas.DataFrame
        Columns year and the mean of all regions.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    values, years = yearly.iloc[:, -1], list(yearly["year"])
    if len(years) == 1:
        return (
            f"均值为{number(values.iloc[0])}。" if language == "zh" else f"The mean score is {number(values.iloc[0])}."
        )
    moved = _change(values.iloc[0], values.iloc[-1], language)
    rate = 100 * float(growth(values.iloc[0], values.iloc[-1], study.elapsed(years[0], years[-1])))
    year = _time(study, language)
    if language == "zh":
        return f"均值{moved}，{year}均变化{number(rate, 1)}%。"
    return f"The mean score {moved} between {years[0]} and {years[-1]}, {number(rate, 1)}% a {year}."
