"""Sentences with computed numbers about spatial autocorrelation, in English or Chinese."""

from __future__ import annotations

from math import erfc, sqrt

from coordination.presentation.phrases import (
    _capital,
    _change,
    _ended,
    _inner,
    _list,
    _plural,
    _share_of,
    _time,
    _towards,
)
from coordination.presentation.reader import number

# What inference goes by in a sentence; the tail is the study's.
INFERENCE = {
    "p_randomisation": ("normal approximation ({})", "正态近似（{}）"),
    "p_permutation": ("permutation test ({})", "置换检验（{}）"),
    "p_exact_greater": ("exact one-sided test", "精确单侧检验"),
    "p_exact_two_sided": ("exact two-sided test", "精确双侧检验"),
}


def global_moran(table, reader):
    """Say in how many years or periods autocorrelation is significant under which inference.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `global-moran`.
    reader : Reader

    Returns
    -------
    str
    """
    level, parts, year = reader.study.autocorrelation.significance, [], _time(reader.study, reader.language)
    sources = list(table["source"].unique())
    for source in sources:
        own = table[table["source"] == source]
        n, positive = len(own), int((own["moran_i"] > 0).sum())
        first, last = own.iloc[0], own.iloc[-1]
        side = reader.word(reader.study.autocorrelation.tail)
        counts = [
            (names[reader.language == "zh"].format(side), int((own[k] <= level).sum()))
            for k, names in INFERENCE.items()
            if own[k].notna().all()
        ]
        opening = "" if sources == ["data"] else _capital(reader.word(source)) + (": ", "：")[reader.language == "zh"]
        if reader.language == "zh":
            said = "，".join(f"{k}{c}{year}" for k, c in counts)
            moved = _change(first.moran_i, last.moran_i, reader.language) if n > 1 else f"为{number(first.moran_i)}"
            parts.append(
                f"{opening}{n}{year}中I为正的有{positive}{year}，I{moved}。在{level:.0%}水平显著的{year}数：{said}。"
            )
        else:
            said = _list((f"{c} by the {k}" for k, c in counts), reader.language)
            moved = _change(first.moran_i, last.moran_i, reader.language) if n > 1 else f"is {number(first.moran_i)}"
            parts.append(
                f"{opening}I is positive in {positive} of {_plural(n, year)} and {moved}. "
                f"At the {level:.0%} level the numbers of significant {year}s are {said}."
            )
    return "\n\n".join(parts)


def local_moran(table, reader):
    """Say which regions are significant, which quadrants depend on the axes, and how small p can be.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one year and source of the hand-over table `local-moran`.
    reader : Reader

    Returns
    -------
    str
    """

    def named(rows):
        return _list(reader.regions[reader.language][rows["region"]], reader.language)

    depend = table[table["quadrant"] != table["quadrant_article"]]
    significant = table[table["significant_fdr"]]
    enumerated = int(table["p_exact"].notna().sum())
    unable = table[table["p_smallest"] > reader.study.autocorrelation.significance]
    if reader.language == "zh":
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


def moran_summary(table, reader):
    """Say in one sentence how far spatial autocorrelation goes and how sure it is.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one source of the hand-over table `global-moran`.
    reader : Reader

    Returns
    -------
    str
    """
    n, level, tail = len(table), reader.study.autocorrelation.significance, reader.study.autocorrelation.tail
    positive = int((table["moran_i"] > 0).sum())
    exact, year = bool(table["p_exact_two_sided"].notna().all()), _time(reader.study, reader.language)
    both = [erfc(abs(z) / sqrt(2)) for z in table["z_randomisation"]]
    pairs = []  # sides, and the p values of the normal approximation and of the other test with the same tail
    if tail == "two-sided" or not exact:
        own = "p_exact_two_sided" if exact else "p_permutation"
        pairs.append(("two" if tail == "two-sided" else "one", table["p_randomisation"], table[own]))
    else:
        own = "p_exact_greater" if tail == "greater" else "p_permutation"
        pairs += [("one", table["p_randomisation"], table[own]), ("two", both, table["p_exact_two_sided"])]
    counts = [(side, *(sum(p <= level for p in column) for column in columns)) for side, *columns in pairs]
    if reader.language == "zh":
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


# Whether a change of clustering is significant, and whether it is a fall.
VERDICTS = {
    (True, True): ("clustering weakened significantly", "集聚显著减弱"),
    (True, False): ("clustering changed significantly", "集聚显著变化"),
    (False, True): ("no evidence that clustering weakened", "没有集聚减弱的证据"),
    (False, False): ("no evidence that clustering changed", "没有集聚变化的证据"),
}


def moran_change(table, reader):
    """Say whether clustering changed, by a test of the change.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `moran-change`.
    reader : Reader

    Returns
    -------
    str
    """
    level, year, parts = reader.study.autocorrelation.significance, _time(reader.study, reader.language), []
    for row in table.to_dict("records"):
        source = "" if list(table["source"]) == ["data"] else reader.word(row["source"])
        opening = _capital(source) + {"en": ": ", "zh": "："}[reader.language] if source else ""
        if row["first"] == row["last"]:
            only = {
                "en": f"There is one {year} only, so that Moran's I ({number(row['moran_last'])}) has no change to test.",
                "zh": f"只有一{year}，莫兰指数（{number(row['moran_last'])}）无变化可检验。",
            }
            parts.append(opening + only[reader.language])
            continue
        fell, moved = row["change"] < 0, _change(row["moran_first"], row["moran_last"], reader.language)
        p = row["p_two_sided"]
        verdict = VERDICTS[bool(p <= level), fell][reader.language == "zh"]
        if reader.language == "zh":
            text = (
                f"莫兰指数{moved}（{row['first']}—{row['last']}{_ended(reader.study)}）。逐地区交换这两{year}时，"
                f"不小于此的变化（不论方向）出现的比例为{number(p)}：{verdict}。"
            )
            later = (
                f"各{year}间的斜率为{number(row['slope'], 4)}：倒置各地区的整条路径时{_share_of(row['slope_p_two_sided'], reader.language)}，"
                f"若忽略{year}际依赖而重排各{year}则{_share_of(row['order_p_two_sided'], reader.language)}（均为双侧）。"
            )
        else:
            text = (
                f"Moran's I {moved} between {row['first']} and {row['last']}. With the two {year}s exchanged region by "
                f"region, a change at least as large, up or down, arises in {number(p)} of the choices: {verdict}."
            )
            later = (
                f" From one {year} to the next the slope is {number(row['slope'], 4)}: two-sided "
                f"{_share_of(row['slope_p_two_sided'], reader.language)} with the regions' whole paths run backwards, "
                f"{_share_of(row['order_p_two_sided'], reader.language)} if the {year}s are rearranged as though none depended on the one before."
            )
        parts.append(opening + text + later)
    return "\n\n".join(parts)


def association(contiguity, bivariate, reader):
    """Say what Geary's C and bivariate Moran's I show.

    Parameters
    ----------
    contiguity : pandas.DataFrame
        Columns year, geary_c, p (with the study's tail), p_two_sided.
    bivariate : pandas.DataFrame
        Columns first, second, year, bivariate_i, expected_i, p_two_sided.
    reader : Reader

    Returns
    -------
    str
    """
    level, year = reader.study.autocorrelation.significance, _time(reader.study, reader.language)
    names = {s.id: s.name[reader.language] for s in reader.study.subsystems}

    def moved(values):
        if len(values) > 1:
            return _change(values.iloc[0], values.iloc[-1], reader.language)
        return {"en": f"is {number(values.iloc[0])}", "zh": f"为{number(values.iloc[0])}"}[reader.language]

    low = bool((contiguity["geary_c"] < 1).all())
    c, n = contiguity["geary_c"], len(contiguity)
    sure, one = (int((contiguity[k] <= level).sum()) for k in ("p_two_sided", "p"))
    sided = reader.study.autocorrelation.tail != "two-sided"
    if reader.language == "zh":
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
        if reader.language == "zh":
            text += f"{names[a]}与邻近地区的{names[b]}之间的双变量莫兰指数{moved(i)}，{n}{year}中有{sure}{year}显著异于期望值。"
        else:
            text += (
                f" Bivariate Moran's I between {_inner(names[a])} and the neighbours' {_inner(names[b])} {moved(i)} and "
                f"differs from its expectation significantly in {sure} of {_plural(n, year)}."
            )
    return text


def gravity(path, reader):
    """Say where the centre of gravity moves and how the ellipse changes.

    Parameters
    ----------
    path : pandas.DataFrame or None
        Columns year, longitude, latitude (degrees), area (km^2), moved, from_first (km), direction (degrees clockwise
        from north), a row a year; None without points and polygons.
    reader : Reader

    Returns
    -------
    str
    """
    if path is None:
        return {
            "en": "The study has neither points nor polygons, so that there is no centre of gravity, no ellipse and no trend surface.",
            "zh": "本研究既无坐标也无边界，故不计算重心、标准差椭圆与趋势面。",
        }[reader.language]
    first, last = path.iloc[0], path.iloc[-1]
    since, until = path["year"].iloc[0], path["year"].iloc[-1]
    gap = "、" if reader.language == "zh" else ", "
    place = f"{number(last.longitude, 2)}°{gap}{number(last.latitude, 2)}°"
    if len(path) == 1:
        return {
            "en": f"The centre of gravity of D in {until} lies at longitude and latitude {place}.",
            "zh": f"{until}{_time(reader.study, reader.language)}D的重心位于经纬度{place}。",
        }[reader.language]
    way = _towards(last.direction, reader.language) if last.from_first > 0 else ""
    walked = path["moved"].sum()
    ratio = 100 * (last.area / first.area - 1) if first.area > 0 else float("nan")
    if reader.language == "zh":
        text = f"{since}—{until}{_ended(reader.study)}，D的重心" + (
            f"向{way}移动{number(last.from_first, 1)}千米（路径长{number(walked, 1)}千米）" if way else "未移动"
        )
        return f"{text}，位于经纬度{place}；标准差椭圆的面积变化{number(ratio, 1)}%。"
    text = f"From {since} to {until} the centre of gravity of D " + (
        f"moves {number(last.from_first, 1)} km to the {way} (on a path of {number(walked, 1)} km)"
        if way
        else "stays where it is"
    )
    return f"{text}, to longitude and latitude {place}; the area of the standard deviational ellipse changes by {number(ratio, 1)}%."


def hot_spots(table, reader):
    """Say which regions are hot and cold spots.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, g_star, significant_fdr, a row a region, of one year.
    reader : Reader

    Returns
    -------
    str
    """
    sure = table[table["significant_fdr"]]
    said = []
    for label, own in (("hot", sure[sure["g_star"] > 0]), ("cold", sure[sure["g_star"] < 0])):
        names = _list(reader.regions[reader.language][own["region"]], reader.language) if len(own) else ""
        if names:
            said.append(f"{reader.word(label)}{'：' if reader.language == 'zh' else ' spots: '}{names}")
    year = table["year"].iloc[0]
    if reader.language == "zh":
        text = f"{year}{_time(reader.study, reader.language)}按G*统计量并控制FDR，"
        return text + (f"{'；'.join(said)}。" if said else "没有热点或冷点。")
    text = f"In {year}, by G* with the false discovery rate controlled: "
    return text + (f"{'; '.join(said)}." if said else "no region is a hot or a cold spot.")


def trend_surface(table, reader):
    """Say how much of D a surface over the map explains, or why none is fitted.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns order, year, r_squared, p, rise, bearing, reason.
    reader : Reader

    Returns
    -------
    str
    """
    parts, year = [], _time(reader.study, reader.language)
    for order, own in table.groupby("order", sort=True):
        name = {1: ("plane", "平面"), 2: ("quadratic surface", "二次曲面")}[order][reader.language == "zh"]
        if own["reason"].iloc[0]:
            why = {
                ("few", "en"): f"{len(reader.regions)} regions are fewer than two a coefficient",
                ("few", "zh"): f"{len(reader.regions)}个地区，不足每个系数两个",
                ("line", "en"): "the regions' points do not determine it",
                ("line", "zh"): "各地区的位置不足以确定该曲面",
            }[own["reason"].iloc[0], reader.language]
            parts.append(f"不拟合{name}：{why}。" if reader.language == "zh" else f"No {name} is fitted: {why}.")
            continue
        first, last = own.iloc[0], own.iloc[-1]
        towards = _towards(last.bearing, reader.language) if order == 1 else ""
        one, ends = len(own) == 1, [f"{number(100 * r, 1)}%" for r in own["r_squared"].iloc[[0, -1]]]
        if reader.language == "zh":
            share = ends[1] if one else f"由{ends[0]}到{ends[1]}"
            text = f"{name}解释D的方差{share}（{last.year}{year}{_share_of(last.p, reader.language)}）"
            parts.append(text + (f"，最陡上升方向为{towards}。" if towards else "。"))
        else:
            share = ends[1] if one else f"{ends[0]} in {first.year} and {ends[1]} in {last.year}"
            text = f"A {name} over the map explains {share} of the variance of D ({_share_of(last.p, reader.language)} in {last.year})"
            parts.append(text + (f", rising most steeply to the {towards}." if towards else "."))
    return ("" if reader.language == "zh" else " ").join(parts)
