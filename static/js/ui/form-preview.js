// The preview beside a form of the admin: asked for anew while the form is filled in. The server makes the words.

import { isChanged } from "./refresh.js";
import { t } from "../lib/words.js";

const PAUSE_MS = 400;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function badge({ word, level }) {
  const made = element("span", { className: "badge", textContent: word });
  if (level) made.dataset.level = level;
  return made;
}

function line(item) {
  const text = item.url ? element("a", { href: item.url, textContent: item.text }) : item.text;
  return element("li", {}, ...(item.word ? [badge(item), " "] : []), text);
}

/** A section of a preview (streams_admin/sections.py) as the template draws it. */
export function sectionOf({ title, text, level, items, plain }) {
  const made = element("section", { className: "preview__section" }, element("h3", { textContent: title }));
  if (text) {
    const said = element("p", { textContent: text });
    if (level) {
      said.className = "note";
      said.dataset.level = level;
    }
    made.append(said);
  }
  if (items.length) made.append(element("ul", { className: "preview__list" }, ...items.map(line)));
  if (plain) made.append(element("pre", { className: "preview__plain mono", tabIndex: 0, textContent: plain }));
  return made;
}

async function ask(form, url, signal) {
  const answer = await fetch(url, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).sections;
}

/** Keeps the preview of the form around it up to date; does nothing where there is none. */
export function startFormPreview(root = document) {
  const box = root.querySelector("[data-form-preview]");
  if (!box) return;
  const form = box.closest("form");
  const body = box.querySelector(".preview__body");
  let timer = 0;
  let asking = null;
  const refresh = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const sections = await ask(form, box.dataset.formPreview, asking.signal);
      body.replaceChildren(...sections.map(sectionOf));
      box.hidden = !sections.length;
    } catch (error) {
      if (error.name === "AbortError") return;
      body.replaceChildren(element("p", { className: "quiet", textContent: t("The preview could not be had; saving still works.") }));
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  if (isChanged(form)) later();
}
