"""Studies of any shape with made-up figures, and everything the notebooks compute from them.

Every id holds an underscore and a number and every name does not, so that a test can tell one from the other.
"""

from functools import cache
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from coordination import autocorrelation, coupling, development, neighbours, panel, replication, weighting
from coordination.study import Study

RAW_ID = r"\b(grp|sys|dim|ind|reg)_\d"
PUBLISHED = ("coordination_degree", "moran_i", "z_score", "p_value")


def text(en, zh, k):
    return {"en": f"{en} {chr(65 + k)}", "zh": f"{zh}{k + 1}"}


def document(groups, years, subsystems, tail="greater", quadrants="means", periods=False):
    """A study document: four indicators a subsystem in two dimensions, of which the last has no figures."""
    systems = []
    for s in range(subsystems):
        dimensions = []
        for d in range(2):
            indicators = [
                {
                    "id": f"ind_{s}_{d}_{k}", "name": text(f"Indicator {s + 1}.{d + 1}", f"指标{s + 1}.{d + 1}.", k),
                    "direction": ("positive", "negative")[k], "unit": {"en": "tonnes", "zh": "吨"},
                    "formula": f"ser_{s}_{d}_{k}",
                }
                for k in range(2)
            ]  # fmt: skip
            dimensions.append(
                {"id": f"dim_{s}_{d}", "name": text("Dimension", "维度", 2 * s + d), "indicators": indicators}
            )
        dimensions[-1]["indicators"][-1] |= {"formula": None, "unavailable": {"en": "never counted", "zh": "从未统计"}}
        systems.append(
            {"id": f"sys_{s}", "name": text("System", "系统", s), "alpha": 1 / subsystems, "dimensions": dimensions}
        )
    every = [i for s in systems for d in s["dimensions"] for i in d["indicators"]]
    return {
        "id": "made-up", "title": text("Study", "研究", 0), "source": text("Source", "来源", 0),
        "years": [f"{2020 + t // 4}Q{t % 4 + 1}" if periods else 2001 + t for t in range(years)], "seed": 3,
        "whole": {"id": "grp_0", "name": {"en": "All parts", "zh": "全体"}},
        "groups": [{"id": f"grp_{g + 1}", "name": text("Part", "部分", g)} for g in range(groups)],
        "panel": {"series": {i["formula"]: {"unit": "tonnes"} for i in every if i["formula"]}}, "subsystems": systems,
        "levels": [
            {"above": k / 4, "up_to": (k + 1) / 4, "name": text("Level", "等级", k)} for k in range(4)
        ],
        "spatial_weights": {"kind": "inverse_distance", "power": 1},
        "autocorrelation": {"tail": tail, "quadrants": quadrants, "permutations": 99},
    }  # fmt: skip


@cache
def made_up(regions=5, groups=2, years=3, subsystems=2, **settings):
    """Return a study, its regions and the tables that the notebooks hand on; do not change them."""
    rng = np.random.default_rng(12)
    study = Study.model_validate(document(groups, years, subsystems, **settings))
    ids = [f"reg_{k}" for k in range(regions)]
    places = pd.DataFrame(
        {
            "group": [f"grp_{k * groups // regions + 1}" for k in range(regions)],
            "en": [f"Region {chr(65 + k)}" for k in range(regions)],
            "zh": [f"地区{k + 1}" for k in range(regions)],
            "longitude": rng.uniform(95, 120, regions),
            "latitude": rng.uniform(30, 42, regions),
        },
        index=pd.Index(ids, name="region"),
    )
    index = pd.MultiIndex.from_product([ids, study.years], names=["region", "year"])
    names = pd.Index([i.id for i in study.indicators], name="indicator")
    base = (
        rng.random((regions, 1, len(names))) + 0.3 * np.arange(years)[:, None] + rng.normal(0, 0.1, (regions, years, 1))
    )
    base = base.reshape(len(index), len(names))
    values = pd.DataFrame((base - base.min(0)) / (base.max(0) - base.min(0)), index, names)
    filled = pd.DataFrame(rng.random(values.shape) < 0.2, index, names)
    wide = panel.WidePanel(values, filled)
    weights = weighting.weights(values, {s.id: [i.id for i in s.indicators] for s in study.subsystems})
    scores = weighting.scores(values, weights)
    coordination = coupling.coordinate(scores, study)
    printed = coordination[["region", "year", "coordination_degree"]].copy()
    printed["coordination_degree"] = printed["coordination_degree"].map("{:.3f}".format)
    printed["year"] = printed["year"].map(str)
    sources = {"data": coordination}
    if isinstance(study.years[0], int):  # nothing is published by labelled periods
        sources["published"] = printed.astype({"year": int, "coordination_degree": float})
    w = neighbours.build(study.spatial_weights, places)
    inference = {"permutations": 99, "seed": 3}
    moran = autocorrelation.by_source(
        autocorrelation.global_moran, sources, "coordination_degree", w, tail=study.autocorrelation.tail, **inference
    )
    local = autocorrelation.by_source(autocorrelation.local_moran, sources, "coordination_degree", w, **inference)
    board = None
    if "published" in sources:
        evidence = replication.routes(scores, coordination, printed, moran, local)
        board = replication.scoreboard(
            claims(study), {"table4_coordination": printed}, evidence, study, places, w, filled.mean()
        )
    return SimpleNamespace(
        study=study, regions=places, panel=wide, weights=weights, scores=scores, coordination=coordination,
        moran=moran, local=local, board=board, printed=printed,
        groups=coupling.group_levels(coordination, places["group"], study.whole.id, study.levels),
        state=coupling.state(scores, coordination, study.years[-1]),
        parts=coupling.decompose(coordination),
        pairs=None if board is None else replication.pairs(printed, coordination),
        polygons=gpd.GeoDataFrame(
            geometry=[box(x, y, x + 2, y + 2) for x, y in places[["longitude", "latitude"]].to_numpy()],
            index=places.index, crs="EPSG:4326",
        ),
    )  # fmt: skip


def claims(study):
    """Claims that hold, that do not, and that no route can test."""
    years = f"{study.years[0]}-{study.years[-1]}"
    columns = ("id", "section", "statistic", "variable", "place", "period", "measure", "expected", "tolerance", "note")
    rows = [
        ("c1", "2.1", "mean D", "coordination_degree", "all", years, "mean", "0.123", "", ""),
        ("c2", "2.2", "I is positive", "moran_i", "all", years, "sign", "positive", "", ""),
        ("c3", "2.2", "clusters weaken", "moran_i", "all", years, "inference", "claim", "", "no test is given"),
        ("c4", "2.2", "D before the study", "coordination_degree", "all", "1990", "mean", "0.1", "", ""),
    ]
    return pd.DataFrame(rows, columns=columns)


def of_subsystem(made, subsystem):
    """Scores of a subsystem as figures and sentences about its development want them."""
    own = made.scores[made.scores["subsystem"] == subsystem.id]
    yearly = development.means(own, "score", made.regions["group"], made.study.whole.id)
    return SimpleNamespace(
        scores=own[["region", "year", "score"]],
        yearly=yearly[yearly["group"] == made.study.whole.id][["year", "score"]],
        by_group=development.means(own, "score", made.regions["group"], made.study.whole.id, by=None),
        by_region=development.change(own, "score").reset_index(),
    )


def last_year(made, source="data"):
    """Rows of the local statistics of the last year."""
    table = made.local[(made.local["source"] == source) & (made.local["year"] == made.study.years[-1])]
    return table.reset_index(drop=True)
