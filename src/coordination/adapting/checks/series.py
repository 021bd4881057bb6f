"""What is unusual in a series: holes, jumps, copies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coordination.adapting.checks.finding import Finding
from coordination.study.formulas import names


def holes(values, name):
    """Look for years in which a series has no figure at all, and for zeros among positive figures.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series; gaps are missing.
    name : str

    Returns
    -------
    list of Finding
    """
    found = []
    for series in values:
        wide = values[series].unstack("region").sort_index()
        present = wide.notna().any(axis=1)
        if present.any():
            missing = list(wide.index[~present])
            if missing:
                facts = {"file": name, "series": series, "missing": missing}
                found.append(Finding("warning", "year", "year_without_figures", facts))
        around = wide.shift().fillna(wide.shift(-1)) > 0
        after = wide.shift(-1).fillna(wide.shift()) > 0
        for year, region in (wide == 0).where(around & after).stack().loc[lambda x: x == 1].index:
            facts = {"file": name, "series": series, "regions": [region], "years": [year]}
            found.append(Finding("warning", "zero", "zero", facts))
    return found


def levels(values, study, name):
    """Look for figures whose level is unlike those around them.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series; gaps are missing.
    study : Study
        Its `checks` set what is unusual.
    name : str

    Returns
    -------
    list of Finding
        Jumps of all regions together (a new price base or definition), of a single region, single values that stand
        out against those before and after (a digit too many or too few), and years that repeat the one before.

    Notes
    -----
    Changes are logarithmic and an average a year over gaps. The median change of all regions in a year is compared
    with the series' median change over all years; a region's change with the median region's in the same year. A level
    is the median of a region's logarithms. One stands apart if it lies more than a factor of five off, and beyond the
    others' range by more than that range is wide or by more than six of their standard deviations (1.4826 times the
    median absolute deviation); near a power of ten, half the range does if it lies three deviations off.
    """
    found, set_ = [], study.checks
    for series in values:
        using = [i for i in study.indicators if series in names(i.formula)]
        wide = values[series].unstack("region").sort_index()
        wide = wide.loc[wide.notna().any(axis=1)]
        if len(wide) < 2:
            continue
        span = [study.elapsed(a, b) for a, b in zip(wide.index[:-1], wide.index[1:], strict=True)]
        change = np.log(wide.where(wide > 0)).diff().iloc[1:]
        middle = change.median(axis=1)
        yearly = middle / span
        usual = yearly.median() if len(yearly) > 2 else 0.0
        for year, step in yearly.items():
            if wide.shape[1] > 2 and abs(step - usual) > np.log(set_.common_jump):
                facts = {"file": name, "series": series, "years": [year], "times": np.exp(step), "usual": np.exp(usual)}
                facts |= {"declared": any(year == b.year for i in using for b in i.breaks)}
                found.append(Finding("warning", "price base", "price_base", facts))
        named = {(e.region, e.year) for i in using for e in i.exceptions}
        found += _single(wide, change.sub(middle, axis=0), series, set_, name, named)
        found += _apart(wide, series, name)
        found += _copied(wide, series, set_, name)
    return found


def _single(wide, excess, series, set_, name, named):
    """Return values that stand out against those before and after, and jumps that stay."""
    found, limit = [], np.log(set_.jump)
    # A value that goes and comes back stands out against how much the series moves otherwise.
    usual = np.nanmedian(np.abs(excess.to_numpy())) if excess.notna().any(axis=None) else np.nan
    back_limit = min(limit, max(10 * usual, np.log(1.5))) if np.isfinite(usual) else limit
    figures, steps = wide.to_numpy(), excess.to_numpy()
    back = np.vstack([steps[1:], np.full(wide.shape[1], np.nan)])
    returns = (np.minimum(abs(steps), abs(back)) > back_limit) & (np.sign(back) == -np.sign(steps))
    years, used = excess.index.tolist(), set()
    for j, k in np.argwhere((returns | (abs(steps) > limit)).T):
        if (j, k) in used:
            continue
        region, year, step = wide.columns[j], years[k], steps[k, j]
        facts = {"file": name, "series": series, "regions": [region], "years": [year], "value": figures[k + 1, j]}
        facts |= {"before": figures[k, j]}
        if returns[k, j]:
            facts |= {"after": figures[k + 2, j], "limit": np.exp(back_limit), "declared": (region, year) in named}
            found.append(Finding("warning", "outlier", "outlier", facts))
            used |= {(j, k), (j, k + 1)}
        elif abs(step) > limit:
            facts |= {"times": np.exp(step), "limit": set_.jump}
            found.append(Finding("warning", "jump", "jump", facts))
    return found


def _apart(wide, series, name):
    """Return regions whose level in all years lies far from the others'."""
    level = np.log10(wide.where(wide > 0)).median().dropna().sort_values()
    regions, level, found = list(level.index), level.to_numpy(), []
    for size in range(len(level) // 4, 0, -1):  # at least three others
        for low in (True, False):
            side, rest = (level[:size], level[size:]) if low else (level[-size:], level[:-size])
            gap = rest[0] - side[-1] if low else side[0] - rest[-1]
            if gap < np.log10(5):
                continue
            spread, middle = rest[-1] - rest[0], np.median(rest)
            scale = 1.4826 * np.median(abs(rest - middle))
            off = abs(np.median(side) - middle)
            ten = round(off) >= 1 and abs(off - round(off)) < 0.15
            if not (gap > spread or gap > 6 * scale or (ten and gap > spread / 2 and off > 3 * scale)):
                continue
            times = f"{10 ** round(off)}" if ten else f"{10**off:.3g}"
            own = regions[:size] if low else regions[-size:]
            facts = {"file": name, "series": series, "regions": own, "median": 10 ** np.median(side)}
            facts |= {"others": 10**middle, "times": times, "low": low, "least": 10 ** rest[0]}
            found.append(Finding("warning", "level", "level", facts | {"most": 10 ** rest[-1]}))
        if found:
            break
    return found


def repeats(values, name):
    """Look for regions that repeat all their figures, or another region's.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a series; gaps are missing.
    name : str

    Returns
    -------
    list of Finding
        Years in which at least three series, and all there are, of a region equal the year before; regions whose
        figures are the same in all series and years.
    """
    found, copies, values = [], {}, values.loc[:, values.max() > values.min()]  # a constant series is reported as such
    own = values.sort_index(level="year", sort_remaining=False, kind="stable")
    before = own.groupby(level="region", sort=False).shift()
    same, both = (own == before).sum(axis=1), (own.notna() & before.notna()).sum(axis=1)
    for region, year in own.index[(same >= 3) & (same == both) & (own != 0).any(axis=1)]:
        copies.setdefault(year, []).append((region, same[region, year]))
    for year, regions in sorted(copies.items()):
        facts = {"file": name, "regions": [r for r, _ in regions], "years": [year], "count": regions[0][1]}
        found.append(Finding("warning", "copied", "year_copied_in_all_series", facts))
    wide = values.unstack("year")
    wide = wide[(wide.notna() & (wide != 0)).sum(axis=1) >= 3]
    for _, rows in wide[wide.duplicated(keep=False)].astype(str).groupby(list(wide), sort=False):
        facts = {"file": name, "regions": list(rows.index), "count": (rows.iloc[0] != "nan").sum()}
        found.append(Finding("warning", "copied", "region_copied", facts))
    return found


def _digits(value):
    """Count a figure's digits, without zeros at its ends; none for a small whole number, which may stay the same."""
    small = value % 1 == 0 and abs(value) < 1000
    return 0 if small else len(f"{abs(value):.12g}".partition("e")[0].replace(".", "").strip("0"))


def _runs(wide, series, copied, name):
    """Return figures of five digits that stand in three years in a row, of four in four, of three in five."""
    found, figures = [], wide.to_numpy()
    same = figures[1:] == figures[:-1]
    for region, own in wide.loc[:, (same[1:] & same[:-1]).any(axis=0)].items():
        run = (own != own.shift()).cumsum()
        for _, same in own.groupby(run):
            digits = _digits(same.iloc[0]) if len(same) >= 3 else 0
            if digits >= 3 and digits + len(same) >= 8 and not copied >= set(same.index[1:]):
                facts = {"file": name, "series": series, "regions": [region], "years": [same.index[0], same.index[-1]]}
                facts |= {"value": same.iloc[0], "count": len(same)}
                found.append(Finding("warning", "copied", "figure_repeated", facts))
    return found


def _copied(wide, series, set_, name):
    """Return years in which most regions repeat the figure of the year before, or regions repeat a precise one."""
    if wide.max().max() == wide.min().min():
        return []  # reported as constant
    whole = (wide.dropna() % 1 == 0).to_numpy().all() and wide.median().median() < 1000
    limit = max(set_.copied, 0.95) if whole else set_.copied  # small counts do stay the same
    same = (wide.diff() == 0).sum(axis=1) / wide.notna().sum(axis=1)
    years = {y for y, share in same.iloc[1:].items() if share >= limit and wide.shape[1] > 2}
    return _runs(wide, series, years, name) + [
        Finding(
            "warning",
            "copied",
            "year_copied",
            {"file": name, "series": series, "years": [year], "share": share, "limit": limit},
        )
        for year, share in same.items()
        if year in years
    ]


def observed(table, study, regions):
    """Return the numbers of a raw table that can be read, whatever else is wrong with it.

    Parameters
    ----------
    table : pandas.DataFrame of str
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame, shape (n * m, k)
        Index (region, year), a column a declared series; what cannot be read is missing.
    """
    index = pd.MultiIndex.from_product([list(regions.index), study.years], names=["region", "year"])
    column = study.panel.region_column
    if not {column, "year", "series", "value"} <= set(table):
        return pd.DataFrame(np.nan, index, list(study.panel.series))
    year = table["year"].str.strip()
    if isinstance(study.years[0], int):
        year = pd.to_numeric(year, errors="coerce")
    rows = pd.DataFrame(
        {
            "region": table[column].str.strip(),
            "year": year,
            "series": table["series"].str.strip(),
            "value": pd.to_numeric(table["value"], errors="coerce"),
        }
    ).drop_duplicates(["region", "year", "series"])
    wide = rows.pivot(index=["region", "year"], columns="series", values="value")
    return wide.reindex(index=index, columns=list(study.panel.series)).astype(float).replace([np.inf, -np.inf], np.nan)
