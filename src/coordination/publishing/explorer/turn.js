"use strict";
// The multiverse in the reader's hand: choices, what follows from them, and the address that says which they are.
(() => {
  const { page, state, change, replace } = window.explorerPage, turn = page.turn;
  if (!turn) return;
  const { node, shape, filled } = drawing, say = turn.words, years = page.years;
  const [n, m, k] = turn.shape, regions = page.datasets.regions, at = (id) => document.getElementById(`turn-${id}`);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const panel = {
    values: new Float64Array(bytes(turn.values).buffer), filled: bytes(turn.filled), n, m, k,
    systems: turn.systems.map((s) => s.at), bounded: turn.bounded,
  };
  const kinds = Object.keys(turn.steps), option = (kind, key) => turn.steps[kind].find((o) => o.key === key);
  const names = regions.map((r) => r.name), number = (v, places = 3) => (v == null || !Number.isFinite(v) ? "–" : v.toFixed(places));
  const start = () => ({
    ...turn.own, spatial: turn.spatial.length ? turn.spatial[0].key : "", alpha: turn.systems.map((s) => s.alpha),
    kept: turn.indicators.map(() => true), hand: [...turn.hand], pair: [0, Math.min(1, n - 1)],
  });
  let chosen = start(), here, notice = "";

  // From choices to results

  const links = new Map(turn.spatial.map((space) => [space.key, space.links]));
  function linked(key) {
    if (!links.get(key)) {
      const space = turn.spatial.find((s) => s.key === key);
      if (!space) return null;
      links.set(key, methods[space.transform](methods[space.twin](space.points, space.metric, space.setting)));
    }
    return links.get(key);
  }

  function compute(choice) {
    const twins = Object.fromEntries(kinds.map((kind) => [kind, option(kind, choice[kind]).twin]));
    const made = methods.evaluate(panel, { ...twins, alpha: choice.alpha, kept: choice.kept, hand: choice.hand });
    const yearly = (values) => years.map((_, t) => Float64Array.from({ length: n }, (_, i) => values[i * m + t]));
    const degrees = yearly(made.degree), space = linked(choice.spatial);
    const upper = turn.levels.map((l) => l.up_to), clipped = (d) => Math.min(1, Math.max(0, d));
    const result = { ...made, degrees, ranks: degrees.map(methods.ranks), levels: degrees.map((d) => Array.from(d, (v) => methods.level(clipped(v), upper))) };
    result.moran = years.map((_, t) => (space ? methods.moran(degrees[t], space) : NaN));
    const systems = turn.systems.map((s) => s.key), members = (place) =>
      regions.map((r, i) => [r, i]).filter(([r]) => place === "all" || place === turn.whole || r.group === place || r.region === place).map(([, i]) => i);
    const value = (variable, i, t) => (variable === "coordination_degree" ? made.degree : made.scores[systems.indexOf(variable)])[i * m + t];
    const known = {
      members, value, whole: turn.whole, regions: regions.map((r) => r.region), groups: turn.groups, systems, upper,
      levels: turn.levels.map((l) => l.key), moran: (t) => result.moran[t],
      quadrants: (t) => methods.quadrants(degrees[t], space, turn.axes),
    };
    const about = (claim) => claim.variable === "moran_i" || claim.variable === "quadrant";
    result.claims = turn.claims.map((claim) => (claim.tested && (space || !about(claim)) ? Boolean(methods[claim.twin](claim, known)) : null));
    return result;
  }
  const study = compute(chosen);

  // Choices that go together

  function settled(news) {
    notice = "";
    const next = { ...chosen, ...news };
    const logarithms = ["weighting", "aggregation"].some((kind) => option(kind, next[kind]).logarithms);
    if (logarithms && !option("zeros", next.zeros).positive) {
      const other = turn.steps.zeros.find((o) => o.positive);
      next.zeros = other.key;
      notice = filled(say.zeros_needed, other.name);
    }
    for (const system of turn.systems) if (!system.at.some((j) => next.kept[j])) return chosen;
    return next;
  }

  // The address

  function written() {
    const parts = new URLSearchParams(), plain = start();
    for (const key of [...kinds, "spatial"]) if (chosen[key] !== plain[key]) parts.set(key, chosen[key]);
    if (chosen.alpha.some((v, s) => v !== plain.alpha[s])) parts.set("alpha", chosen.alpha.map((v) => Number(v.toFixed(6))).join("_"));
    const out = turn.indicators.filter((_, j) => !chosen.kept[j]).map((i) => i.key);
    if (out.length) parts.set("without", out.join(" "));
    if (chosen.weighting === "fixed" && chosen.hand.some((v, j) => v !== plain.hand[j])) parts.set("hand", chosen.hand.map((v) => Number(v.toFixed(6))).join("_"));
    if (chosen.pair.join() !== plain.pair.join()) parts.set("pair", chosen.pair.map((i) => regions[i].region).join("~"));
    if (at("find").value) parts.set("find", at("find").value);
    for (const key of ["variable", "region", "group"]) if (state[key] !== page.start[key]) parts.set(key, state[key]);
    if (state.at !== page.start.at) parts.set("year", years[state.at]);
    return parts.toString();
  }

  const numbers = (text, count) => {
    const found = (text || "").split("_").map(Number);
    return text && found.length === count && found.every((v) => Number.isFinite(v) && v >= 0) && found.some((v) => v > 0) ? found : null;
  };

  // What an address asks for and this page does not have is passed over
  function read() {
    const parts = new URLSearchParams(location.hash.slice(1)), news = start();
    for (const kind of kinds) if (option(kind, parts.get(kind))) news[kind] = parts.get(kind);
    if (turn.spatial.some((s) => s.key === parts.get("spatial"))) news.spatial = parts.get("spatial");
    const alpha = numbers(parts.get("alpha"), turn.systems.length), hand = numbers(parts.get("hand"), k);
    if (alpha) { const total = alpha.reduce((a, b) => a + b); news.alpha = alpha.map((v) => v / total); }
    if (hand) news.hand = hand;
    const out = (parts.get("without") || "").split(/[ +]/);
    news.kept = turn.indicators.map((i) => !out.includes(i.key));
    const pair = (parts.get("pair") || "").split("~").map((id) => regions.findIndex((r) => r.region === id));
    if (pair.length === 2 && pair.every((i) => i >= 0)) news.pair = pair;
    at("find").value = (parts.get("find") || "").slice(0, 80);
    const asked = { ...page.start };
    if (parts.get("variable") in page.variables) asked.variable = parts.get("variable");
    if (parts.get("region") === "" || regions.some((r) => r.region === parts.get("region"))) asked.region = parts.get("region");
    if (turn.groups.includes(parts.get("group"))) asked.group = parts.get("group");
    if (years.includes(parts.get("year"))) asked.at = years.indexOf(parts.get("year"));
    return [news, asked];
  }

  let noted = location.hash.slice(1);
  const asked = document.getElementById(noted);
  function note() {
    const text = written();
    if (text === noted || (!text && asked && asked.id === noted)) return;  // a panel that was asked for stays
    noted = text;
    history.replaceState(null, "", `#${text}`);
  }

  // What is seen

  const found = (name) => { const text = at("find").value.trim().toLowerCase(); return text !== "" && name.toLowerCase().includes(text); };

  function drawDegrees() {
    const t = state.at, order = methods.ranks(here.degrees[t]), place = at("degrees"), width = Math.max(280, place.clientWidth || 600) - 2;
    at("degrees-title").textContent = filled(say.degrees, years[t]);
    const rows = regions.map((_, i) => i).filter((i) => !state.group || regions[i].group === state.group || regions[i].region === state.region);
    rows.sort((a, b) => order[a] - order[b] || a - b);
    const step = rows.length > 60 ? 20 : rows.length > 20 ? 24 : 38, narrow = width < 520, side = narrow ? 8 : 205, left = Math.min(150, width * (narrow ? 0.32 : 0.3));
    const top = rows.length > 20 ? 46 : 30; // of a long list the scale stands above it, too
    const height = rows.length * step + top + 32, svg = drawing.canvas(place, width, height, filled(say.degrees_say, rows.length, years[t]));
    const published = turn.published && rows.some((i) => turn.published[i * m + t] != null);
    const every = rows.flatMap((i) => [here.degrees[t][i], study.degrees[t][i], published ? turn.published[i * m + t] : 0]);
    const high = Math.max(0.1, Math.ceil(10 * Math.max(...every)) / 10), x = (v) => left + 8 + (v * (width - left - side - 20)) / high;
    drawing.key(svg, [["here", say.chosen_here], ["study", say.in_study], ...(published ? [["published", say.as_published]] : [])], 2, 10);
    for (const v of drawing.ticks(0, high, narrow ? 3 : 5)) {
      shape(svg, "line", { x1: x(v), x2: x(v), y1: top - 4, y2: height - 22, stroke: "currentColor", "stroke-opacity": 0.13 });
      for (const y of top > 30 ? [top - 10, height - 8] : [height - 8]) shape(svg, "text", { x: x(v), y, "text-anchor": "middle", "font-size": 11 }, String(v));
    }
    rows.forEach((i, p) => {
      const middle = top + p * step + step / 2, region = regions[i], group = shape(svg, "g", { "data-region": region.region, cursor: "pointer" });
      const picked = region.region === state.region, hit = found(region.name);
      shape(group, "rect", { x: 0, y: middle - step / 2 + 1, width, height: step - 2, fill: picked || hit ? "currentColor" : "transparent", "fill-opacity": hit ? 0.16 : 0.08 });
      const room = Math.floor((left - 6) / (/[\u2e80-\uffff]/.test(region.name) ? 12 : 6.6));
      const short = region.name.length > room ? `${region.name.slice(0, room - 1)}…` : region.name;
      const bold = picked || hit ? { "font-weight": 700 } : {};
      const under = narrow && step > 30; // of a long list on a narrow screen, the title alone says the rank
      shape(group, "text", { x: 4, y: middle + (under ? -3 : 4), ...bold }, short);
      const values = { study: study.degrees[t][i], published: published ? turn.published[i * m + t] : null, here: here.degrees[t][i] };
      shape(group, "line", { x1: x(values.study), x2: x(values.here), y1: middle, y2: middle, stroke: "currentColor", "stroke-opacity": 0.5, "stroke-width": 2 });
      for (const kind of ["study", "published", "here"]) if (values[kind] != null) drawing.mark(group, kind, x(values[kind]), middle);
      const rank = filled(say.rank_line, here.ranks[t][i], study.ranks[t][i]), between = turn.intervals && turn.intervals[i * m + t];
      const span = between ? filled(say.rank_span, between[0], between[1]) : "";
      if (under) shape(group, "text", { x: 4, y: middle + 11, "font-size": 10, "fill-opacity": 0.8 }, rank);
      if (!narrow) {
        shape(group, "text", { x: width - side + 8, y: middle + (span && step > 30 ? -3 : 4), "font-size": 11, ...bold }, rank);
        if (span && step > 30) shape(group, "text", { x: width - side + 8, y: middle + 11, "font-size": 11, "fill-opacity": 0.8 }, span);
      }
      const level = turn.levels[here.levels[t][i]].name, said = [region.name, ...["here", "study", "published"].filter((s) => values[s] != null)
        .map((s) => `${say[{ here: "chosen_here", study: "in_study", published: "as_published" }[s]]} ${number(values[s])}`), rank, span, level];
      shape(group, "title", {}, said.filter(Boolean).join(" · "));
      group.addEventListener("click", () => change({ region: picked ? "" : region.region }));
    });
    return svg;
  }

  function drawMoran() {
    if (!turn.spatial.length) return;
    drawing.lines(at("moran"), say.moran_say, years, [["here", say.chosen_here, here.moran], ["study", say.in_study, study.moran], ["published", say.as_published, turn.published_moran]]);
  }

  function table() {
    const t = state.at, [a, b] = chosen.pair, head = node("tr", {}, ...[say.quantity, names[a], names[b]].map((text) => node("th", { scope: "col" }, text)));
    const both = (get) => [a, b].map((i) => { const [now, before] = get(i); return now === before ? now : `${now} (${before})`; });
    const rows = turn.systems.map((s, at) => [s.name, both((i) => [here, study].map((made) => number(made.scores[at][i * m + t])))]);
    rows.push(["D", both((i) => [here, study].map((made) => number(made.degrees[t][i])))]);
    if (turn.published) rows.push([`D, ${say.as_published}`, [a, b].map((i) => number(turn.published[i * m + t]))]);
    rows.push([say.rank, both((i) => [here, study].map((made) => String(made.ranks[t][i])))]);
    if (turn.intervals) rows.push([say.interval, [a, b].map((i) => turn.intervals[i * m + t].join("–"))]);
    rows.push([say.level, both((i) => [here, study].map((made) => turn.levels[made.levels[t][i]].name))]);
    at("compare").replaceChildren(node("thead", {}, head), node("tbody", {}, ...rows.map(([name, cells]) =>
      node("tr", {}, node("th", { scope: "row" }, name), ...cells.map((text) => node("td", {}, text))))));
  }

  // On another scale than the study's, claims of size or growth mean nothing
  function meant(claim) {
    const own = turn.own.normalisation, now = chosen.normalisation;
    return now === own || claim.scales.includes(now);
  }

  function judge() {
    const list = turn.claims.map((claim, c) => [claim, study.claims[c], here.claims[c]]).filter(([, before]) => before !== null);
    const turned = list.filter(([claim, before, now]) => meant(claim) && before !== now).length;
    if (!at("claims")) return say.no_claims;
    const said = ([claim, before, now]) => {
      const verdict = !meant(claim) ? say.means_nothing : before === now ? (now ? say.holds : say.holds_not) : now ? say.turns_true : say.turns_false;
      const flips = meant(claim) && before !== now, sign = !meant(claim) ? "○" : flips ? "⇄" : now ? "✓" : "✗";
      return [flips ? 0 : 1, node("li", flips ? { class: "flips", "data-claim": claim.id } : { "data-claim": claim.id }, node("span", { "aria-hidden": "true" }, `${sign} `), claim.said, " ", node("b", {}, verdict))];
    };
    at("claims").replaceChildren(...list.map(said).sort((a, b) => a[0] - b[0]).map(([, item]) => item));
    return list.length ? filled(say.claims_turned, turned, list.length) : say.no_claims;
  }

  function describe() {
    const t = state.at, mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
    const other = (part) => Array.from(here[part][t]).filter((v, i) => v !== study[part][t][i]).length;
    const claims = judge(), d = number(mean(study.degrees[t])), moran = number(study.moran[t]);
    const facts = [other("ranks"), n, other("levels"), number(mean(here.degrees[t])), d, number(here.moran[t]), moran, claims];
    const same = JSON.stringify(settings(chosen)) === JSON.stringify(settings(start()));
    at("status").textContent = [notice, same ? filled(say.same, d, moran) : filled(say.status, ...facts)].filter(Boolean).join(" ");
  }
  const settings = ({ pair, ...rest }) => rest;

  function controls() {
    for (const kind of kinds) at(kind).value = chosen[kind];
    at("spatial").value = chosen.spatial;
    chosen.alpha.forEach((v, s) => {
      at(`alpha-${s}`).value = Math.round(100 * v);
      at(`alpha-${s}`).nextElementSibling.textContent = number(v, 2);
    });
    for (const input of document.querySelectorAll("#turn-indicators input")) {
      const j = Number(input.dataset.indicator);
      if (input.type === "checkbox") input.checked = chosen.kept[j];
      else {
        input.value = Math.round(1000 * here.weights[j]);
        input.disabled = !chosen.kept[j];
        input.nextElementSibling.textContent = number(here.weights[j]);
      }
    }
    document.getElementById("parts-how").textContent = option("aggregation", chosen.aggregation).parts;
    [at("first").value, at("second").value] = chosen.pair;
  }

  function draw() {
    drawDegrees();
    drawMoran();
    table();
    describe();
    note();
  }

  let waiting = 0, below = JSON.stringify(settings(start()));
  function set(news) {
    chosen = settled(news);
    here = compute(chosen);
    controls();
    draw();
    const now = JSON.stringify(settings(chosen));
    if (now === below) return;
    below = now;
    clearTimeout(waiting);
    waiting = setTimeout(() => replace(panel, here, turn), 120); // the charts below follow when a slider rests
  }

  // Controls

  const choices = (id, options) => at(id).replaceChildren(...options.map(([value, text]) => node("option", { value }, text)));
  for (const kind of kinds) {
    choices(kind, turn.steps[kind].map((o) => [o.key, o.key === turn.own[kind] && o.key !== "own" ? filled(say.study_own, o.name) : o.name]));
    at(kind).addEventListener("change", (event) => set({ [kind]: event.target.value }));
  }
  choices("spatial", turn.spatial.map((s) => [s.key, s.name]));
  at("spatial").addEventListener("change", (event) => set({ spatial: event.target.value }));
  for (const [id, side] of [["first", 0], ["second", 1]]) {
    choices(id, names.map((name, i) => [i, name]));
    at(id).addEventListener("change", (event) => set({ pair: chosen.pair.map((i, s) => (s === side ? Number(event.target.value) : i)) }));
  }
  turn.systems.forEach((_, s) => at(`alpha-${s}`).addEventListener("input", (event) => {
    const share = Number(event.target.value) / 100, rest = 1 - chosen.alpha[s], count = turn.systems.length - 1;
    set({ alpha: chosen.alpha.map((v, other) => (other === s ? share : rest > 1e-9 ? (v * (1 - share)) / rest : (1 - share) / count)) });
  }));
  const sliders = document.querySelector("#turn-indicators .sliders");
  for (const system of turn.systems) {
    const box = node("div", { role: "group", "aria-label": system.name }, node("h3", {}, system.name));
    for (const j of system.at) {
      const name = turn.indicators[j].name, data = { "data-indicator": j, autocomplete: "off" };
      const tick = node("input", { type: "checkbox", ...data }), slider = node("input", { type: "range", min: 0, max: 1000, ...data, "aria-label": filled(say.weight_of, name) });
      tick.addEventListener("change", () => set({ kept: chosen.kept.map((v, i) => (i === j ? tick.checked : v)) }));
      slider.addEventListener("input", () => {
        // The others keep their proportions
        const share = Number(slider.value) / 1000, others = system.at.filter((i) => i !== j && chosen.kept[i]);
        const rest = others.reduce((a, i) => a + here.weights[i], 0), hand = chosen.weighting === "fixed" ? [...chosen.hand] : [...here.weights];
        for (const i of others) hand[i] = rest > 1e-9 ? (here.weights[i] * (1 - share)) / rest : (1 - share) / others.length;
        hand[j] = share;
        set({ weighting: "fixed", hand });
      });
      box.append(node("div", { class: "slider" }, node("label", {}, tick, node("span", {}, name)), slider, node("output", {})));
    }
    sliders.append(box);
  }
  at("back").addEventListener("click", () => set({ ...start(), pair: chosen.pair }));
  at("find").addEventListener("input", () => {
    draw();
    const first = regions.find((r) => found(r.name)), row = first && at("degrees").querySelector(`[data-region="${CSS.escape(first.region)}"]`);
    if (row) at("degrees").scrollTop = Math.max(0, row.getBBox().y - 60);
  });
  at("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      at("status").textContent = say.copied;
    } catch {
      at("status").textContent = say.address_above;
    }
  });
  const title = () => `${at("degrees-title").textContent} · ${document.querySelector("h1").textContent}`;
  at("svg").addEventListener("click", () => drawing.save("explorer.svg", drawing.picture(at("degrees").firstChild, title()), "image/svg+xml"));
  at("png").addEventListener("click", () => drawing.raster(at("degrees").firstChild, title(), "explorer.png"));
  at("csv").addEventListener("click", () => {
    const head = ["region", "year", ...turn.systems.map((s) => s.key), "coupling", "coordination_index", "coordination_degree", "rank", "level", "study_coordination_degree", "study_rank", "published_coordination_degree", "rank_low", "rank_high", "moran_i"];
    const rows = regions.flatMap((r, i) => years.map((year, t) => {
      const c = i * m + t, between = turn.intervals ? turn.intervals[c] : [null, null];
      return [r.region, year, ...here.scores.map((s) => s[c]), here.coupling[c], here.index[c], here.degree[c], here.ranks[t][i], turn.levels[here.levels[t][i]].key,
        study.degree[c], study.ranks[t][i], turn.published && turn.published[c], ...between, Number.isFinite(here.moran[t]) ? here.moran[t] : null];
    }));
    drawing.save("explorer.csv", `\ufeff${drawing.csv([head, ...rows])}`, "text/csv");
  });

  window.explorerPage.changed = draw;
  window.turned = { panel, turn, compute, links: linked, start };
  function follow() {
    const [news, asked] = read();
    noted = location.hash.slice(1);
    set(news);
    change(asked);
  }
  addEventListener("hashchange", () => { if (location.hash.slice(1) !== noted) follow(); });
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; drawDegrees(); drawMoran(); } });
  window.explorerPage.ready.then(follow);
  follow();
  if (asked) {
    asked.open = true;
    const drawn = new ResizeObserver(() => asked.scrollIntoView({ behavior: "instant" }));  // what is above it grows
    drawn.observe(document.body);
    for (const act of ["wheel", "pointerdown", "keydown"]) addEventListener(act, () => drawn.disconnect(), { once: true });
  }
})();
