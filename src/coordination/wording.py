"""The words of figures, tables and captions, in the languages of the paper."""

from __future__ import annotations

import re

WORDS = {
    "region": ("Region", "地区"),
    "group": ("Group", "分组"),
    "year": ("Year", "年份"),
    "subsystem": ("Subsystem", "子系统"),
    "dimension": ("Dimension", "维度"),
    "indicator": ("Indicator", "指标"),
    "unit": ("Unit", "单位"),
    "direction": ("Direction", "属性"),
    "positive": ("+", "+"),
    "negative": ("−", "−"),
    "figures": ("Figures", "数据情况"),
    "available": ("available", "可得"),
    "unavailable": ("unavailable", "缺失"),
    "filled": ("Filled, %", "插补比例（%）"),
    "mean": ("Mean", "均值"),
    "standard_deviation": ("SD", "标准差"),
    "minimum": ("Minimum", "最小值"),
    "median": ("Median", "中位数"),
    "maximum": ("Maximum", "最大值"),
    "entropy": ("Entropy", "信息熵"),
    "weight": ("Weight", "权重"),
    "dimension_weight": ("Dimension's weight", "维度权重"),
    "score": ("Score", "综合指数"),
    "first": ("First year", "期初"),
    "last": ("Last year", "期末"),
    "change": ("Change", "变化"),
    "growth": ("Growth, % a year", "年均增长率（%）"),
    "interval": ("Interval", "取值区间"),
    "level": ("Level", "协调等级"),
    "lag": ("Lag", "滞后类型"),
    "synchronised": ("synchronised", "同步"),
    "lags": ("{} lags", "{}滞后"),
    "coupling": ("Coupling degree C", "耦合度C"),
    "coordination_index": ("Coordination index T", "协调指数T"),
    "coordination_degree": ("Coordination degree D", "耦合协调度D"),
    "source": ("Source", "来源"),
    "data": ("recomputed from data", "由数据重算"),
    "published": ("published D", "已发表的D值"),
    "moran_i": ("Moran's I", "莫兰指数I"),
    "z": ("z", "z值"),
    "p": ("p", "p值"),
    "expected": ("Expected without autocorrelation", "无自相关时的期望值"),
    "p_randomisation": ("p, normal approximation, {}", "p值（正态近似，{}）"),
    "greater": ("one-sided", "单侧"),
    "less": ("one-sided, less", "单侧，小于"),
    "two-sided": ("two-sided", "双侧"),
    "p_normality": ("p, normality", "p值（正态假设）"),
    "p_permutation": ("p, permutation", "p值（置换）"),
    "p_exact_greater": ("p, exact, one-sided", "p值（精确，单侧）"),
    "p_exact_two_sided": ("p, exact, two-sided", "p值（精确，双侧）"),
    "p_exact": ("p, exact", "p值（精确）"),
    "p_smallest": ("Smallest attainable p", "可达到的最小p值"),
    "significant_fdr": ("Significant (FDR)", "显著（FDR）"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "local_i": ("Local I", "局部I"),
    "z_lag": ("Lag of z", "z的空间滞后"),
    "z_value": ("Standardised D", "D的标准化值"),
    "quadrant": ("Quadrant, axes at zero", "象限（零轴）"),
    "quadrant_article": ("Quadrant, axes at means", "象限（均值轴）"),
    "HH": ("high–high", "高—高"),
    "LH": ("low–high", "低—高"),
    "LL": ("low–low", "低—低"),
    "HL": ("high–low", "高—低"),
    "none": ("no neighbours", "无邻居"),
    "observed_share": ("Regions with an observed figure", "有观测值的地区数"),
    "no_figures": ("no figures", "无数据"),
    "half_log_change": ("Contribution to the log change of D", "对D对数变化的贡献"),
    "from_coupling": ("from coupling C", "来自耦合度C"),
    "from_index": ("from coordination T", "来自协调指数T"),
    "log_change": ("log change of D", "D的对数变化"),
    "undefined": ("undefined (D = 0)", "无定义（D = 0）"),
    "published_value": ("Published D", "已发表的D"),
    "recomputed_value": ("Recomputed D", "重算的D"),
    "item": ("Item", "编号"),
    "section": ("Section", "章节"),
    "route": ("Route", "途径"),
    "statistic": ("Statistic", "统计量"),
    "published_short": ("Published", "已发表"),
    "recomputed": ("Recomputed", "重算"),
    "difference": ("Difference", "差异"),
    "tolerance": ("Tolerance", "容差"),
    "verdict": ("Verdict", "结论"),
    "reason": ("Reason", "原因"),
    "count": ("Number of items", "条目数"),
    "claims_of": ("Claims of {}", "{}节论断"),
    "from_published": ("from the published D", "由已发表的D"),
    "from_data": ("from the data", "由数据"),
    "reproduced": ("reproduced", "复现"),
    "reproduced within rounding": ("reproduced within rounding", "在舍入误差内复现"),
    "not reproduced": ("not reproduced", "未复现"),
    "not testable": ("not testable", "无法检验"),
    "significance": ("{:.0%} level", "{:.0%}水平"),
    "scheme": ("a scheme, not a map: the study has neither polygons nor points", "示意图，非地图：本研究无边界与坐标"),
    "longitude": ("Longitude", "经度"),
    "latitude": ("Latitude", "纬度"),
    "explorer": ("Explorer", "交互浏览"),
    "explorer_about": ("{} regions, {}. Source: {}.", "{}个地区，{}年。数据来源：{}。"),
    "overview": ("Overview", "返回总览"),
    "variable": ("Map shows", "地图显示"),
    "all_groups": ("All", "全部"),
    "mean_of_regions": ("Mean of all regions", "全部地区均值"),
    "over_the_years": ("Over the years", "年度变化"),
    "contributions": ("Contributions of the indicators", "各指标的贡献"),
    "contribution": ("Contribution", "贡献"),
    "normalised": ("Normalised value", "归一化数值"),
    "map_how": (
        "Click a region on the map or a line, or choose it above, to follow it everywhere; click it again to let go. "
        "Colours mean the same in every year.",
        "点击地图或曲线上的地区（或在上方选择），即可在各图中同时突出显示；再次点击取消。各年份颜色含义相同。",
    ),
    "contributions_how": (
        "A bar is weight × normalised value; the bars of a subsystem add up to its score. The upright tick is the mean of "
        "all regions.",
        "条形为权重×归一化数值，同一子系统各条形之和即其综合指数；竖线为全部地区均值。",
    ),
    "map_says": ("Map of the regions, coloured by the variable and year chosen", "按所选变量和年份着色的地区图"),
    "lines_say": ("{} of every region by year", "各地区各年份的{}"),
    "contributions_say": ("{}: contributions of the indicators to the score", "{}：各指标对综合指数的贡献"),
    "every_value": ("Every region's values", "各地区数值"),
    "values_where": (
        "Every value of every year, with full precision: coordination.csv, scores.csv, weights.csv and normalised.csv in "
        "data/processed/{}.",
        "全部年份的完整精度数值见data/processed/{}中的coordination.csv、scores.csv、weights.csv与normalised.csv。",
    ),
    "no_script": (
        "Map and charts need JavaScript. The values of the last year are in the table below; the note at the end says "
        "where all the others are.",
        "地图与图表需要启用JavaScript。最后一年的数值见下表，其余数值的位置见页末说明。",
    ),
}

CAPTIONS = {
    "indicators": (
        "Indicator system of {subsystem}. Direction: + the more the better, − the less the better.",
        "{subsystem}指标体系。属性：+ 为正向指标，− 为负向指标。",
    ),
    "availability": (
        "Regions with an observed figure, by indicator and year (of {n} regions){filling}.",
        "各指标各年份有观测值的地区数（共{n}个地区）{filling}。",
    ),
    "descriptives": ("Description of the indicators ({scale}).", "指标描述统计（{scale}）。"),
    "weights": ("Entropy weights of the indicators within each subsystem.", "各子系统指标的熵权。"),
    "yearly-mean": (
        "{subsystem}: mean score of all regions by year.",
        "{subsystem}综合指数全域均值的年度变化。",
    ),
    "group-means": (
        "{subsystem}: mean score of each group, {years}.",
        "{years}年各分组{subsystem}综合指数均值。",
    ),
    "regional-means": (
        "{subsystem}: mean score of each region, {years}.",
        "{years}年各地区{subsystem}综合指数均值。",
    ),
    "lines": ("{subsystem}: score of every region by year.", "各地区{subsystem}综合指数的年度变化。"),
    "heat-map": ("{subsystem}: scores by region and year.", "各地区各年份{subsystem}综合指数。"),
    "development": (
        "{subsystem}: scores and compound annual growth by region, {years}.",
        "{years}年各地区{subsystem}综合指数与年均增长率。",
    ),
    "levels": (
        "Levels of the coupling coordination degree; intervals open below, closed above.",
        "耦合协调度等级划分（左开右闭）。",
    ),
    "coordination-degree": (
        "Coupling coordination degree D by region and year.",
        "各地区各年份耦合协调度D。",
    ),
    "group-coordination": (
        "Mean coupling coordination degree of groups (mean of the regions' D) and its level.",
        "各分组耦合协调度均值（地区D的均值）及等级。",
    ),
    "coordination-state": (
        "Scores, coupling, coordination, level and lagging subsystem by region, {year}.",
        "{year}年各地区综合指数、耦合度、协调指数、协调等级与滞后类型。",
    ),
    "heat-map-coordination": (
        "Coupling coordination degree D by region and year.",
        "各地区各年份耦合协调度D。",
    ),
    "map-coordination": ("Coupling coordination degree D, {year}.", "{year}年耦合协调度D的空间分布。"),
    "components": (
        "Change of D from {first} to {last} split exactly into its parts: ln D = ½ ln C + ½ ln T.",
        "{first}—{last}年D的变化的精确分解：ln D = ½ ln C + ½ ln T。",
    ),
    "global-moran": (
        "Global Moran's I of the coupling coordination degree with {inference} p values. The tail of "
        "the analytic and permutation p is fixed by the study ({tail}).",
        "耦合协调度的全局莫兰指数及其{inference}p值。解析与置换p值的方向由研究预先设定（{tail}）。",
    ),
    "moran-by-year": (
        "Global Moran's I by year (above) and its p value under different inference (below; the line marks {significance:.0%}).",
        "全局莫兰指数的年度变化（上）及不同推断方法下的p值（下；横线为{significance:.0%}）。",
    ),
    "local-moran": (
        "Local Moran's I of the coupling coordination degree, {year}.",
        "{year}年耦合协调度的局部莫兰指数。",
    ),
    "scatter": (
        "Moran scatter plot of the coupling coordination degree, {year}{source}, {axes}. Hollow: regions whose quadrant "
        "depends on where the axes cross.",
        "{year}年耦合协调度莫兰散点图{source}，{axes}。空心点：象限归属取决于坐标轴位置的地区。",
    ),
    "scatter-published": (
        "Moran scatter plot of the published coupling coordination degree, {year}, {axes}. Hollow: regions whose quadrant "
        "depends on where the axes cross.",
        "{year}年已发表耦合协调度的莫兰散点图，{axes}。空心点：象限归属取决于坐标轴位置的地区。",
    ),
    "cluster-map": (
        "Quadrants of local Moran's I, {year}; a dark outline marks significance (false discovery rate {significance:.0%}).",
        "{year}年局部莫兰指数象限图；深色边框表示显著（FDR {significance:.0%}）。",
    ),
    "replication-claims": ("Published claims against recomputed ones.", "已发表论断的复现情况。"),
    "replication-failing": ("Claims that are not reproduced, and why.", "未复现的论断及原因。"),
    "scoreboard": ("Verdicts on the published values and claims, by route.", "按途径统计的复现结论。"),
    "published-recomputed": (
        "Published and recomputed coupling coordination degree; correlation {correlation:.3f}, mean absolute difference "
        "{difference:.3f}.",
        "已发表与重算的耦合协调度；相关系数{correlation:.3f}，平均绝对差{difference:.3f}。",
    ),
}

# How gaps are filled between observed years (linearly or not) and at the ends (with the nearest value or not).
FILLING = {
    (True, True): (
        ". The rest are filled: linearly between observed years, with the nearest value at the ends",
        "。其余为插补值：年份之间线性插值，两端取最近值",
    ),
    (True, False): (". The rest are filled linearly between observed years", "。其余为插补值：年份之间线性插值"),
    (False, True): (". The rest are filled with the nearest value at the ends", "。其余为插补值：两端取最近值"),
    (False, False): ("", ""),
}

# What a text says of years, and what of periods with labels such as 2020Q1; places to fill are no words.
PERIODS = {
    "en": (
        (r"\bannual growth\b", "growth per period"),
        (r"(?<!\{)\byear(s?)\b", r"period\1"),
        (r"\bYear(s?)\b", r"Period\1"),
    ),
    "zh": (
        (r"(\{(?:years|last)\})年", r"\1期间"),
        (r"\{\}年", "{}"),
        (r"\{year\}年", "{year}期"),
        (r"年均", "期均"),
        (r"年度", "各期"),
        (r"各年份", "各期"),
        (r"年份", "时期"),
        (r"一年", "一期"),
    ),
}

NUMBERED = {"figure": ("Figure {}.", "图{}"), "table": ("Table {}.", "表{}")}


def periods(study):
    """Tell whether a study's years are labels of periods, such as 2020Q1.

    Parameters
    ----------
    study : Study

    Returns
    -------
    bool
    """
    return isinstance(study.years[0], str)


def _timed(text, study, language):
    for years, instead in PERIODS[language] if periods(study) else ():
        text = re.sub(years, instead, text)
    return text


def word(key, language, study=None):
    """Return a word.

    Parameters
    ----------
    key : str
    language : {'en', 'zh'}
    study : Study, optional
        For a word that speaks of years, which may be periods.

    Returns
    -------
    str
    """
    text = WORDS[key][language == "zh"]
    return text if study is None else _timed(text, study, language)


def caption(kind, name, study, language, number=None, subsystem=None, **values):
    """Return the caption of a figure or table.

    Parameters
    ----------
    kind : {'figure', 'table'}
    name : str
        Of the figure or table; that of one subsystem ends in the subsystem's id.
    study : Study
    language : {'en', 'zh'}
    number : int, optional
        In the paper.
    subsystem : Subsystem, optional
    **values
        What else the caption names; a value may be a text in both languages. What a study has not is told by
        `filled=False` (no gaps), `exact=False` (nothing enumerated) and `source=None` (nothing published).

    Returns
    -------
    str
        Markdown.
    """
    key = name.removesuffix(f"-{subsystem.id}") if subsystem else name
    values = {k: v[language] if isinstance(v, dict) else v for k, v in values.items()}
    text = _timed(CAPTIONS[key][language == "zh"], study, language).format(
        **{
            "subsystem": subsystem.name[language] if subsystem else "",
            "years": span(study.years, language),
            "filling": _filling(study, language) if values.get("filled", True) else "",
            "inference": INFERENCE[bool(values.get("exact", True))][language],
        }
        | values
        | {"source": BRACKETS[language].format(values["source"]) if values.get("source") else ""}
    )
    return f"**{NUMBERED[kind][language == 'zh'].format(number)}** {text}" if number else text


def _filling(study, language):
    how = study.interpolation
    return _timed(FILLING[how.within == "linear", how.ends == "nearest"][language == "zh"], study, language)


def value(result, decimals, study, language):
    """Return a result as a text quotes it.

    Parameters
    ----------
    result : number, str, bool or None
    decimals : int
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
        A number with its decimals, a level by its name, a subsystem that lags as such, a dash for nothing.
    """
    if result is None:
        return "–"
    if isinstance(result, str):
        names = {x.name.en: x.name[language] for x in study.levels}
        names |= {s.id: WORDS["lags"][language == "zh"].format(s.name[language]) for s in study.subsystems}
        return names.get(result) or (word(result, language) if result in WORDS else result)
    if isinstance(result, bool):
        return word("yes" if result else "no", language)
    return f"{result:.{decimals}f}".replace("-", "−")


def span(years, language):
    """Return the years of a study as a text.

    Parameters
    ----------
    years : sequence of int
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    dash = "—" if language == "zh" else "–"
    return str(years[0]) if len(years) == 1 else f"{years[0]}{dash}{years[-1]}"


def both(key):
    """Return a word in both languages, for a caption.

    Parameters
    ----------
    key : str

    Returns
    -------
    dict of str to str
    """
    return {"en": WORDS[key][0], "zh": WORDS[key][1]}


BRACKETS = {"en": " ({})", "zh": "（{}）"}
INFERENCE = {
    True: {"en": "analytic, permutation and exact", "zh": "解析、置换与精确"},
    False: {"en": "analytic and permutation", "zh": "解析与置换"},
}
AXES = {
    "means": {"en": "axes at the means of D and of its lag", "zh": "坐标轴取D及其空间滞后的均值"},
    "zero": {"en": "axes at zero", "zh": "坐标轴取零"},
}
SCALES = {
    "raw": {"en": "raw figures", "zh": "原始数据"},
    "normalised": {
        "en": "normalised values: the raw figures are not redistributed",
        "zh": "归一化数值：原始数据不再分发",
    },
}
TAILS = {
    "greater": {"en": "one-sided, greater", "zh": "单侧，大于"},
    "less": {"en": "one-sided, less", "zh": "单侧，小于"},
    "two-sided": {"en": "two-sided", "zh": "双侧"},
}


def about(study, regions, language, from_raw, file, checksum):
    """Say which study a notebook shows and where its figures come from.

    Parameters
    ----------
    study : Study
    regions : int
        Their number.
    language : {'en', 'zh'}
    from_raw : bool
    file, checksum : str
        Name and SHA-256 of the panel that is read.

    Returns
    -------
    str
        Markdown.
    """
    years, title, source = span(study.years, language), study.title[language], study.source[language]
    why = study.panel.withheld[language] if study.panel.withheld else ""
    if language == "zh":
        start = (
            f"从原始面板数据`{file}`开始"
            if from_raw
            else f"从已发布的归一化面板`{file}`开始" + (f"（{why}）" if why else "")
        )
        year = "" if periods(study) else "年"
        return (
            f"**{title}**：{regions}个地区，{years}{year}。数据来源：{source}。\n\n{start}。SHA-256：`{checksum[:16]}…`"
        )
    start = f"Starts from the raw panel `{file}`" if from_raw else f"Starts from the released normalised panel `{file}`"
    start += f": {why}" if why and not from_raw else ""
    return f"**{title}**: {regions} regions, {years}. Source: {source}.\n\n{start}. SHA-256: `{checksum[:16]}…`"


def weights(setting, language):
    """Say which spatial weights a study uses.

    Parameters
    ----------
    setting : SpatialWeights
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    metric = {
        "great_circle": ("the great-circle distance between the regions' points", "地区代表点之间的大圆距离"),
        "euclidean": ("the straight distance between the regions' points", "地区代表点之间的直线距离"),
    }[setting.distance][language == "zh"]
    if setting.kind == "inverse_distance":
        said = (
            f"Weights are the inverse of {metric} to the power of {setting.power:g}",
            f"权重为{metric}的{setting.power:g}次方的倒数",
        )
    elif setting.kind == "knn":
        said = (
            f"Each region's {setting.k} nearest regions by {metric} have weight one",
            f"每个地区按{metric}最近的{setting.k}个地区权重为一",
        )
    elif setting.kind == "file":
        said = ("The study brings its own table of neighbours and their weights", "邻接关系与权重由研究自行给定")
    else:
        touch = {"queen": ("a border or a corner", "边界或顶点"), "rook": ("a border", "边界")}[setting.kind]
        said = (f"Regions that share {touch[0]} have weight one", f"共有{touch[1]}的地区权重为一")
    row = {
        "row": (", row-standardised.", "，行标准化。"),
        "none": (", not row-standardised for the global index.", "，全局指数不作行标准化。"),
    }
    return (said[0] + row[setting.transform][0], said[1] + row[setting.transform][1])[language == "zh"]


COUPLING = {
    "standard": {"en": "", "zh": ""},
    "wang2021": {
        "en": "Here the coupling degree is the modified one of Wang and others, which spreads over the whole interval.",
        "zh": "本文的耦合度采用王淑佳等的修正形式，其取值分布于整个区间。",
    },
    "fan2024": {
        "en": "Here the coupling degree is one minus twice the standard deviation of the scores.",
        "zh": "本文的耦合度取一减去得分标准差的两倍。",
    },
}


# What claims, published cells and the reasons of verdicts are phrased in, and the same in Chinese.
PHRASES = (
    (r"(\w[\w ]*?) lacks (\d+) indicators \(([^)]*)\)", r"\1缺\2项指标（\3）"),
    (r"(\w+): all indicators, (\d+)\s?% of the values filled", r"\1：指标齐全，\2%的值为插补"),
    (
        r"the printed I and z imply a standard error of ([\d.]+); here it is ([\d.]+)",
        r"印刷的I与z所隐含的标准误为\1，此处为\2",
    ),
    (r"the published D of this year is not printed", "该年的D未刊出"),
    (r"depends on the axes: lag (\S+) of standardised D", r"取决于坐标轴位置：D标准化值的滞后为\1"),
    (r"^p from (\S+) to ([\d.]+)", r"p在\1与\2之间"),
    (r"^I (\S+) to ([\d.−-]+)", r"I由\1到\2"),
    (r"an inference from point estimates; no test of the change is given", "由点估计推断，未给出变化的检验"),
    (r"it is (.+?); (.+?) has ([\d.−-]+)", r"实为\1；\2为\3"),
    (r"^years (\d)", r"年份：\1"),
    (r"^not positive in ", "不为正的年份："),
    (r"^(\d+) of (\d+) years$", r"\2年中\1年"),
    (r"^most years$", "多数年份"),
    (r"^positive$", "为正"),
    (r"^claim$", "论断"),
    (r"^increasing$", "上升"),
    (r"^decreasing$", "下降"),
    (r"^basin mean score (\d+)$", r"\1年全域平均得分"),
    (r"^basin mean change (\S+)$", r"全域均值的变动，\1年"),
    (r"^compound annual growth of basin mean (\S+)$", r"全域均值的年均增长率，\1年"),
    (r"^basin mean rises over (\S+)$", r"全域均值上升，\1年"),
    (r"^annual growth of basin means$", "各子系统全域均值的年均增长率"),
    (r"^annual growth of (.+)$", r"\1的年均增长率"),
    (r"^(highest|lowest) regional annual growth: (.+)$", r"地区年均增长率\1：\2"),
    (r"^three (highest|lowest) regional means, in order$", r"均值\1的三个地区（依次）"),
    (r"^group means in every published year$", "各刊出年份的分组均值"),
    (r"^group means$", "分组均值"),
    (r"^level of the (\w+) mean (\d+)$", r"\2年\1均值的等级"),
    (r"^level of (.+) (\d+)$", r"\2年\1的等级"),
    (r"^mean D of (\w+) (\d+)$", r"\2年\1的D均值"),
    (r"^(D|I|z|p) of (\d+)$", r"\2年的\1"),
    (r"^D of (.+) (\d+)$", r"\2年\1的D"),
    (r"^(.+) mean over (\S+)$", r"\1均值，\2年"),
    (r"^basin mean (\d+)$", r"\1年全域均值"),
    (r"^every region rises from (\d+) to (\d+)$", r"所有地区均上升，\1—\2年"),
    (r"^Moran I is positive in every year$", "各年莫兰指数均为正"),
    (r"^share of years with p <= ([\d.]+): normal p, one-sided$", r"p≤\1的年份占比：正态近似，单侧"),
    (r"^share of years with p <= ([\d.]+): normal p, two-sided$", r"p≤\1的年份占比：正态近似，双侧"),
    (r"^share of years with p <= ([\d.]+): exact p, one-sided$", r"p≤\1的年份占比：精确，单侧"),
    (r"^share of years with p <= ([\d.]+): exact p, two-sided$", r"p≤\1的年份占比：精确，双侧"),
    (r"^Moran I fluctuates downward (\S+)$", r"莫兰指数波动下降，\1年"),
    (r"^spatial clustering weakened, hence regional differences narrowed$", "空间集聚减弱，故地区差距缩小"),
    (r"^quadrant of (.+) in the (\d+) Moran scatter plot, axes at the means$", r"\2年莫兰散点图中\1的象限（轴取均值）"),
    (r"^quadrant of (.+) in the (\d+) Moran scatter plot, axes at zero$", r"\2年莫兰散点图中\1的象限（轴取零）"),
    (r"(?<![A-Za-z])highest(?![A-Za-z])", "最高"),
    (r"(?<![A-Za-z])lowest(?![A-Za-z])", "最低"),
    (r"(?<![A-Za-z])basin(?![A-Za-z])", "全域"),
    (r"^Table (\d+)$", r"表\1"),
)


def phrased(text, language, names):
    """Put the wording of a claim, a published value or a reason into a language.

    Parameters
    ----------
    text : str
        In English, as claims.csv and the scoreboard have it.
    language : {'en', 'zh'}
    names : dict of str to str
        Ids and English names of regions, groups, subsystems, indicators and levels, and what they are called.

    Returns
    -------
    str
        Phrases that are not known stay as they are.

    Examples
    --------
    >>> phrased("level of Gansu 2023", "zh", {"Gansu": "甘肃"})
    '2023年甘肃的等级'
    """
    if language == "en":
        return text
    result = text
    for pattern, chinese in PHRASES:
        result = re.sub(pattern, chinese, result)
    for name in sorted(names, key=len, reverse=True):
        result = re.sub(rf"(?<![A-Za-z_]){re.escape(name)}(?![A-Za-z_])", names[name], result)
    return result.replace("; ", "；").replace(", ", "、")


def unnumbered(text):
    """Return a caption without its number.

    Parameters
    ----------
    text : str
        Markdown, as `caption` returns it.

    Returns
    -------
    str
    """
    return text.partition("** ")[2] if text.startswith("**") else text


def provenance(where, panel, language):
    """Say from what a paper was made.

    Parameters
    ----------
    where : dict of str to str
        commit, lock, seed, panel and study (checksums).
    panel : str
        Name of the panel that was read.
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    short = {k: v[:12] for k, v in where.items()}
    if where["commit"].endswith("-dirty"):
        short["commit"] += "（含未提交的修改）" if language == "zh" else " with uncommitted changes"
    if language == "zh":
        return f"提交：{short['commit']}；环境锁定文件SHA-256：{short['lock']}；{panel}：{short['panel']}；study.yml：{short['study']}；随机种子：{where['seed']}。"
    return (
        f"Commit {short['commit']}; SHA-256 of the environment's lock {short['lock']}, of {panel} {short['panel']}, "
        f"of study.yml {short['study']}; random seed {where['seed']}."
    )
