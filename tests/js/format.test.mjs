import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import {
  THIN, ago, bytes, compact, duration, entryTime, lag, perSecond, percent, quantity, rate, significant, time,
  timeInFull, whole, zoneName,
} from "../../static/js/lib/format.js";
import { useLocale, zoneOffset } from "../../static/js/lib/locale.js";

afterEach(() => useLocale());

const spaced = (text) => text.replaceAll(" ", THIN);

function table(name, write, cases) {
  for (const [value, wanted] of cases) {
    test(`${name} writes ${value} as ${wanted}`, () => assert.equal(write(value), wanted));
  }
}

const nothing = [[null, "?"], [undefined, "?"], [Number.NaN, "?"]];

table("whole", whole, [[0, "0"], [40, "40"], [1234567, spaced("1 234 567")], [-1234, spaced("−1 234")], ...nothing]);
table("compact", compact, [
  [0, "0"], [9999, spaced("9 999")], [10_000, spaced("10 000")], [10_001, spaced("10.0 k")], [12_412, spaced("12.4 k")],
  [99_950, spaced("100 k")], [999_499, spaced("999 k")], [999_500, spaced("1.00 M")], [1_200_000, spaced("1.20 M")],
  [5e9, spaced("5.00 G")], [-12_412, spaced("−12.4 k")], ...nothing,
]);
table("rate", rate, [
  [0, spaced("0 /s")], [0.004, spaced("< 0.01 /s")], [0.2, spaced("0.2 /s")], [41.5, spaced("41.5 /s")],
  [999.4, spaced("999 /s")], [999.6, spaced("1 000 /s")], [84_200, spaced("84.2 k/s")], ...nothing,
]);
table("perSecond", perSecond, [[0, "0"], [0.992, "0.99"], [9.924, "9.92"], [41.55, "41.5"], [84_200, spaced("84.2 k")], ...nothing]);
table("duration", duration, [
  [0, spaced("0 s")], [0.04, spaced("0 s")], [0.9, spaced("0.9 s")], [3.5, spaced("3.5 s")], [9.97, spaced("10 s")],
  [41, spaced("41 s")], [59.7, spaced("1 min")], [72, `1${THIN}min 12${THIN}s`], [300, spaced("5 min")],
  [7500, `2${THIN}h 5${THIN}min`], [273_600, `3${THIN}d 4${THIN}h`], [-4, spaced("0 s")], ...nothing,
]);
table("bytes", bytes, [
  [0, spaced("0 B")], [512, spaced("512 B")], [1536, spaced("1.5 KiB")], [1023, spaced("1023 B")],
  [2 ** 20 - 1, spaced("1 MiB")], [4 * 2 ** 30, spaced("4 GiB")], [2 ** 60, spaced("1024 PiB")], ...nothing,
]);
table("percent", percent, [[0.004, spaced("0.4 %")], [0.61, spaced("61 %")], [1, spaced("100 %")], ...nothing]);
table("ago", ago, [[0, "just now"], [40, `40${THIN}s ago`], [130, `2${THIN}min ago`], [1e6, `11${THIN}d ago`], ...nothing]);
table("entryTime", entryTime, [["1763925000120-3", 1763925000.12], ["5-0", null], ["18446744073709551615-0", null]]);

test("a number above ten thousand tells the whole of itself on hover", () => {
  assert.deepEqual(quantity(12_412), { text: spaced("12.4 k"), title: spaced("12 412") });
  assert.deepEqual(quantity(40), { text: "40", title: "" });
  assert.deepEqual(quantity(null), { text: "?", title: "" });
});

const lags = [
  ["exactly", { value: 40, quality: "exact", reason: "" }, "40", ""],
  ["as a server says that errs", { value: 40, quality: "approximate", reason: "Redis 7.0 errs." }, "≈ 40", "Redis 7.0 errs."],
  ["by measuring", { value: 40, quality: "measured", reason: "Counted." }, "40", "Counted."],
  ["as a lower bound", { value: 10_000, quality: "at_least", reason: "" }, "≥ 10 000", ""],
  ["not", { value: null, quality: "unknown", reason: "Entries were deleted." }, "?", "Entries were deleted."],
  ["not, whatever number comes along", { value: 0, quality: "unknown", reason: "" }, "?", "Not known."],
];
for (const [how, given, text, title] of lags) {
  test(`a lag known ${how} reads ${text}`, () => {
    const shown = lag(given);
    assert.equal(shown.text, spaced(text));
    assert.equal(shown.title, title);
    assert.equal(shown.quality, given.quality);
  });
}

test("a null lag is never a zero", () => {
  for (const quality of ["exact", "approximate", "measured", "at_least", "unknown"]) {
    assert.equal(lag({ value: null, quality }).text, "?");
  }
});

test("a time of another day names the day", () => {
  const at = Date.UTC(2025, 10, 23, 19, 10, 5) / 1000;
  assert.equal(time(at, { zone: "UTC", locale: "en" }), "19:10:05");
  assert.equal(time(at, { zone: "Europe/Berlin", locale: "en" }), "20:10:05");
  assert.equal(time(at, { now: at + 86_400, zone: "UTC", locale: "en" }), "Nov 23, 2025, 19:10:05");
});

const german = [
  [() => whole(1234567), "1.234.567"], [() => compact(12_412), spaced("12,4 k")], [() => perSecond(41.55), "41,5"],
  [() => rate(0.004), spaced("< 0,01 /s")], [() => duration(3.5), spaced("3,5 s")], [() => bytes(1536), spaced("1,5 KiB")],
  [() => percent(0.004), spaced("0,4 %")], [() => quantity(12_412).title, "12.412"], [() => significant(0.25), "0,25"],
];
for (const [write, wanted] of german) {
  test(`a German reader is shown ${wanted}`, () => {
    useLocale({ language: "de" });
    assert.equal(write(), wanted);
  });
}

test("a language that we have no rule for writes numbers as its browsers do", () => {
  useLocale({ language: "fr" });
  assert.equal(perSecond(41.55), "41,5");
});

test("times are told in the zone that was chosen, and in the machine's where it is none", () => {
  const at = Date.UTC(2025, 10, 23, 19, 10, 5) / 1000;
  useLocale({ language: "de", zone: "Asia/Kolkata" });
  assert.equal(time(at), "00:40:05");
  assert.equal(zoneName(), "Asia/Kolkata");
  assert.equal(timeInFull(at, { now: at + 130 }), `24. Nov. 2025, 00:40:05 Asia/Kolkata · 2${THIN}min ago`);
  useLocale({ language: "en", zone: "Mars/Olympus" });
  assert.notEqual(time(at), "?");
});

for (const [zone, month, wanted] of [["UTC", 0, 0], ["Asia/Kolkata", 0, 19_800], ["Europe/Berlin", 0, 3600], ["Europe/Berlin", 6, 7200], ["America/St_Johns", 0, -12_600]]) {
  test(`${zone} is ${wanted} s from UTC in month ${month + 1}`, () => {
    assert.equal(zoneOffset(Date.UTC(2026, month, 15) / 1000, zone), wanted);
  });
}
