// The menu "you": colours, density, single keys and the zone of times. theme.js applies the first three, also on the next page.

import { t } from "../lib/words.js";

// Browsers list some zones under names of old; both name the same rules.
const TODAY = {
  "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu", "Asia/Rangoon": "Asia/Yangon", "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Europe/Kiev": "Europe/Kyiv", "America/Godthab": "America/Nuuk", "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "Atlantic/Faeroe": "Atlantic/Faroe", "Africa/Asmera": "Africa/Asmara", "Pacific/Truk": "Pacific/Chuuk", "Pacific/Ponape": "Pacific/Pohnpei",
};
const YEAR_S = 365 * 86_400;
const root = document.documentElement;

/** Keeps a choice (theme, density, keys) and shows it at once. */
export function choose(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    root.dataset[name] = value; // storage is forbidden: the choice lasts as long as the page
  }
  document.dispatchEvent(new CustomEvent("lookchange"));
}

/** Whether keys without Ctrl or ⌘ do anything. */
export const singleKeys = () => root.dataset.keys !== "off";

function showChoices() {
  for (const input of document.querySelectorAll("[data-look] input")) {
    input.checked = input.value === root.dataset[input.closest("[data-look]").dataset.look];
  }
  for (const box of document.querySelectorAll("[data-look-keys]")) box.checked = singleKeys();
}

function takeChoice({ target }) {
  const group = target.closest?.("[data-look]");
  if (group) choose(group.dataset.look, target.value);
  if (target.matches?.("[data-look-keys]")) choose("keys", target.checked ? "on" : "off");
  if (target.matches?.("[data-zone-select]")) chooseZone(target.value);
}

// Server and page tell the same times only where both are asked anew.
function chooseZone(zone) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${zone}; Path=/; Max-Age=${zone ? YEAR_S : 0}; SameSite=Lax${secure}`;
  location.reload();
}

const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });

function nameZones(select) {
  const chosen = root.dataset.zone ?? "";
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  select.replaceChildren(option("", t("{zone} (this browser)", { zone: own })), ...(chosen ? [option(chosen, chosen)] : []));
  select.value = chosen;
}

// Some 400 zones: listed when somebody reaches for them, so that no page carries them.
function listZones(select) {
  if (select.dataset.listed) return;
  select.dataset.listed = "true";
  const names = ["UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? []).map((zone) => TODAY[zone] ?? zone).sort()];
  const chosen = root.dataset.zone ?? "";
  select.replaceChildren(select.options[0], ...[...new Set([chosen, ...names])].filter(Boolean).map((zone) => option(zone, zone)));
  select.value = chosen;
}

/** Brings every switch of the page to life. */
export function startSettings() {
  showChoices();
  document.addEventListener("themechange", showChoices);
  document.addEventListener("change", takeChoice);
  for (const select of document.querySelectorAll("[data-zone-select]")) {
    nameZones(select);
    for (const reach of ["pointerdown", "focus", "keydown"]) select.addEventListener(reach, () => listZones(select));
  }
}
