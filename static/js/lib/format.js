// Numbers as people read them. Pure: no DOM, no clock. Unknown (null, undefined, NaN) is "?", never 0.
//   quantity(12412)            {text: "12.4 k", title: "12 412"}   title is "" where it would add nothing
//   lag({value, quality, reason}) {text: "≈ 40", title: "why", quality}

export const THIN = "\u202f"; // a thin space where no line breaks
export const UNKNOWN = "?";
export const DASH = "–";

const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));
const MAGNITUDES = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Three significant digits, the last zeros after a point kept off: 41.5, 0.2, 880, 4. */
export function significant(value) {
  return String(Number(Number(value).toPrecision(3)));
}

/** A whole number with thin spaces between thousands. */
export function whole(value) {
  if (!known(value)) return UNKNOWN;
  const digits = String(Math.abs(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, THIN);
  return (Math.round(value) < 0 ? "−" : "") + digits;
}

/** Up to 10 000 the whole number, above it three significant digits: 12.4 k. Width never exceeds seven characters. */
export function compact(value) {
  if (!known(value)) return UNKNOWN;
  if (Math.abs(value) <= 10_000) return whole(value);
  const rounded = Number(Number(value).toPrecision(3));
  const [size, letter] = MAGNITUDES.find(([least]) => Math.abs(rounded) >= least);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded / size))));
  return `${(rounded / size).toFixed(digits).replace("-", "−")}${THIN}${letter}`;
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
  if (value > 0 && value < 0.01) return `<${THIN}0.01`;
  if (Math.abs(value) >= 999.5) return compact(value);
  return String(Number(Number(significant(value)).toFixed(2))); // below 1, three digits would only flicker
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
  if (s < 9.95) return `${Number(s.toFixed(1))}${THIN}s`;
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
  if (hundredths > 0 && hundredths < 0.05) return `<${THIN}0.1${THIN}%`;
  return `${hundredths < 10 ? Number(hundredths.toFixed(1)) : Math.round(hundredths)}${THIN}%`;
}

/** How long ago, coarsely, so that it does not flicker: just now, 40 s ago, 2 min ago, 3 h ago, 5 d ago. */
export function ago(seconds) {
  if (!known(seconds)) return UNKNOWN;
  if (seconds < 5) return "just now";
  const [size, name] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([least]) => seconds >= least);
  return `${Math.floor(seconds / size)}${THIN}${name} ago`;
}

/** A lag with its provenance: 40, ≈ 40, ≥ 10 000, or ? with the reason to hover over. */
export function lag({ value, quality, reason = "" }) {
  if (!known(value) || quality === "unknown") return { text: UNKNOWN, title: reason || "Not known.", quality: "unknown" };
  const sign = { approximate: `≈${THIN}`, at_least: `≥${THIN}` }[quality] ?? "";
  const { text, title } = quantity(value);
  return { text: sign + text, title: [title, reason].filter(Boolean).join(" · "), quality };
}

const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY = { year: "numeric", month: "short", day: "numeric" };

/** The clock time in the viewer's zone, or in `zone`; with the day where it is not the day of `now`. Epoch seconds. */
export function time(at, { now = at, zone = undefined, locale = undefined } = {}) {
  if (!known(at)) return UNKNOWN;
  const options = { ...TIME, timeZone: zone };
  const day = (epoch) => new Intl.DateTimeFormat("sv", { timeZone: zone }).format(epoch * 1000);
  const clock = new Intl.DateTimeFormat(locale, options).format(at * 1000);
  if (day(at) === day(now)) return clock;
  return `${new Intl.DateTimeFormat(locale, { ...DAY, timeZone: zone }).format(at * 1000)}, ${clock}`;
}

/** The zone that `time` speaks of: Europe/Berlin. */
export function zoneName() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The time that a clock-like entry id carries, in epoch seconds; null where its number is no clock (2015 to 2100). */
export function entryTime(id) {
  const ms = Number(String(id).split("-")[0]);
  return ms >= 1_420_070_400_000 && ms < 4_102_444_800_000 ? ms / 1000 : null;
}
