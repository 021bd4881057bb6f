"""Figure of the covariates that go with coordination."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from coordination.figures import COLOURS, SEQUENTIAL, WIDTH, _times, _wrapped, _years
from coordination.wording import word


def drivers(singles, pairs, *, study, regions, language):
    """Draw geodetector's q of single covariates by year and of pairs in one year.

    Parameters
    ----------
    singles : pandas.DataFrame
        Columns variable, year, q, p; what was refused is missing.
    pairs : pandas.DataFrame
        Columns first, second, q_first, q_second, q; no row for a single covariate.
    study : Study
    regions : pandas.DataFrame
    language : {'en', 'zh'}

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = {k: v[language] for k, v in study.drivers.variables.items()}
    every = [k for k in names if k in set(singles["variable"])]
    panels = 2 if len(pairs) else 1
    columns = 2 if max(len(v.encode("gbk", "replace")) for v in names.values()) <= 46 and len(every) > 1 else 1
    height = 3.0 + 0.2 * -(-len(every) // columns)
    figure, axes = plt.subplots(1, panels, figsize=(WIDTH, height), squeeze=False, width_ratios=(1.3, 1)[:panels])
    left, handles = axes[0, 0], []
    for k, variable in enumerate(every):
        own = singles[singles["variable"] == variable]
        colour, times = COLOURS[k % len(COLOURS)], _times(study, own["year"])
        look = {"color": colour, "linestyle": ("-", "--")[k // len(COLOURS) % 2], "linewidth": 1.3}
        sure = (own["p"] <= study.autocorrelation.significance).to_numpy()
        left.plot(times, own["q"], **look)
        faces = [colour if s else "white" for s in sure]
        left.scatter(times, own["q"], s=24, c=faces, edgecolors=[colour], zorder=3)
        label = _wrapped(f"{k + 1}  {names[variable]}", 90)
        handles.append(mpl.lines.Line2D([], [], marker="o", markersize=5, label=label, **look))
    left.set_ylim(-0.02, 1.02)
    left.set_title(word("q_by_year", language))
    left.set_ylabel(word("q", language))
    _years(left, study, list(dict.fromkeys(singles["year"])), 6 if isinstance(study.years[0], int) else 3)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    if panels == 2:
        _pairs(axes[0, 1], pairs, every, study, language)
    return figure


def _pairs(axis, pairs, order, study, language):
    """Show q of every pair below the diagonal and of single covariates on it, numbered as in the legend."""
    values = np.full((len(order), len(order)), np.nan)
    for r in pairs.to_dict("records"):
        i, j = sorted((order.index(r["first"]), order.index(r["second"])))
        values[j, i] = r["q"]
        values[order.index(r["first"]), order.index(r["first"])] = r["q_first"]
        values[order.index(r["second"]), order.index(r["second"])] = r["q_second"]
    axis.imshow(np.ma.masked_invalid(values), cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if row >= column:
            text = "–" if np.isnan(value) else f"{value:.2f}"
            look = {"ha": "center", "va": "center", "fontsize": 8 if len(order) <= 8 else 6}
            axis.text(column, row, text, color="white" if value > 0.5 else "black", **look)
    numbers = [str(k + 1) for k in range(len(order))]
    axis.set_xticks(np.arange(len(order)), numbers)
    axis.set_yticks(np.arange(len(order)), numbers)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.set_title(word("q_of_pairs", language).format(study.years[-1]))
