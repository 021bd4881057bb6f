"use strict";
(() => {
  // The data of a large page stand in a script beside it; what they fill is then empty.
  const page = window.explorer || JSON.parse(document.getElementById("page").textContent);
  const { state, years, variables, words } = page;
  const regions = new Map(page.datasets.regions.map((r) => [r.region, r]));
  const views = [];
  const clean = JSON.parse(JSON.stringify(page.datasets)); // before the charts note in them what is theirs
  page.start = { ...state };

  // Where the names at the ends of few lines stand, so that none covers another: in the unit of the axis
  const FEW = 15, LINES = Object.keys(page.charts).filter((id) => id.startsWith("line-")).map((id) => id.slice(5));
  const tops = Object.fromEntries(LINES.map((v) => [v, page.charts[`line-${v}`].params.find((p) => p.name === "top").value]));
  function label(records) {
    for (const v of LINES) {
      const ends = records.map((r) => r[v][r[v].length - 1]), top = tops[v], known = records.filter((_, i) => ends[i] != null);
      const places = known.map((r) => r[v][r[v].length - 1]);
      const gap = (top * 11) / Math.max(120, (document.getElementById(`line-${v}`).clientHeight || 200) - 30);
      const found = known.length > FEW ? places : drawing.apart(places, gap, 0, top);
      for (const r of records) r.labels = { ...r.labels, [v]: null };
      known.forEach((r, i) => { r.labels[v] = found[i]; });
    }
    return records;
  }
  page.tops = { ...tops };
  label(page.datasets.regions);
  let drawn;
  const app = { page, state, change, replace, changed() {}, ready: new Promise((done) => { drawn = done; }) };
  window.explorerPage = app;
  // The site keeps the page of every language in that language's folder; elsewhere they lie side by side.
  if (!location.pathname.endsWith("/explorer.html")) {
    for (const link of document.querySelectorAll("[data-outside]")) link.href = link.dataset.outside;
  }
  const control = (name) => document.getElementById(`choose-${name}`);
  const shown = (value) => (value == null ? "–" : value.toFixed(3));
  const write = (name, text) => {
    for (const node of document.querySelectorAll(`[data-show="${name}"]`)) node.textContent = text;
  };

  function fill() {
    const choice = control("region");
    choice.append(new Option(words.mean, ""));
    for (const r of page.datasets.regions) choice.append(new Option(r.name, r.region));
    const body = document.querySelector("tbody");
    for (const r of page.datasets.regions) {
      const row = body.insertRow();
      row.dataset.region = r.region;
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = r.name;
      row.append(head);
      for (const key of ["group_name", ...Object.keys(variables), "level"]) {
        const cell = row.insertCell();
        if (key === "group_name") cell.textContent = r.group_name;
        else cell.dataset.variable = key;
        if (!(key in variables)) cell.className = "text";
      }
    }
  }
  if (window.explorer) fill();

  function mean(variable) {
    const values = page.datasets.regions.map((r) => r[variable][state.at]).filter((v) => v != null);
    return values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
  }

  function describe() {
    const region = regions.get(state.region);
    write("year", years[state.at]);
    write("variable", variables[state.variable]);
    write("region", region ? region.name : words.mean);
    for (const v of Object.keys(variables)) {
      write(`value-${v}`, shown(region ? region[v][state.at] : mean(v)));
      write(`mean-${v}`, shown(mean(v)));
    }
    const values = Object.entries(variables).map(([v, label]) => `${label}\u00a0${shown(region ? region[v][state.at] : mean(v))}`);
    const who = region ? [region.name, region.group_name, years[state.at], region.level[state.at]] : [words.mean, years[state.at]];
    write("status", [...who, ...values].join(" · "));
    for (const row of document.querySelectorAll("tr[data-region]")) {
      const own = regions.get(row.dataset.region);
      row.classList.toggle("chosen", own === region);
      for (const cell of row.querySelectorAll("[data-variable]")) {
        const value = own[cell.dataset.variable][state.at];
        cell.textContent = cell.dataset.variable === "level" ? value : shown(value);
      }
    }
    control("year").value = state.at;
    control("year").setAttribute("aria-valuetext", years[state.at]);
    control("variable").value = state.variable;
    control("region").value = state.region;
  }

  async function change(news) {
    Object.assign(state, news);
    describe();
    app.changed();
    await Promise.all(views.map((view) => {
      for (const [name, value] of Object.entries(state)) view.signal(name, value);
      return view.runAsync();
    }));
  }

  // Another way through the method: new values for map, lines, bars and table
  function replace(panel, made, turn) {
    const { n, m, k } = panel, round = (v) => Math.round(v * 1e6) / 1e6;
    const parts = { coupling: made.coupling, coordination_index: made.index, coordination_degree: made.degree };
    turn.systems.forEach((s, at) => { parts[`score_${s.key}`] = made.scores[at]; });
    const series = (values, i) => Array.from(values.subarray(i * m, i * m + m), round);
    const records = clean.regions.map((r, i) => ({
      ...r, ...Object.fromEntries(Object.entries(parts).map(([v, values]) => [v, series(values, i)])),
      level: years.map((_, t) => turn.levels[made.levels[t][i]].name),
    }));
    const place = new Map(turn.indicators.map((indicator, j) => [indicator.key, j]));
    const bars = clean.indicators.map((row) => {
      const j = place.get(row.indicator), own = (i) => years.map((_, t) => round(made.x[(i * m + t) * k + j]));
      const values = Object.fromEntries(clean.regions.map((r, i) => [r.region, own(i)]));
      const mean = years.map((_, t) => clean.regions.reduce((sum, r) => sum + values[r.region][t], 0) / n);
      return { ...row, weight: round(made.weights[j]), values, mean };
    });
    const highest = Math.max(...LINES.flatMap((v) => records.flatMap((r) => r[v])));
    for (const v of LINES) tops[v] = Math.max(page.tops[v], Math.ceil(highest * 10 - 1e-9) / 10);
    label(records);
    page.datasets = { regions: records, indicators: bars };
    const longest = 1.02 * Math.max(...bars.flatMap((row) => Object.values(row.values).map((v) => row.weight * Math.max(...v))));
    regions.clear();
    for (const r of records) regions.set(r.region, r);
    for (const view of views) {
      const signals = view.getState({ signals: () => true }).signals;
      if ("top" in signals) view.signal("top", tops[LINES[0]]);
      if ("longest" in signals) view.signal("longest", longest);
      for (const name of ["regions", "indicators"]) {
        if (name in view.getState({ data: (known) => known === name }).data) view.data(name, page.datasets[name].map((row) => ({ ...row })));
      }
    }
    return change({});
  }

  control("year").addEventListener("input", (event) => change({ at: Number(event.target.value) }));
  control("variable").addEventListener("change", (event) => change({ variable: event.target.value }));
  control("region").addEventListener("change", (event) => change({ region: event.target.value }));
  control("group").addEventListener("change", (event) => change({ group: event.target.value }));

  async function draw() {
    // Browsers keep what was chosen before a reload; the page starts from its own state.
    control("group").querySelector("input").checked = true;
    describe();
    const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true };
    for (const [id, chart] of Object.entries(page.charts)) {
      const { view } = await vegaEmbed(document.getElementById(id), { ...chart, datasets: page.datasets }, options);
      view.addEventListener("click", (_, item) => {
        const region = item && item.datum && item.datum.region;
        if (region) change({ region: region === state.region ? "" : region });
      });
      views.push(view);
    }
    await change({});
    document.documentElement.dataset.drawn = "yes";
    drawn();
  }
  draw();
})();
