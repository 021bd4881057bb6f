"""The words of figures, tables and captions, in the languages of the paper."""

from __future__ import annotations

import re

# Between two words, and before what explains one
COMMA = {"en": ", ", "zh": "，"}

COLON = {"en": ": ", "zh": "："}

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
    "subject": ("Subject", "对象"),
    "of_scores": ("Subsystems", "子系统"),
    "of_coordination_degree": ("Degree D", "协调度D"),
    "of_moran_i": ("Moran's I", "莫兰指数"),
    "of_quadrant": ("Quadrant", "象限"),
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
    "claimed": ("Claimed", "论断"),
    "in_published": ("In the published D", "已发表的D"),
    "in_data": ("In the data", "本文数据"),
    "universe_share": ("Share of choices", "方法组合占比"),
    "certainty": ("Certainty", "把握程度"),
    "turned_by": ("Turned by", "使其改变的选择"),
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
    "density": ("Density", "核密度"),
    "coefficient_of_variation": ("Coefficient of variation", "变异系数"),
    "growth_of_log": ("Growth of ln D a year", "ln D的年均增长"),
    "initial_log": ("ln D, first year", "期初ln D"),
    "regions_number": ("Regions", "地区数"),
    "observations": ("Observations", "观测数"),
    "trend_a_year": ("Trend a year", "年均趋势"),
    "model": ("Model", "模型"),
    "coefficient": ("Coefficient b", "系数b"),
    "standard_error": ("Standard error", "标准误"),
    "p_clustered": ("p, clustered", "p值（聚类）"),
    "p_wild": ("p, resampled", "p值（重抽样）"),
    "speed": ("Speed, % a year", "收敛速度（%）"),
    "half_life": ("Half-life", "半衰期"),
    "absolute": ("Absolute, first to last year", "绝对收敛，期初至期末"),
    "panel": ("Absolute, panel", "绝对收敛，面板"),
    "conditional_groups": ("Conditional on groups", "条件收敛，分组效应"),
    "conditional_regions": ("Conditional on regions", "条件收敛，地区效应"),
    "conditional_jackknife": ("… less bias (jackknife)", "同上，刀切法纠偏"),
    "gini": ("Gini coefficient", "基尼系数"),
    "gini_within": ("within groups", "组内"),
    "gini_net_between": ("between groups, net", "组间净差异"),
    "gini_transvariation": ("transvariation", "超变密度"),
    "theil_t": ("Theil's T", "泰尔指数T"),
    "theil_t_within": ("within groups", "组内"),
    "theil_t_between": ("between groups", "组间"),
    "theil_l": ("Theil's L", "泰尔指数L"),
    "index": ("Index", "指数"),
    "share_within": ("Within, %", "组内（%）"),
    "share_net_between": ("Between, net, %", "组间净差异（%）"),
    "share_transvariation": ("Transvariation, %", "超变密度（%）"),
    "share_between": ("Between, % of T", "组间占T（%）"),
    "p_between": ("p, groups", "p值（组间）"),
    "levels": ("Levels", "等级"),
    "quartiles": ("Quartiles", "四分位"),
    "quadrants": ("Quadrants", "象限"),
    "from_class": ("From", "起始类别"),
    "of_lag": ("Lag", "空间滞后"),
    "transitions": ("Transitions", "转移次数"),
    "ergodic": ("ergodic distribution", "遍历分布"),
    "probability": ("Probability", "转移概率"),
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
    "km": ("km", "千米"),
    "km_east": ("km east of the regions' middle", "距各地区中点以东（千米）"),
    "km_north": ("km north of the regions' middle", "距各地区中点以北（千米）"),
    "p_tail": ("p, {}", "p值（{}）"),
    "p_two_sided": ("p, two-sided", "p值（双侧）"),
    "p_less": ("p, fall", "p值（下降）"),
    "geary_c": ("Geary's C", "吉尔里指数C"),
    "bivariate_i": ("Bivariate Moran's I", "双变量莫兰指数I"),
    "pair": ("{} × {} (neighbours)", "{}×{}（邻近地区）"),
    "expected_i": ("Expected", "期望值"),
    "correlation": ("r within regions", "地区内相关系数r"),
    "pearson": ("Correlation r", "相关系数r"),
    "g_star": ("G*", "G*统计量"),
    "hot_or_cold": ("Hot or cold spot (FDR)", "热点或冷点（FDR）"),
    "hot": ("hot", "热点"),
    "cold": ("cold", "冷点"),
    "span": ("Years", "年份区间"),
    "moran_first": ("I, first", "期初I"),
    "moran_last": ("I, last", "期末I"),
    "slope": ("Slope of I", "I的斜率"),
    "slope_p_two_sided": ("p, paths reversed", "p值（路径倒置）"),
    "order_p_two_sided": ("p, years rearranged", "p值（年份重排）"),
    "change_of_i": ("Change of Moran's I, {}–{}", "莫兰指数的变化，{}—{}"),
    "share_of_choices": ("Share of choices, %", "占全部交换方式的比例（%）"),
    "observed_change": ("observed change", "实际变化"),
    "at_least_as_low": ("falls at least as large", "降幅不小于实际变化"),
    "major": ("Major semi-axis, km", "长半轴（千米）"),
    "minor": ("Minor semi-axis, km", "短半轴（千米）"),
    "bearing": ("Bearing, °", "方位角（°）"),
    "moved": ("Moved, km", "移动距离（千米）"),
    "surface": ("Surface", "趋势面"),
    "plane": ("plane", "平面"),
    "quadratic": ("quadratic", "二次曲面"),
    "r_squared": ("R²", "决定系数R²"),
    "rise": ("Rise of D per 100 km", "每百千米D的升幅"),
    "obstacle_degree": ("Obstacle degree, %", "障碍度（%）"),
    "obstacle_order": ("Obstacle {}", "第{}障碍"),
    "obstacle_of": ("Obstacle degree of {}, %", "{}的障碍度（%）"),
    "place_of": ("Rank of {} among obstacles", "{}的障碍位次"),
    "evidence_of": ("Indicators that evidence {}", "体现{}的指标数"),
    "score_of": ("Score of {}", "{}综合指数"),
    "degree_gap": ("D minus the mean of all regions", "D与全域均值之差"),
    "rank": ("Rank by D", "D的位次"),
    "ratio": ("Lowest score over highest", "最低与最高综合指数之比"),
    "growth_gap": ("Growth minus that of the mean, percentage points", "增长率与均值增长率之差（百分点）"),
    "trend": ("Trend", "趋势"),
    "increasing": ("rising", "上升"),
    "decreasing": ("falling", "下降"),
    "mixed": ("mixed", "起伏"),
    "constant": ("constant", "不变"),
    "quadrant_chosen": ("Quadrant", "象限"),
    "settled": ("Quadrant independent of the axes", "象限不取决于坐标轴"),
    "group_gap": ("D minus the mean of its group", "D与所在分组均值之差"),
    "group_variation": ("Coefficient of variation of D within its group", "所在分组内D的变异系数"),
    "variation_of_degree": ("Coefficient of variation of D", "D的变异系数"),
    "within_share": ("Share of Theil's T within groups, %", "泰尔指数的组内占比（%）"),
    "largest_indicator": ("Largest obstacle", "首要障碍指标"),
    "largest_dimension": ("Dimension with the largest obstacles", "首要障碍维度"),
    "lens": ("Lens", "视角"),
    "family": ("Part", "部分"),
    "concept": ("Concept", "概念"),
    "with_figures": ("Indicators with figures", "有数据的指标数"),
    "without_figures_count": ("Indicators without figures", "无数据的指标数"),
    "weight_share": ("Weight, %", "权重（%）"),
    "mean_obstacle": ("Mean obstacle degree, %", "平均障碍度（%）"),
    "state": ("State", "状态"),
    "covered": ("covered", "已覆盖"),
    "without_figures": ("indicators without figures", "仅有无数据的指标"),
    "blind": ("blind spot", "盲区"),
    "candidate": ("Series that would evidence it", "可补充的序列"),
    "publisher": ("Published by", "发布机构"),
    "unknown_series": ("not known", "尚无"),
    "why": ("Why", "理由"),
    "conditions": ("Conditions", "条件"),
    "limit": ("Diagnosed limit", "诊断的限度"),
    "path": ("Path", "路径"),
    "measures": ("Countermeasures", "对策"),
    "numbers": ("Numbers", "依据的数值"),
    "fired": ("Regions in which it holds", "成立的地区数"),
    "holds_for_whole": ("the whole", "整体"),
    "total_log_change": ("Change of ln D", "ln D的变化"),
    "evidenced": ("evidenced by figures", "有数据体现"),
    "unobserved": ("mapped, but without figures", "已对应但无数据"),
    "obstacle_short": ("Obstacle, %", "障碍度（%）"),
    "q": ("q", "q值"),
    "strata": ("Strata", "分层数"),
    "cause": ("Covariate", "影响因素"),
    "causes": ("Covariates", "影响因素"),
    "kind": ("Kind", "交互类型"),
    "q_first": ("q, first", "q值（前者）"),
    "q_second": ("q, second", "q值（后者）"),
    "q_joint": ("q, together", "q值（交互）"),
    "q_by_year": ("q of single covariates", "单因子q值"),
    "q_of_pairs": ("q of pairs, {}", "因子交互q值，{}"),
    "no gain": ("no gain", "无增强"),
    "enhance, bi-": ("enhance, two-factor", "双因子增强"),
    "independent": ("independent", "独立"),
    "enhance, nonlinear": ("enhance, nonlinear", "非线性增强"),
    "refused": ("refused", "不作推断"),
    "spatial_lag": ("Spatial lag", "空间滞后模型"),
    "spatial_error": ("Spatial error", "空间误差模型"),
    "rho": ("ρ (spatial lag of D)", "ρ（D的空间滞后）"),
    "lambda": ("λ (spatial error)", "λ（空间误差）"),
    "direct": ("Direct effect", "直接效应"),
    "indirect": ("Indirect effect", "间接效应"),
    "factor_interpolation": ("Gaps filled", "插补方法"),
    "factor_normalisation": ("Normalisation", "标准化"),
    "factor_zeros": ("Zeros", "零值处理"),
    "factor_weighting": ("Weights", "赋权方法"),
    "factor_aggregation": ("Aggregation", "合成方法"),
    "factor_coupling": ("Coupling degree", "耦合度公式"),
    "factor_alpha": ("Shares of subsystems", "子系统权重"),
    "factor_left_out": ("Indicator left out", "剔除的指标"),
    "factor_spatial_weights": ("Spatial weights", "空间权重"),
    "factor_axes": ("Axes", "坐标轴"),
    "level_own": ("as in the study", "同本研究"),
    "level_nearest": ("nearest year", "取最近年份"),
    "level_pooled": ("min-max, pooled", "全面板极差"),
    "level_year": ("min-max, each year", "各年份内极差"),
    "level_rank": ("ranks", "秩"),
    "level_z": ("standard score", "标准分"),
    "level_limit": ("limit at 0", "取极限"),
    "level_shift": ("0.0001 added", "加0.0001"),
    "level_narrow": ("in [0.01, 0.99]", "压缩至[0.01, 0.99]"),
    "level_entropy": ("entropy", "熵权"),
    "level_equal": ("equal", "等权"),
    "level_critic": ("CRITIC", "CRITIC法"),
    "level_variation": ("coefficient of variation", "变异系数"),
    "level_principal": ("principal component", "主成分"),
    "level_merec": ("MEREC", "MEREC法"),
    "level_arithmetic": ("arithmetic", "算术加权"),
    "level_geometric": ("geometric", "几何加权"),
    "level_topsis": ("TOPSIS", "逼近理想解法"),
    "level_standard": ("standard", "标准式"),
    "level_wang2021": ("Wang and others (2021)", "王淑佳等（2021）"),
    "level_fan2024": ("1 − 2 standard deviations", "1减两倍标准差"),
    "level_none": ("every indicator kept", "保留全部指标"),
    "level_inverse_distance": ("1/distance^{}", "距离的{}次方之倒数"),
    "level_queen": ("contiguity", "邻接"),
    "level_knn": ("{} nearest", "最近{}个邻居"),
    "level_row": ("row-standardised", "行标准化"),
    "level_zero": ("at zero", "零轴"),
    "level_means": ("at the means", "均值轴"),
    "more_of": ("more of {}", "提高{}"),
    "flip_share": ("Share of universes", "组合份额"),
    "own_universe": ("the study's own choices", "本研究的选择"),
    "universes_sorted": ("Universes, from the lowest to the highest mean D", "按D均值由低到高排列的方法组合"),
    "times_as_often": ("how many times as often as in all universes", "相对全部组合的出现倍数"),
    "of_universes": ("other choices", "其他方法选择"),
    "of_both": ("errors in figures and weights", "数据与权重误差"),
    "of_figures": ("errors in figures", "数据误差"),
    "of_weights": ("errors in weights", "权重误差"),
    "own_rank": ("the study's rank", "本研究的位次"),
    "variance_of_degrees": ("D of the regions", "各地区D"),
    "variance_of_ranks": ("Ranks of the regions", "各地区位次"),
    "first_order_share": ("alone", "单独作用"),
    "total_share": ("with all interactions", "含交互作用"),
    "effective": ("Effective weight", "有效权重"),
    "share_of_subsystem": ("Share within the subsystem", "在子系统中的份额"),
    "choice": ("Choice", "方法选择"),
    "chosen": ("Chosen", "取值"),
    "universes": ("Universes", "组合数"),
    "mean_degree": ("Mean D", "D的均值"),
    "output": ("Variance of", "方差对象"),
    "first_order": ("Alone, %", "单独作用（%）"),
    "total": ("With interactions, %", "含交互作用（%）"),
    "without": ("Without", "去掉"),
    "largest_change": ("Largest change in D", "D的最大变化"),
    "mean_change": ("Mean change in D", "D的平均变化"),
    "level_changes": ("Levels that change", "等级改变数"),
    "ranks_changed": ("Ranks that change", "位次改变数"),
    "with_score": ("r with the score", "与综合指数的相关"),
    "with_rest": ("r with the rest", "与其余指标的相关"),
    "nearest": ("Nearest indicator (r)", "最相关的指标（r）"),
    "flag": ("Note", "备注"),
    "flag_against": ("runs against the rest", "与其余指标方向相反"),
    "flag_silent": ("hardly matters", "几乎不起作用"),
    "flag_collinear": ("almost the same", "几乎重复"),
    "part": ("Part", "部分"),
    "indicator_count": ("Indicators", "指标数"),
    "cronbach": ("Cronbach's alpha", "克朗巴哈α"),
    "within_correlation": ("Mean r", "平均相关"),
    "components_count": ("Eigenvalues above 1", "大于1的特征值数"),
    "first_component": ("First component, %", "第一主成分（%）"),
}

CAPTIONS = {
    "specification-curve": (
        "Mean D of {year} in {universes:,} combinations of choices, from the lowest to the highest (above), and how often each choice stands behind it (below).",
        "{universes:,}种方法组合下{year}年D的均值（由低到高，上）及各选择的出现频率（下）。",
    ),
    "rank-intervals": (
        "Ranks of the regions in {year} (1 is the highest D): median and 5–95% under other choices of method and under errors.",
        "{year}年各地区位次（1为D最高）：其他方法选择与误差下的中位数及5%—95%区间。",
    ),
    "sensitivity": (
        "Share of the variance of {year}'s results that each choice explains, over the universes in which zeros are treated.",
        "各方法选择对{year}年结果方差的解释份额（零值经处理的组合）。",
    ),
    "choices": ("Choices of the multiverse and the mean D of {year} under each.", "方法选择及其下{year}年D的均值。"),
    "level-flips": (
        "Share of the universes in which a region has another level than in the study.",
        "地区等级不同于本研究的组合所占份额。",
    ),
    "panel-changes": (
        "How far D changes when a year or a region is left out, because normalisation and weights are pooled.",
        "去掉一个年份或地区时D的变化（标准化与权重基于全面板）。",
    ),
    "correlations": (
        "Correlations of the indicators over all regions and years. Lines part dimensions, thick ones subsystems.",
        "各指标在全部地区与年份上的相关系数。细线分隔维度，粗线分隔子系统。",
    ),
    "rank-table": (
        "Ranks by D: median and 5–95% interval, over the universes and with errors in figures and weights.",
        "按D的位次：中位数与5%—95%区间（方法组合；数据与权重误差）。",
    ),
    "effective-weights": (
        "Entropy weight of every indicator and its effective weight: the share of the score's variance that it explains "
        "by itself (correlation ratio), divided by the sum of these shares.",
        "各指标的熵权与有效权重（单独解释综合指数方差的份额，即相关比，除以其总和）。",
    ),
    "coherence": (
        "Weight and effective weight of the indicators, and their correlations within the subsystem.",
        "指标的权重、有效权重及其在子系统内的相关。",
    ),
    "consistency": (
        "How far the indicators of a subsystem or dimension measure one thing.",
        "各子系统与维度内指标的一致性。",
    ),
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
    "density": (
        "Kernel density of the coupling coordination degree by year (Gaussian kernel, Silverman's rule); ticks are regions.",
        "各年份耦合协调度的核密度（高斯核，西尔弗曼带宽）；短线为各地区。",
    ),
    "convergence": (
        "Coefficient of variation of D by year (left); growth of ln D between the first and the last year against its "
        "initial level, with the fitted line (right).",
        "各年份D的变异系数（左）；期初至期末ln D的增长与期初水平及其拟合线（右）。",
    ),
    "sigma-convergence": (
        "Sigma convergence of the coupling coordination degree: coefficient of variation over the regions, its trend, and "
        "the p value from running the paths of regions backwards.",
        "耦合协调度的σ收敛：地区间变异系数、趋势及由地区路径倒置得到的p值。",
    ),
    "beta-convergence": (
        "Beta convergence of the coupling coordination degree: coefficient of ln D at the start in the growth of ln D. Panel "
        "models have effects of years; errors are clustered by region. Resampled p: wild cluster bootstrap; with effects of "
        "groups or regions the share of paths with lasting shocks whose b is as low. Half-life in years.",
        "耦合协调度的β收敛：ln D增长对期初ln D的回归系数。面板模型含各年份效应；标准误按地区聚类。重抽样p值：野聚类自助法；"
        "含分组或地区效应时，为冲击永久留存的路径中b同样低者所占比例。半衰期以一年为单位。",
    ),
    "inequality": (
        "Inequality between regions by year: Gini coefficient with a 90% jackknife interval and Dagum's parts, Theil's T, "
        "and the p value of the differences between groups.",
        "各年份地区差距：基尼系数（90%刀切区间）及达格姆分解、泰尔指数T与组间差异的p值。",
    ),
    "inequality-parts": (
        "Gini coefficient split into Dagum's parts (above) and Theil's T split within and between groups (below), by year. "
        "Bars: 90% jackknife interval of the total.",
        "各年份基尼系数的达格姆分解（上）与泰尔指数T的组内、组间分解（下）。竖线为总值的90%刀切区间。",
    ),
    "mobility": (
        "Transition probabilities from one year (rows) to the next (columns), with counts in parentheses: levels of D, "
        "pooled quartiles of D, quadrants of local Moran's I. Rows with an asterisk have fewer than {few} transitions.",
        "由一年（行）到下一年（列）的转移概率，括号内为次数：D的等级、合并四分位、局部莫兰象限。星号：该行不足{few}次转移。",
    ),
    "markov": (
        "Transitions between levels of D from one year to the next: probability (count). An asterisk marks rows with fewer "
        "than {few} transitions.",
        "D的等级由一年到下一年的转移：概率（次数）。星号表示该行不足{few}次转移。",
    ),
    "markov-quartiles": (
        "Transitions between pooled quartiles of D (Q1 is the lowest) from one year to the next: probability (count). An "
        "asterisk marks rows with fewer than {few} transitions.",
        "D的合并四分位（Q1最低）由一年到下一年的转移：概率（次数）。星号表示该行不足{few}次转移。",
    ),
    "spatial-markov": (
        "Transitions between pooled quartiles of D given the quartile of the spatial lag at the start: probability (count). "
        "An asterisk marks rows with fewer than {few} transitions. Test of homogeneity: Q = {q}, p = {p} (permutation).",
        "给定起始空间滞后四分位时D的合并四分位转移：概率（次数）。星号表示该行不足{few}次转移。同质性检验：Q = {q}，p = {p}（置换）。",
    ),
    "lisa-markov": (
        "Transitions between quadrants of local Moran's I from one year to the next: probability (count). An asterisk marks "
        "rows with fewer than {few} transitions.",
        "局部莫兰象限由一年到下一年的转移：概率（次数）。星号表示该行不足{few}次转移。",
    ),
    "obstacle-map": (
        "Obstacle degrees of the indicators by region, {year}, in % over all subsystems; a row adds up to 100.",
        "{year}年各地区各指标的障碍度（%，全部子系统合计），每行合计100。",
    ),
    "obstacle-change": (
        "Obstacle degrees by dimension, mean of all regions by year.",
        "各维度障碍度的全域均值及其年度变化。",
    ),
    "obstacle-ranks": (
        "The five largest obstacles of every region, {year}: obstacle degree in %, and in parentheses its change in "
        "percentage points since {first}.",
        "{year}年各地区前五位障碍因子：障碍度（%），括号内为较{first}的变化（百分点）。",
    ),
    "obstacle-dimensions": (
        "Obstacle degrees by dimension and region, {year}, in %.",
        "{year}年各地区各维度障碍度（%）。",
    ),
    "growth-contributions": (
        "Change of ln D from {first} to {last} split exactly into the contributions of the indicators, summed by dimension.",
        "{first}—{last}年ln D的变化在各指标间的精确分解（按维度加总）。",
    ),
    "growth-table": (
        "Contributions of the dimensions to the change of ln D from {first} to {last}.",
        "{first}—{last}年各维度对ln D变化的贡献。",
    ),
    "coverage": (
        "Concepts of the literature and the indicators that evidence them (● with figures, ○ without); a shaded row is a "
        "blind spot. Right: weight that a concept carries (bar) and its mean obstacle degree, {year} (point), in %.",
        "文献概念与体现它们的指标（●有数据，○无数据），灰底行为盲区。右侧：各概念承载的权重（条形）与{year}年平均障碍度（点），%。",
    ),
    "concepts": (
        "Coverage of the literature's concepts: indicators, weight and mean obstacle degree, {year}.",
        "文献概念的覆盖情况：指标数、权重与{year}年平均障碍度。",
    ),
    "obstacle-concepts": (
        "Obstacle degrees by region and concept, {year}, in %; an indicator of several concepts counts in equal parts.",
        "{year}年各地区各概念的障碍度（%）；对应多个概念的指标平均分摊。",
    ),
    "blind-spots": (
        "Concepts that no figures evidence, and official series that would.",
        "尚无数据体现的概念，以及可补充的官方序列。",
    ),
    "mapping": ("Which indicator evidences which concept, and why.", "指标与概念的对应关系及理由。"),
    "profiles": (
        "Profile of every region, {year}: coordination, lag, growth, quadrant with its p value, and largest obstacles.",
        "{year}年各地区概况：协调水平、滞后类型、增长、象限及其p值与首要障碍。",
    ),
    "profile-panels": (
        "Every region by year: scores of the subsystems and D. In the title the rank by D in {last}; below, quadrant with "
        "its p value (a question mark: depends on the axes) and the obstacle degrees of the dimensions.",
        "各地区各年份的子系统综合指数与D。标题内为{last}年D的位次；下方为象限及其p值（问号表示取决于坐标轴）与各维度障碍度。",
    ),
    "rules": (
        "Rules of the diagnosis, the limit and path they lead to, and where they hold.",
        "诊断规则、对应的限度与路径，以及成立情况。",
    ),
    "diagnosis": (
        "Diagnosis, {year}: limits, countermeasures and the numbers on which they rest.",
        "{year}年诊断：限度、对策及其依据的数值。",
    ),
    "claims": (
        "Every claim: whether it holds, in which share of the choices of method, with what certainty, and its p value "
        "(exact where the regions are few enough). Where the verdict depends on the convention, the study's own comes "
        "first.",
        "各论断：是否成立，在多大比例的方法组合下成立，把握程度，以及p值（地区数较少时为精确值）。"
        "结论取决于惯例者，本研究所用惯例列于首位。",
    ),
    "claims-short": (
        "Every claim: whether it holds, the share of the choices of method under which it does, its certainty under errors "
        "in figures and weights, and its p value.",
        "各论断：是否成立，成立的方法组合比例，数据与权重有误差时的把握程度，以及p值。",
    ),
    "replication-claims": ("Published claims against recomputed ones.", "已发表论断的复现情况。"),
    "replication-failing": ("Claims that are not reproduced, and why.", "未复现的论断及原因。"),
    "scoreboard": ("Verdicts on the published values and claims, by route.", "按途径统计的复现结论。"),
    "published-recomputed": (
        "Published and recomputed coupling coordination degree; correlation {correlation:.3f}, mean absolute difference "
        "{difference:.3f}.",
        "已发表与重算的耦合协调度；相关系数{correlation:.3f}，平均绝对差{difference:.3f}。",
    ),
    "moran-change": (
        "Change of Moran's I of the coupling coordination degree between the first and the last year, and its trend over "
        "all years: p values from exchanging the years region by region, from running whole paths backwards, and from "
        "rearranging the years.",
        "耦合协调度莫兰指数的期初至期末变化及其在各年份间的趋势：p值分别来自逐地区交换年份、倒置整条路径与重排年份。",
    ),
    "moran-change-null": (
        "The change of Moran's I (line) among its changes with the first and the last year exchanged in "
        "some of the regions ({choices}).",
        "莫兰指数的实际变化（竖线）与在部分地区交换期初和期末后的变化（{choices}）。",
    ),
    "gravity": (
        "Standard deviational ellipse of the coupling coordination degree (left) and the path of its centre of gravity "
        "(right), {years}.",
        "{years}年耦合协调度的标准差椭圆（左）与重心移动路径（右）。",
    ),
    "gravity-path": (
        "Centre of gravity and standard deviational ellipse of the coupling coordination degree by year.",
        "各年份耦合协调度的重心与标准差椭圆。",
    ),
    "association": (
        "Geary's C of the coupling coordination degree (left) and bivariate Moran's I between the subsystems (right) by "
        "year, and their p values (below; the line marks {significance:.0%}). Dashed: expected without association.",
        "各年份耦合协调度的吉尔里指数C（左）、子系统间的双变量莫兰指数I（右）及其p值（下；横线为{significance:.0%}）。虚线：无关联时的期望值。",
    ),
    "geary": (
        "Geary's C of the coupling coordination degree by year.",
        "各年份耦合协调度的吉尔里指数C。",
    ),
    "bivariate-moran": (
        "Bivariate Moran's I between the scores of a region and those of its neighbours.",
        "地区得分与邻近地区得分之间的双变量莫兰指数。",
    ),
    "hot-spots": (
        "Hot (positive) and cold (negative) spots of the coupling coordination degree: G* by region and year; a dark "
        "outline marks significance (false discovery rate {significance:.0%}).",
        "耦合协调度的热点（正）与冷点（负）：各地区各年份的G*统计量；深色边框表示显著（FDR {significance:.0%}）。",
    ),
    "trend-surface": (
        "Trend surfaces of the coupling coordination degree over the map, by year.",
        "各年份耦合协调度的空间趋势面。",
    ),
    "factors": (
        "Geodetector: share q of the variance of the coupling coordination degree between strata of a covariate, by year. "
        "p from rearranging the regions among the strata.",
        "地理探测器：各年份各影响因素的分层对耦合协调度方差的解释力q值。p值由在各层之间重排地区得到。",
    ),
    "interactions": (
        "Geodetector: q of two covariates together, {year}.",
        "{year}年地理探测器的因子交互探测。",
    ),
    "drivers": (
        "Geodetector's q by year (left; hollow: p above {significance:.0%}) and of pairs of covariates in {year} (right; "
        "on the diagonal: of one).",
        "各年份的q值（左；空心：p大于{significance:.0%}）与{year}年因子交互的q值（右；对角线为单因子）。",
    ),
    "spatial-models": (
        "Spatial models of the coupling coordination degree on the covariates, all in standard deviations{effects}.",
        "耦合协调度对影响因素的空间计量模型，变量均以标准差为单位{effects}。",
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


def class_name(name, study, language):
    """Return what a class of a Markov chain is called.

    Parameters
    ----------
    name : str
        A level by its English name, a quadrant or a quartile such as Q1.
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    levels = {x.name.en: x.name[language] for x in study.levels}
    quadrants = {q: f"{q} {word(q, language)}" for q in ("HH", "LH", "LL", "HL")}
    return (levels | quadrants).get(name, name)


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

# Whether every choice of regions was made, and how many.
CHOICES = {
    True: {"en": "all {} choices", "zh": "全部{}种方式"},
    False: {"en": "{} choices drawn", "zh": "抽取{}种方式"},
}

# Whether a model is that of a panel.
EFFECTS = {
    True: {"en": ", with fixed effects of regions and of time", "zh": "，含地区与时间双向固定效应"},
    False: {"en": "", "zh": ""},
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


def provenance(where, given, language):
    """Say from what a paper was made.

    Parameters
    ----------
    where : dict of str to str
        commit, lock (checksum) and seed.
    given : dict of str to str
        Checksums of the study's own files.
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    commit, lock = where["commit"][:12], where["lock"][:12]
    if where["commit"].endswith("-dirty"):
        commit += "（含未提交的修改）" if language == "zh" else " with uncommitted changes"
    colon, comma = COLON[language], ("，" if language == "zh" else ", ")
    files = comma.join(f"{name}{colon if language == 'zh' else ' '}{checksum[:12]}" for name, checksum in given.items())
    if language == "zh":
        return f"提交：{commit}；随机种子：{where['seed']}；SHA-256校验和：环境锁定文件{lock}，{files}。"
    return f"Commit {commit}; random seed {where['seed']}; SHA-256 of the environment's lock {lock}, {files}."


def factor(name, language):
    """Return what a choice of the multiverse is called.

    Parameters
    ----------
    name : str
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    return word(f"factor_{name}", language)


def choice(name, level, study, language):
    """Return what a level of a choice is called.

    Parameters
    ----------
    name, level : str
    study : Study
    language : {'en', 'zh'}

    Returns
    -------
    str
    """
    if name == "left_out" and level != "none":
        return next(i.name[language] for i in study.indicators if i.id == level)
    if name == "alpha" and level != "own":
        return word("more_of", language).format(next(s.name[language] for s in study.subsystems if s.id == level))
    if name == "spatial_weights":
        kind, _, transform = level.rpartition("_") if level.endswith(("_none", "_row")) else (level, "", "")
        base, _, size = kind.rpartition("_") if kind[-1].isdigit() else (kind, "", "")
        text = word(f"level_{base}", language).format(size)
        return f"{text}, {word('level_row', language)}" if transform == "row" else text
    return word(f"level_{level}", language, study)
