// Elements from plain data. Text is only ever text: names and payloads come from anywhere.

/** An element: `el("td", { class: "num", title: "…" }, "text", otherElement)`; attributes that are null are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A button that does something. */
export function button(text, onClick, attributes = {}) {
  const element = el("button", { type: "button", class: "button", ...attributes }, text);
  element.addEventListener("click", onClick);
  return element;
}

/** A table of columns [{title, num}] and rows of cells (text or elements). */
export function table({ columns, rows, label }) {
  const head = columns.map(({ title, num }) => el("th", { scope: "col", class: num ? "num" : null }, title));
  const body = rows.map((cells) => el("tr", {}, ...cells.map((cell, index) => dataCell(cell, columns[index]))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "table table--dense table--cards" },
      el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)));
}

function dataCell(content, { title, num, kind }) {
  return el("td", { "data-label": title, class: [num && "num", kind].filter(Boolean).join(" ") || null }, content);
}
