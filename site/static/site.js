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

  for (const form of document.querySelectorAll("form.filter")) {
    form.hidden = false;
    const scope = form.closest(".filtered") ?? document;
    const rows = [...scope.querySelectorAll("table.filterable tbody tr, .filterable > li")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const status = form.querySelector("output");
    const apply = () => {
      const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = [...form.querySelectorAll("select")].filter((s) => s.value);
      let shown = 0;
      rows.forEach((row, k) => {
        const fits = words.every((w) => texts[k].includes(w)) && chosen.every((s) => row.dataset[s.name] === s.value);
        row.hidden = !fits;
        shown += fits;
      });
      for (const part of document.querySelectorAll("[data-empties]")) {
        part.classList.toggle("empty", !part.querySelector("tbody tr:not([hidden]), .filterable > li:not([hidden])"));
      }
      status.textContent = form.dataset.shown.replace("{shown}", shown).replace("{all}", rows.length);
    };
    form.addEventListener("input", apply);
    form.addEventListener("change", apply); // some browsers say only this of a chosen option
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(apply));
    apply();
  }

  // A link into a filtered table must find its row.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const form = (target?.closest(".filtered") ?? document).querySelector("form.filter");
    if (target?.closest("[hidden]") && form) {
      form.reset();
      setTimeout(() => target.scrollIntoView(), 20);
    }
  };
  addEventListener("hashchange", reveal);
});
