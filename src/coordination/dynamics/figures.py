"""Figures of distribution, convergence, inequality and mobility. Nothing is computed here.

Every figure ends in a reader, for whom it is drawn.
"""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from coordination.presentation import sizes
from coordination.presentation.style import (
    COLOURS,
    GREY,
    SHADES,
    SHARES,
    TALLEST,
    WHOLE,
    WIDTH,
    group_colours,
    place_labels,
    times,
    wrapped,
    years,
)

CHAINS = ("levels", "quartiles", "yearly", "quadrants")


def density(densities, degrees, reader):
    """Draw kernel densities as ridges, the first year on top, with a point for every region.

    Parameters
    ----------
    densities : pandas.DataFrame
        Columns year, x, density; a year without a density is drawn as an upright line.
    degrees : pandas.DataFrame
        Columns region, year and the variable.
    """
    years = list(densities["year"].unique())
    m, top = len(years), densities["density"].max()
    step = 0.62 * (top if np.isfinite(top) else 1.0)
    figure, axis = plt.subplots(figsize=(WIDTH * 0.86, min(TALLEST, 1.4 + 0.26 * m)))
    shades = mpl.colormaps[SHARES](np.linspace(0.3, 0.95, m))
    for k, year in enumerate(years):
        own = densities[densities["year"] == year]
        base, colour, order = -k * step, shades[k], 3 * k
        values = degrees.loc[degrees["year"] == year].iloc[:, -1]
        if own["density"].notna().all():
            curve = base + own["density"]
            axis.fill_between(own["x"], base, curve, color=colour, alpha=0.75, linewidth=0, zorder=order + 1)
            axis.plot(own["x"], curve, color="white", linewidth=2.2, zorder=order + 1)
            axis.plot(
                own["x"], curve, color=mpl.colors.to_rgba(colour[:3] * np.array(0.7)), linewidth=1, zorder=order + 2
            )
        else:
            axis.vlines(values.iloc[0], base, base + step, color=colour, linewidth=2.5, zorder=order + 2)
        if len(values) <= sizes.CROWD:
            thin = sizes.mark(0.7, len(values))
            look = {"s": 16 * thin, "color": "black", "edgecolors": "white", "linewidths": 0.4}
            axis.scatter(values, np.full(len(values), base), zorder=3 * m + 3, **look)
    axis.set_yticks([-k * step for k in range(m)], [str(y) for y in years])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.set_ylim(-(m - 1) * step - 0.25 * step, None)
    axis.set_xlim(max(0.0, densities["x"].min()) - 0.01, min(1.0, densities["x"].max()) + 0.01)  # where D can be
    axis.set_xlabel(reader.word("coordination_degree"))
    return figure


def convergence(dispersion, growth, reader):
    """Draw the coefficient of variation by year and growth against the initial level.

    Parameters
    ----------
    dispersion : pandas.DataFrame
        Columns group, year, regions, variation.
    growth : pandas.DataFrame
        Columns region, level (ln D in the first year), growth, fitted.
    """
    colours = group_colours(reader.study) | {reader.study.whole.id: WHOLE}
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.6))
    for group, own in dispersion.dropna(subset="variation").groupby("group", sort=False):
        whole = group == reader.study.whole.id
        look = {"linewidth": 2.2, "zorder": 3} if whole else {"linewidth": 1.3}
        several = whole or len(colours) <= len(COLOURS) + 1
        look |= {"color": colours[group] if several else "#c9c9c9", "label": reader.group(group) if several else "_"}
        left.plot(times(reader.study, own["year"]), own["variation"], **look)
    years(left, reader.study, reader.study.years, 4 if reader.periods else 5)
    left.set_ylabel(reader.word("coefficient_of_variation"))
    left.set_ylim(0, None)
    if growth["growth"].min() < 0 < growth["growth"].max():
        right.axhline(0, color=GREY, linewidth=0.6)
    line = growth.sort_values("level", kind="stable").dropna(subset="fitted")
    right.plot(line["level"], line["fitted"], color="black", linewidth=0.9, linestyle="--")
    right.scatter(
        growth["level"],
        growth["growth"],
        s=sizes.mark(26, len(growth)),
        c=[colours[g] for g in reader.regions["group"][growth["region"]]],
    )
    right.set(xlabel=reader.timed_word("initial_log"), ylabel=reader.timed_word("growth_of_log"))
    right.margins(0.14, 0.1)
    if len(growth) <= 15:
        names = dict(enumerate(map(reader.region, growth["region"])))
        place_labels(right, growth["level"].to_numpy(), growth["growth"].to_numpy(), names, 8, (1.3, 2.0))
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=int(reader.word("legend_columns")))
    return figure


def inequality(table, reader):
    """Draw the Gini coefficient and Theil's T of every variable by year, each as the sum of its parts.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `inequality`.
    """
    variables = list(table["variable"].unique())
    figure, axes = plt.subplots(2, len(variables), figsize=(WIDTH, 4.2), sharex=True, squeeze=False)
    kinds = {
        "gini": dict(zip(("gini_within", "gini_net_between", "gini_transvariation"), SHADES[1:], strict=True)),
        "theil_t": {"theil_t_within": SHADES[1], "theil_t_between": SHADES[2]},
    }
    for column, variable in zip(axes.T, variables, strict=True):
        own = table[table["variable"] == variable]
        chosen = list(own["year"].unique())
        x = times(reader.study, chosen)
        for axis, (total, parts) in zip(column, kinds.items(), strict=True):
            bottom = np.zeros(len(chosen))
            for part, colour in parts.items():
                values = own.loc[own["measure"] == part, "value"].fillna(0).to_numpy()
                axis.bar(x, values, bottom=bottom, color=colour, width=0.66, label=reader.word(part))
                bottom += values
            reach = own[own["measure"] == total]
            known = reach["low"].notna().to_numpy()
            beside = x[known] + 0.42  # where it hides no bar
            axis.vlines(beside, reach["low"][known], reach["high"][known], color=GREY, linewidth=0.8)
        name = reader.called(variable, "subsystem") or reader.word(variable)
        column[0].set_title(wrapped(name, int(reader.word("panel_letters")) // len(variables)))
        most = 6 if reader.periods else 12
        years(column[1], reader.study, chosen, max(1, most // len(variables)))
    axes[0, 0].set_ylabel(reader.word("gini"))
    axes[1, 0].set_ylabel(reader.word("theil_t"))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure


def mobility(chains, reader):
    """Draw transition matrices as heat maps with probabilities and counts.

    Parameters
    ----------
    chains : dict of str to pandas.DataFrame
        Columns from, to, count, probability, few (such rows are marked), by `CHAINS`; those without transitions are
        left out, and the first is the largest panel.
    """
    first, *others = (c for c in CHAINS if chains[c]["count"].any())
    figure = plt.figure(figsize=(WIDTH, 2.1 + 1.4 * max(2, len(others))))
    grid = figure.add_gridspec(max(1, len(others)), 2 if others else 1, width_ratios=(1.75, 1) if others else (1,))
    axes = {first: figure.add_subplot(grid[:, 0])}
    axes |= {name: figure.add_subplot(grid[k, 1]) for k, name in enumerate(others)}
    for name, axis in axes.items():
        image = _matrix(axis, chains[name], reader, reader.word(name))
    bar = figure.colorbar(
        image, ax=list(axes.values()), location="bottom", shrink=0.5, aspect=40, label=reader.word("probability")
    )
    bar.outline.set_visible(False)
    return figure


def _matrix(axis, chain, reader, title):
    targets = list(chain["to"].unique())
    k = len(targets)
    p = chain["probability"].to_numpy(float).reshape(k, k)
    counts, thin = chain["count"].to_numpy().reshape(k, k), chain["few"].to_numpy().reshape(k, k)[:, 0]
    image = axis.imshow(p, cmap=SHARES, vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(k, k):
        if counts[i, j]:
            text = f"{p[i, j]:.2f}\n({counts[i, j]})"
            colour = "white" if p[i, j] > 0.6 else "black"
            axis.text(
                j, i, text, ha="center", va="center", fontsize=6.5 if k > 5 else 7, color=colour, linespacing=0.95
            )
    letters = [t if t in ("HH", "LH", "LL", "HL") else reader.class_name(t) for t in targets]
    broken = [wrapped(t, 13) for t in letters]
    axis.set_xticks(range(k), broken, rotation=int(reader.word("many_classes_turned")) if k > 5 else 0, fontsize=7)
    axis.set_yticks(range(k), [f"{t}{'*' if few else ''}" for t, few in zip(broken, thin, strict=True)], fontsize=7.5)
    axis.set_xticks(np.arange(k - 1) + 0.5, minor=True)
    axis.set_yticks(np.arange(k - 1) + 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=1)
    axis.tick_params(which="both", length=0)
    axis.spines[:].set_visible(False)
    axis.set_title(title)
    return image
