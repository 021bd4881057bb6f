"""Figures of obstacles, concepts, profiles and drivers. Nothing is computed here.

Every figure ends in a reader, for whom it is drawn.
"""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from coordination.presentation import sizes
from coordination.presentation.style import (
    COLOURS,
    DIMENSION_COLOURS,
    GREY,
    LACKING,
    SHADES,
    SHARES,
    TALLEST,
    WIDTH,
    align_columns,
    finish_split,
    in_columns,
    mark_breaks,
    spread,
    strips,
    times,
    wrapped,
    years,
)

UNSEEN = {"blind": "#d9d9d9", "without_figures": "#efefef"}  # rows of concepts without indicators, or without figures

DARK = 0.7  # of the largest value, from which on a label is white


def _dimensions(reader):
    """Return name and colour of every dimension with figures, in the study's order."""
    systems = reader.study.subsystems
    shown = [d.id for s in systems for d in s.dimensions if any(i in s.indicators for i in d.indicators)]
    return {d: (reader.dimension(d), DIMENSION_COLOURS[k % len(DIMENSION_COLOURS)]) for k, d in enumerate(shown)}


def obstacle_map(table, reader):
    """Draw the obstacle degrees of one year, regions by indicators.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, indicator, obstacle_degree (shares).
    """
    every = [i.id for s in reader.study.subsystems for i in s.indicators]
    wide = 100 * table.pivot(index="region", columns="indicator", values="obstacle_degree")
    wide = wide.reindex(index=reader.regions.index, columns=every)
    few = len(wide) <= 20
    labels = [wrapped(reader.indicator(i), int(reader.word("tick_letters"))) for i in every]
    top = max(float(wide.to_numpy().max()), 1e-9)
    if not sizes.fits(len(wide), 0.15, TALLEST - 2.4, 2):
        figure, axis = plt.subplots(figsize=(WIDTH, TALLEST))
        look = {"cmap": LACKING, "vmin": 0, "vmax": top}
        largest = wide.mean().idxmax()
        by = reader.indicator(largest), wide[largest]
        image = strips(figure, axis, wide, reader.regions["group"], labels, by, reader, **look)
        axis.tick_params(axis="x", rotation=90, labelsize=7.5)
        ends = np.cumsum([len(s.indicators) for s in reader.study.subsystems])
        axis.vlines(ends[:-1], 0, len(wide), color="black", linewidth=0.8)
        bar = figure.colorbar(image, ax=axis, label=reader.word("obstacle_degree"), aspect=30, pad=0.02)
        bar.outline.set_visible(False)
        return figure
    figure, parts = in_columns(wide, 2.4, 0.3 if few else 0.15, reader, most=2)
    size = 7.5 if wide.shape[1] <= 20 and few else 6.5
    ends = np.cumsum([len(s.indicators) for s in reader.study.subsystems])
    page = int(reader.word("page_letters")) // len(parts)  # that stand above all columns
    for axis, own in parts:
        look = {"cmap": LACKING, "vmin": 0, "vmax": top, "edgecolors": "white", "linewidth": 0.6}
        image = axis.pcolormesh(own.to_numpy(), **look)
        axis.invert_yaxis()
        for (row, column), value in np.ndenumerate(own.to_numpy() if wide.shape[1] * len(parts) <= 24 else [[]]):
            colour = "white" if value > DARK * top else "black"
            look = {"ha": "center", "va": "center", "fontsize": size, "color": colour}
            axis.text(column + 0.5, row + 0.5, f"{value:.1f}", **look)
        axis.set_yticks(np.arange(len(own)) + 0.5, [reader.region(r) for r in own.index], fontsize=9 if few else 7.5)
        axis.set_xticks(
            np.arange(len(every)) + 0.5, labels, fontsize=7.5 / len(parts) ** 0.5, rotation=90, linespacing=1.05
        )
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        axis.vlines(ends[:-1], 0, len(own), color="black", linewidth=0.8)
        for subsystem, end in zip(reader.study.subsystems, ends, strict=True):
            axis.annotate(
                wrapped(reader.subsystem(subsystem.id), max(8, page * len(subsystem.indicators) // len(every))),
                (end - len(subsystem.indicators) / 2, 0), (0, 3), textcoords="offset points", ha="center", va="bottom",
                fontsize=8.5,
            )  # fmt: skip
        groups = reader.regions["group"][own.index].to_numpy()
        axis.hlines(np.flatnonzero(groups[1:] != groups[:-1]) + 1, 0, len(every), color="black", linewidth=0.8)
    align_columns(parts)
    axes = [axis for axis, _ in parts]
    bar = figure.colorbar(image, ax=axes, label=reader.word("obstacle_degree"), aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    return figure


def obstacle_change(table, reader):
    """Draw the mean obstacle degrees of the dimensions by year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns year, part (a dimension), obstacle_degree (shares).
    """
    looks = _dimensions(reader)
    wide = 100 * table.pivot(index="year", columns="part", values="obstacle_degree")[list(looks)]
    chosen = list(wide.index)
    x = times(reader.study, chosen)
    figure, axis = plt.subplots(figsize=(WIDTH, 3.4))
    top = max(float(wide.to_numpy().max()) * 1.1, 1.0)
    ends = spread(wide.iloc[-1].to_numpy(), top * 0.075, low=0.02 * top)
    span = max(1, np.ptp(x))
    for k, (part, end) in enumerate(zip(wide, ends, strict=True)):
        label, colour = looks[part]
        axis.plot(x, wide[part], color=colour, marker="os^Dvp*X"[k % 8], markersize=4)
        axis.annotate(
            label, (x[-1] + 0.02 * span, end), color=tuple(0.65 * c for c in colour), fontsize=8.5, va="center",
            annotation_clip=False,
        )  # fmt: skip
    mark_breaks(axis, reader.study)
    years(axis, reader.study, chosen, 7 if reader.periods else 10)
    widest = max(sum(2 if c >= "\u2e80" else 1 for c in name) for name, _ in looks.values())
    axis.set_xlim(x[0] - 0.02 * span, x[-1] + min(0.6, 0.05 + 0.0145 * widest) * span)
    axis.set(ylabel=reader.word("obstacle_degree"), ylim=(0, top))
    return figure


def growth_contributions(table, reader):
    """Draw the change of ln D as the sum of the contributions of the dimensions.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, part (a dimension), contribution.
    """
    looks = _dimensions(reader)
    wide = table.pivot(index="region", columns="part", values="contribution").reindex(reader.regions.index)[list(looks)]
    total = wide.sum(axis=1, skipna=False)
    wide = wide.loc[total.sort_values(kind="stable", na_position="first").index[::-1]]
    few = len(wide) < 20
    figure, parts = in_columns(wide, 1.2, 0.3 if few else 0.17, reader)
    for axis, own in ((axis, part.iloc[::-1]) for axis, part in parts):
        known = own.notna().all(axis=1).to_numpy()
        names = np.array([reader.region(r) for r in own.index])
        ends = np.zeros((2, len(own)))
        for part, (_, colour) in looks.items():
            values = own[part].fillna(0.0).to_numpy()
            axis.barh(names, values, left=np.where(values >= 0, ends[1], ends[0]), color=colour, height=0.7)
            ends += np.clip(values, None, 0), np.clip(values, 0, None)
        look = {"color": "black", "markersize": 3.5, "markeredgecolor": "white", "mew": 0.5}
        axis.plot(total[own.index][known], names[known], "D", **look)
        finish_split(axis, known, few, reader)
    align_columns(parts)
    handles = [mpl.patches.Patch(color=c, label=n) for n, c in looks.values()]
    look = {"color": "black", "marker": "D", "linestyle": "", "markersize": 3.5, "label": reader.word("log_change")}
    figure.legend(handles=[*handles, mpl.lines.Line2D([], [], **look)], loc="outside upper left", ncols=3)
    return figure


def coverage(covered, evidence, found, reader):
    """Draw which indicators evidence which concepts, a panel a lens, with the weight that a concept carries.

    Parameters
    ----------
    covered : pandas.DataFrame
        Columns lens, family, concept, weight, obstacle (shares), state.
    evidence : pandas.DataFrame
        Columns lens, concept, indicator, available.
    found : Catalogue
    """
    every = [i.id for s in reader.study.subsystems for d in s.dimensions for i in d.indicators]
    column = {i: k for k, i in enumerate(every)}
    lenses = list(covered["lens"].unique())
    sizes = [int((covered["lens"] == x).sum()) for x in lenses]
    size = float(np.clip(0.44 * 72 * 3.3 / len(every), 4.0, 7.0))  # so that two lines fit beside each other
    labels = [wrapped(reader.indicator(i), int(reader.word("row_letters"))) for i in every]
    longest = max(len(line) for label in labels for line in label.splitlines())
    below = longest * size * float(reader.word("letter_width")) / 72
    figure, axes = plt.subplots(
        len(lenses), 2, figsize=(WIDTH, 0.6 + below + 0.175 * sum(sizes) + 0.28 * len(lenses)), squeeze=False,
        height_ratios=sizes, width_ratios=(3, 1), sharex="col", sharey="row",
    )  # fmt: skip
    most = 100 * max(covered["weight"].max(), covered["obstacle"].max(), 0.01) * 1.08
    for (matrix, side), name in zip(axes, lenses, strict=True):
        lens, own = found.lens(name), covered[covered["lens"] == name].reset_index(drop=True)
        row = {c: k for k, c in enumerate(own["concept"])}
        for axis in (matrix, side):
            for state, shade in UNSEEN.items():
                for k in np.flatnonzero(own["state"] == state):
                    axis.axhspan(k - 0.5, k + 0.5, color=shade, linewidth=0)
            axis.spines[:].set_visible(False)
            axis.tick_params(length=0, labelsize=7)
            families = own["family"].to_numpy()
            for cut in np.flatnonzero(families[1:] != families[:-1]) + 0.5:
                axis.axhline(cut, color=GREY, linewidth=0.6)
        matrix.set_xticks(range(len(every)))
        matrix.grid(axis="x", color="#e6e6e6", linewidth=0.5)
        marks = evidence[evidence["lens"] == name]
        has = marks["available"].to_numpy(bool)
        x, y = marks["indicator"].map(column).to_numpy(), marks["concept"].map(row).to_numpy()
        colour = SHADES[0]
        faces = np.where(has, colour, "white")
        matrix.scatter(x, y, s=20, c=faces, edgecolors=colour, linewidths=1, zorder=3)
        matrix.set_yticks(range(len(own)), [wrapped(reader.text(lens.concept(c).name), 60) for c in own["concept"]])
        matrix.set_title(f"{lens.letter}  {reader.text(lens.name)}", fontsize=8.5, loc="left")
        matrix.set(xlim=(-0.7, len(every) - 0.3), ylim=(len(own) - 0.5, -0.5))
        side.barh(range(len(own)), 100 * own["weight"], height=0.6, color=SHADES[2])
        some = own.index[own["state"] == "covered"]
        side.plot(100 * own["obstacle"][some], some, "D", color=SHADES[0], markersize=3)
        side.tick_params(labelleft=False)
        side.set_xlim(0, most)
    axes[-1, 0].set_xticklabels(labels, rotation=90, linespacing=0.9, fontsize=size)
    split = np.cumsum([sum(len(d.indicators) for d in s.dimensions) for s in reader.study.subsystems])[:-1]
    for matrix in axes[:, 0]:
        for cut in split - 0.5:
            matrix.axvline(cut, color=GREY, linewidth=0.6)
    handles = [
        mpl.lines.Line2D([], [], marker="o", linestyle="", markersize=4.5, markeredgecolor=SHADES[0],
                         markerfacecolor=face, label=reader.word(key))
        for face, key, available in ((SHADES[0], "evidenced", True), ("white", "unobserved", False))
        if (evidence["available"] == available).any()
    ]  # fmt: skip
    handles += [
        *(
            mpl.patches.Patch(color=UNSEEN[state], label=reader.word(key))
            for state, key in (("blind", "blind"), ("without_figures", "row_unobserved"))
            if state in set(covered["state"])
        ),
        mpl.patches.Patch(color=SHADES[2], label=reader.word("weight_share")),
        mpl.lines.Line2D([], [], marker="D", linestyle="", color=SHADES[0], markersize=3,
                         label=reader.word("obstacle_short")),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=7.5, handletextpad=0.4, columnspacing=1)
    return figure


def profile_panels(scores, coordination, facts, parts, reader):
    """Draw a small panel for every region: its scores and D by year, its quadrant and its obstacles.

    Of more regions than a page holds, those are drawn that matter (see `sizes.matter`).

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns region, year, subsystem, score.
    coordination : pandas.DataFrame
        Columns region, year, coordination_degree.
    facts : pandas.DataFrame
        Index region; columns rank, quadrant, p, settled.
    parts : pandas.DataFrame
        Columns region, part (a dimension), obstacle_degree (shares) of the last year.
    """
    looks = _dimensions(reader)
    below = 0.3 + 0.17 * -(-len(looks) // 4)
    regions = reader.regions.index
    if not sizes.fits(len(regions), 0.8, TALLEST - 0.42 - below, 6):
        regions = sizes.matter(coordination, regions)
    few = len(regions) <= 15
    folded = len(regions) < len(reader.regions)
    columns, head = sizes.MATTER if folded else 3 if few else 6, 0.62 if folded else 0.42
    rows = -(-len(regions) // columns)
    height = (1.75 if few else 1.05 if rows <= 8 else 0.8) * rows + head + below
    edges = {"left": 0.32 / WIDTH, "right": 1 - 0.08 / WIDTH, "top": 1 - head / height, "bottom": below / height}
    gaps = {"wspace": 0.08 if few else 0.12, "hspace": 0.2 if few else 0.32}
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, height), squeeze=False, sharex=True, sharey=True, gridspec_kw=edges | gaps
    )
    figure.set_layout_engine("none")  # constrained layout takes seconds for dozens of panels
    size = 8.5 if columns == 3 else 6.5
    shares = parts.pivot(index="region", columns="part", values="obstacle_degree")[list(looks)]
    degree = coordination.pivot(index="year", columns="region", values="coordination_degree")
    x = times(reader.study, degree.index)
    mark = "o" if len(x) == 1 else ""
    lines = [(s, scores[scores["subsystem"] == s.id]) for s in reader.study.subsystems]
    wide = [(s, t.pivot(index="year", columns="region", values="score")) for s, t in lines]
    strip = 0.1 if few else 0.14  # height of the obstacles, in heights of a panel
    for axis, region in zip(axes.flat, regions, strict=False):
        for k, (_, table) in enumerate(wide):
            look = {"linestyle": ("-", "--", ":", "-.")[k % 4], "marker": mark, "markersize": 3}
            axis.plot(x, table[region], color=GREY, linewidth=0.9, **look)
        mark_breaks(axis, reader.study, span=(0, 1))
        axis.plot(x, degree[region], color="black", linewidth=1.6, marker=mark, markersize=4)
        row = facts.loc[region]
        axis.set_title(f"{row['rank']:.0f}  {reader.region(region)}", fontsize=size + 0.5, pad=3)
        doubt = "" if row["settled"] else "?"
        told = reader.word(row["quadrant"]) if row["quadrant"] == "none" else row["quadrant"]
        p = "" if np.isnan(row["p"]) else f" p {row['p']:.3f}" if row["p"] >= 0.001 else " p <0.001"
        axis.text(
            0.03, strip + 0.05, f"{told}{doubt}{p}", transform=axis.transAxes, fontsize=size - 1, va="bottom",
        )  # fmt: skip
        left = 0.0
        for part, (_, colour) in looks.items():
            box = mpl.patches.Rectangle((left, 0), shares.loc[region, part], strip, transform=axis.transAxes,
                                        color=colour, linewidth=0, clip_on=False)  # fmt: skip
            axis.add_patch(box)
            left += shares.loc[region, part]
        axis.tick_params(labelsize=size - 1.5, length=2)
    for axis in axes.flat[len(regions) :]:
        axis.set_axis_off()
    ends = [degree.index[0], degree.index[-1]] if len(degree) > 1 else [degree.index[0]]
    axes[0, 0].set_xticks(times(reader.study, ends), [str(y) for y in ends])
    axes[0, 0].set_ylim(-0.45 if few else -0.6, 1.0)
    axes[0, 0].set_yticks([0, 0.5, 1])
    span = max(1, np.ptp(x))
    axes[0, 0].set_xlim(x[0] - 0.08 * span, x[-1] + 0.08 * span)
    handles = [
        mpl.lines.Line2D([], [], color=GREY, linewidth=0.9, linestyle=("-", "--", ":", "-.")[k % 4],
                         label=reader.subsystem(s.id)) for k, s in enumerate(reader.study.subsystems)
    ]  # fmt: skip
    handles = [mpl.lines.Line2D([], [], color="black", label=reader.word("coordination_degree")), *handles]
    figure.legend(handles=handles, loc="upper left", ncols=4, fontsize=7.5, borderaxespad=0.2)
    handles = [mpl.patches.Patch(color=c, label=n) for n, c in looks.values()]
    figure.legend(handles=handles, loc="lower left", ncols=4, fontsize=7.5, borderaxespad=0.2)
    if folded:
        said = reader.word("profiles_of_ends", sizes.MATTER, len(reader.regions))
        figure.text(0.01, 1 - 0.36 / height, said, fontsize=7.5, color=GREY)
    return figure


def drivers(singles, pairs, reader):
    """Draw geodetector's q of single covariates by year and of pairs in one year.

    Parameters
    ----------
    singles : pandas.DataFrame
        Columns variable, year, q, p; what was refused is missing.
    pairs : pandas.DataFrame
        Columns first, second, q_first, q_second, q; no row for a single covariate.
    """
    names = {k: reader.cause(k) for k in reader.study.drivers.variables}
    every = [k for k in names if k in set(singles["variable"])]
    panels = 2 if len(pairs) else 1
    columns = 2 if max(len(v.encode("gbk", "replace")) for v in names.values()) <= 46 and len(every) > 1 else 1
    height = 3.0 + 0.2 * -(-len(every) // columns)
    figure, axes = plt.subplots(1, panels, figsize=(WIDTH, height), squeeze=False, width_ratios=(1.3, 1)[:panels])
    left, handles = axes[0, 0], []
    for k, variable in enumerate(every):
        own = singles[singles["variable"] == variable]
        colour, x = COLOURS[k % len(COLOURS)], times(reader.study, own["year"])
        look = {"color": colour, "linestyle": ("-", "--")[k // len(COLOURS) % 2], "linewidth": 1.3}
        sure = (own["p"] <= reader.study.autocorrelation.significance).to_numpy()
        left.plot(x, own["q"], **look)
        faces = [colour if s else "white" for s in sure]
        left.scatter(x, own["q"], s=24, c=faces, edgecolors=[colour], zorder=3)
        label = wrapped(f"{k + 1}  {names[variable]}", 90)
        handles.append(mpl.lines.Line2D([], [], marker="o", markersize=5, label=label, **look))
    left.set_ylim(-0.02, 1.02)
    left.set_title(reader.word("q_by_year"))
    left.set_ylabel(reader.word("q"))
    years(left, reader.study, list(dict.fromkeys(singles["year"])), 3 if reader.periods else 6)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    if panels == 2:
        _pairs(axes[0, 1], pairs, every, reader)
    return figure


def _pairs(axis, pairs, order, reader):
    """Show q of every pair below the diagonal and of single covariates on it, numbered as in the legend."""
    values = np.full((len(order), len(order)), np.nan)
    for r in pairs.to_dict("records"):
        i, j = sorted((order.index(r["first"]), order.index(r["second"])))
        values[j, i] = r["q"]
        values[order.index(r["first"]), order.index(r["first"])] = r["q_first"]
        values[order.index(r["second"]), order.index(r["second"])] = r["q_second"]
    axis.imshow(np.ma.masked_invalid(values), cmap=SHARES, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if row >= column:
            text = "–" if np.isnan(value) else f"{value:.2f}"
            look = {"ha": "center", "va": "center", "fontsize": 8 if len(order) <= 8 else 6}
            axis.text(column, row, text, color="white" if value > 0.6 else "black", **look)
    numbers = [str(k + 1) for k in range(len(order))]
    axis.set_xticks(np.arange(len(order)), numbers)
    axis.set_yticks(np.arange(len(order)), numbers)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.set_title(reader.word("q_of_pairs", reader.study.years[-1]))
