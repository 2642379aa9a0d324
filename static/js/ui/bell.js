// Tells of critical alerts where this browser was asked to: a notification, a sound, once over all its tabs. The server says whether an alert
// is one to ring for: not where somebody has it, or it is muted.

import { claim, ringKey } from "../lib/bell.js";
import { nt, t, told } from "../lib/words.js";
import { setText } from "./cells.js";
import { isAudible, playBell } from "./sound.js";
import { fetchJson } from "./stream-fetch.js";

const STORED = "bell-rung";
const CHOICES = { notify: "bell-notify", sound: "bell-sound" };
const GATHER_MS = 800; // a storm rings once
const MOST_ASKED = 5;
const STEP_ASIDE_MS = 600; // a tab that may not sound lets others go first

let heard = [];
let timer = null;

const isOn = (choice) => {
  try {
    return localStorage.getItem(CHOICES[choice]) === "on";
  } catch {
    return false; // storage is forbidden: nothing was chosen
  }
};
const mayNotify = () => globalThis.Notification?.permission === "granted";

/** Takes any event of an alert. */
export function heardOf(event) {
  const key = ringKey(event);
  if (!key || !(isOn("notify") || isOn("sound"))) return;
  heard.push({ key, alert: event.alert });
  timer ??= setTimeout(ringFor, GATHER_MS);
}

async function ringFor() {
  const all = heard;
  [heard, timer] = [[], null];
  const address = document.getElementById("open-alerts")?.dataset.ring;
  if (!address) return;
  if (isOn("sound") && !(await isAudible())) await new Promise((done) => setTimeout(done, STEP_ASIDE_MS));
  for (const { key, alert } of all.slice(0, MOST_ASKED)) {
    const { body } = await fetchJson(address.replace("/0/", `/${alert}/`));
    if (!body?.rings) continue;
    if (await isFirst(key)) ring({ title: told(body.title), url: address.replace("/0/ring/", `/${alert}/`), more: all.length - 1 });
    return;
  }
}

/** Of all tabs the first; where the browser has no locks, two may ring at the same instant. */
function isFirst(key) {
  const take = () => {
    const { isFirst: mine, text } = claim(localStorage.getItem(STORED), key, Date.now());
    localStorage.setItem(STORED, text);
    return mine;
  };
  return navigator.locks ? navigator.locks.request(STORED, take) : take();
}

function ring({ title, url = null, more = 0 }) {
  if (isOn("sound")) playBell();
  if (!isOn("notify") || !mayNotify()) return;
  const body = more > 0 ? nt("and {n} more", "and {n} more", more) : "";
  const shown = new Notification(title, { body, tag: url ?? "test", icon: document.querySelector("link[rel=icon]")?.href });
  shown.addEventListener("click", () => {
    window.focus();
    if (url) location.assign(url);
    shown.close();
  });
}

function show(said = "") {
  for (const box of document.querySelectorAll("[data-bell]")) {
    box.checked = isOn(box.dataset.bell) && (box.dataset.bell !== "notify" || mayNotify());
  }
  for (const test of document.querySelectorAll("[data-bell-test]")) test.hidden = !(isOn("notify") || isOn("sound"));
  setText(document.getElementById("bell-said"), said);
}

async function choose({ target: { dataset, checked } }) {
  let said = "";
  if (dataset.bell === "notify" && checked) said = await refusal();
  try {
    localStorage.setItem(CHOICES[dataset.bell], checked && !said ? "on" : "off");
  } catch {
    said = t("This browser keeps no choices.");
  }
  if (dataset.bell === "sound" && checked && !said) playBell();
  show(said);
}

/** Asks the browser, which asks the person; "" where it may. */
async function refusal() {
  if (!globalThis.Notification) return t("This browser has no notifications, or has them only over https.");
  const answer = await Notification.requestPermission();
  return answer === "granted" ? "" : t("This browser does not let us notify: allow it in its settings for this page.");
}

/** Brings the choices in the menu to life; once a page. */
export function startBell() {
  if (!document.getElementById("bell")) return;
  for (const box of document.querySelectorAll("[data-bell]")) box.addEventListener("change", choose);
  for (const test of document.querySelectorAll("[data-bell-test]")) {
    test.addEventListener("click", () => ring({ title: t("This is how a critical alert is told.") }));
  }
  show();
}
