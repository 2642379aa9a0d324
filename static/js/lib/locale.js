// How the reader writes numbers and times: the page's language (<html lang>) and zone (<html data-zone>, "" is the
// browser's own). Where there is no page, as in tests of pure code, it is English in the machine's zone.

const THIN = "\u202f"; // a thin space where no line breaks
const OURS = { en: { group: THIN, decimal: "." } };

let known = null;
const formats = new Map();

/** {language, zone, group, decimal}; zone is undefined for the browser's own. */
export function locale() {
  const page = globalThis.document?.documentElement;
  known ??= settled({ language: page?.lang, zone: page?.dataset.zone });
  return known;
}

/** Sets both by hand, or reads the page anew where nothing is given. */
export function useLocale(given = null) {
  known = given && settled(given);
}

function settled({ language, zone }) {
  const wanted = language || "en";
  const mine = globalThis.navigator?.languages?.find((tag) => tag.split("-")[0] === wanted);
  return { language: wanted, tag: mine ?? wanted, zone: isZone(zone) ? zone : undefined, ...(OURS[wanted] ?? separators(wanted)) };
}

function separators(language) {
  const part = Object.fromEntries(new Intl.NumberFormat(language).formatToParts(1234567.5).map(({ type, value }) => [type, value]));
  return { group: part.group ?? THIN, decimal: part.decimal ?? "." };
}

function isZone(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false; // the browser does not know it: its own is better than none
  }
}

/** A formatter of dates, made once for each way of writing: making one takes longer than using it a hundred times. */
export function dateFormat(options, { zone = locale().zone, tag = locale().tag } = {}) {
  const key = `${tag} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(tag, { ...options, timeZone: zone }));
  return formats.get(key);
}

/** The zone that times are told in: Europe/Berlin. */
export function zoneName() {
  return locale().zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Seconds that the reader's clock is ahead of UTC at a moment (epoch seconds). */
export function zoneOffset(at, zone = locale().zone) {
  const text = dateFormat({ timeZoneName: "longOffset" }, { zone, tag: "en" }).formatToParts(at * 1000)
    .find(({ type }) => type === "timeZoneName").value;
  const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(text);
  const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return sign === "-" ? -size : size;
}
