// Where a number of the paper comes from, beside it. Without this script every number still leads there.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const { words, commit, entries, origins, functions } = window.origins;
  const addressed = (link) => decodeURIComponent(link.getAttribute("href"));
  const links = [...document.querySelectorAll("article a.origin")].filter((link) => addressed(link) in entries);
  let box = null;
  let opener = null;
  let timer = 0;
  let returning = false;
  let touched = false;

  const make = (tag, text = "", name = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const linked = ([text, href]) => {
    if (!href) return make("span", text);
    const link = make("a", text);
    link.href = href;
    return link;
  };
  const row = (list, label, ...parts) => {
    const told = make("dd");
    parts.forEach((part, k) => told.append(k ? " · " : "", part));
    list.append(make("dt", label), told);
    return told;
  };
  // A cell by what its row and its column are called.
  const named = (cell) => {
    const { cells } = cell.parentElement;
    const heads = cell.closest("table").tHead.rows[0].cells;
    const row = [...cells].slice(0, cell.cellIndex).filter((other) => !other.querySelector("a.cell"));
    return [...row, heads[cell.cellIndex]].map((one) => one.textContent.trim()).filter(Boolean).join(" · ");
  };
  const valued = ([full, unit]) => (unit ? `${full} ${unit}` : full);

  const filled = (link) => {
    const { full = link.dataset.full, unit, alike, turn = [], origin, function: called } = entries[addressed(link)];
    const from = origins[origin];
    const mark = link.classList.contains("mark");
    const content = make("div", "", "origin-box");
    const head = make("p", "", "origin-head");
    const close = make("button", "\u00d7");
    close.type = "button";
    close.setAttribute("aria-label", words.close);
    close.addEventListener("click", () => hide(true));
    const beside = link.classList.contains("cell") ? named(link.closest("td")) : alike && !mark ? words.within : "";
    head.append(make("strong", mark ? words.sentence : link.textContent), " ", make("span", beside), close);
    const list = make("dl");
    if (full) row(list, words.value, make("span", valued([full, unit]), "full"));
    const near = alike?.[link.textContent] ?? [];
    if (near.length) {
      const told = row(list, words.value);
      for (const [full, called, key] of near) {
        const line = make("p");
        const named = linked(["", key && `results.html#${encodeURIComponent(key)}`]);
        named.append(...(key || called).split(/(?<=[._])/).flatMap((part) => [part, document.createElement("wbr")]));
        line.append(make("span", full, "full"), " · ", named);
        told.append(line);
      }
      if (near.length > 1) told.append(make("p", words.alike.replace("{}", link.textContent), "alike"));
    }
    row(list, words.cell, linked(from.cell));
    if (called) {
      const [name, place, source] = functions[called];
      row(list, words.function, linked([name, place]));
      if (source) {
        const wide = make("dd", "", "wide");
        const folded = make("details");
        const code = make("pre", source);
        code.tabIndex = 0;
        folded.append(make("summary", words.source), code);
        wide.append(folded);
        list.append(wide);
      }
    }
    if (from.inputs.length) row(list, words.inputs, ...from.inputs.map(linked));
    if (from.handed.length) row(list, words.handed, ...from.handed.map(linked));
    row(list, words.more, ...[[words.row, link.getAttribute("href")], [words.way, from.way], commit, ...turn].filter((to) => to[1]).map(linked));
    content.append(head, list);
    if (from.kept) content.append(make("p", words.kept, "kept"));
    content.setAttribute("role", "dialog");
    content.setAttribute("aria-label", `${words.title} ${mark ? words.sentence : link.textContent}`);
    return content;
  };

  // Beneath the number, or above where there is more room; on a narrow screen the style puts it at the foot.
  const place = () => {
    const at = opener.getClientRects()[0];
    const beneath = innerHeight - at.bottom > Math.min(box.offsetHeight + 12, at.top);
    const room = (beneath ? innerHeight - at.bottom : at.top) - 12;
    box.style.maxHeight = `${Math.max(room, 120)}px`;
    box.style.left = `${Math.max(8, Math.min(at.left - 12, document.documentElement.clientWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${beneath ? at.bottom + 6 : Math.max(6, at.top - box.offsetHeight - 6)}px`;
  };
  const hide = (back = false) => {
    clearTimeout(timer);
    if (!box) return;
    const [old, link] = [box, opener];
    const within = old.contains(document.activeElement);
    [box, opener] = [null, null];
    link.setAttribute("aria-expanded", "false");
    if (back && within) {
      returning = true;
      link.focus();
      returning = false;
    }
    old.remove();
  };
  const show = (link) => {
    clearTimeout(timer);
    if (opener === link) return;
    hide();
    [box, opener] = [filled(link), link];
    box.addEventListener("pointerenter", () => clearTimeout(timer));
    box.addEventListener("pointerleave", leave);
    box.addEventListener("toggle", place, true);
    link.after(box);
    if (box.showPopover) {
      box.popover = "manual"; // above everything, whatever scrolls around the number
      box.showPopover();
    }
    link.setAttribute("aria-expanded", "true");
    place();
    const covered = link.getClientRects()[0].bottom - box.getBoundingClientRect().top;
    if (box.getBoundingClientRect().left === 0 && covered > 0) scrollBy(0, covered + 12); // a sheet at the foot
  };
  const later = (what, patience) => {
    clearTimeout(timer);
    timer = setTimeout(what, patience);
  };
  const leave = (event) => {
    if (event.pointerType === "mouse") later(() => box?.contains(document.activeElement) || hide(), 250);
  };

  for (const equation of document.querySelectorAll(".equation")) {
    if (equation.scrollWidth > equation.clientWidth) equation.tabIndex = 0; // so that the keyboard scrolls it
  }
  for (const link of links) {
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && later(() => show(link), 150));
    link.addEventListener("pointerleave", leave);
    link.addEventListener("focus", () => !returning && link.matches(":focus-visible") && show(link));
    link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
    link.addEventListener("click", (event) => {
      if (!touched || opener === link) return;
      event.preventDefault(); // the first touch opens, as there is nothing to point with
      show(link);
    });
  }
  document.addEventListener("focusin", ({ target }) => box && target !== opener && !box.contains(target) && hide());
  document.addEventListener("pointerdown", ({ target }) => box && !opener.contains(target) && !box.contains(target) && hide());
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide(true));
  addEventListener("scroll", () => box && place(), { passive: true });
  addEventListener("resize", () => box && place());
});
