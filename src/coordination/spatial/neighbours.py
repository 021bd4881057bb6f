"""Which regions are neighbours, and how much they weigh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coordination.choices import DISTANCE, SPATIAL_WEIGHTS, TRANSFORM, Choice
from coordination.errors import InputError, InputErrors, told

EARTH_RADIUS = 6371.0  # km

NEAREST = 4  # neighbours that the multiverse gives a region, at most half of the regions

DATE_LINE = 180 - 1e-6  # degrees

ROUNDING = 2e-4  # how far apart two outlines of one border are, in degrees of four decimals


def great_circle(points):
    """Distances on a sphere of radius 6371 km, in km, from longitudes and latitudes in degrees, shape (n, 2)."""
    # Written out: scikit-learn has it, but takes longer to import than a small study to compute.
    lon, lat = np.radians(points).T
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(half))


def euclidean(points):
    """Straight distances in the units of the coordinates, shape (n, 2)."""
    from scipy.spatial.distance import cdist

    return cdist(points, points)


DISTANCE.register(
    Choice(
        key="great_circle", twin="great_circle", function=great_circle, source="the haversine formula, Sinnott (1984)"
    ),
    Choice(key="euclidean", twin="euclidean", function=euclidean, source="Pythagoras"),
)


def distances(regions, metric="great_circle"):
    """Distances between the points of regions.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns longitude, latitude in degrees or, for euclidean, x and y on a plane.
    metric : str
        A name of `choices.DISTANCE`.

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        In km, or in the units of the coordinates.

    Raises
    ------
    InputError
        If regions have no coordinates, or the metric is unknown.
    """
    plane = {"x", "y"} <= set(regions)
    columns = ["x", "y"] if plane and metric == "euclidean" else ["longitude", "latitude"]
    for column in columns:
        if column not in regions:
            remedy = "add columns longitude and latitude, or set regions.polygons: their centres then serve"
            remedy = "set distance: euclidean, as for all weights by plane coordinates" if plane else remedy
            raise InputError(
                "regions", told("no column '{column}'", column=column), "coordinates for weights by distance", remedy
            )
        missing = regions.index[~np.isfinite(regions[column].astype(float))]
        if len(missing):
            where, found = told("region {region}", region=missing[0]), told("no {column}", column=column)
            raise InputError(where, found, "a coordinate", "add it, or choose contiguity")
    points = regions[columns].to_numpy(dtype=float)
    return pd.DataFrame(DISTANCE[metric].function(points), regions.index, regions.index)


def with_points(regions, polygons=None):
    """Give regions without coordinates the centres of their polygons.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region.
    polygons : geopandas.GeoDataFrame, optional
        Index region; in degrees.

    Returns
    -------
    pandas.DataFrame
        The regions, with columns longitude and latitude (degrees) where they had none and have polygons.
    """
    import shapely

    if polygons is None or {"x", "y"} <= set(regions) or {"longitude", "latitude"} <= set(regions):
        return regions
    shapes = polygons.geometry.reindex(regions.index)
    west, _, east, _ = shapes.total_bounds
    shapes = shapes.map(_joined) if west <= -DATE_LINE and east >= DATE_LINE else shapes
    centres = shapely.get_coordinates(shapely.centroid(shapes.to_numpy()))
    return regions.assign(longitude=(centres[:, 0] + 180) % 360 - 180, latitude=centres[:, 1])


def _joined(shape):
    """Return an outline in one piece where the date line cuts it: with longitudes from 0 to 360."""
    import shapely

    parts = shapely.get_parts(shape)
    east_of_it = shapely.bounds(parts)[:, 2] <= 0
    parts[east_of_it] = shapely.transform(parts[east_of_it], lambda xy: xy + np.array([360, 0]))
    return shapely.multipolygons(parts)


def inverse_distance(regions, power=1.0, metric="great_circle"):
    """Weights 1 / d^power between all pairs of regions.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns longitude, latitude.
    power : float
    metric : str
        A name of `choices.DISTANCE`.

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        In km^-power (or the coordinates' unit); 0 on the diagonal.

    Raises
    ------
    InputError
        If two regions share a point, or the power is too great for the distances.
    """
    return inverse(distances(regions, metric), power)


def inverse(d, power=1.0):
    """Weights 1 / d^power of given distances.

    Parameters
    ----------
    d : pandas.DataFrame, shape (n, n)
        Missing where two regions are not linked; the diagonal is not read.
    power : float

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        0 on the diagonal and where the distance is missing.

    Raises
    ------
    InputError
        As `inverse_distance`.
    """
    matrix = d.fillna(np.inf).to_numpy(copy=True)
    np.fill_diagonal(matrix, np.inf)
    together = matrix <= 1e-9  # longitudes 180 and -180 are 1e-12 km apart
    if together.any():
        a, b = np.argwhere(together)[0]
        found = told("{one} and {other} at the same point", one=d.index[a], other=d.index[b])
        raise InputError("regions", found, "points that differ, for a distance to divide by", "correct one of them")
    with np.errstate(over="ignore", under="ignore"):
        weights = matrix**-power
    if not (np.isfinite(weights) & ((weights > 0) | np.isinf(matrix))).all():
        far = matrix[np.isfinite(matrix)].max()
        found = told("{power:g}, with distances from {low:g} to {high:g}", power=power, low=matrix.min(), high=far)
        raise InputError("spatial_weights.power", found, "weights that a computer can hold", "choose a smaller power")
    return pd.DataFrame(weights, d.index, d.index)


def nearest(regions, k, metric="great_circle"):
    """Weights 1 for the k nearest regions.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns longitude, latitude.
    k : int
    metric : str
        A name of `choices.DISTANCE`.

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        Zeros and ones, k ones a row; of regions equally far, the one listed first is taken.

    Raises
    ------
    InputError
        If there are not more than k regions.
    """
    if k >= len(regions):
        expected = told("less than the {count} regions", count=len(regions))
        raise InputError("spatial_weights.k", str(k), expected, "choose a smaller k")
    d = distances(regions, metric).round(9)
    matrix = d.to_numpy(copy=True)
    np.fill_diagonal(matrix, np.inf)
    result = np.zeros_like(matrix)
    np.put_along_axis(result, np.argsort(matrix, axis=1, kind="stable")[:, :k], 1.0, axis=1)
    return pd.DataFrame(result, d.index, d.index)


def contiguity(polygons, rook=False):
    """Weights 1 for regions that touch.

    Parameters
    ----------
    polygons : geopandas.GeoDataFrame or GeoSeries
        Index region.
    rook : bool
        Whether they must share an edge; otherwise a corner suffices (queen).

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        Zeros and ones.

    Notes
    -----
    Outlines touch where they share a vertex (an edge), and also where they come within the rounding of coordinates of
    each other: a border along which only one side has vertices is a border. As an edge counts what runs along the other
    outline for more than ten times that distance. Longitudes 180 and -180 are one line.
    """
    result, shapes = _touching_as_drawn(polygons, rook), polygons.geometry
    west, _, east, _ = shapes.total_bounds
    if (shapes.crs is None or shapes.crs.is_geographic) and west <= -DATE_LINE and east >= DATE_LINE:
        joined = shapes.to_frame().set_geometry(shapes.map(_joined), crs=shapes.crs)
        result = result.where(result > 0, _touching_as_drawn(joined, rook))
    return result


def _touching_as_drawn(polygons, rook):
    import shapely
    from libpysal.graph import Graph

    graph = Graph.build_contiguity(polygons, rook=rook)
    result, shapes = graph.sparse.toarray().astype(float), polygons.geometry
    near = min(ROUNDING, np.sqrt(shapely.area(shapes.to_numpy()).min()) / 100)
    first, second = shapes.sindex.query(shapes, predicate="dwithin", distance=near)
    new = (first < second) & (result[first, second] == 0)
    first, second = first[new], second[new]
    if rook:
        one, other = shapes.to_numpy()[first], shapes.to_numpy()[second]
        along = shapely.intersection(shapely.boundary(one), shapely.buffer(other, near, quad_segs=16))
        long = shapely.length(along) > 10 * near
        first, second = first[long], second[long]
    result[first, second] = result[second, first] = 1
    return pd.DataFrame(result, graph.unique_ids, graph.unique_ids)


def row_standardise(weights):
    """Divide every row by its sum.

    Parameters
    ----------
    weights : pandas.DataFrame or scipy.sparse.csr_array, shape (n, n)

    Returns
    -------
    pandas.DataFrame or scipy.sparse.csr_array, shape (n, n)
        Rows that add up to 1; the row of a region without neighbours stays 0.
    """
    if not isinstance(weights, pd.DataFrame):
        total, result = weights.sum(axis=1), weights.copy()
        result.data /= np.repeat(total, np.diff(result.indptr))
        return result
    total = weights.sum(axis=1)
    return weights.div(total.where(total > 0, 1.0), axis=0)


def spread(weights, rho, shocks):
    """Let shocks spread among neighbours: (I - rho W)^-1 e with row-standardised W.

    Parameters
    ----------
    weights : pandas.DataFrame, shape (n, n)
    rho : float
        Below 1.
    shocks : array_like, shape (..., n)

    Returns
    -------
    numpy.ndarray, shape (..., n)
    """
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    w, shocks = row_standardise(weights).to_numpy(dtype=float), np.asarray(shocks, dtype=float)
    n, flat = len(w), shocks.reshape(-1, len(w)).T
    if 8 * np.count_nonzero(w) <= n * n:
        return splu(csc_array(eye_array(n) - rho * csc_array(w))).solve(flat).T.reshape(shocks.shape)
    return np.linalg.solve(np.eye(n) - rho * w, flat).T.reshape(shocks.shape)


@dataclass(frozen=True, kw_only=True)
class Neighbours(Choice):
    """A way to say which regions are neighbours, and how much they weigh.

    Attributes
    ----------
    function : callable
        Weights, shape (n, n), of a setting, regions, polygons and the weights that the study brings along.
    needs : tuple of str
        Keys of `spatial_weights` in study.yml that belong to this way and to no other.
    tried : callable
        Settings that the multiverse tries, given the number of regions (a list of dict).
    """

    needs: tuple[str, ...]
    tried: Callable


def _by_distance(setting, regions, polygons, own):
    return inverse_distance(with_points(regions, polygons), setting.power, setting.distance)


def _by_corner(setting, regions, polygons, own):
    return _touching(setting, regions, polygons, rook=False)


def _by_border(setting, regions, polygons, own):
    return _touching(setting, regions, polygons, rook=True)


def _touching(setting, regions, polygons, rook):
    if polygons is None:
        found, remedy = (
            told("kind {kind} without polygons", kind=setting.kind),
            "set regions.polygons, or choose weights by distance or from a file",
        )
        raise InputError("spatial_weights in study.yml", found, "polygons of the regions", remedy)
    return contiguity(polygons, rook=rook).reindex(index=regions.index, columns=regions.index)


def _by_number(setting, regions, polygons, own):
    return nearest(with_points(regions, polygons), setting.k, setting.distance)


def _as_given(setting, regions, polygons, own):
    return own.loc[regions.index, regions.index]


SPATIAL_WEIGHTS.register(
    Neighbours(
        key="inverse_distance",
        twin="inverse_distance",
        function=_by_distance,
        needs=(),
        tried=lambda n: [{"power": 1.0}, {"power": 2.0}],
        source="Cliff and Ord (1981), Spatial processes",
        formula="1 / d^p",
    ),
    Neighbours(
        key="queen",
        function=_by_corner,
        needs=(),
        tried=lambda n: [{}],
        source="Cliff and Ord (1981), Spatial processes",
    ),
    Neighbours(
        key="rook",
        function=_by_border,
        needs=(),
        tried=lambda n: [],
        source="Cliff and Ord (1981), Spatial processes",
    ),
    Neighbours(
        key="knn",
        twin="knn",
        function=_by_number,
        needs=("k",),
        tried=lambda n: [{"k": max(1, min(NEAREST, n // 2))}],
        source="Anselin (1995), Geographical Analysis 27 (2), 93-115",
    ),
    Neighbours(key="file", function=_as_given, needs=("file",), tried=lambda n: [], source="the study"),
)

TRANSFORM.register(
    Choice(key="none", twin="none", function=lambda weights: weights.copy(), source="Stata's spatwmat"),
    Choice(key="row", twin="row", function=row_standardise, source="GeoDa; esda unless told otherwise"),
)


def build(setting, regions, polygons=None, own=None):
    """Spatial weights as a study sets them, before any transformation.

    Parameters
    ----------
    setting : SpatialWeights
    regions : pandas.DataFrame
        Index region; points where the kind needs them.
    polygons : geopandas.GeoDataFrame, optional
        Index region; needed for contiguity.
    own : pandas.DataFrame, shape (n, n), optional
        Weights that the study brings along; needed for kind file.

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        Index and columns in the order of `regions`.

    Raises
    ------
    InputError
        If polygons or points are missing.
    InputErrors
        If regions have no neighbours and the study refuses islands.

    Notes
    -----
    Islands that the study ties to the nearest region get a link both ways to each that is nearest (see `tied`).
    """
    weights = SPATIAL_WEIGHTS[setting.kind].function(setting, regions, polygons, own)
    alone = weights.index[weights.sum(axis=1) == 0]
    if len(alone) and setting.islands == "nearest":
        return tied(weights, regions, polygons, setting.distance)
    if len(alone) and setting.islands == "refuse":
        remedy = "set spatial_weights.islands: nearest (ties them to the nearest region), or keep (leaves them out)"
        where = [told("region {region}", region=name) for name in alone]
        raise InputErrors(InputError(w, "no neighbour", "at least one", remedy) for w in where)
    return weights


def tied(weights, regions, polygons=None, metric="great_circle"):
    """Tie regions without neighbours to the nearest ones, both ways.

    Parameters
    ----------
    weights : pandas.DataFrame, shape (n, n)
    regions : pandas.DataFrame
        Index region; points, unless there are polygons.
    polygons : geopandas.GeoDataFrame, optional
        Index region. The distance is then that between outlines, on a plane about the island where they are in degrees.
    metric : str
        Of the distance between points.

    Returns
    -------
    pandas.DataFrame, shape (n, n)
        A new table. The links weigh as much as the others do in the mean; all that are equally near are tied.

    Raises
    ------
    InputError
        If there are neither polygons nor points.
    """
    result, others = weights.copy(), weights.to_numpy()[weights.to_numpy() > 0]
    weight = others.mean() if len(others) else 1.0
    apart = distances(regions, metric) if polygons is None else None
    for region in weights.index[weights.sum(axis=1) == 0]:
        far = (apart.loc[region] if polygons is None else _between_outlines(polygons.geometry, region)).drop(region)
        near = far.index[far <= far.min() * (1 + 1e-6)]
        result.loc[region, near] = weight
        result.loc[near, region] = result.loc[near, region].replace(0.0, weight)
    return result


def _between_outlines(shapes, region):
    if shapes.crs is not None and shapes.crs.is_geographic:
        middle = shapes[region].centroid
        shapes = shapes.to_crs(f"+proj=aeqd +lat_0={middle.y} +lon_0={middle.x} +units=km +type=crs")
    return shapes.distance(shapes[region])


def transform(weights, how):
    """Transform weights.

    Parameters
    ----------
    weights : pandas.DataFrame or scipy.sparse.csr_array, shape (n, n)
    how : str
        A name of `choices.TRANSFORM`.

    Returns
    -------
    pandas.DataFrame or scipy.sparse.csr_array, shape (n, n)
        A new table; the argument is left as it is.

    Raises
    ------
    InputError
        If the name is unknown.
    """
    return TRANSFORM[how].function(weights)
