// Sorting and filtering of tables. Without this script the tables are complete, in their first order.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = text === "" ? NaN : Number(text.replace("−", "-"));
    return Number.isNaN(number) ? text : number;
  };
  const order = (a, b) => {
    if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b);
    return typeof a === "number" ? -1 : 1; // numbers before words and dashes
  };

  const reachable = () => {
    for (const code of document.querySelectorAll(".highlight pre")) {
      if (code.scrollWidth > code.clientWidth) code.tabIndex = 0; // so that the keyboard scrolls it
    }
  };
  reachable();

  // Code of notebooks is folded; whoever comes to a cell sees its code, and a button unfolds all.
  const folded = [...document.querySelectorAll("details.above-input")];
  const unfold = () => {
    const cell = location.hash.startsWith("#cell-") && document.getElementById(location.hash.slice(1));
    if (!cell) return;
    const next = folded.find((d) => cell.compareDocumentPosition(d) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (next && !next.open) {
      next.open = true;
      cell.scrollIntoView();
    }
  };
  for (const fold of folded) fold.addEventListener("toggle", reachable);
  for (const all of document.querySelectorAll(".code-of-all")) {
    const button = all.querySelector("button");
    all.hidden = folded.length === 0;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "false";
      for (const fold of folded) fold.open = open;
      button.setAttribute("aria-expanded", String(open));
      [button.textContent, button.dataset.fold] = [button.dataset.fold, button.textContent];
    });
  }
  addEventListener("hashchange", unfold);
  unfold();

  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      if (heading.hasAttribute("data-fixed")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const direction = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        headings.forEach((h) => h.hasAttribute("aria-sort") && h.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", direction);
        const sign = direction === "ascending" ? 1 : -1;
        const rows = [...table.tBodies[0].rows].map((row, k) => [keyOf(row, column), k, row]);
        rows.sort((a, b) => sign * order(a[0], b[0]) || a[1] - b[1]);
        table.tBodies[0].append(...rows.map((r) => r[2]));
      });
    });
  }

  // Numbers that are too many for their page stand in a script beside it; those that are looked for are put in.
  const beside = [...document.querySelectorAll("table[data-more]")].map((table) => {
    const rows = window.numbers.rows[table.dataset.more].slice(window.numbers.first);
    const texts = rows.map((row) => [...row.slice(0, 4), window.numbers.origins[row[5]].replace(/<[^>]*>/g, "")].join(" ").toLowerCase());
    return { table, rows, texts };
  });
  const most = 200;
  const put = (table, [key, text, unit, full, sort, origin]) => {
    const row = table.tBodies[0].insertRow();
    row.id = key;
    row.dataset.beside = "";
    const link = document.createElement("a");
    link.href = `#${key}`;
    link.textContent = key;
    const name = row.insertCell();
    name.className = "key";
    name.append(link);
    for (const said of [text, unit, full]) {
      const cell = row.insertCell();
      cell.textContent = said;
      if (said !== unit && sort) [cell.className, cell.dataset.sort] = ["number", sort];
    }
    const where = row.insertCell();
    where.className = "origin";
    where.innerHTML = window.numbers.origins[origin];
    return row;
  };
  const putIn = (words) => {
    let found = 0;
    for (const row of document.querySelectorAll("tr[data-beside]")) row.remove();
    for (const { table, rows, texts } of beside) {
      rows.forEach((row, k) => {
        if (words.length && words.every((w) => texts[k].includes(w)) && ++found <= most) put(table, row);
      });
    }
    return words.length ? found : 0;
  };

  for (const form of document.querySelectorAll("form.filter")) {
    form.hidden = false;
    const scope = form.closest(".filtered") ?? document;
    const rows = [...scope.querySelectorAll("table.filterable tbody tr, .filterable > li")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const status = form.querySelector("output");
    const apply = () => {
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = [...form.querySelectorAll("select")].filter((s) => s.value);
      let shown = beside.length ? putIn(words) : 0;
      rows.forEach((row, k) => {
        const fits = words.every((w) => texts[k].includes(w)) && chosen.every((s) => row.dataset[s.name] === s.value);
        row.hidden = !fits;
        shown += fits;
      });
      for (const note of document.querySelectorAll("p.beside")) note.hidden = words.length > 0;
      for (const part of document.querySelectorAll("[data-empties]")) {
        part.classList.toggle("empty", !part.querySelector("tbody tr:not([hidden]), .filterable > li:not([hidden])"));
      }
      const all = beside.reduce((sum, own) => sum + own.rows.length, rows.length);
      status.textContent = form.dataset.shown.replace("{shown}", shown).replace("{all}", all);
    };
    form.addEventListener("input", apply);
    form.addEventListener("change", apply); // some browsers say only this of a chosen option
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    apply();
  }

  // On the page of the search, numbers, sentences and captions that hold what is looked for.
  const place = document.getElementById("numbers-found");
  const query = new URLSearchParams(location.search).get("q")?.trim().toLowerCase();
  const SHOWN = 60;
  if (place && query && window.numbers) {
    const found = [];
    const holds = (text) => {
      const at = text.toLowerCase().indexOf(query);
      const whole = at >= 0 && !(/^\d/.test(query) && /[\d.]$/.test(text.slice(0, at)));
      return whole ? at : -1;
    };
    for (const [href, title, text] of window.numbers.texts) {
      const at = holds(text);
      if (at >= 0) found.push({ href, title, text, at, rank: 1 });
    }
    for (const rows of Object.values(window.numbers.rows)) {
      for (const [key, text, unit, full] of rows) {
        const said = `${text} ${unit}`.trim();
        const rank = said.toLowerCase() === query || text === query ? 0 : holds(said) === 0 || holds(full) === 0 || holds(key) >= 0 ? 2 : 9;
        if (rank < 9) found.push({ href: `results.html#${key}`, title: key, text: full && full !== text ? `${said} (${full})` : said, at: 0, rank });
      }
    }
    found.sort((a, b) => a.rank - b.rank);
    for (const { href, title, text, at } of found.slice(0, SHOWN)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      [link.href, link.textContent] = [href, title];
      const excerpt = document.createElement("p");
      const start = at > 60 ? text.indexOf(" ", at - 60) + 1 || at - 60 : 0;
      const cut = at + query.length + 120, end = cut < text.length ? Math.max(text.lastIndexOf(" ", cut), at + query.length) : cut;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(at, at + query.length);
      const exact = mark.textContent.toLowerCase() === query;
      excerpt.append(start ? "… " : "", text.slice(start, at), exact ? mark : mark.textContent, text.slice(at + query.length, end));
      if (end < text.length) excerpt.append(" …");
      item.append(link, excerpt);
      place.querySelector("ul").append(item);
    }
    place.querySelector("output").textContent = (found.length > SHOWN ? place.dataset.first : place.dataset.count).replace("{}", found.length).replace("{}", SHOWN);
    place.hidden = !found.length;
  }

  // Of the provenance graph, what a box rests on and what rests on it.
  for (const svg of document.querySelectorAll(".graph svg")) {
    const lines = [...svg.querySelectorAll("path")];
    const boxes = [...svg.querySelectorAll("a")];
    const reach = (key, from, to, found) => {
      for (const line of lines) {
        if (line.dataset[from] !== key || found.has(line)) continue;
        found.add(line);
        reach(line.dataset[to], from, to, found);
      }
      return found;
    };
    const choose = (box) => {
      const key = box?.dataset.box;
      const on = key ? new Set([...reach(key, "start", "end", new Set()), ...reach(key, "end", "start", new Set())]) : new Set();
      const keys = new Set([key, ...[...on].flatMap((line) => [line.dataset.start, line.dataset.end])]);
      svg.classList.toggle("chosen", Boolean(key));
      for (const line of lines) line.classList.toggle("on", on.has(line));
      for (const other of boxes) other.classList.toggle("on", keys.has(other.dataset.box));
    };
    for (const box of boxes) {
      for (const event of ["focus", "pointerenter"]) box.addEventListener(event, () => choose(box));
      for (const event of ["blur", "pointerleave"]) box.addEventListener(event, () => choose(null));
    }
  }

  // A link into a filtered table must find its row.
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    let target = id ? document.getElementById(id) : null;
    for (const { table, rows } of target ? [] : beside) {
      const row = rows.find(([key]) => key === id);
      if (row) (target = put(table, row)).scrollIntoView();
    }
    const form = (target?.closest(".filtered") ?? document).querySelector("form.filter");
    if (target?.closest("[hidden]") && form) {
      form.reset();
      setTimeout(() => target.scrollIntoView(), 20);
    }
  };
  addEventListener("hashchange", reveal);
  if (beside.length) reveal();
});
