"""Sentences with computed numbers about obstacles, concepts, rules and drivers, in English or Chinese."""

from __future__ import annotations

from coordination.diagnosis import fields
from coordination.presentation.phrases import _bracketed, _ended, _inner, _list, _plural, _share_of, _time, _where
from coordination.presentation.reader import number


def obstacles(indicators, dimensions, reader):
    """Say what the largest obstacles are on the mean of the regions, and how they move.

    Parameters
    ----------
    indicators, dimensions : pandas.DataFrame
        Mean obstacle degrees: columns indicator or part, first, last, change.
    reader : Reader

    Returns
    -------
    str
    """
    names = {i.id: i.name[reader.language] for i in reader.study.indicators}
    parts = {d.id: d.name[reader.language] for s in reader.study.subsystems for d in s.dimensions}
    names, parts = ({k: v if reader.language == "zh" else _inner(v) for k, v in n.items()} for n in (names, parts))
    top = indicators.sort_values("last", ascending=False, kind="stable").head(5)
    great = dimensions.loc[dimensions["last"].idxmax()]
    first, last = reader.study.years[0], reader.study.years[-1]
    year = _time(reader.study, reader.language)
    said = [
        _bracketed(names[r.indicator], number(100 * r.last, 1), reader.language) for r in top.itertuples() if r.last > 0
    ]
    if not said:
        return (
            "没有障碍：所有指标均达到最大值。"
            if reader.language == "zh"
            else "Nothing is in the way: every value is at its best."
        )
    if reader.language == "zh":
        text = f"{last}{year}平均障碍度（%）最大的指标依次为{_list(said, reader.language)}；"
        text += f"障碍最大的维度是{parts[great.part]}（{number(100 * great['last'], 1)}）。"
    else:
        text = f"On the mean of the regions the largest obstacles in {last} are {_list(said, reader.language)}, in % of all; "
        text += f"the dimension with the largest is {parts[great.part]} ({number(100 * great['last'], 1)}%)."
    if len(reader.study.years) == 1:
        return text
    up, down = (dimensions.loc[f(dimensions["change"])] for f in (lambda c: c.idxmax(), lambda c: c.idxmin()))
    if up.part == down.part or up["change"] <= 0 or down["change"] >= 0:
        return text
    moved = [(parts[r.part], number(100 * r["first"], 1), number(100 * r["last"], 1)) for r in (up, down)]
    if reader.language == "zh":
        (a, b, c), (d, e, f) = moved
        return text + f"自{first}{year}以来，{a}的障碍度由{b}%升至{c}%，上升最多；{d}由{e}%降至{f}%，下降最多。"
    (a, b, c), (d, e, f) = moved
    return (
        text
        + f" Since {first} that of {a} has risen most, from {b}% to {c}%, and that of {d} fallen most, from {e}% to {f}%."
    )


def growth_contributions(table, reader):
    """Say which indicators the growth of D came from.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, subsystem, indicator, contribution.
    reader : Reader

    Returns
    -------
    str
    """
    total = table.groupby("region", sort=False)["contribution"].sum(min_count=1)
    undefined = [reader.regions[reader.language][r] for r in total.index[total.isna()]]
    mean = table.groupby("indicator", sort=False)["contribution"].mean()
    names = {
        i.id: i.name[reader.language] if reader.language == "zh" else _inner(i.name[reader.language])
        for i in reader.study.indicators
    }
    systems = {s.id: s.name[reader.language] for s in reader.study.subsystems}
    first, last = reader.study.years[0], reader.study.years[-1]
    if total.isna().all():
        return "各地区D的增长均无定义。" if reader.language == "zh" else "The growth of D is defined in no region."
    order = mean.sort_values(ascending=False, kind="stable")
    said = [_bracketed(names[k], number(v), reader.language) for k, v in order.head(3).items()]
    against = [_bracketed(names[k], number(v), reader.language) for k, v in order[order < -0.0005].items()][::-1]
    sums = table.groupby("subsystem", sort=False)["contribution"].sum() / total.notna().sum()
    by_system = [_bracketed(systems[k], number(v), reader.language) for k, v in sums.items()]
    if reader.language == "zh":
        text = f"{first}—{last}{_ended(reader.study)}，ln D平均变化{number(total.mean())}，按子系统分：{_list(by_system, reader.language)}；"
        text += f"贡献最大的指标是{_list(said, reader.language)}。"
        text += f"起反向作用的指标：{_list(against, reader.language)}。" if against else ""
        return text + (f"D为0、增长无定义的地区：{_list(undefined, reader.language)}。" if undefined else "")
    by_system = [_inner(s) for s in by_system]
    text = f"Between {first} and {last} ln D changes by {number(total.mean())} on the mean of the regions, "
    text += f"by subsystem: {_list(by_system, reader.language)}. The largest contributions are those of {_list(said, reader.language)}."
    text += f" Against it work {_list(against, reader.language)}." if against else ""
    return text + (f" Undefined, because D is 0: {_list(undefined, reader.language)}." if undefined else "")


def coverage(covered, found, reader):
    """Say how much of a lens's concepts the indicators evidence, and what they do not see.

    Parameters
    ----------
    covered : pandas.DataFrame
        Rows of one lens: columns lens, family, concept, indicators, without_figures, weight, obstacle, state.
    found : Catalogue
    reader : Reader

    Returns
    -------
    str
    """
    lens = found.lens(covered["lens"].iloc[0])
    good = int((covered["state"] == "covered").sum())
    blind = [lens.concept(c).name[reader.language] for c in covered.loc[covered["state"] != "covered", "concept"]]
    heavy = covered.loc[covered["weight"].idxmax()]
    concept, share = lens.concept(heavy["concept"]).name[reader.language], number(100 * heavy["weight"], 1)
    if reader.language == "zh":
        text = f"{lens.name.zh}：{len(covered)}个概念中{good}个有数据体现"
        text += f"；承载权重最大的是{concept}（{share}%）。" if good else "。"
        return text + (f"尚无数据体现：{_list(blind, reader.language)}。" if blind else "")
    text = f"{lens.name.en}: figures evidence {good} of {_plural(len(covered), 'concept')}"
    text += f"; {_inner(concept)} carries most weight ({share}%)." if good else "."
    return text + (f" No figures evidence {_list(map(_inner, blind), reader.language)}." if blind else "")


def coverage_summary(covered, reader):
    """Say in one sentence how many concepts are evidenced.

    Parameters
    ----------
    covered : pandas.DataFrame
        As for `coverage`.
    reader : Reader

    Returns
    -------
    str
    """
    if covered.empty:
        none = "No lens is mapped to the indicators of this study, so that coverage is left out."
        return "没有视角与本研究的指标相对应，故不作覆盖分析。" if reader.language == "zh" else none
    n, k = len(covered), int((covered["state"] == "covered").sum())
    none = int((covered["state"] == "blind").sum())
    if reader.language == "zh":
        return f"{covered['lens'].nunique()}个视角的{n}个概念中，{k}个有数据体现，{n - k - none}个只有无数据的指标，{none}个没有任何指标。"
    lenses = _plural(covered["lens"].nunique(), "lens").replace("lenss", "lenses")
    return (
        f"Of the {n} concepts of {lenses}, {k} are evidenced by figures, {n - k - none} only by indicators without figures, "
        f"and {none} by no indicator at all."
    )


def diagnosis(table, facts, reader):
    """Say how the regions stand, and how sure their place among the neighbours is.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`.
    facts : pandas.DataFrame
        Index region and the whole; fields of the diagnosis.
    reader : Reader

    Returns
    -------
    str
    """
    own = facts.loc[list(reader.regions.index)]
    n, level = len(own), reader.study.autocorrelation.significance
    settled = int((own["settled"] == True).sum())  # noqa: E712 an object column that may hold None
    sure = int((own["significant"] == True).sum())  # noqa: E712 an object column that may hold None
    per = (
        table[table["region"].isin(reader.regions.index)]
        .groupby("region")
        .size()
        .reindex(reader.regions.index, fill_value=0)
    )
    if reader.language == "zh":
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


def diagnosis_summary(table, found, reader):
    """Say in one sentence which limits are diagnosed in most regions.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `diagnosis`.
    found : Catalogue
    reader : Reader

    Returns
    -------
    str
    """
    counts = table.loc[table["region"].isin(reader.regions.index), "rule"].value_counts(sort=False)
    counts = counts.sort_values(ascending=False, kind="stable").head(3)
    if counts.empty:
        return (
            "没有规则在任何地区成立。" if reader.language == "zh" else "No rule of the diagnosis holds in any region."
        )
    names = [found.diagnosed(k)[reader.language] for k in counts.index]
    if reader.language == "zh":
        said = [f"{name}（{v}个地区）" for name, v in zip(names, counts, strict=True)]
        return f"诊断中最常见的是：{'；'.join(said)}。"
    said = [f"{_inner(name)} ({_plural(v, 'region')})" for name, v in zip(names, counts, strict=True)]
    return f"What is diagnosed most often: {'; '.join(said)}."


def group_diagnosis(facts, group, reader):
    """Say how the regions of a group stand.

    Parameters
    ----------
    facts : pandas.DataFrame
        Index region; fields of the diagnosis.
    group : Group
    reader : Reader

    Returns
    -------
    str
    """
    own = facts.loc[list(reader.regions.index[reader.regions["group"] == group.id])]
    d = own["degree"].astype(float)
    systems = {s.id: s.name[reader.language] for s in reader.study.subsystems}
    parts = {x.id: x.name[reader.language] for s in reader.study.subsystems for x in s.dimensions}
    lags = [(systems[k], v) for k, v in own["lag"].value_counts(sort=False).items() if k in systems]
    even = len(own) - sum(v for _, v in lags)
    large = own["largest_dimension"].dropna().value_counts()
    high, low = reader.regions[reader.language][d.idxmax()], reader.regions[reader.language][d.idxmin()]
    if reader.language == "zh":
        text = f"{group.name.zh}：{len(own)}个地区D均值{number(d.mean())}"
        text += f"，由{high}（{number(d.max())}）到{low}（{number(d.min())}）；" if len(own) > 1 else "；"
        said = [*(f"{v}个地区{k}滞后" for k, v in lags), *([f"{even}个地区同步"] if even else [])]
        text += _list(said, reader.language)
        many = [f"{parts[k]}（{v}个地区）" for k, v in large.items()]
        return text + (f"；首要障碍维度：{_list(many, reader.language)}。" if many else "。")
    text = f"{group.name.en}: mean D of {_plural(len(own), 'region')} {number(d.mean())}"
    text += f", from {high} ({number(d.max())}) down to {low} ({number(d.min())}); " if len(own) > 1 else "; "
    said = [f"{_inner(k)} lags in {v}" for k, v in lags] + (
        [f"the subsystems are synchronised in {even}"] if even else []
    )
    many = [f"{_inner(parts[k])} in {v}" for k, v in large.items()]
    return (
        text
        + _list(said, reader.language)
        + (f". The largest obstacles lie in {_list(many, reader.language)}." if many else ".")
    )


def countermeasure(table, found, reader):
    """Say a limit, its countermeasure, where it was diagnosed and on what numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one rule of the hand-over table `diagnosis`, with their numbers as pairs of field and value in the
        column `pairs`.
    found : Catalogue
    reader : Reader

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
    said = [
        fields.with_unit(
            fields.name(k, found, reader.study, reader.language), _range(k, v, reader.study, reader.language)
        )
        for k, v in ranges
    ]
    where, level = (
        _where(table, reader.study, reader.regions, reader.language),
        reader.study.autocorrelation.significance,
    )
    if "p" in figures:
        sure = sum(p <= level for p in figures["p"])
        several = (
            f"{sure} of {len(figures['p'])} significant at the {level:.0%} level, each taken alone",
            f"{len(figures['p'])}个中{sure}个单独看在{level:.0%}水平显著",
        )
        said.append(several[reader.language == "zh"])
    if reader.language == "zh":
        text = f"{limit.zh}（{where}）→ {path.name.zh}：{path.measures.zh}。"
        return text + (f"依据：{'，'.join(said)}。" if said else "")
    text = f"{limit.en} ({where}) → {_inner(path.name.en)}: {_inner(path.measures.en)}."
    return text + (f" On the numbers: {', '.join(map(_inner, said))}." if said else "")


def _range(field, values, study, language):
    low, high = (fields.value(field, f(values), study, language) for f in (min, max))
    return low if low == high else f"{low}{'至' if language == 'zh' else ' to '}{high}"


def drivers(singles, pairs, reader):
    """Say which covariates go with D by geodetector.

    Parameters
    ----------
    singles : pandas.DataFrame or None
        Columns variable, year, q, p, reason.
    pairs : pandas.DataFrame or None
        Columns first, second, q, kind, reason, of one year.
    reader : Reader

    Returns
    -------
    str
    """
    if singles is None:
        said = {
            True: ("The study supplies no covariates.", "本研究未提供影响因素。"),
            False: ("Geodetector is not asked for.", "本研究不作地理探测。"),
        }
        return said[reader.study.drivers is None][reader.language == "zh"]
    names = {k: v[reader.language] for k, v in reader.study.drivers.variables.items()}
    last = singles[singles["year"] == reader.study.years[-1]]
    found = last[last["reason"] == ""].sort_values("q", ascending=False, kind="stable")
    refused = [names[v] for v in last.loc[last["reason"] != "", "variable"]]
    year = _time(reader.study, reader.language)
    known = pairs[pairs["reason"] == ""]
    if reader.language == "zh":
        said = "，".join(
            f"{names[r.variable]}（q={number(r.q)}，{_share_of(r.p, reader.language)}）" for r in found.itertuples()
        )
        text = f"{reader.study.years[-1]}{year}各因子的解释力由高到低：{said}。" if said else ""
        text += f"因分层中地区过少或只有一层而不作推断：{_list(refused, reader.language)}。" if refused else ""
    else:
        said = (
            _list(
                (
                    f"{names[r.variable]} (q = {number(r.q)}, {_share_of(r.p, reader.language)})"
                    for r in found.itertuples()
                ),
                reader.language,
            )
            if len(found)
            else ""
        )
        text = f"In {reader.study.years[-1]}, from high to low: {said}. " if said else ""
        text += (
            f"Refused, since a stratum has one region only or there is one stratum: {_list(refused, reader.language)}. "
            if refused
            else ""
        )
    if len(known):
        top = known.loc[known["q"].idxmax()]
        a, b, kind = names[top["first"]], names[top["second"]], reader.word(top["kind"])
        text += (
            f"交互后q值最大的是{a}与{b}（{number(top['q'])}，{kind}）。"
            if reader.language == "zh"
            else f"Together, {a} and {b} have the largest q ({number(top['q'])}; {kind})."
        )
    elif len(pairs):
        text += (
            "地区过少，不作交互探测。"
            if reader.language == "zh"
            else "For pairs of covariates there are too few regions."
        )
    return text.strip()


def spatial_models(table, reader):
    """Say what spatial models find, or why they are refused.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, variable, coefficient, p, observations, reason.
    reader : Reader

    Returns
    -------
    str
    """
    names = {k: v[reader.language] for k, v in reader.study.drivers.variables.items()}
    level, parts = reader.study.autocorrelation.significance, []
    for model, own in table.groupby("model", sort=False):
        name, n, reason = reader.word(model), own["observations"].iloc[0], own["reason"].iloc[0]
        if reason:
            why = {
                "few": (f"{n} observations are fewer than ten a coefficient", f"{n}个观测，不足每个系数十个"),
                "words": ("a covariate is a class, not a number", "存在分类型而非数值型的影响因素"),
                "constant": ("a covariate does not vary within regions over the years", "存在不随时间变化的影响因素"),
            }[reason][reader.language == "zh"]
            parts.append(f"不估计{name}：{why}。" if reader.language == "zh" else f"{name} model refused: {why}.")
            continue
        own = own.assign(named=own["variable"].map(names).fillna(""))
        sure = own[(own["named"] != "") & (own["p"] <= level)]
        effect = own[own["named"] == ""].iloc[0]
        symbol = reader.word(effect["variable"])
        if reader.language == "zh":
            said = "、".join(f"{r.named}（{number(r.coefficient)}）" for r in sure.itertuples())
            found = f"在{level:.0%}水平显著的影响因素：{said}" if said else f"没有影响因素在{level:.0%}水平显著"
            parts.append(
                f"{name}（{n}个观测）：{found}；{symbol}为{number(effect.coefficient)}，{_share_of(effect.p, reader.language)}。"
            )
        else:
            said = (
                _list((f"{r.named} ({number(r.coefficient)})" for r in sure.itertuples()), reader.language)
                if len(sure)
                else ""
            )
            found = (
                f"significant at the {level:.0%} level: {said}"
                if said
                else f"no covariate is significant at the {level:.0%} level"
            )
            parts.append(
                f"{name} model ({n} observations): {found}; {symbol} is {number(effect.coefficient)}, {_share_of(effect.p, reader.language)}."
            )
    return ("" if reader.language == "zh" else " ").join(parts)
