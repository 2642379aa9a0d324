// One entry in full. Each value can be copied, looked at as it is stored, and saved as a file.

import { bytes } from "../lib/format.js";
import { copyable } from "../lib/payload.js";
import { t } from "../lib/words.js";
import { hexBlock, payloadList } from "./payload.js";
import { button, el } from "./stream-dom.js";
import { fetchJson } from "./stream-fetch.js";
import { createPanel, emptyNote } from "./stream-panel.js";

/** Fetches and shows the entry of `page` in `element`. */
export function createEntry({ element, page, now }) {
  const panel = createPanel({ element, now, render: ({ payload }) => [shown(payload, page)] });
  panel.load(page.data);
}

function shown(payload, page) {
  if (payload === null) return emptyNote(t("What this entry holds is hidden."), t("Seeing it needs the permission “Can see payloads of entries”."));
  return payloadList(payload, { full: true, actions: (field, index) => actions(field, page.value.replace(/\/0\/$/, `/${index}/`)) });
}

function actions(field, url) {
  const bar = el("div", { class: "bar payload__actions" });
  const copied = copyable(field);
  if (copied !== null) bar.append(copyButton(copied));
  // Where a part of a value is masked, the server would refuse it as it is stored.
  if (field.kind !== "masked" && !field.masked) bar.append(rawButton(url, bar), el("a", { class: "button button--quiet", href: url, download: "" }, t("Download")));
  return bar.childElementCount ? [bar] : [];
}

function copyButton(text) {
  const copy = button(t("Copy"), async () => {
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    copy.textContent = done ? t("Copied") : t("This browser refuses to copy");
  }, { class: "button button--quiet", "aria-live": "polite" });
  return copy;
}

function rawButton(url, bar) {
  let raw = null;
  const toggle = button(t("As stored"), async () => {
    raw ??= await stored(url);
    if (raw.parentElement) raw.remove();
    else bar.after(raw);
    toggle.setAttribute("aria-expanded", String(Boolean(raw.parentElement)));
  }, { class: "button button--quiet", "aria-expanded": "false" });
  return toggle;
}

async function stored(url) {
  const { body, problem } = await fetchJson(`${url}?as=hex`);
  if (problem) return el("p", { class: "quiet", role: "alert" }, [problem.title, problem.remedy].filter(Boolean).join(" "));
  const cut = body.hex.length / 2 < body.bytes;
  const size = cut ? t("The first {part} of {size}, as stored; the download has all of it.", { part: bytes(body.hex.length / 2), size: bytes(body.bytes) }) : t("{size}, as stored.", { size: bytes(body.bytes) });
  return el("div", { class: "payload__stored" }, el("p", { class: "quiet" }, size), hexBlock(body.hex));
}
