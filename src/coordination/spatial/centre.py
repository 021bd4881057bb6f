"""Centre of gravity, standard deviational ellipse and trend surface."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from coordination.errors import InputError
from coordination.spatial import permutation
from coordination.spatial.autocorrelation import standardised
from coordination.spatial.neighbours import EARTH_RADIUS

NEEDED = {1: 6, 2: 12}  # regions a trend surface needs: two a coefficient


def projected(regions, polygons=None):
    """Put the regions' points, and their polygons, on a plane in km.

    Parameters
    ----------
    regions : pandas.DataFrame
        Index region; columns longitude, latitude (degrees), if the study has points.
    polygons : geopandas.GeoDataFrame, optional
        Index region; in degrees. Their representative points serve where the regions have none.

    Returns
    -------
    tuple of (pandas.DataFrame or None, geopandas.GeoDataFrame or None)
        Points (index region; columns x, y: km east and north of the points' middle; `attrs["crs"]`) and polygons on
        the same plane. None and None if there are neither points nor polygons.

    Notes
    -----
    Azimuthal equidistant about the middle of the points, on a sphere of 6371 km: distances and directions from the
    middle are true.
    """
    import geopandas as gpd

    if {"longitude", "latitude"} <= set(regions):
        degrees = gpd.GeoSeries.from_xy(regions["longitude"], regions["latitude"], index=regions.index, crs=4326)
    elif polygons is not None:
        own = polygons.geometry.reindex(regions.index)
        degrees = (own if own.crs else own.set_crs(4326)).representative_point()
    else:
        return None, None
    along, up = np.radians(degrees.x), np.radians(degrees.y)
    middle = np.array([np.cos(up) * np.cos(along), np.cos(up) * np.sin(along), np.sin(up)]).mean(axis=1)
    latitude = np.degrees(np.arctan2(middle[2], np.hypot(middle[0], middle[1])))
    longitude = np.degrees(np.arctan2(middle[1], middle[0]))
    crs = f"+proj=aeqd +lat_0={latitude:.6f} +lon_0={longitude:.6f} +R={1000 * EARTH_RADIUS:.0f} +units=km +type=crs"
    plane = degrees.to_crs(crs)
    points = pd.DataFrame({"x": plane.x, "y": plane.y}, index=regions.index)
    points.attrs["crs"] = crs
    if polygons is None:
        return points, None
    outlines = polygons if polygons.crs else polygons.set_crs(4326)
    return points, outlines.to_crs(crs)


def ellipse(points, weights):
    """Centre of gravity and standard deviational ellipse of weighted points.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        East and north, in one unit of length.
    weights : array_like, shape (n,)
        Not negative.

    Returns
    -------
    pandas.Series
        x, y (the weighted mean); major, minor (semi-axes, in the unit of the points: the square root of twice the
        weighted variance along each axis, as ArcGIS draws one standard deviation, which holds 63 % of a normal
        distribution); bearing (of the major axis: degrees clockwise from north, 0 to below 180; missing for a circle).
        All missing where all weights are 0.

    Raises
    ------
    InputError
        If a weight is negative or missing.

    References
    ----------
    Lefever (1926), Measuring geographic concentration by means of the standard deviational ellipse, American Journal
    of Sociology 32; Yuill (1971), The standard deviational ellipse, Geografiska Annaler B 53.

    Examples
    --------
    >>> ellipse([[-1, 0], [1, 0], [0, 0], [0, 0]], [1, 1, 1, 1]).round(3).tolist()
    [0.0, 0.0, 1.0, 0.0, 90.0]
    """
    p, w = np.asarray(points, dtype=float), np.asarray(weights, dtype=float)
    names = ["x", "y", "major", "minor", "bearing"]
    if not np.isfinite(w).all() or (w < 0).any():
        found = "a missing, infinite or negative weight"
        raise InputError("centre of gravity", found, "weights from 0", "use a variable that is not negative")
    if not w.any():
        return pd.Series(np.nan, names)
    share = w / w.sum()
    centre = share @ p
    away = p - centre
    variances, axes = np.linalg.eigh((away * share[:, None]).T @ away)
    minor, major = np.sqrt(2 * np.clip(variances, 0, None))
    east, north = axes[:, 1]
    bearing = np.degrees(np.arctan2(east, north)).round(9) % 180
    if major - minor <= permutation.TOLERANCE * major:
        bearing = np.nan
    return pd.Series([*centre, major, minor, bearing], names)


def centres(table, value, points):
    """Path of the centre of gravity of a variable, and its standard deviational ellipse in every year.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value` (not negative).
    value : str
    points : pandas.DataFrame
        Of `projected`: index region, columns x, y in km.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, x, y (km east and north of the points' middle), longitude, latitude (degrees), major,
        minor (km), bearing (see `ellipse`), area (of the ellipse, km^2), moved (km from the centre of the year
        before; missing in the first), from_first (km from the centre of the first year), direction (from there, see
        `bearing`).

    Raises
    ------
    InputError
        If a value is missing or negative, or regions and points do not match.
    """
    import geopandas as gpd

    rows = []
    for year, own in _wide(table, value, points).iterrows():
        found = ellipse(points[["x", "y"]], own)
        rows.append({"year": year, **found.to_dict()})
    path = pd.DataFrame(rows)
    degrees = gpd.GeoSeries.from_xy(path["x"], path["y"], crs=points.attrs["crs"]).to_crs(4326)
    path.insert(3, "longitude", degrees.x)
    path.insert(4, "latitude", degrees.y)
    step = path[["x", "y"]].diff()
    off = path[["x", "y"]] - path[["x", "y"]].iloc[0]
    return path.assign(
        area=np.pi * path["major"] * path["minor"],
        moved=np.hypot(step["x"], step["y"]),
        from_first=np.hypot(off["x"], off["y"]),
        direction=[bearing(*o) for o in off.to_numpy()],
    )


def _wide(table, value, points):
    """Return a row a year and a column a point; a region that stands in one of the two alone is refused."""
    wide = table.pivot(index="year", columns="region", values=value)
    if odd := set(wide) ^ set(points.index):
        found = f"regions that do not match: {', '.join(sorted(odd))}"
        raise InputError("points of the regions", found, "a point for every region", "leave out, or add, what differs")
    return wide[list(points.index)]


def bearing(east, north):
    """Direction of a displacement.

    Parameters
    ----------
    east, north : float

    Returns
    -------
    float
        Degrees clockwise from north, 0 to below 360; missing for no displacement.

    Examples
    --------
    >>> bearing(1, 0), bearing(-1, -1)
    (90.0, 225.0)
    """
    if not np.hypot(east, north) > 0:
        return float("nan")
    return float(np.degrees(np.arctan2(east, north)).round(9) % 360)


def trend_surface(table, value, points, permutations=9999, seed=0):
    """Share of a variable's variance that a plane or a quadratic surface over the map explains.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns region, year and `value`.
    value : str
    points : pandas.DataFrame
        Of `projected`: index region, columns x, y in km.
    permutations, seed : int
        Used where the n! arrangements are too many to enumerate.

    Returns
    -------
    pandas.DataFrame
        A row an order and year: order (1 linear, 2 quadratic), year, r_squared, p (share of arrangements of the values
        that a surface explains at least as well), exact, rise (of the plane, in units of the variable per 100 km),
        bearing (of its steepest rise, degrees clockwise from north), reason. Where a surface is refused all are
        missing, and the reason is `few` (less than two regions a coefficient) or `line` (points that do not determine
        it); otherwise it is empty. For the quadratic surface rise and bearing are missing, since they differ from
        place to place.

    Raises
    ------
    InputError
        If a value is missing, a year's values are all the same, or regions and points do not match.
    """
    wide = _wide(table, value, points)
    y = wide.to_numpy(dtype=float)
    for year, row in zip(wide.index, y, strict=True):
        if not np.isfinite(row).all() or np.ptp(row) <= 1e-12 * np.abs(row).max():
            raise InputError(f"{value} in {year}", "no values that differ", "finite numbers", "leave the year out")
    z = standardised(y)
    place = points[["x", "y"]].to_numpy(dtype=float)
    scale = np.abs(place - place.mean(axis=0)).max() or 1.0
    east, north = ((place - place.mean(axis=0)) / scale).T
    parts = []
    for order in NEEDED:
        terms = [east, north] if order == 1 else [east, north, east**2, east * north, north**2]
        design = np.column_stack([np.ones(len(place)), *terms])
        refused = {"r_squared": np.nan, "p": np.nan, "exact": False, "rise": np.nan, "bearing": np.nan}
        reason = ""
        if len(place) < NEEDED[order]:
            reason = "few"
        elif np.linalg.matrix_rank(design, tol=1e-6 * len(place)) < design.shape[1]:
            reason = "line"
        part = pd.DataFrame({"order": order, "year": list(wide.index), **refused, "reason": reason})
        if not reason:
            basis, _ = np.linalg.qr(design)
            explained = partial(_explained, basis / np.sqrt(len(place)))
            r_squared = explained(z.T[:, None])[0]
            p, part["exact"] = permutation.p_of(z, explained, r_squared, 0.0, permutations, seed, ["greater"])
            part["r_squared"], part["p"] = r_squared, p["greater"]
        if not reason and order == 1:
            slopes = np.linalg.lstsq(design, y.T, rcond=None)[0][1:].T / scale
            part["rise"] = 100 * np.hypot(*slopes.T)
            part["bearing"] = [bearing(*s) for s in slopes]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _explained(basis, z):
    """Sum of squares within the span of a basis; values have mean 0, so that the constant adds nothing."""
    from scipy.sparse import csr_array  # threads of a dense product of this form cost more than they give

    projected = csr_array(basis.T) @ z.reshape(len(z), -1)
    return np.square(projected).sum(axis=0).reshape(z.shape[1:])
