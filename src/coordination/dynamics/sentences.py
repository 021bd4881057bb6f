"""Sentences with computed numbers about distribution, convergence, inequality and mobility, in English or Chinese."""

from __future__ import annotations

import pandas as pd

from coordination.dynamics.tables import GINI_PARTS
from coordination.presentation.phrases import _change, _ended, _inner, _list, _p, _plural, _time
from coordination.presentation.reader import number


def density(peaks, reader):
    """Say how the distribution of D moves, widens and splits.

    Parameters
    ----------
    peaks : pandas.DataFrame
        Columns year, bandwidth, peak, height, peaks.
    reader : Reader

    Returns
    -------
    str
    """
    known = peaks.dropna(subset="peak")
    year, m = _time(reader.study, reader.language), len(known)
    if not m:
        return (
            "所有地区的D相同，没有核密度。"
            if reader.language == "zh"
            else "D is the same in all regions: there is no density."
        )
    first, last, several = known.iloc[0], known.iloc[-1], int((known["peaks"] > 1).sum())
    start, stop = known["year"].iloc[[0, -1]]
    widths = [number(known["bandwidth"].agg(k)) for k in ("min", "max")]
    width = widths[0] if widths[0] == widths[1] else ("–" if reader.language == "en" else "—").join(widths)
    wider = last["height"] < first["height"]
    if reader.language == "zh":
        many = (
            f"{m}{year}中有{several}{year}出现多个峰"
            if several
            else "各期均为单峰"
            if reader.periods
            else "各年均为单峰"
        )
        end = f"；{many}（带宽{width}）。"
        if m == 1:
            return f"核密度主峰位于{number(first['peak'])}{end}"
        moved = _change(first["peak"], last["peak"], reader.language)
        spread = "峰高降低，分布变宽" if wider else "峰高上升，分布变窄"
        return f"核密度主峰位置{moved}（{start}—{stop}{_ended(reader.study)}），{spread}{end}"
    many = (
        f"in {several} of {_plural(m, year)} there is more than one peak" if several else f"every {year} has one peak"
    )
    end = f"; {many} (bandwidth {width})."
    if m == 1:
        return f"The density of D has its peak at {number(first['peak'])}{end}"
    moved = _change(first["peak"], last["peak"], reader.language)
    spread = "lower: the distribution widens" if wider else "higher: the distribution narrows"
    return f"The peak of the density of D {moved} between {start} and {stop} and becomes {spread}{end}"


def sigma_convergence(table, reader):
    """Say whether the dispersion of D falls, and whether that could be chance.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, regions, first, last, slope, p, p_smallest, exact; the whole first.
    reader : Reader

    Returns
    -------
    str
    """
    zh, level = reader.language == "zh", reader.study.autocorrelation.significance
    names, whole = {g.id: g.name[reader.language] for g in reader.study.groups}, table.iloc[0]
    if table["p"].isna().iloc[0]:
        return "D的σ收敛无法检验。" if zh else "Sigma convergence of D cannot be tested."
    sure = whole["p"] <= level
    kind = ("converges" if whole["slope"] < 0 else "diverges") if sure else "neither"
    verdict = {
        "converges": ("D converges in the sense of sigma", "D存在σ收敛"),
        "diverges": ("D diverges in the sense of sigma", "D呈σ发散"),
        "neither": ("No sigma convergence of D is established", "未能证实D存在σ收敛"),
    }[kind][zh]
    moved = _change(whole["first"], whole["last"], reader.language)
    how = ("exact" if whole["exact"] else "sampled", "精确" if whole["exact"] else "抽样")[zh]
    groups = table.iloc[1:].dropna(subset="p")
    found = [(names[r["group"]], r["slope"] < 0) for _, r in groups[groups["p"] <= level].iterrows()]
    unable = [names[g] for g in groups.loc[groups["p_smallest"] > level, "group"]]
    p = _p(whole["p"])
    if zh:
        text = f"{verdict}：变异系数{moved}（趋势的{how}p值{p}）。"
        for falls, said in ((True, "收敛"), (False, "发散")):
            own = [n for n, down in found if down == falls]
            text += f"组内{said}：{_list(own, reader.language)}。" if own else ""
        text += "" if found or groups.empty else "没有分组的趋势显著。"
        return text + (
            f"地区太少、无论数据如何都不可能显著的分组：{_list(unable, reader.language)}。" if unable else ""
        )
    text = f"{verdict}: its coefficient of variation {moved} ({how} p of the trend {p})."
    for falls, said in ((True, "Converging"), (False, "Diverging")):
        own = [n for n, down in found if down == falls]
        text += f" {said} within: {_list(own, reader.language)}." if own else ""
    text += "" if found or groups.empty else " The trend of no group is significant."
    return text + (
        f" With too few regions to become significant, whatever the data: {_list(unable, reader.language)}."
        if unable
        else ""
    )


def beta_convergence(table, reader):
    """Say whether regions with a low D grow faster, absolutely and conditionally.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, regions, observations, coefficient, error, p, p_wild, exact, speed, half_life.
    reader : Reader

    Returns
    -------
    str
    """
    zh, level, year = (
        reader.language == "zh",
        reader.study.autocorrelation.significance,
        _time(reader.study, reader.language),
    )
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
            parts.append(f"{names[1]}{'成立' if sure else '未获证实'}：b为{_list(said, reader.language)}。")
        else:
            said = [f"{number(b, 4)}{spans[m]} (p {p})" for m, b, p in said]
            parts.append(f"{names[0]} is {'' if sure else 'not '}established: b is {_list(said, reader.language)}.")
    if not parts:
        return (
            f"{'时期' if reader.periods else '年份'}或地区太少，无法估计β收敛。"
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


def inequality(table, reader):
    """Say how unequal regions are and how much of it lies between groups.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one variable of the hand-over table `inequality`.
    reader : Reader

    Returns
    -------
    str
    """
    zh, year = reader.language == "zh", _time(reader.study, reader.language)
    wide = table.pivot(index="year", columns="measure", values="value")
    known = wide[wide["gini"] > 0]
    name = {s.id: s.name[reader.language] for s in reader.study.subsystems}.get(table["variable"].iloc[0], "D")
    if known.empty:
        return f"{name}在各地区之间没有差距。" if zh else f"{name} does not differ between regions."
    first, last, m = known.iloc[0], known.iloc[-1], len(known)
    moved = (
        _change(first["gini"], last["gini"], reader.language)
        if m > 1
        else ("为" if zh else "is ") + number(last["gini"])
    )
    if len(reader.study.groups) == 1:
        return f"{name}的基尼系数{moved}。" if zh else f"The Gini coefficient of {_within(name)} {moved}."
    shares = [number(100 * last[f"gini_{k}"] / last["gini"], 0) for k in GINI_PARTS]
    sure = int((known["p_between"] <= reader.study.autocorrelation.significance).sum())
    level = f"{reader.study.autocorrelation.significance:.0%}"
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


def mobility(levels, quartiles, ranks, reader):
    """Say how mobile regions are between levels and quartiles, and how stable their order is.

    Parameters
    ----------
    levels, quartiles : pandas.Series
        transitions, staying, up, down, shorrocks.
    ranks : pandas.DataFrame
        Columns year, tau_first.
    reader : Reader

    Returns
    -------
    str
    """
    if not levels["transitions"]:
        return "没有转移。" if reader.language == "zh" else "There are no transitions."
    tau = ranks["tau_first"].iloc[-1]
    shares = [number(100 * levels[k], 0) for k in ("staying", "up", "down")]
    index = [number(chain["shorrocks"]) for chain in (levels, quartiles)]
    if reader.language == "zh":
        text = f"在{levels['transitions']:.0f}次转移中，{shares[0]}%保持等级，{shares[1]}%上升，{shares[2]}%下降。"
        text += f"肖罗克斯流动性指数：等级{index[0]}，四分位{index[1]}。"
        return text + (f"地区排序在期初与期末之间的肯德尔τ为{number(tau)}。" if tau == tau else "")
    text = f"Of {levels['transitions']:.0f} transitions, {shares[0]}% keep the level, {shares[1]}% go up and {shares[2]}% down."
    text += f" Shorrocks' index of mobility is {index[0]} between levels and {index[1]} between quartiles."
    return text + (
        f" Between the first and the last {_time(reader.study, reader.language)} Kendall's tau of the regions' order is {number(tau)}."
        if tau == tau
        else ""
    )


def spatial_markov(table, test, fewest, reader):
    """Say whether mobility depends on the neighbours, and how thin the evidence is.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns lag, from, row, few.
    test : pandas.Series
        q, p, p_fewer, p_more.
    fewest : int
        Transitions below which a row is marked as one of few.
    reader : Reader

    Returns
    -------
    str
    """
    rows = table.drop_duplicates(["lag", "from"])
    thin, empty, every = int((rows["few"] & (rows["row"] > 0)).sum()), int((rows["row"] == 0).sum()), len(rows)
    if test["p"] != test["p"]:
        return (
            "邻近地区的影响无法检验。" if reader.language == "zh" else "The influence of neighbours cannot be tested."
        )
    each = test[["p", "p_fewer", "p_more"]].dropna()
    significant = each <= reader.study.autocorrelation.significance
    sure, split = bool(significant["p"]), significant.any() and not significant.all()
    zh = reader.language == "zh"
    shown = {k: f"p {'= ' if zh and not _p(v).startswith('<') else ''}{_p(v)}" for k, v in each.items()}
    names = {"p_fewer": ("with a class less", "少一类时"), "p_more": ("with one more", "多一类时")}
    others = [(names[k][zh], text) for k, text in shown.items() if k in names]
    if reader.language == "zh":
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


def lisa_markov(shares, reader):
    """Say who jumps between the quadrants of local Moran's I.

    Parameters
    ----------
    shares : pandas.Series
        stay, own, neighbours, both.
    reader : Reader

    Returns
    -------
    str
    """
    if shares.isna().any():
        return "没有象限间的转移。" if reader.language == "zh" else "There is no transition between quadrants."
    stay, own, neighbours, both = (number(100 * shares[k], 1) for k in ("stay", "own", "neighbours", "both"))
    if reader.language == "zh":
        return f"{stay}%的转移保持象限不变；{own}%仅自身改变，{neighbours}%仅邻近地区改变，{both}%两者同时改变。"
    return (
        f"{stay}% of the transitions stay in their quadrant; in {own}% the region alone changes sides, in {neighbours}% "
        f"its neighbours alone, in {both}% both."
    )


def no_dynamics(years, reader):
    """Say that a single year has no dynamics.

    Parameters
    ----------
    years : sequence
        The study's.
    reader : Reader

    Returns
    -------
    str
    """
    if reader.language == "zh":
        return f"研究只有一{_time(reader.study, reader.language)}（{years[0]}），收敛与流动性无从谈起，此处从略。"
    return f"The study has a single {_time(reader.study, reader.language)} ({years[0]}): convergence and mobility are left out."
