"""Tables of convergence, inequality and mobility. Nothing is computed here.

Every layout ends in a reader and returns what that reader sees, a DataFrame of str.
"""

from __future__ import annotations

import pandas as pd

from coordination.presentation.columns import headed, laid_out, named, numeric, p, plain, worded
from coordination.presentation.reader import number, p_value


def sigma_convergence(table, reader):
    """Lay out sigma convergence, a row for all regions and for every group.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns group, regions, first, last, slope, p, p_smallest.
    """
    columns = (
        ("group", named("group")),
        ("regions_number", plain("regions")),
        ("first", numeric("first")),
        ("last", numeric("last")),
        ("trend_a_year", numeric("slope", 4)),
        ("p", p("p")),
        ("p_smallest", p("p_smallest")),
    )
    return laid_out(table, reader, columns)


# Names of the models of beta convergence
MODELS = {
    "absolute": "absolute",
    "panel": "panel",
    "groups": "conditional_groups",
    "regions": "conditional_regions",
    "jackknife": "conditional_jackknife",
}


def beta_convergence(table, reader):
    """Lay out beta convergence, a row a model.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, regions, observations, coefficient, error, p, p_wild, speed (a share), half_life.
    """
    columns = (
        ("model", lambda reader, row: reader.timed_word(MODELS[row["model"]])),
        ("observations", numeric("observations", 0)),
        ("coefficient", numeric("coefficient", 4)),
        ("standard_error", numeric("error", 4)),
        ("p_clustered", p("p")),
        ("p_wild", p("p_wild")),
        ("speed", numeric("speed", 2, 100)),
        ("half_life", numeric("half_life", 1)),
    )
    return laid_out(table, reader, columns)


def spatial_convergence(table, reader):
    """Lay out beta convergence with a spatial lag and a spatial error, a row a model.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `spatial_convergence.models`.
    """
    columns = (
        ("model", worded("model")),
        ("coefficient", numeric("coefficient", 4)),
        ("standard_error", numeric("error", 4)),
        ("p", p("p")),
        ("effect_of_space", numeric("space")),
        ("p_of_space", p("space_p")),
        ("direct", numeric("direct", 4)),
        ("total_effect", numeric("total", 4)),
        ("speed", numeric("speed", 2, 100)),
        ("half_life", numeric("half_life", 1)),
        ("aic", numeric("aic", 1)),
    )
    return laid_out(table, reader, columns)


def inequality(table, reader):
    """Lay out inequality between regions, a row a variable and year.

    Parameters
    ----------
    table : pandas.DataFrame
        The hand-over table `inequality`.
    """
    parts, rows = ("within", "net_between", "transvariation"), []
    for (variable, year), own in table.groupby(["variable", "year"], sort=False):
        value = own.set_index("measure")
        y, gini = value["value"], value.loc["gini"]
        interval = "" if pd.isna(gini["low"]) else f" [{number(gini['low'])}, {number(gini['high'])}]"
        shares = (100 * y[f"gini_{k}"] / y["gini"] if y["gini"] else None for k in parts)
        between = 100 * y["theil_t_between"] / y["theil_t"] if y["theil_t"] else None
        rows.append(
            (
                reader.called(variable, "subsystem") or reader.word(variable),
                str(year),
                number(y["gini"]) + interval,
                *(number(share, 1) for share in shares),
                number(y["theil_t"], 4),
                number(between, 1),
                p_value(y["p_between"]),
            )
        )
    keys = ("index", "year", "gini", *(f"share_{k}" for k in parts), "theil_t", "share_between", "p_between")
    return headed(rows, keys, reader)


def transitions(table, reader):
    """Lay out transitions between classes: probabilities, with counts in brackets.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns from, to, count, probability, row, few (such rows are marked), and either lag or ergodic.
    """
    targets = list(table["to"].unique())
    keys = ["lag", "from"] if "lag" in table else ["from"]
    rows = []
    for names, own in table.groupby(keys, sort=False):
        total = own["row"].iloc[0]
        cells = [
            f"{number(r['probability'], 2)} ({r['count']})" if total else "–"
            for _, r in own.set_index("to").loc[targets].iterrows()
        ]
        called = [reader.class_name(n) for n in names]
        rows.append((*called, f"{total}{'*' if own['few'].iloc[0] else ''}", *cells))
    if "ergodic" in table and table["ergodic"].notna().all():
        limit = table.drop_duplicates("to").set_index("to")["ergodic"][targets]
        rows.append((reader.word("ergodic"), "", *(number(v, 2) for v in limit)))
    head = [reader.word("of_lag")] if "lag" in table else []
    head += [reader.word("from_class"), reader.word("transitions")]
    return pd.DataFrame(rows, columns=[*head, *(reader.class_name(t) for t in targets)])
