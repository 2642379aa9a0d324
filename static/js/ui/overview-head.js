// The headings of the columns that are shown, and the menu that chooses them.

import { CHOICES, chosen, fitting, spelledColumns, tracks } from "../lib/columns.js";
import { t } from "../lib/words.js";
import { button, el } from "./stream-dom.js";

const STORED = "overview-columns"; // what this person likes to see, where the address says nothing

const stored = () => {
  try {
    return (localStorage.getItem(STORED) ?? "").split(",").filter(Boolean);
  } catch {
    return []; // storage is forbidden: the usual columns
  }
};

function store(names) {
  try {
    if (names.length) localStorage.setItem(STORED, names.join(","));
    else localStorage.removeItem(STORED);
  } catch {
    // storage is forbidden: the address keeps them
  }
}

/** `onShow(columns)` hears which columns are shown; `onChoose(names)` what the address is to say. */
export function createHead({ grid, head, menu, asked, act, onShow, onChoose }) {
  let names = chosen(asked.length ? asked : stored());
  let shown = "";
  const note = el("p", { class: "quiet", role: "status" });
  const boxes = CHOICES.map(({ name, word }) => {
    const box = el("input", { type: "checkbox", value: name });
    return el("label", { class: "choice" }, box, word());
  });
  const usual = button(t("The usual columns"), () => choose([]), { class: "button button--quiet" });
  menu.replaceChildren(el("fieldset", { class: "menu__choices" }, el("legend", { class: "visually-hidden" }, t("Columns")), ...boxes), note, usual);
  menu.addEventListener("change", () => choose(boxes.map((label) => label.control).filter((box) => box.checked).map((box) => box.value)));

  function choose(next) {
    names = chosen(next);
    store(spelledColumns(names));
    onChoose(spelledColumns(names));
    show();
  }

  function show() {
    const room = grid.clientWidth / parseFloat(getComputedStyle(document.documentElement).fontSize);
    const isNarrow = getComputedStyle(head).position === "absolute"; // a phone: rows are cards, and have room for all
    const columns = fitting(names, isNarrow ? Infinity : room, { act });
    for (const label of boxes) label.control.checked = names.includes(label.control.value);
    const left = names.length - columns.filter(({ rank }) => rank).length;
    note.textContent = left ? t("No room here for: {names}", { names: CHOICES.filter(({ name }) => names.includes(name) && !columns.some((column) => column.name === name)).map(({ word }) => word()).join(", ") }) : "";
    const identity = columns.map(({ name }) => name).join();
    if (identity === shown) return;
    shown = identity;
    grid.style.setProperty("--tracks", tracks(columns, { act }));
    grid.setAttribute("aria-colcount", String(columns.length + (act ? 1 : 0)));
    head.replaceChildren(headings(columns));
    onShow(columns);
  }

  function headings(columns) {
    const row = el("div", { class: "row row--head", role: "row", "aria-rowindex": "1" });
    for (const { name, word, title, figure } of columns) {
      const sorter = el("button", { class: "sorter", type: "button", title: title ? null : word(), "data-why": title?.() }, word());
      row.append(el("div", { role: "columnheader", class: `cell cell--${name}${figure ? " num" : ""}`, "data-sort": name, "aria-sort": "none" }, sorter));
    }
    if (act) row.append(el("div", { role: "columnheader", class: "cell cell--act" }, el("span", { class: "visually-hidden" }, t("Act"))));
    return row;
  }

  new ResizeObserver(show).observe(grid);
  show();
  return {
    /** What the address is to say of the present choice. */
    asked: () => spelledColumns(names),

    /** Shows what another address asks for. */
    ask(next) {
      names = chosen(next.length ? next : stored());
      show();
    },
  };
}
