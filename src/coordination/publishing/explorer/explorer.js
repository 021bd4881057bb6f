"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page").textContent);
  const { state, years, variables, words } = page;
  const regions = new Map(page.datasets.regions.map((r) => [r.region, r]));
  const views = [];
  // The site keeps the page of every language in that language's folder; elsewhere they lie side by side.
  if (!location.pathname.endsWith("/explorer.html")) {
    for (const link of document.querySelectorAll("[data-outside]")) link.href = link.dataset.outside;
  }
  const control = (name) => document.getElementById(`choose-${name}`);
  const shown = (value) => (value == null ? "–" : value.toFixed(3));
  const write = (name, text) => {
    for (const node of document.querySelectorAll(`[data-show="${name}"]`)) node.textContent = text;
  };

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
    await Promise.all(views.map((view) => {
      for (const [name, value] of Object.entries(state)) view.signal(name, value);
      return view.runAsync();
    }));
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
  }
  draw();
})();
