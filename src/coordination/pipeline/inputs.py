"""The polygons, weights and covariates that a study brings along."""

from __future__ import annotations

from coordination.errors import InputError, InputErrors, told
from coordination.pipeline.paths import raw
from coordination.spatial import neighbours
from coordination.study import outlines
from coordination.study.covariates import given
from coordination.study.files import check_size, displayed, read_text


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
    import pandas as pd

    file = raw(study.id) / study.spatial_weights.file
    name = displayed(file)
    if not file.is_file():
        remedy = "add it, or choose another spatial_weights.kind"
        raise InputError(name, "no such file", "neighbours or a matrix of weights", remedy)
    if file.suffix.lower() != ".gal":
        return neighbours.given(read_text(file), regions, name, study.spatial_weights.directed)
    check_size(file, "give only the neighbours of the study's regions")
    try:
        pairs = _gal(file.read_text(encoding="utf-8-sig"))
    except (IndexError, ValueError) as error:
        remedy = "write it anew, or give a csv with the columns region, neighbour"
        found = "an incomplete list" if isinstance(error, IndexError) else str(error)
        raise InputError(name, found, "neighbours in GAL form", remedy) from None
    return neighbours.given(pd.DataFrame(pairs, columns=["region", "neighbour"]), regions, name, directed=True)


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


def _gal(text):
    """Return the pairs of a GAL file: a line "region count", then a line of that many neighbours."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    pairs, regions, k = [], 0, 1
    while k < len(lines):
        region, count = lines[k][0], int(lines[k][1])
        listed = lines[k + 1] if count else []
        if len(listed) != count:
            raise ValueError(f"a list of {len(listed)} neighbours of {region} that should be of {count}")
        pairs += [(region, b) for b in listed]
        regions, k = regions + 1, k + (2 if count else 1)
    head = lines[0]
    said = int(head[1] if len(head) > 1 else head[0])
    if said != regions:
        raise ValueError(f"{regions} regions where its first line says {said}")
    return pairs
