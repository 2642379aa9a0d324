// Numbers and times as people read them, in the page's language and zone (lib/locale.js). Pure: no DOM, no clock.
// Unknown (null, undefined, NaN) is "?", never 0.
//   quantity(12412)            {text: "12.4 k", title: "12 412"}   title is "" where it would add nothing
//   lag({value, quality, reason}) {text: "≈ 40", title: "why", quality}

import { dateFormat, locale, zoneName } from "./locale.js";
import { t } from "./words.js";

export { zoneName };
export const THIN = "\u202f"; // a thin space where no line breaks
export const UNKNOWN = "?";
export const DASH = "–";

const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));
const MAGNITUDES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A number's own digits, with the point as the reader writes it: 41.5, or 41,5. */
export function digits(value) {
  return String(value).replace(".", locale().decimal);
}

const rounded3 = (value) => Number(Number(value).toPrecision(3));

/** Three significant digits, the last zeros after a point kept off: 41.5, 0.2, 880, 4. */
export function significant(value) {
  return digits(rounded3(value));
}

/** A whole number, its thousands apart: by thin spaces in English, by points in German. */
export function whole(value) {
  if (!known(value)) return UNKNOWN;
  const grouped = String(Math.abs(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, locale().group);
  return (Math.round(value) < 0 ? "−" : "") + grouped;
}

/** Up to 10 000 the whole number, above it three significant digits: 12.4 k. Width never exceeds seven characters. */
export function compact(value) {
  if (!known(value)) return UNKNOWN;
  if (Math.abs(value) <= 10_000) return whole(value);
  const rounded = rounded3(value);
  const [size, letter] = MAGNITUDES.find(([least]) => Math.abs(rounded) >= least);
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded / size))));
  return `${digits((rounded / size).toFixed(places)).replace("-", "−")}${THIN}${letter}`;
}

/** A count with the whole number to hover over. */
export function quantity(value) {
  if (!known(value)) return { text: UNKNOWN, title: "" };
  const text = compact(value);
  return { text, title: Math.abs(value) > 10_000 ? whole(value) : "" };
}

/** Events per second under a heading that says so: 41.5, 0.2, 12.4 k. */
export function perSecond(value) {
  if (!known(value)) return UNKNOWN;
  if (value > 0 && value < 0.01) return `<${THIN}${digits(0.01)}`;
  if (Math.abs(value) >= 999.5) return compact(value);
  return digits(Number(rounded3(value).toFixed(2))); // below 1, three digits would only flicker
}

/** Events per second: 41.5 /s, 0.2 /s, 12.4 k/s. */
export function rate(value) {
  if (!known(value)) return UNKNOWN;
  const text = perSecond(value);
  return /[kMGT]$/.test(text) ? `${text}/s` : `${text}${THIN}/s`;
}

/** Seconds as 0.9 s, 41 s, 1 min 12 s, 5 min, 2 h 5 min, 3 d 4 h. */
export function duration(seconds) {
  if (!known(seconds)) return UNKNOWN;
  const s = Math.max(0, Number(seconds));
  if (s < 0.05) return `0${THIN}s`;
  if (s < 9.95) return `${digits(Number(s.toFixed(1)))}${THIN}s`;
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const round = Math.round(s);
  const at = units.findIndex(([size]) => round >= size);
  const [size, name] = units[at];
  const first = `${Math.floor(round / size)}${THIN}${name}`;
  const [next, nextName] = units[at + 1] ?? [1, ""];
  const rest = Math.floor((round % size) / next);
  return rest && nextName ? `${first} ${rest}${THIN}${nextName}` : first;
}

/** Bytes in binary units: 512 B, 1.5 KiB, 4 GiB. */
export function bytes(value) {
  if (!known(value)) return UNKNOWN;
  let power = value < 1 ? 0 : Math.min(BINARY.length - 1, Math.floor(Math.log2(value) / 10));
  if (Math.round(value / 1024 ** power) === 1024 && power < BINARY.length - 1) power += 1;
  const scaled = value / 1024 ** power;
  return `${scaled >= 1000 ? Math.round(scaled) : significant(scaled)}${THIN}${BINARY[power]}`;
}

/** A share as 61 %, 0.4 %, <0.1 %. */
export function percent(share) {
  if (!known(share)) return UNKNOWN;
  const hundredths = share * 100;
  if (hundredths > 0 && hundredths < 0.05) return `<${THIN}${digits(0.1)}${THIN}%`;
  return `${hundredths < 10 ? digits(Number(hundredths.toFixed(1))) : Math.round(hundredths)}${THIN}%`;
}

/** How long ago, coarsely, so that it does not flicker: just now, 40 s ago, 2 min ago, 3 h ago, 5 d ago. */
export function ago(seconds) {
  if (!known(seconds)) return UNKNOWN;
  if (seconds < 5) return t("just now");
  const [size, name] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([least]) => seconds >= least);
  return t("{time} ago", { time: `${Math.floor(seconds / size)}${THIN}${name}` });
}

/** A lag with its provenance: 40, ≈ 40, ≥ 10 000, or ? with the reason to hover over. */
export function lag({ value, quality, reason = "" }) {
  if (!known(value) || quality === "unknown") return { text: UNKNOWN, title: reason || t("Not known."), quality: "unknown" };
  const sign = { approximate: `≈${THIN}`, at_least: `≥${THIN}` }[quality] ?? "";
  const { text, title } = quantity(value);
  return { text: sign + text, title: [title, reason].filter(Boolean).join(" · "), quality };
}

const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY = { year: "numeric", month: "short", day: "numeric" };
const SORTABLE = { year: "numeric", month: "2-digit", day: "2-digit" };

/** The clock time in the reader's zone, or in `zone`; with the day where it is not the day of `now`. Epoch seconds. */
export function time(at, { now = at, zone = locale().zone, locale: tag = locale().tag } = {}) {
  if (!known(at)) return UNKNOWN;
  const day = (epoch) => dateFormat(SORTABLE, { zone, tag: "sv" }).format(epoch * 1000);
  const clock = dateFormat(TIME, { zone, tag }).format(at * 1000);
  if (day(at) === day(now)) return clock;
  return `${dateFormat(DAY, { zone, tag }).format(at * 1000)}, ${clock}`;
}

/** A moment in full and from now: "24 Nov 2026, 14:05:30 Europe/Berlin · 2 min ago". */
export function timeInFull(at, { now }) {
  return `${time(at, { now: 0 })} ${zoneName()} · ${ago(Math.max(0, now - at))}`;
}

/** The time that a clock-like entry id carries, in epoch seconds; null where its number is no clock (2015 to 2100). */
export function entryTime(id) {
  const ms = Number(String(id).split("-")[0]);
  return ms >= 1_420_070_400_000 && ms < 4_102_444_800_000 ? ms / 1000 : null;
}
