// Saved views: a menu that opens them, saves the present one under a name, shares, renames and deletes one's own.

import { t } from "../lib/words.js";
import { button, el } from "./stream-dom.js";
import { fetchJson } from "./stream-fetch.js";

const small = (extra = {}) => ({ class: "button button--quiet button--small", ...extra });

/** `query()` is what the present view's address says; `open(query)` shows another one. */
export function createViews({ menu, views, query, open, fetch = fetchJson }) {
  const list = el("ul", { class: "views", role: "list" });
  const note = el("p", { class: "views__note", role: "status", hidden: "" });
  const name = el("input", { class: "input grow", name: "name", maxlength: "80", required: "", autocomplete: "off", "aria-label": t("Name of the view"), placeholder: t("Name this view") });
  const shared = el("input", { type: "checkbox", name: "shared" });
  const form = el("form", { class: "views__save" }, name, button(t("Save"), () => {}, { type: "submit" }), el("label", { class: "choice" }, shared, t("for everybody")));
  let known = views;

  async function tell(address, fields = {}) {
    const { body, problem } = await fetch(address, { post: fields });
    if (problem) say(`${problem.title} ${problem.remedy ?? ""}`.trim());
    else show(body.views);
    return !problem;
  }

  function say(text, ...actions) {
    note.hidden = text === "";
    note.replaceChildren(text, ...actions);
  }

  function show(next) {
    known = next;
    say("");
    const plain = { name: t("Everything, worst first"), query: "", own: false, id: null, default: !known.some((view) => view.default) };
    list.replaceChildren(...[plain, ...known].map(line));
  }

  function line(view) {
    const link = el("a", { class: "views__name truncate", href: view.query ? `/?${view.query}` : "/?show=watched", title: view.name, "aria-current": view.query === query() ? "true" : null }, view.name);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      menu.open = false;
      open(view.query);
    });
    const about = view.id === null ? "" : view.own ? (view.shared ? t("shared") : "") : t("by {name}", { name: view.owner });
    const opensWith = button("★", () => tell("/views/default/", { view: view.default ? "" : view.id ?? "" }), small({ "aria-pressed": String(view.default), "aria-label": t("Open the overview with {name}", { name: view.name }), title: t("The overview opens with it") }));
    const item = el("li", { class: "views__item" }, link, el("span", { class: "quiet" }, about), opensWith);
    if (view.own) item.append(button(t("rename"), () => edit(item, view), small()), button(t("delete"), () => remove(view), small({ "aria-label": t("Delete {name}", { name: view.name }) })));
    return item;
  }

  function edit(item, view) {
    const field = el("input", { class: "input grow", value: view.name, maxlength: "80", required: "", "aria-label": t("New name of {name}", { name: view.name }) });
    const all = el("input", { type: "checkbox" });
    all.checked = view.shared;
    const editor = el("form", { class: "views__save" }, field, button(t("Save"), () => {}, { type: "submit" }), el("label", { class: "choice" }, all, t("for everybody")));
    editor.addEventListener("submit", (event) => {
      event.preventDefault();
      tell(`/views/${view.id}/`, { name: field.value, shared: all.checked ? "1" : "" });
    });
    editor.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      show(known);
    });
    item.replaceChildren(editor);
    field.select();
  }

  async function remove(view) {
    if (!(await tell(`/views/${view.id}/delete/`))) return;
    const undo = button(t("Undo"), () => tell(`/views/${view.id}/restore/`), small());
    say(t("Deleted: {name}", { name: view.name }), " ", undo);
    undo.focus();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = { name: name.value, shared: shared.checked ? "1" : "", query: query() };
    if (!(await tell("/views/", said))) return;
    say(t("Saved: {name}", { name: said.name }));
    form.reset();
  });
  menu.addEventListener("toggle", () => menu.open && show(known));
  menu.querySelector(".menu__body").replaceChildren(list, note, form);
  show(known);
}
