// What a threshold comes to while it is filled in: asked of the server once the fingers rest.

import { t } from "../lib/words.js";
import { setText } from "./cells.js";
import { boxOf, unitOf } from "./threshold-form.js";

const REST_MS = 400;
const LIMITS = ["notice_limit", "notice_clear", "warning_limit", "warning_clear", "critical_limit", "critical_clear"];
const TIMES = ["window_s", "hold_s", "keep_open_s"];

/** Sends the form's fields to an address of ours and resolves to what it answers; rejects where that is no JSON. */
export async function ask(form, address, more = {}, signal = undefined) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body, signal, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(t("The server answered {status}.", { status: answer.status }));
  return answer.json();
}

/** Fills `place` and what stands beside the fields, now and after each change that rests for a moment. */
export function lookWhileTyping(form, place) {
  let timer = 0;
  let running = null;

  async function look() {
    running?.abort();
    running = new AbortController();
    try {
      show(form, place, await ask(form, place.dataset.look, { _id: place.dataset.id }, running.signal));
    } catch (error) {
      if (error.name !== "AbortError") setText(place.querySelector("[data-found=matches]"), t("It cannot be said now: {why}", { why: error.message }));
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, REST_MS);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  // The stock admin's chooser of streams changes its select without an event that others hear.
  new MutationObserver(later).observe(form.elements.stream ?? form, { childList: true });
  place.hidden = false;
  look();
}

function show(form, place, { understood, problems, matches, worst }) {
  const line = place.querySelector("[data-found=matches]");
  line.dataset.level = matches?.level ?? "";
  setText(line, matches?.text ?? t("Fill in what it is for, and you will see what it matches."));
  setText(place.querySelector("[data-found=worst]"), worst ?? "");
  for (const name of LIMITS) note(form, name, understood[name], unitOf(form));
  for (const name of TIMES) note(form, name, understood[name], t("seconds"));
  for (const name of new Set([...form.elements].map((field) => field.name))) if (name) problem(form, name, problems[name] ?? "");
}

const plain = (text) => text.replace(/\s/g, "");

/** Beside a number what it was taken for, where that is not just what stands there, or what it is in. */
function note(form, name, understood, unit) {
  const field = form.elements[name];
  if (!field) return;
  let its = field.parentElement.querySelector(".understood");
  if (!its) {
    its = document.createElement("span");
    its.className = "understood";
    field.after(its);
  }
  const says = understood && plain(understood) !== plain(field.value);
  setText(its, says ? `= ${understood}` : understood && /[a-z%/]/i.test(field.value) ? "" : unit);
}

/** A sentence under a field that has none from the server's own answer. */
function problem(form, name, text) {
  const box = boxOf(form, name);
  if (!box || box.querySelector(".errorlist")) return;
  let its = box.querySelector(".live-problem");
  if (!its) {
    if (!text) return;
    its = document.createElement("p");
    its.className = "live-problem";
    box.append(its);
  }
  setText(its, text);
  its.hidden = !text;
}
