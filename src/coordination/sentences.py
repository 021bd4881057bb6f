"""What results mean, in sentences with computed numbers, in English or Chinese."""

from __future__ import annotations

from coordination.development import growth
from coordination.tables import number
from coordination.wording import periods, word

# What inference goes by in a sentence; the tail is the study's.
INFERENCE = {
    "p_randomisation": ("normal approximation ({})", "正态近似（{}）"),
    "p_permutation": ("permutation test ({})", "置换检验（{}）"),
    "p_exact_greater": ("exact one-sided test", "精确单侧检验"),
    "p_exact_two_sided": ("exact two-sided test", "精确双侧检验"),
}


def _list(names, language):
    names = list(names)
    if language == "zh":
        return "、".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _moved(first, last, language):
    if round(first, 3) == round(last, 3):
        return "stays at" if language == "en" else "保持在"
    up = last > first
    return (
        ("rises from {} to" if up else "falls from {} to")
        if language == "en"
        else ("由{}上升到" if up else "由{}下降到")
    )


def _change(first, last, language):
    text = _moved(first, last, language)
    return (
        f"{text.format(number(first))} {number(last)}"
        if language == "en"
        else f"{text.format(number(first))}{number(last)}"
    )


def _capital(text):
    return text[0].upper() + text[1:]


def _inner(name):
    """Return an English name as it stands within a sentence: with a small letter, unless it is an abbreviation."""
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def _plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _time(study, language):
    """Return what a study's unit of time is called: years, or periods with labels."""
    if language == "zh":
        return "期" if periods(study) else "年"
    return "period" if periods(study) else "year"


def _ended(study):
    """Return what follows a span of time in Chinese: nothing where the ends are labels."""
    return "" if periods(study) else "年"


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
    return text + (f" Without figures: {_list(map(_inner, absent), language)}." if absent else "")


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
            "No raw panel: the normalised values are those released."
            if language == "en"
            else "无原始面板：采用已发布的归一化数值。"
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
        counted = "，".join([*(f"{k}滞后{v}个地区" for k, v in lagging), *([f"同步{even}个地区"] if even else [])])
        year = _time(study, language)
        if len(own) == 1:
            text = f"{last.year}{year}D的全域均值为{number(last.coordination_degree)}（{level[last.level]}）。"
        else:
            text = f"D的全域均值{_change(first.coordination_degree, last.coordination_degree, language)}（{first.year}—{last.year}{_ended(study)}），由{level[first.level]}到{level[last.level]}。"
        return text + f"{last.year}{year}：{counted}。"
    said = [f"{_inner(k)} lags in {_plural(v, 'region')}" for k, v in lagging]
    said += [f"the subsystems are synchronised in {_plural(even, 'region')}"] if even else []
    counted = _list(said, language)
    if len(own) == 1:
        text = f"The mean of D is {number(last.coordination_degree)} in {last.year} ({level[last.level]})."
    else:
        text = f"The mean of D {_change(first.coordination_degree, last.coordination_degree, language)} between {first.year} and {last.year}, from {level[first.level]} to {level[last.level]}."
    return text + f" In {last.year}, {counted}."


def global_moran(table, *, study, regions, language):
    """Say in how many years or periods autocorrelation is significant under which inference.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    level, parts, year = study.autocorrelation.significance, [], _time(study, language)
    sources = list(table["source"].unique())
    for source in sources:
        own = table[table["source"] == source]
        n, positive = len(own), int((own["moran_i"] > 0).sum())
        first, last = own.iloc[0], own.iloc[-1]
        side = word(study.autocorrelation.tail, language)
        counts = [
            (names[language == "zh"].format(side), int((own[k] <= level).sum()))
            for k, names in INFERENCE.items()
            if own[k].notna().all()
        ]
        opening = "" if sources == ["data"] else _capital(word(source, language)) + (": ", "：")[language == "zh"]
        if language == "zh":
            said = "，".join(f"{k}{c}{year}" for k, c in counts)
            moved = _change(first.moran_i, last.moran_i, language) if n > 1 else f"为{number(first.moran_i)}"
            parts.append(
                f"{opening}{n}{year}中I为正的有{positive}{year}，I{moved}。在{level:.0%}水平显著的{year}数：{said}。"
            )
        else:
            said = _list((f"{c} by the {k}" for k, c in counts), language)
            moved = _change(first.moran_i, last.moran_i, language) if n > 1 else f"is {number(first.moran_i)}"
            parts.append(
                f"{opening}I is positive in {positive} of {_plural(n, year)} and {moved}. "
                f"At the {level:.0%} level the numbers of significant {year}s are {said}."
            )
    return "\n\n".join(parts)


def local_moran(table, *, study, regions, language):
    """Say which regions are significant, which quadrants depend on the axes, and how small p can be.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year and source of the hand-over table `local-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """

    def named(rows):
        return _list(regions[language][rows["region"]], language)

    depend = table[table["quadrant"] != table["quadrant_article"]]
    significant = table[table["significant_fdr"]]
    enumerated = int(table["p_exact"].notna().sum())
    unable = table[table["p_smallest"] > study.autocorrelation.significance]
    if language == "zh":
        text = f"象限取决于坐标轴位置的地区：{named(depend)}。" if len(depend) else "没有地区的象限取决于坐标轴位置。"
        text += f"控制FDR后显著的地区：{named(significant)}。" if len(significant) else "控制FDR后没有地区显著。"
        text += f"{len(table)}个地区中{enumerated}个以精确枚举推断。"
        return text + (f"无论数据如何都不可能显著的地区：{named(unable)}。" if len(unable) else "")
    text = (
        f"Quadrants that depend on where the axes cross: {named(depend)}."
        if len(depend)
        else "No quadrant depends on where the axes cross."
    )
    text += (
        f" Significant with the false discovery rate controlled: {named(significant)}."
        if len(significant)
        else " With the false discovery rate controlled, no region is significant."
    )
    text += f" Inference is by exact enumeration for {enumerated} of {_plural(len(table), 'region')}."
    return text + (f" Whatever the data, these could not become significant: {named(unable)}." if len(unable) else "")


def replication(board, *, study, regions, language):
    """Say how much of the published values and claims is reproduced.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    parts = []
    for route in ("published", "data"):
        own = board[board["route"] == route]
        found = own["verdict"].value_counts()
        tested = own[own["verdict"] != "not testable"]
        good = int(tested["verdict"].str.startswith("reproduced").sum())
        said = [f"{word(v, language)} {c}" for v, c in found.items()]
        if language == "zh":
            parts.append(
                f"{word(f'from_{route}', language)}：{len(tested)}个可检验条目中{good}个复现（{'，'.join(said)}）。"
            )
        else:
            parts.append(
                f"{_capital(word(f'from_{route}', language))}: {good} of {len(tested)} testable items are reproduced ({', '.join(said)})."
            )
    return "\n\n".join(parts)


def agreement(table, *, study, regions, language):
    """Say how close recomputed values are to published ones.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, published, recomputed.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    difference = table["recomputed"] - table["published"]
    by_region = difference.groupby(table["region"]).mean()
    far = regions[language][by_region.abs().idxmax()]
    r, mean = table["published"].corr(table["recomputed"]), difference.abs().mean()
    if language == "zh":
        return f"相关系数{number(r)}，平均绝对差{number(mean)}；偏差最大的地区是{far}（平均{number(by_region[by_region.abs().idxmax()])}）。"
    return f"Correlation {number(r)}, mean absolute difference {number(mean)}; farthest off is {far} (on average {number(by_region[by_region.abs().idxmax()])})."


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


def moran_summary(table, *, study, regions, language):
    """Say in one sentence how far spatial autocorrelation goes and how sure it is.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one source of the hand-over table `global-moran`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    n, level = len(table), study.autocorrelation.significance
    positive = int((table["moran_i"] > 0).sum())
    normal = int((table["p_randomisation"] <= level).sum())
    exact = table["p_exact_two_sided"].notna().all()
    sure = int((table["p_exact_two_sided" if exact else "p_permutation"] <= level).sum())
    year = _time(study, language)
    if language == "zh":
        how = "精确双侧检验" if exact else "置换检验"
        return (
            f"D的全局莫兰指数在{n}{year}中有{positive}{year}为正；按正态近似有{normal}{year}显著，"
            f"按{how}有{sure}{year}显著（{level:.0%}水平）。"
        )
    how = "the exact two-sided test" if exact else "the permutation test"
    return (
        f"Moran's I of D is positive in {positive} of {_plural(n, year)}; at the {level:.0%} level it is significant in {normal} by the "
        f"normal approximation and in {sure} by {how}."
    )


def replication_summary(board, *, study, regions, language):
    """Say in one sentence how much is reproduced on each route.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    tested = board[board["verdict"] != "not testable"]
    good = tested["verdict"].str.startswith("reproduced").groupby(tested["route"]).agg(["sum", "size"])
    parts = [(r, int(good["sum"][r]), int(good["size"][r])) for r in ("published", "data") if r in good.index]
    if language == "zh":
        said = "，".join(
            f"{'由已发表的D' if r == 'published' else '由数据'}检验的{n}项中{k}项复现" for r, k, n in parts
        )
        return f"{said}。"
    said = _list(
        (f"{k} of {n} items {'from the published D' if r == 'published' else 'from the data'}" for r, k, n in parts),
        language,
    )
    return f"{said} are reproduced."
