"use strict";
// The method in the reader's browser: one function for every registry entry that names it as its twin. Values are
// Float64Array of rows by columns, region after region and year after year within a region, as in the package.
const methods = (() => {
  const TIE = 1e-9, SMALL = 1e-12, SHIFT = 0.0001, NARROW = [0.01, 0.99], GOALPOSTS = [0.05, 0.95];
  const EARTH = 6371; // km
  const FEASIBLE = 3628800; // arrangements: 10!
  const sum = (values) => { let s = 0; for (const v of values) s += v; return s; };
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const column = (x, k, j) => Float64Array.from({ length: x.length / k }, (_, r) => x[r * k + j]);

  // Filling gaps: from values, where they are filled, and the shape (n regions, m years, k indicators)

  const own = (x) => x;

  function nearest(x, filled, n, m, k) {
    const result = Float64Array.from(x);
    for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) for (let t = 0; t < m; t++) {
      let best = -1;
      for (let s = 0; s < m; s++) {
        if (!filled[(i * m + s) * k + j] && (best < 0 || Math.abs(s - t) < Math.abs(best - t))) best = s;
      }
      if (best >= 0) result[(i * m + t) * k + j] = x[(i * m + best) * k + j];
    }
    return result;
  }

  // Scales: from values and their shape

  const columnwise = (change) => (x, n, m, k) => {
    const result = new Float64Array(x.length);
    for (let j = 0; j < k; j++) change(column(x, k, j), m).forEach((v, r) => { result[r * k + j] = v; });
    return result;
  };

  function stretched(values) {
    let low = Infinity, high = -Infinity;
    for (const v of values) { low = Math.min(low, v); high = Math.max(high, v); }
    return values.map((v) => (high - low > SMALL ? (v - low) / (high - low) : 0));
  }

  const pooled = columnwise(stretched);

  const year = columnwise((values, m) => {
    const result = new Float64Array(values.length);
    for (let t = 0; t < m; t++) stretched(values.filter((_, r) => r % m === t)).forEach((v, i) => { result[i * m + t] = v; });
    return result;
  });

  const rank = columnwise((values) => {
    const rounded = values.map((v) => Math.round(v * 1e12) / 1e12), order = range(values.length);
    order.sort((a, b) => rounded[a] - rounded[b]);
    const result = new Float64Array(values.length);
    for (let a = 0, b; a < order.length; a = b) {
      for (b = a; b < order.length && rounded[order[b]] === rounded[order[a]]; b++);
      for (let c = a; c < b; c++) result[order[c]] = ((a + 1 + b) / 2 - 0.5) / order.length;
    }
    return result;
  });

  // The standard normal distribution function by its series (Marsaglia 2004), far out by the continued fraction of its
  // tail (Abramowitz and Stegun 26.2.14).
  function normal(z) {
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    if (Math.abs(z) > 5) {
      let tail = 0;
      for (let k = 60; k > 0; k--) tail = k / (Math.abs(z) + tail);
      const beyond = density / (Math.abs(z) + tail);
      return z < 0 ? beyond : 1 - beyond;
    }
    let term = z, total = z;
    for (let k = 3; Math.abs(term) > 1e-18; k += 2) { term *= z * z / k; total += term; }
    return 0.5 + total * density;
  }

  function moments(values) {
    const mean = sum(values) / values.length;
    return [mean, Math.sqrt(sum(values.map((v) => (v - mean) ** 2)) / values.length)];
  }

  const z = columnwise((values) => {
    const [mean, spread] = moments(values);
    return values.map((v) => normal(spread > SMALL ? (v - mean) / spread : 0));
  });

  function quantile(sorted, share) {
    const place = share * (sorted.length - 1), below = Math.floor(place);
    return sorted[below] + (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]) * (place - below);
  }

  const goalposts = columnwise((values) => {
    const sorted = Float64Array.from(values).sort(), [low, high] = GOALPOSTS.map((share) => quantile(sorted, share));
    return values.map((v) => (high - low > SMALL ? Math.min(1, Math.max(0, (v - low) / (high - low))) : 0));
  });

  // Zeros

  const limit = (x) => x;
  const shift = (x) => x.map((v) => v + SHIFT);
  const narrow = (x) => x.map((v) => NARROW[0] + (NARROW[1] - NARROW[0]) * v);

  // Weights: from rows of k indicators, and settings

  function shares(w) {
    const total = sum(w);
    return w.map((v) => (total > SMALL ? v / total : 1 / w.length));
  }

  const weighing = (one) => (x, k) => shares(Float64Array.from({ length: k }, (_, j) => one(column(x, k, j))));

  function entropies(values) {
    const total = sum(values);
    if (!(total > 0)) return 1;
    let e = 0;
    for (const v of values) if (v > 0) e -= (v / total) * Math.log(v / total);
    return e / Math.log(values.length);
  }

  const entropy = weighing((values) => Math.max(0, 1 - entropies(values)));
  const equal = (x, k) => new Float64Array(k).fill(1 / k);
  const variation = weighing((values) => {
    const [mean, spread] = moments(values);
    return mean > 0 ? spread / mean : 0;
  });

  function correlations(x, k) {
    const scaled = range(k).map((j) => {
      const values = column(x, k, j), mean = sum(values) / values.length, d = values.map((v) => v - mean);
      const norm = Math.max(...values) - Math.min(...values) <= SMALL ? 0 : Math.sqrt(sum(d.map((v) => v * v)));
      return d.map((v) => (norm > 0 ? v / norm : 0));
    });
    const product = (a, b) => Math.max(-1, Math.min(1, sum(a.map((v, r) => v * b[r]))));
    return scaled.map((a) => scaled.map((b) => product(a, b)));
  }

  function critic(x, k) {
    const r = correlations(x, k);
    return shares(Float64Array.from({ length: k }, (_, j) => moments(column(x, k, j))[1] * sum(r[j].map((v) => 1 - v))));
  }

  // The eigenvector of the largest eigenvalue of a symmetric matrix, by Jacobi's rotations.
  function eigenvector(matrix) {
    const a = matrix.map((row) => [...row]), n = a.length, v = range(n).map((i) => range(n).map((j) => +(i === j)));
    for (let sweep = 0; sweep < 60; sweep++) {
      let off = 0;
      for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) {
        off += a[p][q] ** 2;
        if (a[p][q] === 0) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1), s = t * c;
        for (let k = 0; k < n; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        for (let k = 0; k < n; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
        for (let k = 0; k < n; k++) [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
      }
      if (off < 1e-30) break;
    }
    const top = range(n).reduce((best, j) => (a[j][j] > a[best][best] ? j : best), 0);
    return v.map((row) => row[top]);
  }

  function principal(x, k) {
    const r = correlations(x, k), varies = range(k).filter((j) => r[j][j] > 0), w = new Float64Array(k);
    if (varies.length) eigenvector(varies.map((i) => varies.map((j) => r[i][j]))).forEach((v, j) => { w[varies[j]] = v * v; });
    return shares(w);
  }

  function merec(x, k) {
    const low = range(k).map((j) => Math.min(...column(x, k, j))), effect = new Float64Array(k);
    for (let r = 0; r < x.length / k; r++) {
      const size = low.map((v, j) => Math.abs(Math.log(v / x[r * k + j]))), total = sum(size);
      size.forEach((v, j) => { effect[j] += Math.abs(Math.log1p((total - v) / k) - Math.log1p(total / k)); });
    }
    return shares(effect);
  }

  const fixed = (x, k, given) => shares(Float64Array.from(given));

  // Aggregation: from rows of k indicators and their weights

  const rowwise = (one) => (x, k, w) => Float64Array.from({ length: x.length / k }, (_, r) => one(x.subarray(r * k, r * k + k), w));
  const arithmetic = rowwise((row, w) => { let s = 0; row.forEach((v, j) => { s += v * w[j]; }); return s; });
  const geometric = rowwise((row, w) => {
    let s = 0;
    row.forEach((v, j) => { if (w[j] > 0) s += w[j] * Math.log(v); });
    return Math.exp(s);
  });

  function topsis(x, k, w) {
    const ends = range(k).map((j) => column(x, k, j).map((v) => v * w[j])).map((c) => [Math.min(...c), Math.max(...c)]);
    return rowwise((row) => {
      const [near, far] = [0, 1].map((e) => Math.sqrt(sum(row.map((v, j) => (v * w[j] - ends[j][e]) ** 2))));
      return near + far > 0 ? near / (near + far) : 0;
    })(x, k, w);
  }

  // The coupling degree of a row of scores

  function standard(u) {
    const total = sum(u);
    if (!(total > 0)) return 0;
    return u.some((v) => v <= 0) ? 0 : (u.length * Math.exp(sum(u.map(Math.log)) / u.length)) / total;
  }

  function wang2021(u) {
    const n = u.length, highest = Math.max(...u);
    let gaps = 0, product = 1;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gaps += Math.abs(u[i] - u[j]);
    for (const v of u) product *= highest > 0 ? v / highest : 0;
    return Math.sqrt((1 - gaps / ((n * (n - 1)) / 2)) * product ** (1 / (n - 1)));
  }

  function fan2024(u) {
    const n = u.length;
    if (u.every((v) => v === 0)) return 0;
    return 1 - 2 * Math.sqrt(Math.max(0, n * sum(u.map((v) => v * v)) - sum(u) ** 2) / n ** 2);
  }

  // Places of levels (from 0), and ranks of the regions of a year from the highest

  const level = (degree, upper) => {
    const at = upper.findIndex((bound) => bound + TIE >= degree);
    return at < 0 ? upper.length - 1 : at;
  };

  function ranks(degrees) {
    const order = range(degrees.length).sort((a, b) => degrees[b] - degrees[a]), result = new Int32Array(degrees.length);
    order.forEach((i, place) => {
      const before = order[place - 1];
      result[i] = place && degrees[before] - degrees[i] <= TIE ? result[before] : place + 1;
    });
    return result;
  }

  // All steps. `panel`: values, filled, n, m, k, systems (arrays of places of indicators), bounded (variants of C that
  // need scores up to 1). `choice`: a twin's name for every step; alpha; kept, whether an indicator is; hand, weights by hand.

  function evaluate(panel, choice) {
    const { n, m, k } = panel, rows = n * m;
    let x = functions[choice.interpolation](panel.values, panel.filled, n, m, k);
    x = functions[choice.zeros](functions[choice.normalisation](x, n, m, k));
    const weights = new Float64Array(k), scores = panel.systems.map((places) => {
      const kept = places.filter((j) => choice.kept[j]), part = new Float64Array(rows * kept.length);
      for (let r = 0; r < rows; r++) kept.forEach((j, c) => { part[r * kept.length + c] = x[r * k + j]; });
      const w = functions[choice.weighting](part, kept.length, kept.map((j) => choice.hand[j]));
      kept.forEach((j, c) => { weights[j] = w[c]; });
      return functions[choice.aggregation](part, kept.length, w);
    });
    const coupling = new Float64Array(rows), index = new Float64Array(rows), degree = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      const u = scores.map((s) => s[r]), capped = panel.bounded.includes(choice.coupling) ? u.map((v) => Math.min(v, 1)) : u;
      coupling[r] = Math.min(1, Math.max(0, functions[choice.coupling](capped)));
      index[r] = sum(u.map((v, s) => v * choice.alpha[s]));
      degree[r] = Math.sqrt(coupling[r] * index[r]);
    }
    return { x, weights, scores, coupling, index, degree };
  }

  // Spatial weights as links of every region: places and weights

  function great_circle([x0, y0], [x1, y1]) {
    const rad = Math.PI / 180, up = Math.sin(((y0 - y1) * rad) / 2) ** 2;
    const across = Math.cos(y0 * rad) * Math.cos(y1 * rad) * Math.sin(((x0 - x1) * rad) / 2) ** 2;
    return 2 * EARTH * Math.asin(Math.sqrt(up + across));
  }

  const euclidean = ([x0, y0], [x1, y1]) => Math.hypot(x0 - x1, y0 - y1);

  const inverse_distance = (points, metric, { power }) =>
    points.map((a, i) => points.map((b, j) => [j, i === j ? 0 : functions[metric](a, b) ** -power]).filter(([j]) => j !== i));

  const knn = (points, metric, { k }) => points.map((a, i) => {
    const far = points.map((b) => Math.round(functions[metric](a, b) * 1e9) / 1e9);
    return range(points.length).filter((j) => j !== i).sort((b, c) => far[b] - far[c] || b - c).slice(0, k).map((j) => [j, 1]);
  });

  const none = (links) => links;
  const row = (links) => links.map((own) => {
    const total = sum(own.map(([, w]) => w));
    return own.map(([j, w]) => [j, total > 0 ? w / total : w]);
  });

  const lag = (values, links) => links.map((own) => { let s = 0; for (const [j, w] of own) s += w * values[j]; return s; });

  // Moran's I of the regions; none where all are alike
  function moran(values, links) {
    if (Math.max(...values) - Math.min(...values) <= SMALL) return NaN;
    const mean = sum(values) / values.length, d = Array.from(values, (v) => v - mean), w = sum(links.map((own) => sum(own.map((l) => l[1]))));
    const near = lag(d, links);
    return (values.length * sum(d.map((v, i) => v * near[i]))) / (w * sum(d.map((v) => v * v)));
  }

  // Quadrants with axes at zero, or at the mean of the lag
  function quadrants(values, links, axes) {
    const [mean, spread] = moments(Array.from(values)), standard = Array.from(values, (v) => (spread > 0 ? (v - mean) / spread : 0));
    const alone = links.map((own) => !(sum(own.map(([, w]) => w)) > 0)), near = lag(standard, row(links));
    const others = near.filter((_, i) => !alone[i]), up = axes === "means" ? sum(others) / others.length : 0;
    const name = (a, b) => (a ? "H" : "L") + (b ? "H" : "L");
    return standard.map((v, i) => (alone[i] ? "none" : name(v > TIE, near[i] - up > TIE)));
  }

  // A repeatable sequence of numbers from 0 to 1 (mulberry32, public domain)
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  // p of Moran's I: by all arrangements of the regions up to ten, otherwise by a seeded sample of them
  function inference(values, links, permutations, seed) {
    const n = values.length, observed = moran(values, links), [mean, spread] = moments(Array.from(values));
    const d = Array.from(values, (v) => (v - mean) / spread), pairs = [], total = sum(links.map((own) => sum(own.map((l) => l[1]))));
    const both = range(n).map(() => new Float64Array(n));
    links.forEach((own, i) => { for (const [j, w] of own) both[Math.max(i, j)][Math.min(i, j)] += w / total; });
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) if (both[i][j]) pairs.push([i, j, both[i][j]]);
    const from = Int32Array.from(pairs, (p) => p[0]), to = Int32Array.from(pairs, (p) => p[1]), weight = Float64Array.from(pairs, (p) => p[2]);
    const centre = -1 / (n - 1), slack = TIE * Math.max(1, Math.abs(observed)), far = Math.abs(observed - centre) - slack;
    const counts = { greater: 0, less: 0, "two-sided": 0 };
    const count = () => {
      let found = 0;
      for (let p = 0; p < weight.length; p++) found += weight[p] * d[from[p]] * d[to[p]];
      counts.greater += found >= observed - slack;
      counts.less += found <= observed + slack;
      counts["two-sided"] += found >= centre + far || found <= centre - far;
    };
    const swap = (a, b) => { [d[a], d[b]] = [d[b], d[a]]; };
    let arrangements = 1;
    for (let i = 2; i <= n && arrangements <= FEASIBLE; i++) arrangements *= i;
    const exact = arrangements <= FEASIBLE;
    if (exact) { // Heap (1963)
      const turns = new Int32Array(n);
      count();
      for (let i = 1; i < n;) {
        if (turns[i] < i) { swap(i % 2 ? turns[i] : 0, i); count(); turns[i]++; i = 1; } else turns[i++] = 0;
      }
    } else {
      const next = random(seed);
      for (let p = 0; p < permutations; p++) {
        for (let i = n - 1; i > 0; i--) swap(i, Math.floor(next() * (i + 1)));
        count();
      }
    }
    const p = (tail) => (exact ? counts[tail] / arrangements : (counts[tail] + 1) / (permutations + 1));
    return { moran: observed, exact, arrangements: exact ? arrangements : permutations, greater: p("greater"), less: p("less"), "two-sided": p("two-sided") };
  }

  // Claims: whether one holds, from what `known(variable)` has of every region and year, rows as above

  const mean = (values) => sum(values) / values.length;
  const within = (claim, known, variable) => known.members(claim.place).map((i) => claim.at.map((t) => known.value(variable || claim.variable, i, t)));
  const over = (claim, known, place, variable) => {
    const rows = within({ ...claim, place }, known, variable);
    return claim.at.map((_, t) => mean(rows.map((series) => series[t])));
  };
  const ends = (series) => [series[0], series[series.length - 1]];
  const close = (claim, number) => Math.abs(number - Number(claim.expected)) <= claim.slack + TIE;
  function rate(series, elapsed) {
    const [first, last] = ends(series);
    return first > 0 && last >= 0 ? 100 * ((last / first) ** (1 / elapsed) - 1) : NaN;
  }
  function direction(series) {
    const [first, last] = ends(series), middle = (series.length - 1) / 2, slope = sum(series.map((v, t) => v * (t - middle)));
    if (series.every((v) => v === first)) return "constant";
    return last > first && slope > 0 ? "increasing" : last < first && slope < 0 ? "decreasing" : "mixed";
  }
  function ordered(numbers, names, expected, glue) {
    const sign = glue === ">" ? -1 : 1;
    if (numbers.some(Number.isNaN)) return false;
    return range(names.length).sort((a, b) => sign * (numbers[a] - numbers[b]) || a - b).map((i) => names[i]).join(glue) === expected;
  }
  function extremes(claim, known, first) {
    const means = within({ ...claim, place: known.whole }, known).map(mean), parts = claim.expected.split(">");
    if (means.some(Number.isNaN)) return false;
    const order = range(means.length).sort((a, b) => means[b] - means[a] || a - b).map((i) => known.regions[i]);
    return (first ? order.slice(0, parts.length) : order.slice(-parts.length)).join(">") === claim.expected;
  }
  function extreme(claim, known, sign) {
    const rates = within({ ...claim, place: known.whole }, known).map((s) => rate(s, claim.elapsed));
    const ranked = rates.map((v) => (Number.isNaN(v) ? -Infinity : sign * v)), at = known.regions.indexOf(claim.place);
    return ranked.indexOf(Math.max(...ranked)) === at && close(claim, rates[at]);
  }
  const claims = {
    claim_mean: (claim, known) => close(claim, mean(over(claim, known, claim.place))),
    claim_change(claim, known) {
      const [first, last] = ends(over(claim, known, claim.place));
      return close(claim, last - first);
    },
    claim_growth: (claim, known) => close(claim, rate(over(claim, known, claim.place), claim.elapsed)),
    claim_level: (claim, known) => known.levels[level(Math.min(1, Math.max(0, ends(over(claim, known, claim.place))[1])), known.upper)] === claim.expected,
    claim_trend(claim, known) {
      if (claim.variable === "moran_i") return direction(claim.at.map(known.moran)) === claim.expected;
      const series = claim.place === "regions" ? within({ ...claim, place: known.whole }, known) : [over(claim, known, claim.place)];
      return series.every((s) => direction(s) === claim.expected);
    },
    claim_order: (claim, known) => ordered(known.groups.map((g) => mean(over(claim, known, g))), known.groups, claim.expected, "<"),
    claim_order_every_year(claim, known) {
      const every = known.groups.map((g) => over(claim, known, g));
      return claim.at.every((_, t) => ordered(every.map((s) => s[t]), known.groups, claim.expected, "<"));
    },
    claim_growth_order: (claim, known) =>
      ordered(known.systems.map((s) => rate(over(claim, known, known.whole, s), claim.elapsed)), known.systems, claim.expected, ">"),
    claim_highest: (claim, known) => extremes(claim, known, true),
    claim_lowest: (claim, known) => extremes(claim, known, false),
    claim_highest_growth: (claim, known) => extreme(claim, known, 1),
    claim_lowest_growth: (claim, known) => extreme(claim, known, -1),
    claim_sign: (claim, known) => claim.at.every((t) => (claim.expected === "positive" ? known.moran(t) > 0 : known.moran(t) < 0)),
    claim_quadrant: (claim, known) => known.quadrants(claim.at[claim.at.length - 1])[known.regions.indexOf(claim.place)] === claim.expected,
  };

  const functions = {
    own, nearest, pooled, year, rank, z, goalposts, limit, shift, narrow, entropy, equal, critic, variation, principal,
    merec, fixed, arithmetic, geometric, topsis, standard, wang2021, fan2024, inverse_distance, knn, great_circle,
    euclidean, none, row, ...claims,
  };
  return { ...functions, evaluate, level, ranks, moran, quadrants, inference, normal };
})();
