"""How claims and the reasons of verdicts are phrased."""

from __future__ import annotations

import re

from coordination.presentation.reader import Reader


def word(key, language, study=None):
    """Return a word, of periods where the study has them."""
    return Reader(study, None, language).timed_word(key) if study else Reader(study, None, language).word(key)


def periods(study):
    """Tell whether a study's years are labels."""
    return Reader(study, None, "en").periods


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
    (r"p of the change ([\d.]+) one-sided, ([\d.]+) two-sided", r"变化的单侧p值为\1，双侧p值为\2"),
    (r"^weaker, not significantly$", "减弱但不显著"),
    (r"^not weaker$", "未减弱"),
    (r"^weaker$", "减弱"),
    (r"^no test of the change is given$", "未给出变化的检验"),
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
    (r"^annual growth of national means$", "各子系统全国均值的年均增长率"),
    (r"^annual growth of (.+)$", r"\1的年均增长率"),
    (r"^(highest|lowest) regional annual growth: (.+)$", r"地区年均增长率\1：\2"),
    (r"^three (highest|lowest) regional means, in order$", r"均值\1的三个地区（依次）"),
    (r"^five (highest|lowest) regional means, in order$", r"均值\1的五个地区（依次）"),
    (r"^national mean (\d+)-(\d+) rises$", r"\1—\2年全国均值上升"),
    (r"^national mean (\d+)-(\d+) falls$", r"\1—\2年全国均值下降"),
    (r"^mean of (\w+) falls (\S+)$", r"\1均值下降，\2年"),
    (r"^group means in every year$", "各年的分组均值"),
    (r"^spatial clustering weakened$", "空间集聚减弱"),
    (r"^share of years with p <= ([\d.]+)$", r"p≤\1的年份占比"),
    (r"^quadrant of (.+) in the (\d+) Moran scatter plot$", r"\2年莫兰散点图中\1的象限"),
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
