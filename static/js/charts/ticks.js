// Where an axis has its marks and what they say. Pure; times in seconds, shown in the viewer's zone.

import { dateFormat, zoneOffset } from "../lib/locale.js";

const TIME_STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43_200, 86400, 172_800, 604_800,
  1_209_600, 2_592_000, 5_184_000];

/** Round moments between `since` and `until`, `most` of them at the most. */
export function timeTicks(since, until, { most = 8, zoneOffset_s = zoneOffset(until) } = {}) {
  const step = TIME_STEPS.find((candidate) => (until - since) / candidate <= most) ?? TIME_STEPS.at(-1);
  const first = Math.ceil((since + zoneOffset_s) / step) * step - zoneOffset_s;
  const ticks = [];
  for (let at = first; at <= until; at += step) ticks.push(at);
  return { step, ticks };
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY_S = 86_400;
const FORMATS = {
  second: { ...CLOCK, second: "2-digit" },
  minute: CLOCK,
  day: { day: "numeric", month: "short" },
};

/** `14:05`, or `14:05:30` where marks are closer than a minute; `24 Nov` at midnight and where they are days apart. */
export function timeLabel(at, step, { zoneOffset_s = zoneOffset(at) } = {}) {
  const midnight = step >= 3600 && (at + zoneOffset_s) % DAY_S === 0;
  const kind = step < 60 ? "second" : step >= DAY_S || midnight ? "day" : "minute";
  return dateFormat(FORMATS[kind]).format(at * 1000);
}

const LASTING_STEPS = [30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Marks from 0 to a round number not below `highest`; for counts (`whole`) they are whole numbers, for bytes (`binary`)
 * round in KiB, MiB and so on, for lengths of time (`lasting`, in seconds) in minutes, hours and days. */
export function valueTicks(highest, { most = 4, whole = false, binary = false, lasting = false } = {}) {
  if (binary && highest >= 1024) {
    const unit = 1024 ** Math.floor(Math.log2(highest) / 10);
    return valueTicks(highest / unit, { most }).map((value) => value * unit);
  }
  if (lasting && highest > 60) {
    const step = LASTING_STEPS.find((candidate) => candidate * most >= highest);
    if (step) return marksOf(step, highest);
    return valueTicks(highest / 86_400, { most, whole: true }).map((value) => value * 86_400);
  }
  const wanted = Math.max(highest, whole ? most : 1e-9) / most;
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 2.5, 5, 10].map((round) => round * magnitude)
    .find((candidate) => candidate >= wanted * 0.999_999 && (!whole || Number.isInteger(candidate)));
  return marksOf(step, highest);
}

function marksOf(step, highest) {
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
