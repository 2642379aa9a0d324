// Send test, in place: how long it takes while it runs, then the answer and the message. Without scripts it is a page.

import { t } from "../lib/words.js";
import { sectionOf } from "./form-preview.js";

async function ask(form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).sections.map(sectionOf);
}

function failed(error) {
  const text = t("The answer could not be had ({why}); the receiver's history says what came of it.", { why: error.message });
  return [Object.assign(document.createElement("p"), { textContent: text })];
}

async function run(form, button, result) {
  const body = Object.assign(document.createElement("div"), { className: "preview__body" });
  const began = Date.now();
  const tell = () => { body.textContent = t("Sending the test … {n} s", { n: Math.round((Date.now() - began) / 1000) }); };
  tell();
  result.replaceChildren(body);
  result.hidden = false;
  button.setAttribute("aria-disabled", "true");
  const timer = setInterval(tell, 1000);
  const shown = await ask(form).catch(failed);
  clearInterval(timer);
  button.removeAttribute("aria-disabled");
  body.replaceChildren(...shown);
}

/** Lets “Send test” show its result in the page; does nothing on others. */
export function startSendTest(root = document) {
  const form = root.querySelector("form[data-send-test]");
  const result = root.querySelector("[data-test-result]");
  if (!form || !result) return;
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") run(form, button, result);
  });
}
