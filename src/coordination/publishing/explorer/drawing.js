"use strict";
// Small figures as SVG, texts and files, for both pages. Text becomes text nodes and never markup.
const drawing = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const INK = { here: "#0072b2", study: "#d55e00", published: "#009e73" }; // Okabe and Ito, with a shape of its own each

  function node(name, attributes = {}, ...content) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  }

  function shape(parent, name, attributes = {}, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  function canvas(place, width, height, label) {
    const svg = document.createElementNS(SVG, "svg");
    const look = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, fill: "currentColor", "font-size": 12 };
    for (const [key, value] of Object.entries(look)) svg.setAttribute(key, value);
    svg.setAttribute("font-family", getComputedStyle(document.body).fontFamily);
    place.replaceChildren(svg);
    return svg;
  }

  // One mark a series, told apart by shape as well as by colour
  function mark(svg, kind, x, y) {
    if (kind === "here") return shape(svg, "circle", { cx: x, cy: y, r: 4.5, fill: INK.here });
    if (kind === "study") return shape(svg, "circle", { cx: x, cy: y, r: 5.5, fill: "none", stroke: INK.study, "stroke-width": 2 });
    return shape(svg, "path", { d: `M${x - 4},${y - 4}l8,8m0,-8l-8,8`, stroke: INK.published, "stroke-width": 2, fill: "none" });
  }

  function key(svg, series, x, y) {
    for (const [kind, name] of series) {
      mark(svg, kind, x + 6, y);
      const text = shape(svg, "text", { x: x + 16, y: y + 4 }, name);
      x += 30 + (svg.isConnected ? text.getComputedTextLength() : 8 * name.length);
    }
  }

  // Labels at one side keep apart: places from top to bottom that are at least `gap` away from one another
  function apart(places, gap, low, high) {
    const order = places.map((_, k) => k).sort((a, b) => places[a] - places[b]), result = [...places];
    order.forEach((k, p) => { if (p) result[k] = Math.max(result[k], result[order[p - 1]] + gap); });
    let limit = high;
    for (const k of [...order].reverse()) { result[k] = Math.max(low, Math.min(result[k], limit)); limit = result[k] - gap; }
    return result;
  }

  function ticks(low, high, count) {
    const raw = (high - low) / count || 1, size = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((f) => f * size >= raw) * size, found = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) found.push(Number(v.toFixed(10)));
    return found;
  }

  // Lines of series by year, each with its name at its end
  function lines(place, label, years, series) {
    const width = Math.max(240, place.clientWidth || 480), height = 210;
    const svg = canvas(place, width, height, label), known = series.filter(([, , values]) => values);
    const every = known.flatMap(([, , values]) => values).filter((v) => v != null && Number.isFinite(v));
    const low = Math.min(0, ...every), high = Math.max(0.01, ...every), side = Math.min(130, width / 3);
    const x = (t) => 42 + (years.length > 1 ? (t * (width - 56 - side)) / (years.length - 1) : 10);
    const y = (v) => 12 + ((high - v) * (height - 44)) / (high - low || 1);
    for (const v of ticks(low, high, 4)) {
      shape(svg, "line", { x1: 38, x2: width - side - 8, y1: y(v), y2: y(v), stroke: "currentColor", "stroke-opacity": v === 0 ? 0.6 : 0.15 });
      shape(svg, "text", { x: 34, y: y(v) + 4, "text-anchor": "end", "font-size": 11 }, String(v));
    }
    const each = Math.max(1, Math.ceil((years.length * 44) / (width - side)));
    years.forEach((year, t) => {
      if (t % each === 0) shape(svg, "text", { x: x(t), y: height - 8, "text-anchor": "middle", "font-size": 11 }, year);
    });
    const ends = known.map(([, , values]) => {
      const last = values.reduce((best, v, t) => (v != null && Number.isFinite(v) ? t : best), 0);
      return y(Number.isFinite(values[last]) ? values[last] : 0);
    });
    const labels = apart(ends, 15, 16, height - 34);
    known.forEach(([kind, name, values], s) => {
      const points = values.map((v, t) => [t, v]).filter(([, v]) => v != null && Number.isFinite(v));
      const path = points.map(([t, v], p) => `${p ? "L" : "M"}${x(t).toFixed(2)},${y(v).toFixed(2)}`).join("");
      shape(svg, "path", { d: path, fill: "none", stroke: INK[kind], "stroke-width": 2 });
      for (const [t, v] of points) shape(mark(svg, kind, x(t), y(v)), "title", {}, `${name}, ${years[t]}: ${v.toFixed(3)}`);
      shape(svg, "text", { x: width - side + 6, y: labels[s] + 4 }, name);
    });
    return svg;
  }

  function save(name, content, type) {
    const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    const link = node("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  // A figure on paper of its own: colours that the page's style gives are written into it
  function picture(svg, title) {
    const copy = svg.cloneNode(true), style = getComputedStyle(document.body), back = document.createElementNS(SVG, "rect");
    copy.setAttribute("xmlns", SVG);
    copy.setAttribute("color", style.color);
    for (const [key, value] of Object.entries({ width: "100%", height: "100%", fill: style.backgroundColor })) back.setAttribute(key, value);
    copy.prepend(back);
    const said = document.createElementNS(SVG, "title");
    said.textContent = title;
    copy.prepend(said);
    return new XMLSerializer().serializeToString(copy);
  }

  function raster(svg, title, name) {
    const image = new Image(), size = [svg.width.baseVal.value, svg.height.baseVal.value], scale = Math.min(2, 16000 / size[1]);
    image.onload = () => {
      const board = node("canvas", { width: Math.round(size[0] * scale), height: Math.round(size[1] * scale) });
      board.getContext("2d").drawImage(image, 0, 0, board.width, board.height);
      board.toBlob((blob) => save(name, blob));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture(svg, title))}`;
  }

  // A cell that a spreadsheet would take for a formula gets an apostrophe before it
  function cell(value) {
    const text = typeof value === "number" || value == null ? String(value ?? "") : String(value).replace(/^(?=[=+\-@\t\r])/, "'");
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }
  const plainly = (value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replace(/"/g, '""')}"` : String(value));
  const csv = (rows, plain = false) => `${rows.map((row) => row.map(plain ? plainly : cell).join(",")).join("\r\n")}\r\n`;

  const filled = (text, ...values) => { let k = 0; return text.replace(/\{\}/g, () => values[k++]); };

  return { INK, node, shape, canvas, mark, key, apart, ticks, lines, save, picture, raster, csv, filled };
})();
