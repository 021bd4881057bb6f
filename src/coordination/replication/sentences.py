"""Sentences with computed numbers about claims and published values, in English or Chinese."""

from __future__ import annotations

import pandas as pd

from coordination.presentation.phrases import _capital, _list, _plural
from coordination.presentation.reader import number


def replication(board, reader):
    """Say how much of the published values and claims is reproduced.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    reader : Reader

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
        said = [f"{reader.word(v)} {c}" for v, c in found.items()]
        if reader.language == "zh":
            parts.append(
                f"{reader.word(f'from_{route}')}：{len(tested)}个可检验条目中{good}个复现（{'，'.join(said)}）。"
            )
        else:
            parts.append(
                f"{_capital(reader.word(f'from_{route}'))}: {good} of {len(tested)} testable items are reproduced ({', '.join(said)})."
            )
    return "\n\n".join(parts)


def agreement(table, reader):
    """Say how close recomputed values are to published ones.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, published, recomputed.
    reader : Reader

    Returns
    -------
    str
    """
    difference = table["recomputed"] - table["published"]
    by_region = difference.groupby(table["region"]).mean()
    far = reader.regions[reader.language][by_region.abs().idxmax()]
    r, mean = table["published"].corr(table["recomputed"]), difference.abs().mean()
    if reader.language == "zh":
        return f"相关系数{number(r)}，平均绝对差{number(mean)}；偏差最大的地区是{far}（平均{number(by_region[by_region.abs().idxmax()])}）。"
    return f"Correlation {number(r)}, mean absolute difference {number(mean)}; farthest off is {far} (on average {number(by_region[by_region.abs().idxmax()])})."


def replication_summary(board, reader):
    """Say in one sentence how much is reproduced on each route.

    Parameters
    ----------
    board : pandas.DataFrame
        The scoreboard.
    reader : Reader

    Returns
    -------
    str
    """
    tested = board[board["verdict"] != "not testable"]
    good = tested["verdict"].str.startswith("reproduced").groupby(tested["route"]).agg(["sum", "size"])
    parts = [(r, int(good["sum"][r]), int(good["size"][r])) for r in ("published", "data") if r in good.index]
    if not parts:
        return "无可检验的条目。" if reader.language == "zh" else "No item can be tested."
    if reader.language == "zh":
        said = "，".join(
            f"{'由已发表的D' if r == 'published' else '由数据'}检验的{n}项中{k}项复现" for r, k, n in parts
        )
        return f"{said}。"
    said = _list(
        (f"{k} of {n} items {'from the published D' if r == 'published' else 'from the data'}" for r, k, n in parts),
        reader.language,
    )
    return f"{said} are reproduced."


def claims(table, reader):
    """Say how many claims hold, and how robustly.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `claims`.
    reader : Reader

    Returns
    -------
    str
    """
    zh = reader.language == "zh"
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
