"""Studies of any shape with made-up figures, and everything the notebooks compute from them.

Every id holds an underscore and a number and every name does not, so that a test can tell one from the other.
"""

from functools import cache, wraps
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from coordination.diagnosis import drivers, lenses, obstacles, rules
from coordination.dynamics import convergence, distribution, inequality, mobility, spatial_convergence
from coordination.indices import coupling, development, panel, universe, variants, weighting
from coordination.replication import consistency, readings, removal, scoreboard
from coordination.robustness import coherence, measured, sensitivity, uncertainty, wide
from coordination.robustness import multiverse as robustness_multiverse
from coordination.sections import COLUMNS
from coordination.spatial import association, autocorrelation, centre, change, joint, neighbours
from coordination.study.model import Study

RAW_ID = r"\b(grp|sys|dim|ind|reg|var)_\d"
PUBLISHED = ("coordination_degree", "moran_i", "z_score", "p_value")


def text(en, zh, k):
    return {"en": f"{en} {chr(65 + k)}", "zh": f"{zh}{k + 1}"}


def document(groups, years, subsystems, tail="greater", quadrants="means", periods=False, normalisation="pooled"):
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
        "method": {"normalisation": normalisation},
        "spatial_weights": {"kind": "inverse_distance", "power": 1},
        "autocorrelation": {"tail": tail, "quadrants": quadrants, "permutations": 99},
        "drivers": {"file": "covariates.csv", "variables": {f"var_{k}": text("Cause", "因素", k) for k in range(3)}},
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
            "en": [f"Region {'' if k < 26 else chr(64 + k // 26)}{chr(65 + k % 26)}" for k in range(regions)],
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
    scaled = universe.on_scale(values.stack().rename("value").reset_index(), study)
    scaled = scaled.pivot(index=["region", "year"], columns="indicator", values="value").loc[index, names]
    weights = weighting.weights(scaled, {s.id: [i.id for i in s.indicators] for s in study.subsystems})
    scores = weighting.scores(scaled, weights)
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
    together = autocorrelation.by_source(
        joint.joint_moran, sources, "coordination_degree", w, tail=study.autocorrelation.tail, **inference
    )
    local = autocorrelation.by_source(autocorrelation.local_moran, sources, "coordination_degree", w, **inference)
    board, register = None, claims(study)
    if "published" in sources:
        evidence = scoreboard.routes(scores, coordination, printed, moran, local)
        long = values.stack().rename("value").reset_index().assign(filled=filled.stack().to_numpy())
        none = pd.DataFrame(columns=["indicator", "variant", "region", "year", "value", "filled"])
        otherwise_computed = removal.removed(long, none, study, places, w)
        board = scoreboard.scoreboard(
            register, {"table4_coordination": printed}, evidence, study, places, w, otherwise_computed
        )
    return SimpleNamespace(
        study=study, regions=places, panel=wide, weights=weights, scores=scores, coordination=coordination,
        moran=moran, together=together, local=local, board=board, printed=printed,
        claims=None if board is None else scoreboard.claims_table(
            board, register, robust(register), moran, local, None, study
        ),
        groups=coupling.group_levels(coordination, places["group"], study.whole.id, study.levels),
        state=coupling.state(scores, coordination, study.years[-1]),
        parts=coupling.decompose(coordination),
        pairs=None if board is None else scoreboard.pairs(printed, coordination),
        polygons=gpd.GeoDataFrame(
            geometry=[box(x, y, x + 2, y + 2) for x, y in places[["longitude", "latitude"]].to_numpy()],
            index=places.index, crs="EPSG:4326",
        ),
    )  # fmt: skip


def claims(study):
    """Claims that hold, that do not, and that no route can test."""
    years = f"{study.years[0]}-{study.years[-1]}"
    columns = ("id", "section", "variable", "place", "period", "measure", "expected", "tolerance", "note")
    rows = [
        ("c1", "2.1", "coordination_degree", "all", years, "mean", "0.123", "", ""),
        ("c2", "2.2", "moran_i", "all", years, "sign", "positive", "", ""),
        ("c3", "2.2", "moran_i", "all", years, "inference", "claim", "", "no test is given"),
        ("c4", "2.2", "coordination_degree", "all", "1990", "mean", "0.1", "", ""),
    ]
    return pd.DataFrame(rows, columns=columns)


def robust(register):
    """How the claims fare under other choices: hand-over table `claim-robustness`."""
    rows = [
        (
            claim,
            "data",
            k % 2 == 0,
            k / 4,
            k / 5,
            48,
            k / 10,
            k / 9,
            k / 11,
            200,
            "aggregation=geometric + alpha=sys_0 | … 2" if k else "",
        )
        for k, claim in enumerate(register["id"])
    ]
    return pd.DataFrame(rows, columns=COLUMNS["claim-robustness"])


def once_each(compute):
    """Compute something once for every made-up study; do not change what it returns."""
    known = {}

    @wraps(compute)
    def of(made):
        if id(made) not in known:
            known[id(made)] = made, compute(made)  # which keeps it alive, and its id its own
        return known[id(made)][1]

    return of


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


@once_each
def over_space(made):
    """What the notebook of space over time computes."""
    degree, settings = "coordination_degree", {"permutations": 99, "seed": 3}
    weights = neighbours.build(made.study.spatial_weights, made.regions)
    tables = {"data": made.coordination}
    if "published" in set(made.moran["source"]):
        tables["published"] = made.printed.astype({"year": int, degree: float})
    points, outlines = centre.projected(made.regions, made.polygons)
    return SimpleNamespace(
        change=change.moran_change(tables, degree, weights, **settings),
        power=change.power(weights, draws=20, seed=3),
        changes=change.changes(tables, degree, weights, **settings),
        geary=association.geary(made.coordination, degree, weights, made.study.autocorrelation.tail, **settings),
        bivariate=association.bivariate_moran(made.scores, weights, **settings),
        spots=association.hot_spots(made.coordination, degree, weights, **settings),
        path=centre.centres(made.coordination, degree, points),
        surface=centre.trend_surface(made.coordination, degree, points, **settings),
        points=points, outlines=outlines,
    )  # fmt: skip


@once_each
def moving(made):
    """What the notebook of dynamics computes, but for space."""
    degree, elapsed, groups = "coordination_degree", made.study.elapsed, made.regions["group"]
    table, settings = made.coordination[["region", "year", degree]], {"draws": 99, "seed": 3}
    variables = {s.id: of_subsystem(made, s).scores for s in made.study.subsystems} | {degree: table}
    weights = neighbours.build(made.study.spatial_weights, made.regions)
    densities = distribution.density(table, degree)
    strata, test = mobility.spatial_markov(table, degree, weights, permutations=19)
    growth = convergence.growth(table, degree, elapsed)
    times = [elapsed(made.study.years[0], y) for y in made.study.years]
    return SimpleNamespace(
        degrees=table, densities=densities, peaks=distribution.peaks(densities),
        inequality=inequality.by_variable(variables, groups, **settings),
        dispersion=convergence.dispersion(table, degree, groups, made.study.whole.id),
        sigma=convergence.sigma(table, degree, groups, made.study.whole.id, elapsed, **settings),
        beta=convergence.beta(table, degree, groups, elapsed, **settings),
        sigma_size=convergence.sigma_size(weights, times, draws=9),
        growth=growth,
        residual_moran=spatial_convergence.residual_moran(growth, weights),
        spatial_models=spatial_convergence.models(growth, weights, times[-1]),
        chains=mobility.chains(made.coordination, made.local, made.study),
        ranks=mobility.rank_mobility(table, degree, groups),
        strata=strata, test=test,
    )  # fmt: skip


@once_each
def driven(made):
    """Covariates of a study and what geodetector makes of them; the last covariate has a stratum of one region."""
    degree, rng = "coordination_degree", np.random.default_rng(5)
    causes = made.coordination[["region", "year"]].copy()
    causes["var_0"] = made.coordination[degree] + rng.normal(0, 0.1, len(causes))
    causes["var_1"] = causes["region"].map({r: "ab"[k % 2] for k, r in enumerate(made.regions.index)})
    causes["var_2"] = causes["region"].map({r: "ab"[k == 0] for k, r in enumerate(made.regions.index)})
    settings = {"classes": 2, "draws": 99, "seed": 3}
    coefficients = {"coefficient": [0.5, -0.2, 0.1], "standard_error": 0.1, "z": [5.0, -2, 1], "p": [0.0, 0.04, 0.3]}
    effects = {"direct": [0.5, -0.2, np.nan], "indirect": [0.05, -0.02, np.nan], "total": [0.55, -0.22, np.nan]}
    effects |= {"direct_error": 0.1, "indirect_error": 0.02, "total_error": 0.12, "size": 0.07}
    effects |= {"observations": 99, "reason": ""}
    fitted = pd.DataFrame({"model": "spatial_lag", "variable": ["var_0", "var_1", "rho"], **coefficients, **effects})
    refused = fitted[:2].assign(model="spatial_error", reason="few", observations=9)
    refused[["coefficient", "standard_error", "z", "p", *drivers.EFFECTS, "size"]] = np.nan
    return SimpleNamespace(
        causes=causes,
        singles=drivers.factors(made.coordination, degree, causes, **settings),
        pairs=drivers.interactions(made.coordination, degree, causes, made.study.years[-1], **settings),
        models=pd.concat([fitted, refused], ignore_index=True),
    )


LENS = {
    "letter": "A",
    "name": text("Lens", "视角", 0),
    "source": "paper",
    "families": [
        {
            "id": "dim_9",
            "name": text("Family", "部分", 0),
            "concepts": [
                {"id": "ind_9_0", "name": text("Concept", "概念", 0), "path": "grp_9"},
                {"id": "ind_9_1", "name": text("Concept", "概念", 1)},
                {"id": "ind_9_2", "name": text("Concept", "概念", 2)},
                {"id": "ind_9_3", "name": text("Concept", "概念", 3),
                 "candidates": [{"name": text("Candidate", "序列", 0), "publisher": text("Office", "机构", 0)}]},
            ],
        },
        {
            "id": "dim_8",
            "name": text("Family", "部分", 1),
            "evidenced": False,
            "concepts": [{"id": "ind_8_0", "name": text("Limit", "限度", 0), "path": "grp_9"}],
        },
    ],
    "mapping": [
        {"indicator": "ind_0_0_0", "concept": "ind_9_0", "reason": text("Reason", "理由", 0)},
        {"indicator": "ind_0_0_0", "concept": "ind_9_1", "reason": text("Reason", "理由", 1)},
        {"indicator": "ind_1_0_1", "concept": "ind_9_1", "reason": text("Reason", "理由", 2)},
        {"indicator": "ind_0_1_1", "concept": "ind_9_2", "reason": text("Reason", "理由", 3)},
    ],
    "paths": [{"id": "grp_9", "name": text("Path", "路径", 0), "measures": text("Measures", "措施", 0)}],
}  # fmt: skip
RULES = {
    "rules": [
        {"id": "grp_7_0", "when": [{"field": "quadrant", "operator": "=", "value": "LH"}], "show": ["score.sys_0", "p"],
         "lens": "sys_9", "limit": "ind_8_0"},
        {"id": "grp_7_1", "when": [{"field": "place.sys_9.ind_9_1", "operator": "=", "value": 1},
                                   {"field": "quadrant", "operator": "in", "value": ["HH", "LH", "LL", "HL"]}],
         "lens": "sys_9", "limit": "ind_9_1", "path": "grp_9", "says": text("Diagnosis", "诊断", 0)},
        {"id": "grp_7_2", "when": [{"field": "degree", "operator": ">=", "value": 0}],
         "show": ["obstacle_dimension.dim_0_0", "growth", "level", "largest_indicator", "quadrant"],
         "lens": "sys_9", "limit": "ind_9_0"},
        {"id": "grp_7_3", "scope": "whole", "when": [{"field": "variation", "operator": ">", "value": 0}],
         "show": ["evidence.sys_9.ind_9_1"], "lens": "sys_9", "limit": "ind_8_0"},
        {"id": "grp_7_4", "when": [{"field": "lag", "operator": "=", "value": "other"}], "show": ["score.other"],
         "lens": "sys_9", "limit": "ind_8_0"},
    ]
}  # fmt: skip


@once_each
def diagnosed(made):
    """What the notebook of the diagnosis computes."""
    study = made.study
    normalised = made.panel.values.stack().rename("value").reset_index()
    degrees = obstacles.degrees(normalised, made.weights, study.alpha)
    dimensions = obstacles.dimensions(study)
    by_dimension = obstacles.summed(degrees, "obstacle_degree", dimensions)
    yearly = obstacles.averages(by_dimension, "obstacle_degree", "part")
    mean = obstacles.averages(degrees, "obstacle_degree", "indicator")
    parts = obstacles.contributions(normalised, made.weights, study.alpha)
    documents = {"sys_9": ("sys_9.yml", LENS), "rules": ("rules.yml", RULES)}
    found = lenses.catalogue(documents, {}, study, {"paper"})
    applied = found.applied(study)
    facts = rules.facts(made.coordination, made.scores, made.local, degrees, applied, study, made.regions["group"])
    table = rules.diagnose(facts, found, study)
    now = degrees[degrees["year"] == study.years[-1]]
    covered = lenses.coverage(applied, study, made.weights, degrees)
    evidence = lenses.evidence(applied, study)
    return SimpleNamespace(
        degrees=degrees, now=now, ranks=obstacles.largest(degrees), yearly=yearly, parts=parts, found=found,
        by_dimension=by_dimension[by_dimension["year"] == study.years[-1]].drop(columns="year"),
        by_concept=obstacles.summed(now, "obstacle_degree", lenses.parts(evidence), ["region"]),
        moved={
            "indicator": obstacles.changes(mean, "obstacle_degree", ["indicator"]),
            "part": obstacles.changes(yearly, "obstacle_degree", ["part"]),
        },
        grown=obstacles.summed(parts, "contribution", dimensions, ["region"]),
        applied=applied, evidence=evidence, covered=covered, blind=lenses.blind_spots(applied, covered),
        facts=facts, profiles=facts.loc[list(made.regions.index)], table=table,
        said=table.assign(pairs=table["numbers"].map(rules.numbers)),
        rules=rules.rule_table(facts, found, table, study),
    )  # fmt: skip


@once_each
def otherwise(made):
    """A break (where there are two years) and an exception in the first two indicators, and what comes of them."""
    why, years = {"en": "Reason A", "zh": "原因1"}, made.study.years
    breaks = [{"year": years[-1], "why": why}] if len(years) > 1 else []
    said = {
        "ind_0_0_0": {"breaks": breaks},
        "ind_0_0_1": {"exceptions": [{"region": "reg_1", "year": years[0], "why": why}]},
    }
    written = made.study.model_dump(exclude={"panel"}, exclude_none=True)
    for indicator in written["subsystems"][0]["dimensions"][0]["indicators"]:
        indicator |= said[indicator["id"]]
    panel_said = made.study.panel.model_dump(exclude_none=True)
    study = Study.model_validate({**written, "id": made.study.id, "panel": panel_said})
    table = panel.tidy(made.panel)
    parts = [
        table[table["indicator"] == i].assign(variant=v, value=lambda t: np.sqrt(t["value"]))
        for i, own in variants.declared(study).items()
        for v in own
    ]
    declared = pd.concat(parts)[list(variants.COLUMNS)]
    weights = neighbours.build(study.spatial_weights, made.regions)
    degrees, found = measured.compare(table, declared, study, made.regions, weights, claims(study))
    return SimpleNamespace(study=study, declared=declared, degrees=degrees, found=found)


@once_each
def varied(made):
    """What the notebook of robustness computes, with few choices."""
    own = made.study.robustness.model_copy(
        update={"vary": ("normalisation", "zeros", "aggregation", "coupling", "alpha", "left_out"), "draws": 100}
    )
    study = made.study.model_copy(update={"robustness": own})
    shape = (len(made.regions), len(study.years), len(study.indicators))
    values = made.panel.values.to_numpy().reshape(shape)
    filled = np.zeros(shape, dtype=bool)
    weights = {"own": neighbours.build(study.spatial_weights, made.regions)}
    multiverse = robustness_multiverse.multiverse(values, filled, study, made.regions, weights)
    drawn = {s: uncertainty.draws(values, filled, study, s)[0] for s in ("figures", "weights", "both")}
    ranks = uncertainty.rank_intervals(multiverse, drawn, study, made.regions)
    indicators, parts = coherence.coherence(made.panel.values, made.weights, study)
    plan = wide.plan(values, filled, study, made.regions, weights, wider=("left_out", "spatial_weights"))
    longer = wide.made(plan)
    claims = pd.DataFrame({"claim": ["a", "b", "c"], "share": [1.0, 0.7, 0.2]})
    return SimpleNamespace(
        wide=(wide.by_region(longer, made.regions), wide.by_weights(longer), claims),
        made=multiverse, curve=robustness_multiverse.curve(multiverse),
        choices=robustness_multiverse.settings(multiverse),
        shares=sensitivity.sensitivity(multiverse), ranks=ranks[ranks["year"] == study.years[-1]],
        flips=robustness_multiverse.flips(multiverse, made.regions), indicators=indicators, parts=parts,
        changed=sensitivity.panel_changes(values, study, made.regions),
    )  # fmt: skip


@once_each
def reread(made):
    """What the notebook of readings computes; the readings are those that a break and an exception bring."""
    study, degree = made.study, "coordination_degree"
    rng, shape = np.random.default_rng(4), (len(made.regions), len(study.years))
    whole = f"{study.years[0]}-{study.years[-1]}"
    means = [(s.id, r) for s in study.subsystems for r in (*made.regions.index[:3], study.groups[0].id)]
    columns = {"section": "2.1", "period": whole, "measure": "mean", "expected": "0.401", "tolerance": ""}
    register = pd.DataFrame(means, columns=["variable", "place"]).assign(**columns)
    register["id"] = [f"c{k}" for k in range(len(register))]
    printed = made.printed.astype({degree: float})
    printed["year"] = made.coordination["year"].to_numpy()
    printed[degree] = (printed[degree] + rng.uniform(-0.03, 0.03, len(printed))).round(3)
    cubes = [part.stack().rename("value").reset_index() for part in (made.panel.values, made.panel.filled)]
    normalised = cubes[0].assign(filled=cubes[1]["value"])
    first, second = study.subsystems[0].indicators[0].id, study.subsystems[1].indicators[0].id
    other = normalised[normalised["indicator"].isin([first, second])].copy()
    other["value"] = rng.random(len(other))
    other["variant"] = other["indicator"].map({first: "chained", second: "without_exceptions"})
    values, filled = readings.arrays(normalised, other, study, made.regions.index)
    target = readings.wide(printed, degree, study, made.regions.index)
    weights = neighbours.build(study.spatial_weights, made.regions)
    ways, moran = readings.open_choices(study, True), np.full(shape[1], 0.1)
    found = readings.search(values, filled, study, ways, target, weights, moran)
    near = readings.near(found, study, 0.0005, draws=19)[0]
    chance = readings.by_chance(values, filled, study, target, draws=9)
    scores = {s: readings.wide(t, "score", study, made.regions.index) for s, t in made.scores.groupby("subsystem")}
    return SimpleNamespace(
        found=found, near=near, chance=chance, outside=readings.outside(found, study, made.regions.index),
        nearest=readings.nearest(found, near, readings.against_scores(found, register, study, made.regions), best=3),
        means=readings.beside(register, printed, made.scores, made.coordination, study, made.regions),
        implied=readings.implied_scores(target, 0.0005, scores, study, made.regions.index, "sys_0"),
        spread=readings.spread(found.distance),
    )  # fmt: skip


def printed_alone(made):
    """What can be said of a made-up publication's tables and claims alone."""
    study, own = made.study, made.printed
    years, groups = [str(y) for y in study.years], [study.whole.id, *(g.id for g in study.groups)]
    means = pd.DataFrame([(g, y, "0.512") for g in groups for y in years])
    moran = pd.DataFrame([(y, "0.123", "1.234", "0.109") for y in years])
    tables = {
        "table4_coordination": own,
        "table5_group_means": means.set_axis(["group", "year", "mean_coordination_degree"], axis=1),
        "table6_global_moran": moran.set_axis(["year", "moran_i", "z_score", "p_value"], axis=1),
    }
    weights = neighbours.build(study.spatial_weights, made.regions)
    return consistency.consistency(tables, claims(study), study, made.regions, weights, draws=200)
