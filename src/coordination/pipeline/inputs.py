"""The polygons, weights and covariates that a study brings along."""

from __future__ import annotations

import pandas as pd

from coordination.errors import InputError, InputErrors, told
from coordination.indices import boundaries
from coordination.locale import LANGUAGES
from coordination.pipeline.paths import raw
from coordination.spatial import linked
from coordination.study import links, outlines
from coordination.study.covariates import given
from coordination.study.files import displayed, read_panel, read_text


def polygons(study, regions):
    """Read the polygons of a study's regions.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    geopandas.GeoDataFrame or None
        Index region, in the order of `regions`; None if the study has no polygons.

    Raises
    ------
    InputError
        If the file is missing or unreadable, or a region has no polygon or several.
    """
    if study.regions.polygons is None:
        return None
    file = raw(study.id) / study.regions.polygons
    table, _ = outlines.read(file, study.regions.polygon_name)
    counts = table["region"].value_counts()
    faults = [
        InputError(
            displayed(file),
            told("{count} polygons of {region}", count=counts.get(region, 0), region=region),
            "one",
            "add or merge polygons",
        )
        for region in regions.index
        if counts.get(region, 0) != 1
    ]
    if faults:
        raise InputErrors(faults)
    return table.set_index("region").loc[regions.index]


def given_weights(study, regions):
    """Read the spatial weights that a study brings along.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame, shape (n, n), or None
        None if the study computes its weights.

    Raises
    ------
    InputError, InputErrors
        If the file is missing or unreadable, or does not hold weights of the study's regions.
    """
    if study.spatial_weights.file is None:
        return None
    file = raw(study.id) / study.spatial_weights.file
    name, setting = displayed(file), study.spatial_weights
    if not file.is_file():
        remedy = "add it, or choose another spatial_weights.kind"
        raise InputError(name, "no such file", "neighbours or a matrix of weights", remedy)
    table = links.read(file, regions)
    return linked.given(table, regions, name, setting)


def panel(study, file):
    """Read a study's raw panel, on the boundaries of its regions.

    Parameters
    ----------
    study : Study
    file : Path
        See `files.panel_file`.

    Returns
    -------
    pandas.DataFrame of str
        See `read_panel`, and `boundaries.recast` if the study brings changes of regions.

    Raises
    ------
    InputError, InputErrors
        If the panel or the changes cannot be read, or do not go together.
    """
    table, given_changes = read_panel(file, study.panel.region_column), changes(study)
    return table if given_changes is None else boundaries.recast(table, given_changes, study, displayed(file))


def changes(study):
    """Read which regions merged, split or changed their names.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame or None
        As `boundaries.given`; None if the study brings none.

    Raises
    ------
    InputError, InputErrors
        If the file is not there, or as `boundaries.given`.
    """
    if study.panel.changes is None:
        return None
    file = raw(study.id) / study.panel.changes
    if not file.is_file():
        remedy = "add it, or remove panel.changes from study.yml"
        raise InputError(displayed(file), "no such file", "a table year, from, to, share", remedy)
    return boundaries.given(read_text(file), study, displayed(file))


def ever(study, regions):
    """Return a study's regions, and behind them those that its changes name as they were before.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame
        The same columns; a former region is called as it is written.
    """
    given_changes = changes(study)
    if given_changes is None:
        return regions
    former = [r for r in dict.fromkeys(given_changes["from"]) if r not in regions.index]
    more = pd.DataFrame("", pd.Index(former, name=regions.index.name), regions.columns)
    return pd.concat([regions, more.assign(**dict.fromkeys(LANGUAGES, former))])


def covariates(study, regions):
    """Read the covariates that a study supplies.

    Parameters
    ----------
    study : Study
    regions : pandas.DataFrame
        Index region.

    Returns
    -------
    pandas.DataFrame or None
        See `covariates.given`; None if the study supplies none.

    Raises
    ------
    InputError, InputErrors
        If the file is missing or unreadable, or does not hold the covariates of every region; file, row and column are
        named.
    """
    if study.drivers is None:
        return None
    file = raw(study.id) / study.drivers.file
    if not file.is_file():
        expected = told("a table region, year, {columns}", columns=", ".join(study.drivers.variables))
        raise InputError(displayed(file), "no such file", expected, "add it, or remove drivers from study.yml")
    return given(read_text(file), study, regions, displayed(file))
