"use strict";
// A plain table to weights, scores, D and Moran's I, and to the folder of a study. Nothing is sent anywhere.
(() => {
  const page = JSON.parse(document.getElementById("page").textContent), say = page.words;
  const { node, filled } = drawing, at = (id) => document.getElementById(`calc-${id}`);
  const number = (v) => (Number.isFinite(v) ? v.toFixed(3) : "–");
  const PERMUTATIONS = 9999, SEED = 1;
  let table, made;
  if (!location.pathname.endsWith("/calculator.html")) {
    for (const link of document.querySelectorAll("[data-outside]")) link.href = link.dataset.outside;
  }

  class Fault extends Error {}
  const fault = (key, ...facts) => { throw new Fault(filled(say[key], ...facts)); };

  // Cells of a text: commas, semicolons or tabs between them, whichever the first line has
  function cells(text) {
    const first = text.split(/\r?\n/, 1)[0], between = ["\t", ";", ","].find((sign) => first.includes(sign)) || ",";
    const rows = [[""]];
    let quoted = false;
    for (let k = 0; k < text.length; k++) {
      const c = text[k], row = rows[rows.length - 1], last = row.length - 1;
      if (quoted) {
        if (c !== '"') row[last] += c;
        else if (text[k + 1] === '"') { row[last] += c; k++; } else quoted = false;
      } else if (c === '"' && row[last] === "") quoted = true;
      else if (c === between) row.push("");
      else if (c === "\n") rows.push([""]);
      else if (c !== "\r") row[last] += c;
    }
    if (quoted) fault("fault_quote");
    return rows.map((row) => row.map((cell) => cell.trim()));
  }

  const numeric = (text) => (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN);

  function read(text) {
    const lines = cells(text.replace(/^\ufeff/, "")).map((row, k) => [k + 1, row]).filter(([, row]) => row.some((cell) => cell !== ""));
    if (!lines.length || lines[0][1].length < 4) fault("fault_head");
    const [, head] = lines.shift();
    head.forEach((name, j) => { if (name === "" || head.indexOf(name) !== j) fault("fault_name", name); });
    const regions = [], years = [], figures = new Map();
    for (const [line, row] of lines) {
      if (row.length !== head.length) fault("fault_row", line, row.length, head.length);
      const [region, year] = row;
      if (!/^\d{4}$/.test(year)) fault("fault_year", line, year);
      if (!regions.includes(region)) regions.push(region);
      if (!years.includes(Number(year))) years.push(Number(year));
      const key = JSON.stringify([region, Number(year)]);
      if (figures.has(key)) fault("fault_twice", line, region, year);
      figures.set(key, row.slice(2).map((cell, j) => {
        const value = numeric(cell);
        if (!Number.isFinite(value)) fault("fault_number", line, head[j + 2], cell);
        return value;
      }));
    }
    years.sort((a, b) => a - b);
    if (regions.length < 4) fault("fault_regions", regions.length);
    if (years[years.length - 1] - years[0] !== years.length - 1) fault("fault_years");
    const rows = regions.flatMap((region) => years.map((year) => figures.get(JSON.stringify([region, year])) || fault("fault_gap", region, year)));
    const indicators = head.slice(2);
    indicators.forEach((name, j) => {
      const values = rows.map((row) => row[j]), high = Math.max(...values), low = Math.min(...values);
      if (high - low <= 1e-12 * Math.max(Math.abs(high), Math.abs(low))) fault("fault_constant", name);
    });
    return { regions, years, indicators, rows };
  }

  function places(text, kind) {
    const lines = cells(text).map((row, k) => [k + 1, row]).filter(([, row]) => row.some((cell) => cell !== ""));
    const place = (name, line) => {
      const i = table.regions.indexOf(name);
      return i >= 0 ? i : fault("fault_unknown", line, name);
    };
    if (kind.startsWith("neighbours")) {
      const links = table.regions.map(() => new Set()), pairs = [];
      for (const [line, row] of lines) {
        if (row.length !== 2) fault("fault_row", line, row.length, 2);
        const [a, b] = row.map((name) => place(name, line));
        if (a === b) fault("fault_unknown", line, row.join(", "));
        if (!links[a].has(b)) pairs.push([a, b]);
        links[a].add(b);
        links[b].add(a);
      }
      const alone = links.findIndex((own) => !own.size);
      if (alone >= 0) fault("fault_alone", table.regions[alone]);
      return { pairs, links: links.map((own) => [...own].sort((a, b) => a - b).map((j) => [j, 1])) };
    }
    const points = table.regions.map(() => null);
    for (const [line, row] of lines) {
      if (row.length !== 3) fault("fault_row", line, row.length, 3);
      const spot = row.slice(1).map(numeric);
      spot.forEach((v, c) => { if (!(Math.abs(v) <= [180, 90][c])) fault("fault_number", line, say.places, row[c + 1]); });
      points[place(row[0], line)] = spot;
    }
    points.forEach((spot, i) => {
      if (!spot) fault("fault_place", table.regions[i]);
      const same = points.findIndex((other) => other && other.join() === spot.join());
      if (same < i) fault("fault_same_place", `${table.regions[same]}, ${table.regions[i]}`);
    });
    return { points, links: methods.inverse_distance(points, "great_circle", { power: 2 }) };
  }

  function compute() {
    const names = [0, 1, 2].map((s) => at(`name-${s}`).value.trim()).filter(Boolean), kind = at("kind").value;
    if (names.length < 2 || new Set(names).size < names.length) fault("fault_names");
    const chosen = table.indicators.map((name, j) => ({
      name, j, system: Number(at(`system-${j}`).value), direction: at(`direction-${j}`).value,
    })).filter((i) => i.direction !== "leave_out" && i.system < names.length);
    if (names.some((_, s) => !chosen.some((i) => i.system === s))) fault("fault_few");
    const n = table.regions.length, m = table.years.length, k = chosen.length, values = new Float64Array(n * m * k);
    chosen.forEach(({ j, direction }, c) => {
      const figures = table.rows.map((row) => row[j]), low = Math.min(...figures), high = Math.max(...figures);
      figures.forEach((v, r) => { values[r * k + c] = (direction === "negative" ? high - v : v - low) / (high - low); });
    });
    const systems = names.map((_, s) => chosen.map((i, c) => (i.system === s ? c : -1)).filter((c) => c >= 0));
    const panel = { values, filled: new Uint8Array(values.length), n, m, k, systems, bounded: [] };
    const choice = {
      interpolation: "own", normalisation: "pooled", zeros: "limit", weighting: "entropy", aggregation: "arithmetic", coupling: "standard",
      alpha: names.map(() => 1 / names.length), kept: chosen.map(() => true), hand: chosen.map(() => 1),
    };
    const space = places(at("places").value, kind), links = methods[kind.endsWith("_row") ? "row" : "none"](space.links);
    const result = methods.evaluate(panel, choice), upper = page.levels.map((l) => l.up_to);
    const degrees = table.years.map((_, t) => Array.from({ length: n }, (_, i) => result.degree[i * m + t]));
    return {
      ...result, names, chosen, systems, kind, space, links, degrees, ranks: degrees.map(methods.ranks),
      levels: degrees.map((d) => d.map((v) => methods.level(Math.min(1, Math.max(0, v)), upper))), moran: degrees.map((d) => methods.moran(d, links)),
    };
  }

  function fill(id, head, rows) {
    at(id).replaceChildren(node("thead", {}, node("tr", {}, ...head.map((text) => node("th", { scope: "col" }, text)))),
      node("tbody", {}, ...rows.map(([name, ...rest]) => node("tr", {}, node("th", { scope: "row" }, name), ...rest.map((text) => node("td", {}, text))))));
  }

  function scored() {
    const m = table.years.length;
    return table.regions.flatMap((region, i) => table.years.map((year, t) =>
      [region, year, ...made.scores.map((s) => s[i * m + t]), made.coupling[i * m + t], made.index[i * m + t], made.degree[i * m + t], made.ranks[t][i], page.levels[made.levels[t][i]].name[page.language]]));
  }

  let run = 0;
  function infer() {
    // A year at a time, so that the page stays awake; a computation that was overtaken stops.
    const mine = ++run, rows = table.years.map((year, t) => [String(year), number(made.moran[t]), "…", "…", "…"]);
    const head = [say.year, say.moran, say.p_greater, say.p_two_sided, say.by];
    const step = (t) => {
      if (mine !== run) return;
      if (t < rows.length) {
        const found = Number.isFinite(made.moran[t]) && methods.inference(made.degrees[t], made.links, PERMUTATIONS, SEED);
        if (found) rows[t] = [String(table.years[t]), number(found.moran), found.greater.toFixed(4), found["two-sided"].toFixed(4), filled(say[found.exact ? "exact" : "sampled"], found.arrangements)];
        else rows[t] = [String(table.years[t]), "–", "–", "–", "–"];
        fill("p", head, rows);
        setTimeout(step, 0, t + 1);
      } else document.documentElement.dataset.inferred = "yes";
    };
    delete document.documentElement.dataset.inferred;
    step(0);
  }

  function show() {
    const last = table.years.length - 1, mean = made.degrees[last].reduce((a, b) => a + b) / table.regions.length;
    at("results").hidden = false;
    at("status").textContent = filled(say.computed, table.regions.length, table.years.length, made.chosen.length, table.years[last], number(mean));
    fill("scores", [say.region, say.year, ...made.names, "C", "T", "D", say.rank, say.level], scored().map((row) => row.map((v, c) => (typeof v === "number" && c > 1 && c < row.length - 2 ? number(v) : String(v)))));
    fill("weights", [say.indicator, say.subsystem, say.direction, say.weights], made.chosen.map((i, c) => [i.name, made.names[i.system], say[i.direction], made.weights[c].toFixed(4)]));
    drawing.lines(at("moran"), say.moran_say, table.years.map(String), [["here", say.moran, made.moran]]);
    infer();
    at("title").focus();
  }

  // The folder of a study. JSON's strings are strings of YAML.

  const both = (text) => `{en: ${JSON.stringify(text)}, zh: ${JSON.stringify(text)}}`;
  function identifiers(names, other) {
    const used = new Set();
    return names.map((name, k) => {
      let id = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "") || `${other}_${k + 1}`;
      while (used.has(id)) id += "_2";
      used.add(id);
      return id;
    });
  }

  function study() {
    const ids = identifiers([...made.names, ...made.chosen.map((i) => i.name)], "part"), count = made.names.length;
    const all = page.whole, given = say.unnamed_unit, lines = [
      `title: ${both(say.study_title)}`, `source: ${both(say.study_source)}`, `years: {first: ${table.years[0]}, last: ${table.years[table.years.length - 1]}}`, "seed: 1",
      `whole: {id: whole, name: ${JSON.stringify(all)}}`, "groups:", `  - {id: regions, name: ${JSON.stringify(all)}}`, "panel:", "  series:",
      ...made.chosen.map((i, c) => {
        const least = table.rows.some((row) => row[i.j] < 0) ? ", minimum: null" : "";
        return `    ${ids[count + c]}: {unit: ${JSON.stringify(given)}${least}}`;
      }),
      "subsystems:",
      ...made.names.flatMap((name, s) => [
        `  - id: ${ids[s]}`, `    name: ${both(name)}`, `    alpha: 1/${count}`, "    dimensions:", `      - id: ${ids[s]}_dimension`, `        name: ${both(name)}`, "        indicators:",
        ...made.systems[s].map((c) => `          - {id: ${ids[count + c]}, name: ${both(made.chosen[c].name)}, direction: ${made.chosen[c].direction}, unit: ${JSON.stringify(given)}, formula: ${ids[count + c]}}`),
      ]),
      "levels:", ...page.levels.map((l) => `  - {above: ${l.above}, up_to: ${l.up_to}, name: ${JSON.stringify(l.name)}}`),
      made.space.points ? "spatial_weights: {kind: inverse_distance, power: 2, " : "spatial_weights: {kind: file, file: neighbours.csv, ",
    ];
    lines[lines.length - 1] += `transform: ${made.kind.endsWith("_row") ? "row" : "none"}}`;
    const spot = (i) => (made.space.points ? made.space.points[i] : []), plain = (rows) => drawing.csv(rows, true);
    const files = {
      "study.yml": `${lines.join("\n")}\n`,
      "regions.csv": plain([["region", "region_zh", "group", ...(made.space.points ? ["longitude", "latitude"] : [])], ...table.regions.map((r, i) => [r, r, "regions", ...spot(i)])]),
      "panel.csv": plain([["region", "year", "series", "value"], ...table.regions.flatMap((r, i) => table.years.flatMap((year, t) =>
        made.chosen.map((indicator, c) => [r, year, ids[count + c], table.rows[i * table.years.length + t][indicator.j]])))]),
      "README.md": `# ${say.study_title}\n\n${say.study_source}\n`,
    };
    if (made.space.pairs) files["neighbours.csv"] = plain([["region", "neighbour"], ...made.space.pairs.map((pair) => pair.map((i) => table.regions[i]))]);
    return files;
  }

  const CRC = Uint32Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1; return c; });

  // A ZIP of stored files (PKWARE's APPNOTE 6.3.10: local heads, directory, its end)
  function zip(files) {
    const parts = [], directory = [], coder = new TextEncoder();
    let offset = 0;
    for (const [name, text] of Object.entries(files)) {
      const path = coder.encode(name), data = coder.encode(text);
      let crc = ~0;
      for (const byte of data) crc = (crc >>> 8) ^ CRC[(crc ^ byte) & 255];
      const fields = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, ~crc], [4, data.length], [4, data.length], [2, path.length], [2, 0]];
      const local = packed([[4, 0x04034b50], ...fields]);
      directory.push(packed([[4, 0x02014b50], [2, 20], ...fields, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), path);
      parts.push(local, path, data);
      offset += local.length + path.length + data.length;
    }
    const size = directory.reduce((sum, part) => sum + part.length, 0), count = Object.keys(files).length;
    return new Blob([...parts, ...directory, packed([[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]])], { type: "application/zip" });
  }
  const packed = (fields) => Uint8Array.from(fields.flatMap(([size, value]) => Array.from({ length: size }, (_, b) => (value >>> (8 * b)) & 255)));

  // Controls

  function tried(where, work) {
    at(where).textContent = "";
    try {
      work();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      at(where).textContent = where === "fault" ? filled(say.not_plain, error.message) : error.message;
    }
  }

  function choose() {
    at("choose").hidden = at("results").hidden = true;
    run++;
    tried("fault", () => {
      table = read(at("table").value);
      const half = Math.ceil(table.indicators.length / 2);
      at("choose").hidden = false;
      const list = (id, label, options, value) => {
        const select = node("select", { id: `calc-${id}`, "aria-label": label, autocomplete: "off" }, ...options.map(([key, text]) => node("option", { value: key }, text)));
        select.value = value;
        return select;
      };
      const systems = [0, 1, 2].map((s) => [s, String(s + 1)]), ways = ["positive", "negative", "leave_out"].map((w) => [w, say[w]]);
      fill("indicators", [say.indicator, say.subsystem, say.direction], table.indicators.map((name, j) => [
        name, list(`system-${j}`, `${say.subsystem}: ${name}`, systems, String(j < half ? 0 : 1)), list(`direction-${j}`, `${say.direction}: ${name}`, ways, "positive"),
      ]));
    });
  }

  at("kind").append(...["coordinates", "coordinates_row", "neighbours", "neighbours_row"].map((key) => node("option", { value: key }, say[key])));
  at("name-0").value = say.first_subsystem;
  at("name-1").value = say.second_subsystem;
  at("read").addEventListener("click", choose);
  at("file").addEventListener("change", async () => {
    const data = at("file").files[0] && await at("file").files[0].arrayBuffer();
    if (!data) return;
    try {
      at("table").value = new TextDecoder("utf-8", { fatal: true }).decode(data);
    } catch {
      at("table").value = new TextDecoder("gb18030").decode(data);
    }
    choose();
  });
  at("example").addEventListener("click", () => {
    at("table").value = page.example.table;
    choose();
    at("places").value = page.example.places;
    page.example.negative.forEach((j) => { at(`direction-${j}`).value = "negative"; });
  });
  at("compute").addEventListener("click", () => tried("wrong", () => { made = compute(); show(); }));
  at("csv").addEventListener("click", () => drawing.save("scores.csv", `\ufeff${drawing.csv([["region", "year", ...made.names, "coupling", "coordination_index", "coordination_degree", "rank", "level"], ...scored()])}`, "text/csv"));
  at("zip").addEventListener("click", () => drawing.save("my-study.zip", zip(Object.fromEntries(Object.entries(study()).map(([name, text]) => [`my-study/${name}`, text])))));
  document.documentElement.dataset.drawn = "yes";
})();
