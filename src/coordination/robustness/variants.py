"""How a study's result changes under what other tools do without saying so, and under common mistakes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coordination.indices import coupling as indices_coupling
from coordination.indices import weighting
from coordination.indices.universe import NARROW, SHIFT
from coordination.locale import LANGUAGES
from coordination.presentation.reader import number
from coordination.spatial import autocorrelation, neighbours

# Name in English and Chinese, then who does it.
VARIANTS = {
    "own": (
        ("the study's own settings", "本研究的设定"),
        ("What every other row is compared with.", "其余各行均与之比较。"),
    ),
    "per_year": (
        ("min-max within each year", "逐年极差标准化"),
        (
            "Tools that are given one year at a time take the extremes of that year, so that scores of different years "
            "no longer share a scale.",
            "逐年处理数据的工具以当年的最大值和最小值作标准化，不同年份的得分因此不再可比。",
        ),
    ),
    "narrow": (
        ("indicators rescaled to [0.01, 0.99]", "指标压缩至[0.01, 0.99]"),
        (
            "SPSSAU's data intervalization, applied to the indicators: every logarithm is finite, but low values are "
            "lifted and the entropy weights change.",
            "SPSSAU的“区间化”用于指标：对数恒有意义，但抬高了低值并改变熵权。",
        ),
    ),
    "shift_weights": (
        ("0.0001 added, weights only", "加0.0001，仅用于权重"),
        (
            "Scripts for Stata, MATLAB and spreadsheets add 0.0001 before the logarithm of the entropy; the scores use "
            "the values as they were.",
            "Stata、MATLAB与电子表格的脚本在求熵取对数前加0.0001，得分仍用原值。",
        ),
    ),
    "shift_both": (
        ("0.0001 added, weights and scores", "加0.0001，用于权重与得分"),
        (
            "The same scripts when they overwrite the normalised values: scores then reach 1.0001.",
            "同类脚本若覆盖标准化后的数值，得分最高可达1.0001。",
        ),
    ),
    "no_factor": (
        ("C without its factor n", "耦合度C漏乘系数n"),
        (
            "A common mistake, C = (∏U)^(1/n) / ∑U: C cannot exceed 1/n, and D is divided by √n. About half of 379 "
            "papers had a wrong C (Liu 2017).",
            "常见错误：C = (∏U)^(1/n) / ∑U，C不超过1/n，D缩小为1/√n。379篇论文中约半数的C有误（刘春林，2017）。",
        ),
    ),
    "no_root": (
        ("C without its root", "耦合度C漏开n次方"),
        (
            "The other common mistake, C = nⁿ ∏U / (∑U)ⁿ: the n-th power of the right C, hence too low wherever scores "
            "differ.",
            "另一常见错误：C = nⁿ ∏U / (∑U)ⁿ，即正确C值的n次方，各子系统得分有差异时偏低。",
        ),
    ),
    "standard": (
        ("C by the standard formula", "耦合度C用标准公式"),
        ("C = n (∏U)^(1/n) / ∑U, what most papers mean by C.", "C = n (∏U)^(1/n) / ∑U，多数论文所指的C。"),
    ),
    "wang2021": (
        ("C modified by Wang and others", "耦合度C用王淑佳等修正式"),
        (
            "The modification of Wang and others (2021) spreads C over the whole interval; papers do not always say "
            "which C they use.",
            "王淑佳等（2021）的修正式使C分布于整个区间，论文未必说明所用的是哪一种C。",
        ),
    ),
    "fan2024": (
        ("C = 1 − 2 standard deviations", "耦合度C取1减两倍标准差"),
        (
            "One minus twice the standard deviation of the scores, not below 0, as in the R package coupling.",
            "取1减去得分标准差的两倍，不低于0，见R语言coupling包。",
        ),
    ),
    "renormalised": (
        ("scores renormalised to [0, 1]", "综合指数再归一至[0, 1]"),
        (
            "Scores are stretched to [0, 1] over the panel before coupling, so that the lowest becomes 0. SPSSAU's "
            "coupling module by default does nearly the same, to [0.01, 0.99].",
            "耦合前将综合指数在全面板内拉伸至[0, 1]，最低者变为0。"
            "SPSSAU耦合协调度模块默认的“区间化”与此相近（[0.01, 0.99]）。",
        ),
    ),
    "row": (
        ("spatial weights row-standardised", "空间权重作行标准化"),
        (
            "GeoDa always does it, esda unless it is told otherwise. Only Moran's I depends on it.",
            "GeoDa一律如此，esda默认如此。仅影响莫兰指数。",
        ),
    ),
    "unstandardised": (
        ("spatial weights not row-standardised", "空间权重不作行标准化"),
        (
            "Stata's spatwmat does not standardise unless it is told to. Only Moran's I depends on it.",
            "Stata的spatwmat默认不作标准化。仅影响莫兰指数。",
        ),
    ),
}

WORDS = {
    "title": ("Other tools and common mistakes: {}", "其他工具的做法与常见错误：{}"),
    "variant": ("What is done differently", "不同的做法"),
    "max_change": ("Largest change in D", "D的最大变化"),
    "where": ("Where", "所在"),
    "mean_change": ("Mean change", "平均变化"),
    "flips": ("Levels that change", "等级改变数"),
    "outside": ("Outside the levels", "超出等级范围"),
    "ranks_changed": ("Ranks that change, {}", "{}年位次改变数"),
    "largest_rank_change": ("Largest shift", "最大位次变化"),
    "spearman": ("Spearman, {}", "{}年等级相关系数"),
    "moran_i": ("Moran's I, {}", "{}年莫兰指数I"),
    "moran_change": ("Its change", "其变化"),
    "change": ("Change in D against the study's own settings", "相对本研究设定的D的变化"),
    "same": ("level stays", "等级不变"),
    "other": ("level changes", "等级改变"),
    "beyond": ("outside the levels", "超出等级范围"),
    "levels_changed": ("levels\nthat change", "等级\n改变数"),
    "moran_changed": ("change in I,\n{}", "{}年\nI的变化"),
    "table_caption": (
        "Each row does one thing differently and leaves all else as the study has it. Changes are absolute differences "
        "from the study's own D over all {} region-years; ranks and Moran's I are those of the last year.",
        "每行仅改变一处做法，其余与本研究相同。变化为与本研究D之差的绝对值（共{}个地区—年份）；位次与莫兰指数为最后一年。",
    ),
    "figure_caption": (
        "Change in D of every region and year. Within a row, years run downwards. At the right: how many of the {} "
        "region-years change their level, and the change in Moran's I of {}.",
        "各地区各年份D的变化，每行之内年份自上而下。右侧为{}个地区—年份中等级改变的个数，以及{}年莫兰指数的变化。",
    ),
    "who": ("Who does it", "何处如此"),
    "most": (
        "The largest change comes from “{name}”: D of {region} in {year} differs by {change}, and {flips} of {of} "
        "region-years change their level.",
        "变化最大的是“{name}”：{year}{region}的D相差{change}，{of}个地区—年份中有{flips}个等级改变。",
    ),
    "levels": (
        "Most levels change with “{name}”: those of {flips} of {of} region-years.",
        "等级改变最多的是“{name}”：{of}个地区—年份中有{flips}个。",
    ),
    "little": ("D stays within 0.0005 of the study's own with {names}.", "与本研究D之差不超过0.0005的做法：{names}。"),
    "ranks": (
        "The order of the regions in {year} changes most with “{name}”: {count} of {of} change their rank; the "
        "largest shift is {places}.",
        "{year}年位次变化最大的是“{name}”：{of}个地区中有{count}个改变位次，最多相差{places}位。",
    ),
    "no_ranks": ("No variant changes a rank in {year}.", "没有一种做法改变{year}年的位次。"),
    "moran": (
        "Moran's I of {year} is {own}; it ranges from {low} (“{lowest}”) to {high} (“{highest}”).",
        "{year}年莫兰指数为{own}，各做法下介于{low}（“{lowest}”）与{high}（“{highest}”）之间。",
    ),
    "leaves": (
        "With “{name}”, {count} values of D lie outside the levels.",
        "“{name}”使{count}个D值超出等级范围。",
    ),
    "nothing": ("No variant changes D.", "没有一种做法改变D。"),
    "undefined": (
        "A dash: not defined, because all regions have the same D in {year}.",
        "短横线表示无定义，因{year}年所有地区的D相同。",
    ),
    "other_language": ("中文", "English"),
}


def _word(key, language, *values, **named):
    return WORDS[key][language == "zh"].format(*values, **named)


@dataclass(frozen=True)
class Variant:
    """A way to come from normalised indicators to D and Moran's I.

    Attributes
    ----------
    id : str
        A key of `VARIANTS`; `own` is the study's way.
    scale : {'pooled', 'year', 'narrow'}
        Indicators as the study has them, min-max within each year, or rescaled to [0.01, 0.99].
    shift : tuple of float
        What is added to the indicators for the entropy weights, and for the scores.
    renormalised : bool
        Whether scores are min-max normalised over the panel before coupling.
    coupling : {'standard', 'wang2021', 'fan2024', 'no_factor', 'no_root'}
        Formula of C.
    transform : {'none', 'row'}
        Of the spatial weights.
    """

    id: str
    scale: str = "pooled"
    shift: tuple[float, float] = (0.0, 0.0)
    renormalised: bool = False
    coupling: str = "standard"
    transform: str = "none"

    @property
    def name(self):
        """What it is called (dict of str to str, a key a language)."""
        return dict(zip(LANGUAGES, VARIANTS[self.id][0], strict=True))

    @property
    def why(self):
        """Which tool or mistake does it (dict of str to str, a key a language)."""
        return dict(zip(LANGUAGES, VARIANTS[self.id][1], strict=True))


def variants(study):
    """Ways to compute the result, the study's own first; each other differs from it in exactly one thing.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Variant
        The coupling formula that is the study's own, and the transformation of its spatial weights, are not repeated.

    References
    ----------
    Liu (2017), Common errors in the calculation of the coupling degree, on the formulas in 379 papers; Wang, Kong, Ren,
    Zhi and Dai (2021), Journal of Natural Resources 36 (3), 793-810.
    """
    own = Variant("own", coupling=study.coupling.variant, transform=study.spatial_weights.transform)
    other = "row" if own.transform == "none" else "unstandardised"
    differences = {
        "per_year": {"scale": "year"},
        "narrow": {"scale": "narrow"},
        "shift_weights": {"shift": (SHIFT, 0.0)},
        "shift_both": {"shift": (SHIFT, SHIFT)},
        "no_factor": {"coupling": "no_factor"},
        "no_root": {"coupling": "no_root"},
        **{name: {"coupling": name} for name in indices_coupling.VARIANTS if name != own.coupling},
        "renormalised": {"renormalised": True},
        other: {"transform": "row" if other == "row" else "none"},
    }
    return [own, *(replace(own, id=name, **difference) for name, difference in differences.items())]


def degrees(normalised, study, variant):
    """Coupling coordination degree D of every region and year under a variant.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (n * m, k)
        Indicators, min-max normalised over the pooled panel; index (region, year).
    study : Study
    variant : Variant

    Returns
    -------
    pandas.Series
        D, never missing; index of `normalised`. Exceeds 1 slightly where 0.0001 is added to scores near 1.

    Raises
    ------
    InputErrors
        If an indicator is missing, infinite or negative (see `weighting.entropy`).

    Notes
    -----
    The pooled normalisation is affine, so that min-max within each year gives the same from pooled-normalised values as
    from raw ones; directions are settled by it, too. An indicator that is constant over the regions in a year is then 0
    for all of them; one that is so in every year has no weight, and a subsystem of only such ones has score 0. Weights
    are those of the pooled rows in every variant. A score that is constant over the panel is 0 when renormalised. Where
    the formula for C needs scores up to 1, one above counts as 1.
    """
    x = normalised
    if variant.scale == "year":
        x = x.groupby(level="year", sort=False).transform(_stretched)
    elif variant.scale == "narrow":
        x = NARROW[0] + (NARROW[1] - NARROW[0]) * x
    u = pd.DataFrame({s.id: _score(x[[i.id for i in s.indicators]], *variant.shift) for s in study.subsystems})
    if variant.renormalised:
        u = u.apply(_stretched)
    index = indices_coupling.coordination_index(u, list(study.alpha.values()))
    return pd.Series(np.sqrt(_coupling(u, variant.coupling) * index), normalised.index, name="coordination_degree")


def _stretched(values):
    """Min-max normalise a series that lies in [0, 1]; 0 throughout where it does not vary."""
    low, span = values.min(), np.ptp(values)
    return (values - low) / span if span > 1e-12 else 0.0 * values


def _score(x, for_weights, for_scores):
    varying = x.columns[x.any()]
    if varying.empty:
        return pd.Series(0.0, x.index)
    weight = weighting.entropy(x[varying] + for_weights)["weight"].to_numpy()
    return (x[varying] + for_scores) @ weight


def _coupling(u, formula):
    n = u.shape[1]
    if formula == "no_factor":
        return indices_coupling.coupling_degree(u, "standard") / n
    if formula == "no_root":
        return indices_coupling.coupling_degree(u, "standard") ** n
    return indices_coupling.coupling_degree(u if formula == "standard" else np.minimum(u, 1), formula)


def region_years(normalised, study):
    """D of every region and year under every variant, against the study's own.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (n * m, k)
        As for `degrees`.
    study : Study

    Returns
    -------
    pandas.DataFrame
        Columns variant, region, year, coordination_degree, change (to 12 decimals), level: `same`, `other`, or
        `outside` where D or the study's own D is outside [0, 1].
    """
    parts, own, own_level = [], None, None
    for variant in variants(study):
        d = degrees(normalised, study, variant)
        inside = d.between(-1e-9, 1 + 1e-9).to_numpy()
        level = np.where(inside, indices_coupling.level(np.where(inside, d, 0), study.levels), -1)
        own, own_level = (d, level) if own is None else (own, own_level)
        part = d.reset_index().assign(change=(d - own).round(12).to_numpy() + 0.0)
        part["level"] = np.where(
            (level < 0) | (own_level < 0), "outside", np.where(level == own_level, "same", "other")
        )
        part.insert(0, "variant", variant.id)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def compare(normalised, study, weights):
    """Compare a study's result with that of every variant.

    Parameters
    ----------
    normalised : pandas.DataFrame, shape (n * m, k)
        Indicators, min-max normalised over the pooled panel; index (region, year).
    study : Study
    weights : pandas.DataFrame, shape (n, n)
        Spatial weights before any transformation, as `neighbours.build` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a variant, the study's own first. Columns variant; max_change, the largest absolute change in D, and its
        region and year (missing where nothing changes); mean_change (absolute); flips, the region-years with another
        level, and flip_share; outside, those whose D is outside the levels; ranks_changed and largest_rank_change,
        regions with another rank in the last year and by how many places; spearman, the correlation of the last year's
        ranks; moran_i, Moran's I of the last year, and moran_change. The last three are missing where all regions have
        the same D in the last year.

    Raises
    ------
    InputError
        If Moran's I is not defined for the study's own D (see `autocorrelation.analytic_moran`).
    """
    table, year, rows = region_years(normalised, study), study.years[-1], []
    first = None
    for variant in variants(study):
        part = table[table["variant"] == variant.id]
        last = part[part["year"] == year]
        d = last["coordination_degree"].to_numpy()
        moran = np.nan
        if first is None or np.ptp(d) > 1e-12 * np.abs(d).max():
            w = neighbours.transform(weights, variant.transform)
            moran = autocorrelation.analytic_moran(last, "coordination_degree", w)["moran_i"].iloc[0]
        first = (_ranks(d), moran) if first is None else first
        size, places = part["change"].abs(), np.abs(_ranks(d) - first[0])
        top = part.loc[size.idxmax()]
        rows.append(
            {
                "variant": variant.id,
                "max_change": size.max(),
                "region": top["region"] if size.any() else None,
                "year": top["year"] if size.any() else None,
                "mean_change": size.mean(),
                "flips": int((part["level"] == "other").sum()),
                "flip_share": (part["level"] == "other").mean(),
                "outside": int((part["level"] == "outside").sum()),
                "ranks_changed": int((places > 0).sum()),
                "largest_rank_change": int(places.max()),
                "spearman": _spearman(first[0], _ranks(d)),
                "moran_i": moran,
                "moran_change": round(moran - first[1], 12) + 0.0,
            }
        )
    kind = "Int64" if isinstance(year, int) else object
    return pd.DataFrame(rows).astype({"region": object, "year": kind})


def _ranks(d):
    """Rank from the highest D, equal within 1e-9 alike: the best of the places that they share."""
    order = np.argsort(-d, kind="stable")
    starts = np.concatenate([[True], -np.diff(d[order]) > 1e-9])
    result = np.empty(len(d), dtype=int)
    result[order] = np.maximum.accumulate(np.where(starts, np.arange(1, len(d) + 1), 0))
    return result


def _spearman(a, b):
    a, b = pd.Series(a).rank(), pd.Series(b).rank()
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return round(np.corrcoef(a, b)[0, 1], 12)


def _changed(value):
    return "0" if value == 0 else "<0.0001" if value < 0.0001 else number(value, 4)


def _placed(row, regions, language):
    return regions[language][row["region"]], f"{row['year']}年" if language == "zh" else str(row["year"])


def layout(table, reader):
    """Lay out the comparison.

    Parameters
    ----------
    table : pandas.DataFrame
        As `compare` returns it.
    reader : Reader

    Returns
    -------
    pandas.DataFrame
    """
    names = {v.id: v.name[reader.language] for v in variants(reader.study)}
    zh, year = reader.language == "zh", reader.study.years[-1]
    rows = [
        (
            names[r["variant"]],
            _changed(r["max_change"]),
            "–" if pd.isna(r["year"]) else ("，" if zh else ", ").join(_placed(r, reader.regions, reader.language)),
            _changed(r["mean_change"]),
            f"{r['flips']}（{100 * r['flip_share']:.1f}%）" if zh else f"{r['flips']} ({100 * r['flip_share']:.1f}%)",
            str(r["outside"]),
            str(r["ranks_changed"]),
            str(r["largest_rank_change"]),
            number(r["spearman"]),
            number(r["moran_i"]),
            number(r["moran_change"]),
        )
        for _, r in table.iterrows()
    ]
    keys = ("variant", "max_change", "where", "mean_change", "flips", "outside", "ranks_changed")
    keys += ("largest_rank_change", "spearman", "moran_i", "moran_change")
    return pd.DataFrame(rows, columns=[_word(k, reader.language, year) for k in keys])


def sentences(table, reader):
    """Say in plain sentences what changes the result most.

    Parameters
    ----------
    table : pandas.DataFrame
        As `compare` returns it.
    reader : Reader

    Returns
    -------
    list of str
    """
    names = {v.id: v.name[reader.language] for v in variants(reader.study)}
    of, year = len(reader.regions) * len(reader.study.years), reader.study.years[-1]
    own, others = table.iloc[0], table.iloc[1:]
    most, levels, ranks = (
        others.sort_values(list(by), ascending=False, kind="stable").iloc[0]
        for by in (("max_change",), ("flips",), ("ranks_changed", "largest_rank_change"))
    )
    said = []
    if most["max_change"] == 0:
        said.append(_word("nothing", reader.language))
    else:
        region, when = _placed(most, reader.regions, reader.language)
        named = {"name": names[most["variant"]], "region": region, "year": when, "flips": most["flips"], "of": of}
        said.append(_word("most", reader.language, **named, change=_changed(most["max_change"])))
    if levels["flips"] > most["flips"]:
        said.append(_word("levels", reader.language, name=names[levels["variant"]], flips=levels["flips"], of=of))
    for _, row in others[others["outside"] > 0].iterrows():
        said.append(_word("leaves", reader.language, name=names[row["variant"]], count=row["outside"]))
    quoted = [f"“{names[v]}”" for v in others["variant"][others["max_change"] <= 0.0005]]
    said.append(_word("little", reader.language, names=("、" if reader.language == "zh" else ", ").join(quoted)))
    if ranks["ranks_changed"]:
        named = {
            "name": names[ranks["variant"]],
            "count": ranks["ranks_changed"],
            "of": len(reader.regions),
            "year": year,
        }
        said.append(_word("ranks", reader.language, **named, places=ranks["largest_rank_change"]))
    else:
        said.append(_word("no_ranks", reader.language, year=year))
    low, high = (table.loc[k] for k in (table["moran_i"].idxmin(), table["moran_i"].idxmax()))
    named = {"own": own["moran_i"], "low": low["moran_i"], "high": high["moran_i"]}
    named = {k: number(v) for k, v in named.items()}
    said.append(
        _word(
            "moran", reader.language, **named, year=year, lowest=names[low["variant"]], highest=names[high["variant"]]
        )
    )
    if table["moran_i"].isna().any():
        said.append(_word("undefined", reader.language, year=year))
    return said


def figure(changes, table, reader):
    """Draw the change in D of every region and year, a strip a variant.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `region_years` returns it.
    table : pandas.DataFrame
        As `compare` returns it.
    reader : Reader

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt  # half a second that the table need not spend

    from coordination.presentation.style import COLOURS, GREY, WIDTH

    shown = [v for v in variants(reader.study) if v.id != "own"]
    of = len(reader.regions) * len(reader.study.years)
    drawn, axis = plt.subplots(figsize=(WIDTH, 1.3 + 0.36 * len(shown)))
    depth = {y: 0.6 * (k + 0.5) / len(reader.study.years) - 0.3 for k, y in enumerate(reader.study.years)}
    place = {v.id: k for k, v in enumerate(shown)}
    rows = changes[changes["variant"].isin(place)]
    y = rows["variant"].map(place) + rows["year"].map(depth)
    look = {"alpha": 0.6, "linewidths": 0, "rasterized": len(rows) > 3000}  # thousands of marks make a heavy page
    axis.axvline(0, color=GREY, linewidth=0.7)
    for level, label, marker, colour in (
        ("same", "same", "o", COLOURS[0]),
        ("other", "other", "D", COLOURS[3]),
        ("outside", "beyond", "^", "black"),
    ):
        own = rows["level"] == level
        if own.any():
            size = 9 if of <= 300 else 4
            label = _word(label, reader.language)
            axis.scatter(rows["change"][own], y[own], s=size, color=colour, marker=marker, label=label, **look)
    axis.set_yticks(range(len(shown)), [v.name[reader.language] for v in shown])
    axis.set_ylim(len(shown) - 0.5, -0.5)
    across = axis.get_yaxis_transform()
    axis.hlines(np.arange(1, len(shown)) - 0.5, 0, 1, transform=across, color="#e2e2e2", linewidth=0.6)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(_word("change", reader.language))
    heads = _word("levels_changed", reader.language), _word("moran_changed", reader.language, reader.study.years[-1])
    cells = [(-0.55, heads, "bottom")] + [
        (place[r["variant"]], (f"{r['flips']} / {of}", number(r["moran_change"])), "center")
        for _, r in table[table["variant"] != "own"].iterrows()
    ]
    for height, pair, va in cells:
        for points, text in zip((56, 108), pair, strict=True):  # from the strips to the column's right edge
            spot = {"xy": (1, height), "xycoords": across, "xytext": (points, 0), "textcoords": "offset points"}
            axis.annotate(text, ha="right", va=va, fontsize=8, annotation_clip=False, **spot)
    legend = drawn.legend(loc="outside upper left", ncols=3, markerscale=1.6 if of <= 300 else 2.4)
    for handle in legend.legend_handles:
        handle.set_alpha(1)
    return drawn
