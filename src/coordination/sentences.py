"""What results mean, in sentences with computed numbers, in English or Chinese."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
import pandas as pd

from coordination import fields
from coordination.development import growth
from coordination.tables import GINI_PARTS, number, p_value
from coordination.wording import factor, periods, word

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
    for route in (r for r in ("published", "data") if r in set(board["route"])):
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
    n, level, tail = len(table), study.autocorrelation.significance, study.autocorrelation.tail
    positive = int((table["moran_i"] > 0).sum())
    exact, year = bool(table["p_exact_two_sided"].notna().all()), _time(study, language)
    both = [erfc(abs(z) / sqrt(2)) for z in table["z_randomisation"]]
    pairs = []  # sides, and the p values of the normal approximation and of the other test with the same tail
    if tail == "two-sided" or not exact:
        own = "p_exact_two_sided" if exact else "p_permutation"
        pairs.append(("two" if tail == "two-sided" else "one", table["p_randomisation"], table[own]))
    else:
        own = "p_exact_greater" if tail == "greater" else "p_permutation"
        pairs += [("one", table["p_randomisation"], table[own]), ("two", both, table["p_exact_two_sided"])]
    counts = [(side, *(sum(p <= level for p in column) for column in columns)) for side, *columns in pairs]
    if language == "zh":
        how = "精确检验" if exact else "置换检验"
        parts = [
            f"{'单侧' if side == 'one' else '双侧'}检验按正态近似有{normal}{year}显著，按{how}有{sure}{year}显著"
            for side, normal, sure in counts
        ]
        said = "；".join(parts)
        return f"D的全局莫兰指数在{n}{year}中有{positive}{year}为正；在{level:.0%}水平上，{said}。"
    how = "the exact test" if exact else "the permutation test"
    parts = [
        f"{side}-sided in {normal} by the normal approximation and in {sure} by {how}" for side, normal, sure in counts
    ]
    return (
        f"Moran's I of D is positive in {positive} of {_plural(n, year)}; at the {level:.0%} level it is significant "
        f"{', '.join(parts)}."
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
    if not parts:
        return "无可检验的条目。" if language == "zh" else "No item can be tested."
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


def claims(table, *, study, regions, language):
    """Say how many claims hold, and how robustly.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    zh = language == "zh"
    count = len(table)
    published, data = (table[f"holds_{route}"].astype("boolean") for route in ("published", "data"))
    held = data.fillna(False).astype(bool)
    tested, robust = int(data.notna().sum()), table.loc[held, "share"].dropna()
    known = table["share"].dropna()
    figures = pd.to_numeric(table["published"], errors="coerce").notna()
    exact = int((figures & (table["share"] < 0.5)).sum())
    by_convention = table[["verdict_published", "verdict_data"]].stack().astype(str).str.contains(" / ").any()
    if zh:
        text = f"{count}条论断中，{int(held.sum())}条在本文数据中成立"
        text += f"（{count - tested}条无法检验）" if tested < count else ""
        text += "；结论取决于惯例者以本研究的惯例为准。" if by_convention else "。"
        if published.notna().any():
            text += f"由已发表的D可检验{int(published.notna().sum())}条，其中{int(published.sum())}条成立。"
        if len(known):
            if len(robust):
                text += (
                    f"在数据中成立的论断里，{int((robust >= 0.95).sum())}条在至少95%的方法组合下成立，"
                    f"{int((robust > 0.5).sum())}条在半数以上的方法组合下成立。"
                )
            text += f"全部论断中有{int((known < 0.5).sum())}条在不到半数的方法组合下成立"
            text += f"，其中{exact}条是具体数值，换一种尺度就会改变。" if exact else "。"
        return text

    def hold(claims):
        return f"{int(claims.sum())} hold{'s' if claims.sum() == 1 else ''}"

    text = f"Of the {_plural(count, 'claim')}, {hold(held)} in the data"
    text += f" ({count - tested} cannot be tested)" if tested < count else ""
    text += ", by the study's own convention where the verdict depends on one." if by_convention else "."
    if published.notna().any():
        text += f" The published D can test {int(published.notna().sum())}, of which {hold(published)} there."
    if len(known):
        if len(robust):
            text += (
                f" Of those that hold in the data, {hold(robust >= 0.95)} under at least 95% of the combinations of "
                f"choices of method and {hold(robust > 0.5)} under more than half of them."
            )
        text += f" Of all claims, {hold(known < 0.5)} under less than half of the combinations"
        text += f", {exact} of them exact figures, which another scale changes." if exact else "."
    return text


DIRECTIONS = (
    ("north", "北"), ("northeast", "东北"), ("east", "东"), ("southeast", "东南"),
    ("south", "南"), ("southwest", "西南"), ("west", "西"), ("northwest", "西北"),
)  # fmt: skip


def _towards(bearing, language):
    """Return a direction in words: degrees clockwise from north to one of eight."""
    return DIRECTIONS[round(bearing / 45) % 8][language == "zh"]


def _share_of(p, language):
    """Write a p value in a sentence."""
    sign, gap = "<" if p < 0.001 else "=", " " if language == "en" else ""
    return f"p{gap}{sign}{gap}{max(p, 0.001):.3f}"


# Whether a change of clustering is significant, and whether it is a fall.
VERDICTS = {
    (True, True): ("clustering weakened significantly", "集聚显著减弱"),
    (True, False): ("clustering changed significantly", "集聚显著变化"),
    (False, True): ("no evidence that clustering weakened", "没有集聚减弱的证据"),
    (False, False): ("no evidence that clustering changed", "没有集聚变化的证据"),
}


def moran_change(table, *, study, regions, language):
    """Say whether clustering changed, by a test of the change.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    level, year, parts = study.autocorrelation.significance, _time(study, language), []
    for row in table.to_dict("records"):
        source = "" if list(table["source"]) == ["data"] else word(row["source"], language)
        opening = _capital(source) + {"en": ": ", "zh": "："}[language] if source else ""
        if row["first"] == row["last"]:
            only = {
                "en": f"There is one {year} only, so that Moran's I ({number(row['moran_last'])}) has no change to test.",
                "zh": f"只有一{year}，莫兰指数（{number(row['moran_last'])}）无变化可检验。",
            }
            parts.append(opening + only[language])
            continue
        fell, moved = row["change"] < 0, _change(row["moran_first"], row["moran_last"], language)
        p = row["p_two_sided"]
        verdict = VERDICTS[bool(p <= level), fell][language == "zh"]
        if language == "zh":
            text = (
                f"莫兰指数{moved}（{row['first']}—{row['last']}{_ended(study)}）。逐地区交换这两{year}时，"
                f"不小于此的变化（不论方向）出现的比例为{number(p)}：{verdict}。"
            )
            later = (
                f"各{year}间的斜率为{number(row['slope'], 4)}：倒置各地区的整条路径时{_share_of(row['slope_p_two_sided'], language)}，"
                f"若忽略{year}际依赖而重排各{year}则{_share_of(row['order_p_two_sided'], language)}（均为双侧）。"
            )
        else:
            text = (
                f"Moran's I {moved} between {row['first']} and {row['last']}. With the two {year}s exchanged region by "
                f"region, a change at least as large, up or down, arises in {number(p)} of the choices: {verdict}."
            )
            later = (
                f" From one {year} to the next the slope is {number(row['slope'], 4)}: two-sided "
                f"{_share_of(row['slope_p_two_sided'], language)} with the regions' whole paths run backwards, "
                f"{_share_of(row['order_p_two_sided'], language)} if the {year}s are rearranged as though none depended on the one before."
            )
        parts.append(opening + text + later)
    return "\n\n".join(parts)


def association(contiguity, bivariate, *, study, regions, language):
    """Say what Geary's C and bivariate Moran's I show.

    Parameters
    ----------
    contiguity : pandas.DataFrame
        Columns year, geary_c, p (with the study's tail), p_two_sided.
    bivariate : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, p_two_sided.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    level, year = study.autocorrelation.significance, _time(study, language)
    names = {s.id: s.name[language] for s in study.subsystems}

    def moved(values):
        if len(values) > 1:
            return _change(values.iloc[0], values.iloc[-1], language)
        return {"en": f"is {number(values.iloc[0])}", "zh": f"为{number(values.iloc[0])}"}[language]

    low = bool((contiguity["geary_c"] < 1).all())
    c, n = contiguity["geary_c"], len(contiguity)
    sure, one = (int((contiguity[k] <= level).sum()) for k in ("p_two_sided", "p"))
    sided = study.autocorrelation.tail != "two-sided"
    if language == "zh":
        single = f"单侧检验有{one}{year}显著，" if sided else ""
        where = f"各{year}均小于1（邻近地区相似）" if low else f"并非各{year}均小于1"
        text = (
            f"吉尔里指数C{moved(c)}，{where}；{level:.0%}水平上，{n}{year}中{single}双侧检验有{sure}{year}显著异于1。"
        )
    else:
        where = f"below 1 in every {year} (neighbours are alike)" if low else f"not below 1 in every {year}"
        text = (
            f"Geary's C {moved(c)} and is {where}; of {_plural(n, year)} it differs from 1 at the {level:.0%} level in "
            f"{f'{one} one-sided, in {sure} two-sided' if sided else f'{sure} two-sided'}."
        )
    for (a, b), own in bivariate.groupby(["first", "second"], sort=False):
        i, sure = own["bivariate_i"], int((own["p_two_sided"] <= level).sum())
        if language == "zh":
            text += f"{names[a]}与邻近地区的{names[b]}之间的双变量莫兰指数{moved(i)}，{n}{year}中有{sure}{year}显著异于期望值。"
        else:
            text += (
                f" Bivariate Moran's I between {_inner(names[a])} and the neighbours' {_inner(names[b])} {moved(i)} and "
                f"differs from its expectation significantly in {sure} of {_plural(n, year)}."
            )
    return text


def gravity(path, *, study, regions, language):
    """Say where the centre of gravity moves and how the ellipse changes.

    Parameters
    ----------
    path : pandas.DataFrame or None
        Columns year, longitude, latitude (degrees), area (km^2), moved, from_first (km), direction (degrees clockwise
        from north), a row a year; None without points and polygons.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if path is None:
        return {
            "en": "The study has neither points nor polygons, so that there is no centre of gravity, no ellipse and no trend surface.",
            "zh": "本研究既无坐标也无边界，故不计算重心、标准差椭圆与趋势面。",
        }[language]
    first, last = path.iloc[0], path.iloc[-1]
    since, until = path["year"].iloc[0], path["year"].iloc[-1]
    gap = "、" if language == "zh" else ", "
    place = f"{number(last.longitude, 2)}°{gap}{number(last.latitude, 2)}°"
    if len(path) == 1:
        return {
            "en": f"The centre of gravity of D in {until} lies at longitude and latitude {place}.",
            "zh": f"{until}{_time(study, language)}D的重心位于经纬度{place}。",
        }[language]
    way = _towards(last.direction, language) if last.from_first > 0 else ""
    walked = path["moved"].sum()
    ratio = 100 * (last.area / first.area - 1) if first.area > 0 else float("nan")
    if language == "zh":
        text = f"{since}—{until}{_ended(study)}，D的重心" + (
            f"向{way}移动{number(last.from_first, 1)}千米（路径长{number(walked, 1)}千米）" if way else "未移动"
        )
        return f"{text}，位于经纬度{place}；标准差椭圆的面积变化{number(ratio, 1)}%。"
    text = f"From {since} to {until} the centre of gravity of D " + (
        f"moves {number(last.from_first, 1)} km to the {way} (on a path of {number(walked, 1)} km)"
        if way
        else "stays where it is"
    )
    return f"{text}, to longitude and latitude {place}; the area of the standard deviational ellipse changes by {number(ratio, 1)}%."


def hot_spots(table, *, study, regions, language):
    """Say which regions are hot and cold spots.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, g_star, significant_fdr, a row a region, of one year.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    sure = table[table["significant_fdr"]]
    said = []
    for label, own in (("hot", sure[sure["g_star"] > 0]), ("cold", sure[sure["g_star"] < 0])):
        names = _list(regions[language][own["region"]], language) if len(own) else ""
        if names:
            said.append(f"{word(label, language)}{'：' if language == 'zh' else ' spots: '}{names}")
    year = table["year"].iloc[0]
    if language == "zh":
        text = f"{year}{_time(study, language)}按G*统计量并控制FDR，"
        return text + (f"{'；'.join(said)}。" if said else "没有热点或冷点。")
    text = f"In {year}, by G* with the false discovery rate controlled: "
    return text + (f"{'; '.join(said)}." if said else "no region is a hot or a cold spot.")


def trend_surface(table, *, study, regions, language):
    """Say how much of D a surface over the map explains, or why none is fitted.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns order, year, r_squared, p, rise, bearing, reason.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    parts, year = [], _time(study, language)
    for order, own in table.groupby("order", sort=True):
        name = {1: ("plane", "平面"), 2: ("quadratic surface", "二次曲面")}[order][language == "zh"]
        if own["reason"].iloc[0]:
            why = {
                ("few", "en"): f"{len(regions)} regions are fewer than two a coefficient",
                ("few", "zh"): f"{len(regions)}个地区，不足每个系数两个",
                ("line", "en"): "the regions' points do not determine it",
                ("line", "zh"): "各地区的位置不足以确定该曲面",
            }[own["reason"].iloc[0], language]
            parts.append(f"不拟合{name}：{why}。" if language == "zh" else f"No {name} is fitted: {why}.")
            continue
        first, last = own.iloc[0], own.iloc[-1]
        towards = _towards(last.bearing, language) if order == 1 else ""
        one, ends = len(own) == 1, [f"{number(100 * r, 1)}%" for r in own["r_squared"].iloc[[0, -1]]]
        if language == "zh":
            share = ends[1] if one else f"由{ends[0]}到{ends[1]}"
            text = f"{name}解释D的方差{share}（{last.year}{year}{_share_of(last.p, language)}）"
            parts.append(text + (f"，最陡上升方向为{towards}。" if towards else "。"))
        else:
            share = ends[1] if one else f"{ends[0]} in {first.year} and {ends[1]} in {last.year}"
            text = f"A {name} over the map explains {share} of the variance of D ({_share_of(last.p, language)} in {last.year})"
            parts.append(text + (f", rising most steeply to the {towards}." if towards else "."))
    return ("" if language == "zh" else " ").join(parts)


def obstacles(indicators, dimensions, *, study, regions, language):
    """Say what the largest obstacles are on the mean of the regions, and how they move.

    Parameters
    ----------
    indicators, dimensions : pandas.DataFrame
        Mean obstacle degrees: columns indicator or part, first, last, change.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    names = {i.id: i.name[language] for i in study.indicators}
    parts = {d.id: d.name[language] for s in study.subsystems for d in s.dimensions}
    names, parts = ({k: v if language == "zh" else _inner(v) for k, v in n.items()} for n in (names, parts))
    top = indicators.sort_values("last", ascending=False, kind="stable").head(5)
    great = dimensions.loc[dimensions["last"].idxmax()]
    first, last = study.years[0], study.years[-1]
    year = _time(study, language)
    said = [_bracketed(names[r.indicator], number(100 * r.last, 1), language) for r in top.itertuples() if r.last > 0]
    if not said:
        return (
            "没有障碍：所有指标均达到最大值。"
            if language == "zh"
            else "Nothing is in the way: every value is at its best."
        )
    if language == "zh":
        text = f"{last}{year}平均障碍度（%）最大的指标依次为{_list(said, language)}；"
        text += f"障碍最大的维度是{parts[great.part]}（{number(100 * great['last'], 1)}）。"
    else:
        text = f"On the mean of the regions the largest obstacles in {last} are {_list(said, language)}, in % of all; "
        text += f"the dimension with the largest is {parts[great.part]} ({number(100 * great['last'], 1)}%)."
    if len(study.years) == 1:
        return text
    up, down = (dimensions.loc[f(dimensions["change"])] for f in (lambda c: c.idxmax(), lambda c: c.idxmin()))
    if up.part == down.part or up["change"] <= 0 or down["change"] >= 0:
        return text
    moved = [(parts[r.part], number(100 * r["first"], 1), number(100 * r["last"], 1)) for r in (up, down)]
    if language == "zh":
        (a, b, c), (d, e, f) = moved
        return text + f"自{first}{year}以来，{a}的障碍度由{b}%升至{c}%，上升最多；{d}由{e}%降至{f}%，下降最多。"
    (a, b, c), (d, e, f) = moved
    return (
        text
        + f" Since {first} that of {a} has risen most, from {b}% to {c}%, and that of {d} fallen most, from {e}% to {f}%."
    )


def _bracketed(name, figure, language):
    return f"{name}（{figure}）" if language == "zh" else f"{name} ({figure})"


def growth_contributions(table, *, study, regions, language):
    """Say which indicators the growth of D came from.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, subsystem, indicator, contribution.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    total = table.groupby("region", sort=False)["contribution"].sum(min_count=1)
    undefined = [regions[language][r] for r in total.index[total.isna()]]
    mean = table.groupby("indicator", sort=False)["contribution"].mean()
    names = {i.id: i.name[language] if language == "zh" else _inner(i.name[language]) for i in study.indicators}
    systems = {s.id: s.name[language] for s in study.subsystems}
    first, last = study.years[0], study.years[-1]
    if total.isna().all():
        return "各地区D的增长均无定义。" if language == "zh" else "The growth of D is defined in no region."
    order = mean.sort_values(ascending=False, kind="stable")
    said = [_bracketed(names[k], number(v), language) for k, v in order.head(3).items()]
    against = [_bracketed(names[k], number(v), language) for k, v in order[order < -0.0005].items()][::-1]
    sums = table.groupby("subsystem", sort=False)["contribution"].sum() / total.notna().sum()
    by_system = [_bracketed(systems[k], number(v), language) for k, v in sums.items()]
    if language == "zh":
        text = f"{first}—{last}{_ended(study)}，ln D平均变化{number(total.mean())}，按子系统分：{_list(by_system, language)}；"
        text += f"贡献最大的指标是{_list(said, language)}。"
        text += f"起反向作用的指标：{_list(against, language)}。" if against else ""
        return text + (f"D为0、增长无定义的地区：{_list(undefined, language)}。" if undefined else "")
    by_system = [_inner(s) for s in by_system]
    text = f"Between {first} and {last} ln D changes by {number(total.mean())} on the mean of the regions, "
    text += (
        f"by subsystem: {_list(by_system, language)}. The largest contributions are those of {_list(said, language)}."
    )
    text += f" Against it work {_list(against, language)}." if against else ""
    return text + (f" Undefined, because D is 0: {_list(undefined, language)}." if undefined else "")


def coverage(covered, found, *, study, regions, language):
    """Say how much of a lens's concepts the indicators evidence, and what they do not see.

    Parameters
    ----------
    covered : pandas.DataFrame
        Rows of one lens: columns lens, family, concept, indicators, without_figures, weight, obstacle, state.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    lens = found.lens(covered["lens"].iloc[0])
    good = int((covered["state"] == "covered").sum())
    blind = [lens.concept(c).name[language] for c in covered.loc[covered["state"] != "covered", "concept"]]
    heavy = covered.loc[covered["weight"].idxmax()]
    concept, share = lens.concept(heavy["concept"]).name[language], number(100 * heavy["weight"], 1)
    if language == "zh":
        text = f"{lens.name.zh}：{len(covered)}个概念中{good}个有数据体现"
        text += f"；承载权重最大的是{concept}（{share}%）。" if good else "。"
        return text + (f"尚无数据体现：{_list(blind, language)}。" if blind else "")
    text = f"{lens.name.en}: figures evidence {good} of {_plural(len(covered), 'concept')}"
    text += f"; {_inner(concept)} carries most weight ({share}%)." if good else "."
    return text + (f" No figures evidence {_list(map(_inner, blind), language)}." if blind else "")


def coverage_summary(covered, *, study, regions, language):
    """Say in one sentence how many concepts are evidenced.

    Parameters
    ----------
    covered : pandas.DataFrame
        As for `coverage`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if covered.empty:
        none = "No lens is mapped to the indicators of this study, so that coverage is left out."
        return "没有视角与本研究的指标相对应，故不作覆盖分析。" if language == "zh" else none
    n, k = len(covered), int((covered["state"] == "covered").sum())
    none = int((covered["state"] == "blind").sum())
    if language == "zh":
        return f"{covered['lens'].nunique()}个视角的{n}个概念中，{k}个有数据体现，{n - k - none}个只有无数据的指标，{none}个没有任何指标。"
    lenses = _plural(covered["lens"].nunique(), "lens").replace("lenss", "lenses")
    return (
        f"Of the {n} concepts of {lenses}, {k} are evidenced by figures, {n - k - none} only by indicators without figures, "
        f"and {none} by no indicator at all."
    )


def diagnosis(table, facts, *, study, regions, language):
    """Say how the regions stand, and how sure their place among the neighbours is.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`.
    facts : pandas.DataFrame
        Index region and the whole; fields of the diagnosis.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    own = facts.loc[list(regions.index)]
    n, level = len(own), study.autocorrelation.significance
    settled = int((own["settled"] == True).sum())  # noqa: E712 an object column that may hold None
    sure = int((own["significant"] == True).sum())  # noqa: E712 an object column that may hold None
    per = table[table["region"].isin(regions.index)].groupby("region").size().reindex(regions.index, fill_value=0)
    if language == "zh":
        return f"各地区诊断出{per.min()}至{per.max()}项限度。{n}个地区中，{settled}个的象限不取决于坐标轴，" + (
            f"{sure}个的象限在错误发现率控制为{level:.0%}时显著；其余象限只宜作为线索。"
            if sure
            else f"没有象限在错误发现率控制为{level:.0%}时显著，只宜作为线索。"
        )
    counted = f"{per.min()}" if per.min() == per.max() else f"{per.min()} to {per.max()}"
    firm = (
        f"{sure} of the quadrants {'is' if sure == 1 else 'are'} significant with the false discovery rate held at "
        f"{level:.0%}; the others are hints, not findings."
        if sure
        else f"none of the quadrants is significant with the false discovery rate held at {level:.0%}: they are hints, "
        "not findings."
    )
    return (
        f"The rules diagnose {counted} limits in a region. Of {_plural(n, 'region')}, {settled} {'lies' if settled == 1 else 'lie'} in a "
        f"quadrant that does not depend on the axes, and {firm}"
    )


def diagnosis_summary(table, found, *, study, regions, language):
    """Say in one sentence which limits are diagnosed in most regions.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    counts = table.loc[table["region"].isin(regions.index), "rule"].value_counts(sort=False)
    counts = counts.sort_values(ascending=False, kind="stable").head(3)
    if counts.empty:
        return "没有规则在任何地区成立。" if language == "zh" else "No rule of the diagnosis holds in any region."
    names = [found.diagnosed(k)[language] for k in counts.index]
    if language == "zh":
        said = [f"{name}（{v}个地区）" for name, v in zip(names, counts, strict=True)]
        return f"诊断中最常见的是：{'；'.join(said)}。"
    said = [f"{_inner(name)} ({_plural(v, 'region')})" for name, v in zip(names, counts, strict=True)]
    return f"What is diagnosed most often: {'; '.join(said)}."


def group_diagnosis(facts, group, *, study, regions, language):
    """Say how the regions of a group stand.

    Parameters
    ----------
    facts : pandas.DataFrame
        Index region; fields of the diagnosis.
    group : Group
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    own = facts.loc[list(regions.index[regions["group"] == group.id])]
    d = own["degree"].astype(float)
    systems = {s.id: s.name[language] for s in study.subsystems}
    parts = {x.id: x.name[language] for s in study.subsystems for x in s.dimensions}
    lags = [(systems[k], v) for k, v in own["lag"].value_counts(sort=False).items() if k in systems]
    even = len(own) - sum(v for _, v in lags)
    large = own["largest_dimension"].dropna().value_counts()
    high, low = regions[language][d.idxmax()], regions[language][d.idxmin()]
    if language == "zh":
        text = f"{group.name.zh}：{len(own)}个地区D均值{number(d.mean())}"
        text += f"，由{high}（{number(d.max())}）到{low}（{number(d.min())}）；" if len(own) > 1 else "；"
        said = [*(f"{v}个地区{k}滞后" for k, v in lags), *([f"{even}个地区同步"] if even else [])]
        text += _list(said, language)
        many = [f"{parts[k]}（{v}个地区）" for k, v in large.items()]
        return text + (f"；首要障碍维度：{_list(many, language)}。" if many else "。")
    text = f"{group.name.en}: mean D of {_plural(len(own), 'region')} {number(d.mean())}"
    text += f", from {high} ({number(d.max())}) down to {low} ({number(d.min())}); " if len(own) > 1 else "; "
    said = [f"{_inner(k)} lags in {v}" for k, v in lags] + (
        [f"the subsystems are synchronised in {even}"] if even else []
    )
    many = [f"{_inner(parts[k])} in {v}" for k, v in large.items()]
    return text + _list(said, language) + (f". The largest obstacles lie in {_list(many, language)}." if many else ".")


def countermeasure(table, found, *, study, regions, language):
    """Say a limit, its countermeasure, where it was diagnosed and on what numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one rule of the hand-over table `diagnosis`, with their numbers as pairs of field and value in the
        column `pairs`.
    found : Catalogue
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    row = table.iloc[0]
    limit, path = found.diagnosed(row["rule"]), found.lens(row["lens"]).path(row["path"])
    figures = {}
    for pairs in table["pairs"]:
        for field, number_ in pairs:
            figures.setdefault(field, []).append(number_)
    ranges = [(k, v) for k, v in figures.items() if not isinstance(v[0], str) and not k.startswith("place")]
    said = [fields.with_unit(fields.name(k, found, study, language), _range(k, v, study, language)) for k, v in ranges]
    where, level = _where(table, study, regions, language), study.autocorrelation.significance
    if "p" in figures:
        sure = sum(p <= level for p in figures["p"])
        several = (
            f"{sure} of {len(figures['p'])} significant at the {level:.0%} level, each taken alone",
            f"{len(figures['p'])}个中{sure}个单独看在{level:.0%}水平显著",
        )
        said.append(several[language == "zh"])
    if language == "zh":
        text = f"{limit.zh}（{where}）→ {path.name.zh}：{path.measures.zh}。"
        return text + (f"依据：{'，'.join(said)}。" if said else "")
    text = f"{limit.en} ({where}) → {_inner(path.name.en)}: {_inner(path.measures.en)}."
    return text + (f" On the numbers: {', '.join(map(_inner, said))}." if said else "")


def _range(field, values, study, language):
    low, high = (fields.value(field, f(values), study, language) for f in (min, max))
    return low if low == high else f"{low}{'至' if language == 'zh' else ' to '}{high}"


def _where(table, study, regions, language):
    """Name the regions of a diagnosis; count them by group where they are many."""
    names = [regions[language][r] for r in table["region"] if r in regions.index]
    if not names:
        return study.whole.name[language]
    if len(names) <= 9:
        return _list(names, language)
    counts = regions["group"][table["region"]].value_counts()
    said = [f"{g.name[language]} {counts[g.id]}" for g in study.groups if g.id in counts]
    return (
        f"{len(names)}个地区：{_list(said, language)}"
        if language == "zh"
        else f"{len(names)} regions: {_list(said, language)}"
    )


def density(peaks, *, study, regions, language):
    """Say how the distribution of D moves, widens and splits.

    Parameters
    ----------
    peaks : pandas.DataFrame
        Columns year, bandwidth, peak, height, peaks.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    known = peaks.dropna(subset="peak")
    year, m = _time(study, language), len(known)
    if not m:
        return (
            "所有地区的D相同，没有核密度。"
            if language == "zh"
            else "D is the same in all regions: there is no density."
        )
    first, last, several = known.iloc[0], known.iloc[-1], int((known["peaks"] > 1).sum())
    start, stop = known["year"].iloc[[0, -1]]
    widths = [number(known["bandwidth"].agg(k)) for k in ("min", "max")]
    width = widths[0] if widths[0] == widths[1] else ("–" if language == "en" else "—").join(widths)
    wider = last["height"] < first["height"]
    if language == "zh":
        many = (
            f"{m}{year}中有{several}{year}出现多个峰"
            if several
            else "各期均为单峰"
            if periods(study)
            else "各年均为单峰"
        )
        end = f"；{many}（带宽{width}）。"
        if m == 1:
            return f"核密度主峰位于{number(first['peak'])}{end}"
        moved = _change(first["peak"], last["peak"], language)
        spread = "峰高降低，分布变宽" if wider else "峰高上升，分布变窄"
        return f"核密度主峰位置{moved}（{start}—{stop}{_ended(study)}），{spread}{end}"
    many = (
        f"in {several} of {_plural(m, year)} there is more than one peak" if several else f"every {year} has one peak"
    )
    end = f"; {many} (bandwidth {width})."
    if m == 1:
        return f"The density of D has its peak at {number(first['peak'])}{end}"
    moved = _change(first["peak"], last["peak"], language)
    spread = "lower: the distribution widens" if wider else "higher: the distribution narrows"
    return f"The peak of the density of D {moved} between {start} and {stop} and becomes {spread}{end}"


def sigma_convergence(table, *, study, regions, language):
    """Say whether the dispersion of D falls, and whether that could be chance.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, regions, first, last, slope, p, p_smallest, exact; the whole first.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    zh, level = language == "zh", study.autocorrelation.significance
    names, whole = {g.id: g.name[language] for g in study.groups}, table.iloc[0]
    if table["p"].isna().iloc[0]:
        return "D的σ收敛无法检验。" if zh else "Sigma convergence of D cannot be tested."
    sure = whole["p"] <= level
    kind = ("converges" if whole["slope"] < 0 else "diverges") if sure else "neither"
    verdict = {
        "converges": ("D converges in the sense of sigma", "D存在σ收敛"),
        "diverges": ("D diverges in the sense of sigma", "D呈σ发散"),
        "neither": ("No sigma convergence of D is established", "未能证实D存在σ收敛"),
    }[kind][zh]
    moved = _change(whole["first"], whole["last"], language)
    how = ("exact" if whole["exact"] else "sampled", "精确" if whole["exact"] else "抽样")[zh]
    groups = table.iloc[1:].dropna(subset="p")
    found = [(names[r["group"]], r["slope"] < 0) for _, r in groups[groups["p"] <= level].iterrows()]
    unable = [names[g] for g in groups.loc[groups["p_smallest"] > level, "group"]]
    p = _p(whole["p"])
    if zh:
        text = f"{verdict}：变异系数{moved}（趋势的{how}p值{p}）。"
        for falls, said in ((True, "收敛"), (False, "发散")):
            own = [n for n, down in found if down == falls]
            text += f"组内{said}：{_list(own, language)}。" if own else ""
        text += "" if found or groups.empty else "没有分组的趋势显著。"
        return text + (f"地区太少、无论数据如何都不可能显著的分组：{_list(unable, language)}。" if unable else "")
    text = f"{verdict}: its coefficient of variation {moved} ({how} p of the trend {p})."
    for falls, said in ((True, "Converging"), (False, "Diverging")):
        own = [n for n, down in found if down == falls]
        text += f" {said} within: {_list(own, language)}." if own else ""
    text += "" if found or groups.empty else " The trend of no group is significant."
    return text + (
        f" With too few regions to become significant, whatever the data: {_list(unable, language)}." if unable else ""
    )


def _p(value):
    """Write a p value within a sentence."""
    return p_value(value).replace("<", "< ")


def beta_convergence(table, *, study, regions, language):
    """Say whether regions with a low D grow faster, absolutely and conditionally.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, regions, observations, coefficient, error, p, p_wild, exact, speed, half_life.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    zh, level, year = language == "zh", study.autocorrelation.significance, _time(study, language)
    rows = table.set_index("model")
    parts = []
    for models, names in (
        (("absolute", "panel"), ("Absolute convergence", "绝对β收敛")),
        (("groups",), ("Convergence conditional on groups", "分组条件下的β收敛")),
    ):
        own = rows.loc[list(models)].dropna(subset="p_wild")
        if own.empty:
            continue
        sure = ((own["p_wild"] <= level) & (own["coefficient"] < 0)).all()
        said = zip(own.index, own["coefficient"], own["p_wild"].map(_p), strict=True)
        spans = {"absolute": " over the whole span", "panel": f" from {year} to {year}", "groups": ""}
        spans_zh = {"absolute": "期初至期末", "panel": f"逐{year}", "groups": ""}
        if zh:
            said = [f"{spans_zh[m]}{number(b, 4)}（p {p if p.startswith('<') else '= ' + p}）" for m, b, p in said]
            parts.append(f"{names[1]}{'成立' if sure else '未获证实'}：b为{_list(said, language)}。")
        else:
            said = [f"{number(b, 4)}{spans[m]} (p {p})" for m, b, p in said]
            parts.append(f"{names[0]} is {'' if sure else 'not '}established: b is {_list(said, language)}.")
    if not parts:
        return (
            f"{'时期' if periods(study) else '年份'}或地区太少，无法估计β收敛。"
            if zh
            else f"Beta convergence cannot be estimated: too few {year}s or regions."
        )
    own = rows.loc["regions"]
    if pd.notna(own["p_wild"]):
        sure, share = own["p_wild"] <= level, number(100 * own["p_wild"], 1)
        lives = [number(v, 1) for v in rows.loc[["regions", "jackknife"], "half_life"] if pd.notna(v)]
        if zh:
            half = (
                f"（半衰期{lives[0]}{year}" + (f"，刀切法纠偏后{lives[1]}{year}）" if lives[1:] else "）")
                if lives
                else ""
            )
            verdict = "成立" if sure else "未获证实"
            parts.append(
                f"各地区向自身水平的收敛{verdict}：b为{number(own['coefficient'], 4)}{half}，"
                f"而在冲击永久留存的路径中有{share}%同样低。"
            )
        else:
            half = (
                f" (half-life {lives[0]} {year}s" + (f", {lives[1]} with the jackknife)" if lives[1:] else ")")
                if lives
                else ""
            )
            parts.append(
                f"Convergence of every region to a level of its own is {'' if sure else 'not '}established: b is "
                f"{number(own['coefficient'], 4)}{half}, and as low in {share}% of paths whose shocks stay for good."
            )
    return ("" if zh else " ").join(parts)


def inequality(table, *, study, regions, language):
    """Say how unequal regions are and how much of it lies between groups.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one variable of the hand-over table `inequality`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    zh, year = language == "zh", _time(study, language)
    wide = table.pivot(index="year", columns="measure", values="value")
    known = wide[wide["gini"] > 0]
    name = {s.id: s.name[language] for s in study.subsystems}.get(table["variable"].iloc[0], "D")
    if known.empty:
        return f"{name}在各地区之间没有差距。" if zh else f"{name} does not differ between regions."
    first, last, m = known.iloc[0], known.iloc[-1], len(known)
    moved = _change(first["gini"], last["gini"], language) if m > 1 else ("为" if zh else "is ") + number(last["gini"])
    if len(study.groups) == 1:
        return f"{name}的基尼系数{moved}。" if zh else f"The Gini coefficient of {_within(name)} {moved}."
    shares = [number(100 * last[f"gini_{k}"] / last["gini"], 0) for k in GINI_PARTS]
    sure = int((known["p_between"] <= study.autocorrelation.significance).sum())
    level = f"{study.autocorrelation.significance:.0%}"
    if zh:
        when = f"{known.index[-1]}{year}"
        return (
            f"{name}的基尼系数{moved}；{when}其中组内占{shares[0]}%，组间净差异占{shares[1]}%，超变密度占{shares[2]}%。"
            f"组间差异在{m}{year}中有{sure}{year}超出随机分组所能解释的范围（{level}水平）。"
        )
    return (
        f"The Gini coefficient of {_within(name)} {moved}; in {known.index[-1]} {shares[0]}% of it lies within groups, "
        f"{shares[1]}% is net between groups and {shares[2]}% transvariation. Groups differ by more than groups drawn by "
        f"chance in {sure} of {_plural(m, year)} ({level} level)."
    )


def _within(name):
    return name if len(name) == 1 else _inner(name)


def mobility(levels, quartiles, ranks, *, study, regions, language):
    """Say how mobile regions are between levels and quartiles, and how stable their order is.

    Parameters
    ----------
    levels, quartiles : pandas.Series
        transitions, staying, up, down, shorrocks.
    ranks : pandas.DataFrame
        Columns year, tau_first.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if not levels["transitions"]:
        return "没有转移。" if language == "zh" else "There are no transitions."
    tau = ranks["tau_first"].iloc[-1]
    shares = [number(100 * levels[k], 0) for k in ("staying", "up", "down")]
    index = [number(chain["shorrocks"]) for chain in (levels, quartiles)]
    if language == "zh":
        text = f"在{levels['transitions']:.0f}次转移中，{shares[0]}%保持等级，{shares[1]}%上升，{shares[2]}%下降。"
        text += f"肖罗克斯流动性指数：等级{index[0]}，四分位{index[1]}。"
        return text + (f"地区排序在期初与期末之间的肯德尔τ为{number(tau)}。" if tau == tau else "")
    text = f"Of {levels['transitions']:.0f} transitions, {shares[0]}% keep the level, {shares[1]}% go up and {shares[2]}% down."
    text += f" Shorrocks' index of mobility is {index[0]} between levels and {index[1]} between quartiles."
    return text + (
        f" Between the first and the last {_time(study, language)} Kendall's tau of the regions' order is {number(tau)}."
        if tau == tau
        else ""
    )


def spatial_markov(table, test, fewest, *, study, regions, language):
    """Say whether mobility depends on the neighbours, and how thin the evidence is.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lag, from, row, few.
    test : pandas.Series
        q, p, p_fewer, p_more.
    fewest : int
        Transitions below which a row is marked as one of few.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    rows = table.drop_duplicates(["lag", "from"])
    thin, empty, every = int((rows["few"] & (rows["row"] > 0)).sum()), int((rows["row"] == 0).sum()), len(rows)
    if test["p"] != test["p"]:
        return "邻近地区的影响无法检验。" if language == "zh" else "The influence of neighbours cannot be tested."
    each = test[["p", "p_fewer", "p_more"]].dropna()
    significant = each <= study.autocorrelation.significance
    sure, split = bool(significant["p"]), significant.any() and not significant.all()
    zh = language == "zh"
    shown = {k: f"p {'= ' if zh and not _p(v).startswith('<') else ''}{_p(v)}" for k, v in each.items()}
    names = {"p_fewer": ("with a class less", "少一类时"), "p_more": ("with one more", "多一类时")}
    others = [(names[k][zh], text) for k, text in shown.items() if k in names]
    if language == "zh":
        said = "转移概率取决于邻近地区的水平" if sure else "未发现转移概率取决于邻近地区的水平"
        said = "转移概率是否取决于邻近地区的水平，因类别数而异" if split else said
        also = "".join(f"；{name}{text}" for name, text in others)
        said = f"{said}（Q = {number(test['q'], 1)}，置换检验{shown['p']}{also}）"
        return f"{said}。{every}个条件行中{empty}行没有转移，{thin}行不足{fewest}次。"
    said = (
        "Transitions depend on the level of the neighbours"
        if sure
        else "Transitions are not found to depend on the level of the neighbours"
    )
    said = "Whether transitions depend on the level of the neighbours turns on the number of classes" if split else said
    also = "".join(f"; {text} {name}" for name, text in others)
    return (
        f"{said} (Q = {number(test['q'], 1)}, {shown['p']} by permutation{also}). Of {every} conditional rows, {empty} "
        f"{'has' if empty == 1 else 'have'} no transition and {thin} {'has' if thin == 1 else 'have'} fewer than {fewest}."
    )


def lisa_markov(shares, *, study, regions, language):
    """Say who jumps between the quadrants of local Moran's I.

    Parameters
    ----------
    shares : pandas.Series
        stay, own, neighbours, both.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if shares.isna().any():
        return "没有象限间的转移。" if language == "zh" else "There is no transition between quadrants."
    stay, own, neighbours, both = (number(100 * shares[k], 1) for k in ("stay", "own", "neighbours", "both"))
    if language == "zh":
        return f"{stay}%的转移保持象限不变；{own}%仅自身改变，{neighbours}%仅邻近地区改变，{both}%两者同时改变。"
    return (
        f"{stay}% of the transitions stay in their quadrant; in {own}% the region alone changes sides, in {neighbours}% "
        f"its neighbours alone, in {both}% both."
    )


def no_dynamics(years, *, study, regions, language):
    """Say that a single year has no dynamics.

    Parameters
    ----------
    years : sequence
        The study's.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if language == "zh":
        return f"研究只有一{_time(study, language)}（{years[0]}），收敛与流动性无从谈起，此处从略。"
    return f"The study has a single {_time(study, language)} ({years[0]}): convergence and mobility are left out."


def drivers(singles, pairs, *, study, regions, language):
    """Say which covariates go with D by geodetector.

    Parameters
    ----------
    singles : pandas.DataFrame or None
        Columns variable, year, q, p, reason.
    pairs : pandas.DataFrame or None
        Columns first, second, q, kind, reason, of one year.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if singles is None:
        said = {
            True: ("The study supplies no covariates.", "本研究未提供影响因素。"),
            False: ("Geodetector is not asked for.", "本研究不作地理探测。"),
        }
        return said[study.drivers is None][language == "zh"]
    names = {k: v[language] for k, v in study.drivers.variables.items()}
    last = singles[singles["year"] == study.years[-1]]
    found = last[last["reason"] == ""].sort_values("q", ascending=False, kind="stable")
    refused = [names[v] for v in last.loc[last["reason"] != "", "variable"]]
    year = _time(study, language)
    known = pairs[pairs["reason"] == ""]
    if language == "zh":
        said = "，".join(
            f"{names[r.variable]}（q={number(r.q)}，{_share_of(r.p, language)}）" for r in found.itertuples()
        )
        text = f"{study.years[-1]}{year}各因子的解释力由高到低：{said}。" if said else ""
        text += f"因分层中地区过少或只有一层而不作推断：{_list(refused, language)}。" if refused else ""
    else:
        said = (
            _list(
                (f"{names[r.variable]} (q = {number(r.q)}, {_share_of(r.p, language)})" for r in found.itertuples()),
                language,
            )
            if len(found)
            else ""
        )
        text = f"In {study.years[-1]}, from high to low: {said}. " if said else ""
        text += (
            f"Refused, since a stratum has one region only or there is one stratum: {_list(refused, language)}. "
            if refused
            else ""
        )
    if len(known):
        top = known.loc[known["q"].idxmax()]
        a, b, kind = names[top["first"]], names[top["second"]], word(top["kind"], language)
        text += (
            f"交互后q值最大的是{a}与{b}（{number(top['q'])}，{kind}）。"
            if language == "zh"
            else f"Together, {a} and {b} have the largest q ({number(top['q'])}; {kind})."
        )
    elif len(pairs):
        text += "地区过少，不作交互探测。" if language == "zh" else "For pairs of covariates there are too few regions."
    return text.strip()


def spatial_models(table, *, study, regions, language):
    """Say what spatial models find, or why they are refused.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, variable, coefficient, p, observations, reason.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    names = {k: v[language] for k, v in study.drivers.variables.items()}
    level, parts = study.autocorrelation.significance, []
    for model, own in table.groupby("model", sort=False):
        name, n, reason = word(model, language), own["observations"].iloc[0], own["reason"].iloc[0]
        if reason:
            why = {
                "few": (f"{n} observations are fewer than ten a coefficient", f"{n}个观测，不足每个系数十个"),
                "words": ("a covariate is a class, not a number", "存在分类型而非数值型的影响因素"),
                "constant": ("a covariate does not vary within regions over the years", "存在不随时间变化的影响因素"),
            }[reason][language == "zh"]
            parts.append(f"不估计{name}：{why}。" if language == "zh" else f"{name} model refused: {why}.")
            continue
        own = own.assign(named=own["variable"].map(names).fillna(""))
        sure = own[(own["named"] != "") & (own["p"] <= level)]
        effect = own[own["named"] == ""].iloc[0]
        symbol = word(effect["variable"], language)
        if language == "zh":
            said = "、".join(f"{r.named}（{number(r.coefficient)}）" for r in sure.itertuples())
            found = f"在{level:.0%}水平显著的影响因素：{said}" if said else f"没有影响因素在{level:.0%}水平显著"
            parts.append(
                f"{name}（{n}个观测）：{found}；{symbol}为{number(effect.coefficient)}，{_share_of(effect.p, language)}。"
            )
        else:
            said = (
                _list((f"{r.named} ({number(r.coefficient)})" for r in sure.itertuples()), language)
                if len(sure)
                else ""
            )
            found = (
                f"significant at the {level:.0%} level: {said}"
                if said
                else f"no covariate is significant at the {level:.0%} level"
            )
            parts.append(
                f"{name} model ({n} observations): {found}; {symbol} is {number(effect.coefficient)}, {_share_of(effect.p, language)}."
            )
    return ("" if language == "zh" else " ").join(parts)


def multiverse(made, *, study, regions, language):
    """Say how far D depends on the choices of method.

    Parameters
    ----------
    made : robustness.Multiverse
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    low, high = np.quantile(made.mean, (0.05, 0.95))
    own, year, count = made.mean[0], study.years[-1], len(made.mean)
    flipped = 100 * made.flips.mean()
    if language == "zh":
        return f"{count}种合理的方法组合中，{year}{_time(study, language)}D的均值有90%介于{number(low)}与{number(high)}之间（本研究为{number(own)}）；平均有{number(flipped, 0)}%的组合使一个地区的等级不同于本研究。"
    return f"Over {count:,} sensible combinations of choices, 90% of the means of D in {year} lie between {number(low)} and {number(high)} (the study's own is {number(own)}); on average {number(flipped, 0)}% of the combinations give a region another level than the study does."


def sensitivity(table, *, study, regions, language):
    """Say which choices matter most.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over `sensitivity`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

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
        brackets = "（{}%）" if language == "zh" else " ({}%)"
        names = [
            _inner(factor(r.factor, language)) + brackets.format(number(100 * r.total, 0)) for r in top.itertuples()
        ]
        what = word(f"variance_of_{output}", language)
        if language == "zh":
            parts.append(f"{what}的方差中，总效应最大的选择依次为{'、'.join(names)}。")
        else:
            parts.append(
                f"Of the variance of {_inner(what)}, the choices with the largest total share are {_list(names, language)}."
            )
    nothing = "没有一种选择改变结果。" if language == "zh" else "No choice changes the result."
    return ("" if language == "zh" else " ").join(parts) or nothing


def rank_intervals(table, *, study, regions, language):
    """Say which ranks are firm and which are not.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year of the hand-over `rank-intervals`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    parts = []
    for source in ("universes", "both"):
        own = table[table["source"] == source]
        width = own["high"] - own["low"]
        firm, widest = own[width == 0], own.loc[width.idxmax()]
        what = word(f"of_{source}", language)
        name = regions[language][widest["region"]]
        low, high = widest["low"], widest["high"]
        if language == "zh":
            said = f"{len(firm)}个地区的位次不变" if len(firm) else "没有地区的位次不变"
            said = "各地区的位次均不变" if len(firm) == len(own) else f"{said}；区间最宽的是{name}（{low}—{high}）"
            parts.append(f"{what}（5%—95%）：{said}。")
        else:
            said = f"{_plural(len(firm), 'region')} keep{'s' if len(firm) == 1 else ''} one rank"
            said = said if len(firm) else "no region keeps one rank"
            said = f"{said}; the widest interval is that of {name} ({low} to {high})"
            said = "every region keeps its rank" if len(firm) == len(own) else said
            parts.append(f"{_capital(what)} (5–95%): {said}.")
    return ("" if language == "zh" else " ").join(parts)


def panel_changes(table, *, study, regions, language):
    """Say how far results move when the panel is another.

    Parameters
    ----------
    table : pandas.DataFrame
        See `robustness.panel_changes`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if table.empty:
        return (
            "没有可以去掉的年份或地区。" if language == "zh" else "There is no year or region that could be left out."
        )
    parts = []
    for kind in ("last", "region"):
        own = table[table["kind"] == kind]
        if own.empty:
            continue
        worst = own.loc[own["largest"].idxmax()]
        name = regions[language][worst["left_out"]] if kind == "region" else worst["left_out"]
        if language == "zh":
            parts.append(
                f"去掉{name}后，其余D值最多改变{number(worst['largest'])}，共{worst['level_changes']}个等级改变；最后一{_time(study, language)}有{worst['ranks_changed']}个位次改变。"
            )
        else:
            parts.append(
                f"Without {name} the remaining D change by up to {number(worst['largest'])}, {_plural(int(worst['level_changes']), 'level')} with them, and {_plural(int(worst['ranks_changed']), 'rank')} of the last {_time(study, language)}."
            )
    return ("" if language == "zh" else " ").join(parts)


def coherence(table, parts, *, study, regions, language):
    """Say whether the indicators hang together and whether weights mean importance.

    Parameters
    ----------
    table, parts : pandas.DataFrame
        See `robustness.coherence`.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    names = {i.id: i.name[language] for i in study.indicators}
    alphas = parts[parts["kind"] == "subsystem"]
    named = {s.id: s.name[language] for s in study.subsystems}
    said = [f"{named[r.part]} {number(r.alpha, 2)}" for r in alphas.itertuples()]
    against = [names[i] for i in table["indicator"][table["flag"] == "against"]]
    gap = (table["effective"] - table["weight"]).abs()
    far = table.loc[gap.idxmax()]
    if language == "zh":
        text = f"克朗巴哈α系数：{'，'.join(said)}。" if said else ""
        text += (
            f"与同一子系统其余指标负相关的指标：{'、'.join(against)}。"
            if against
            else "没有指标与同一子系统其余指标负相关。"
        )
        return f"{text}有效权重与名义权重相差最大的是{names[far['indicator']]}（{number(far['weight'])}与{number(far['effective'])}）。"
    text = f"Cronbach's alpha: {_list(said, language)}. " if said else ""
    text += (
        f"Indicators that run against the rest of their subsystem: {_list(against, language)}. "
        if against
        else "No indicator runs against the rest of its subsystem. "
    )
    return f"{text}Weight and effective weight differ most for {_inner(names[far['indicator']])} ({number(far['weight'])} and {number(far['effective'])})."
