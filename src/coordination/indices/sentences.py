"""Sentences with computed numbers about indicators, weights, scores and coordination, in English or Chinese."""

from __future__ import annotations

from coordination.indices.development import growth
from coordination.presentation.phrases import _change, _ended, _inner, _list, _plural, _time
from coordination.presentation.reader import number


def gaps(filled, reader):
    """Say how much of the panel is filled and what is missing altogether.

    Parameters
    ----------
    filled : pandas.DataFrame of bool
    reader : Reader

    Returns
    -------
    str
    """
    count, size = int(filled.to_numpy().sum()), filled.size
    absent = [
        i.name[reader.language]
        for s in reader.study.subsystems
        for d in s.dimensions
        for i in d.indicators
        if i.unavailable
    ]
    if reader.language == "zh":
        return f"{size}个值中有{count}个（{100 * count / size:.1f}%）为插补值。" + (
            f"无数据的指标：{_list(absent, reader.language)}。" if absent else ""
        )
    text = f"{count} of {size} values ({100 * count / size:.1f}%) are filled."
    return text + (f" There are no figures for {_list(map(_inner, absent), reader.language)}." if absent else "")


def passed_over(long, reader):
    """Say which rows of the raw panel were used.

    Parameters
    ----------
    long : LongPanel or None
    reader : Reader

    Returns
    -------
    str
    """
    if long is None:
        return (
            "There is no raw panel; the normalised values are those released."
            if reader.language == "en"
            else "没有原始面板，采用已发布的归一化数值。"
        )
    used, regions_, years = len(long.values), long.other_regions, long.other_years
    if reader.language == "zh":
        noun = "时期" if reader.periods else "年份"
        passed = f"；跳过其他地区{regions_}行、其他{noun}{years}行" if regions_ or years else ""
        return f"原始面板使用{used}行{passed}。"
    passed = (
        f"{regions_} rows of other regions and {years} of other {_time(reader.study, reader.language)}s are passed over"
    )
    return f"{used} rows of the raw panel are used" + (f"; {passed}." if regions_ or years else ".")


def release(same, reader):
    """Say whether the released panel is reproduced.

    Parameters
    ----------
    same : bool or None
    reader : Reader

    Returns
    -------
    str
    """
    if same is None:
        return (
            "The study releases no normalised panel; it starts from raw figures."
            if reader.language == "en"
            else "本研究直接从原始数据开始。"
        )
    if same:
        return (
            "The normalised panel equals the released file to the last digit."
            if reader.language == "en"
            else "归一化面板与已发布文件逐位一致。"
        )
    text = "**The normalised panel differs from the released file**: other raw figures, or another setting."
    return text if reader.language == "en" else "**归一化面板与已发布文件不一致**：原始数据或设置不同。"


def development(yearly, by_group, by_region, reader):
    """Say how a subsystem's score develops and where it is high and low.

    Parameters
    ----------
    yearly : pandas.DataFrame
        Columns year and the mean of all regions.
    by_group : pandas.DataFrame
        Columns group and its mean over all years.
    by_region : pandas.DataFrame
        Columns region, first, last, change, growth, mean.
    reader : Reader

    Returns
    -------
    str
    """
    values, years = yearly.iloc[:, -1], list(yearly["year"])
    groups = {g.id: g.name[reader.language] for g in reader.study.groups}
    own = by_group[by_group["group"].isin(groups)].sort_values(by_group.columns[-1], ascending=False, kind="stable")
    order = (
        own["group"].map(groups)
        + (" (" if reader.language == "en" else "（")
        + own.iloc[:, -1].map(number)
        + (")" if reader.language == "en" else "）")
    )
    ranked = reader.regions[reader.language][by_region.sort_values("mean", ascending=False, kind="stable")["region"]]
    k = max(1, min(3, len(ranked) // 2))
    whole, every = reader.study.whole.name[reader.language], {"en": "all regions", "zh": "全部地区"}[reader.language]
    if whole.casefold() != every:
        every += {"en": f" ({whole})", "zh": f"（{whole}）"}[reader.language]
    if reader.language == "zh":
        text = (
            f"{every}均值{_change(values.iloc[0], values.iloc[-1], reader.language)}（{years[0]}—{years[-1]}{_ended(reader.study)}）"
            if len(years) > 1
            else f"{every}均值为{number(values.iloc[0])}"
        )
        return (
            f"{text}。分组均值由高到低：{_list(order, reader.language)}。" if len(groups) > 1 else f"{text}。"
        ) + f"均值最高的地区：{_list(ranked[:k], reader.language)}；最低的地区：{_list(ranked[-k:], reader.language)}。"
    text = f"The mean of {every} "
    text += (
        f"{_change(values.iloc[0], values.iloc[-1], reader.language)} between {years[0]} and {years[-1]}."
        if len(years) > 1
        else f"is {number(values.iloc[0])}."
    )
    if len(groups) > 1:
        text += f" Groups from high to low: {_list(order, reader.language)}."
    noun = "region" if k == 1 else "regions"
    return (
        text
        + f" Highest mean over the {_time(reader.study, reader.language)}s: {noun} {_list(ranked[:k], reader.language)}; "
        + f"lowest: {_list(ranked[-k:], reader.language)}."
    )


def coordination(groups_table, state, reader):
    """Say how coordination develops and which subsystem lags.

    Parameters
    ----------
    groups_table : pandas.DataFrame
        Columns group, year, coordination_degree, level.
    state : pandas.DataFrame
        The last year's rows of `coordination`.
    reader : Reader

    Returns
    -------
    str
    """
    own = groups_table[groups_table["group"] == reader.study.whole.id]
    first, last = own.iloc[0], own.iloc[-1]
    level = {x.name.en: x.name[reader.language] for x in reader.study.levels}
    names = {s.id: s.name[reader.language] for s in reader.study.subsystems}
    lags = state["lag"].value_counts()
    lagging = [(names[k], v) for k, v in lags.items() if k in names]
    even = int(lags.drop(list(names), errors="ignore").sum())
    if reader.language == "zh":
        counted = "，".join([*(f"{v}个地区{k}滞后" for k, v in lagging), *([f"{even}个地区同步"] if even else [])])
        year = _time(reader.study, reader.language)
        if len(own) == 1:
            text = f"{last.year}{year}D的全域均值为{number(last.coordination_degree)}（{level[last.level]}）。"
        else:
            ends = level[first.level], level[last.level]
            moved = f"等级仍为{ends[0]}" if ends[0] == ends[1] else f"由{ends[0]}到{ends[1]}"
            text = f"D的全域均值{_change(first.coordination_degree, last.coordination_degree, reader.language)}（{first.year}—{last.year}{_ended(reader.study)}），{moved}。"
        return text + f"{last.year}{year}：{counted}。"
    said = [f"{_inner(k)} lags in {_plural(v, 'region')}" for k, v in lagging]
    said += [f"the subsystems are synchronised in {_plural(even, 'region')}"] if even else []
    counted = _list(said, reader.language)
    if len(own) == 1:
        text = f"The mean of D is {number(last.coordination_degree)} in {last.year} ({level[last.level]})."
    else:
        ends = level[first.level], level[last.level]
        moved = f" and stays in {ends[0]}" if ends[0] == ends[1] else f", from {ends[0]} to {ends[1]}"
        text = f"The mean of D {_change(first.coordination_degree, last.coordination_degree, reader.language)} between {first.year} and {last.year}{moved}."
    return text + f" In {last.year}, {counted}."


def development_summary(yearly, reader):
    """Say in one sentence how the mean score of a subsystem moves.

    Parameters
    ----------
    yearly : pandas.DataFrame
        Columns year and the mean of all regions.
    reader : Reader

    Returns
    -------
    str
    """
    values, years = yearly.iloc[:, -1], list(yearly["year"])
    if len(years) == 1:
        return (
            f"均值为{number(values.iloc[0])}。"
            if reader.language == "zh"
            else f"The mean score is {number(values.iloc[0])}."
        )
    moved = _change(values.iloc[0], values.iloc[-1], reader.language)
    rate = 100 * float(growth(values.iloc[0], values.iloc[-1], reader.study.elapsed(years[0], years[-1])))
    year = _time(reader.study, reader.language)
    if reader.language == "zh":
        return f"均值{moved}，{year}均变化{number(rate, 1)}%。"
    return f"The mean score {moved} between {years[0]} and {years[-1]}, {number(rate, 1)}% a {year}."
