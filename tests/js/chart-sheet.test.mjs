import assert from "node:assert/strict";
import test from "node:test";

import { axisCount, axisDuration, axisRate } from "../../static/js/charts/axis-words.js";
import { boundCode, doubtCode, doubtOf, doubtSign, parted } from "../../static/js/charts/doubt.js";
import { createPicked } from "../../static/js/charts/picked.js";
import { createSeries, leastOf, mostOf } from "../../static/js/charts/series.js";
import { sheetOf } from "../../static/js/charts/sheet.js";
import { csv, fileName } from "../../static/js/lib/csv.js";
import { createSpans, happeningsOf } from "../../static/js/lib/timeline.js";
import { cursorWords, valueWords, whyWords } from "../../static/js/ui/chart-words.js";

// CSV

for (const [name, cell, written] of [
  ["plain text", "orders", "orders"],
  ["a comma", "a,b", '"a,b"'],
  ["quotes", 'say "x"', '"say ""x"""'],
  ["a line break", "a\nb", '"a\nb"'],
  ["a formula", "=1+1", "'=1+1"],
  ["a formula in quotes", '=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ["what only looks like a sum", "+49", "'+49"],
  ["a command of old spreadsheets", "@SUM(1)", "'@SUM(1)"],
  ["a tab before a formula", "\t=1", "'\t=1"],
  ["a number below zero, which is none", -1.5, "-1.5"],
  ["what is not known", null, ""],
  ["what is no number", NaN, ""],
  ["an empty text", "", ""],
]) {
  test(`in a CSV ${name} is written harmlessly`, () => assert.equal(csv([[cell, 1]]), `${written},1\r\n`));
}

test("a file is named by what is harmless in its words", () => {
  assert.equal(fileName(["../=a b/ö", "Lag", "2026"], "csv"), "a-b_Lag_2026.csv");
  assert.equal(fileName(["../"], "png"), "chart.png");
});

// Sheets

const titles = { least: (name) => `${name} least`, most: (name) => `${name} most`, before: (name) => `${name} before` };
const line = { name: "lag", label: "billing" };

function series(rows) {
  const its = createSeries();
  for (const [at, values] of rows) its.add(at, values);
  return its;
}

test("a sheet has a column a line, its ends where there are means, and what was before", () => {
  const now = series([[100, { lag: 5, [leastOf("lag")]: 1, [mostOf("lag")]: 9 }], [101, { lag: null }]]);
  const before = { series: series([[0, { lag: 3 }], [1, { lag: 4 }]]), shift_s: 100 };

  const { columns, rows } = sheetOf({ series: now, before, lines: [line], since: 100, until: 101, titles });

  assert.deepEqual(columns.map(({ title }) => title), ["billing", "billing least", "billing most", "billing before"]);
  assert.deepEqual(rows.map(({ at, cells }) => [at, ...cells.map(({ value }) => value)]), [[100, 5, 1, 9, 3], [101, null, null, null, 4]]);
});

test("a sheet that must be short has evenly picked rows and the newest, and none that says nothing", () => {
  const its = series(Array.from({ length: 100 }, (_, at) => [at, { lag: at === 99 ? null : at, other: 1 }]));

  const rows = sheetOf({ series: its, lines: [line], since: 0, until: 99, most: 10, titles }).rows.map(({ at }) => at);

  assert.deepEqual(rows, [9, 19, 29, 39, 49, 59, 69, 79, 89]);
});

// How sure a number is

test("what is not exact is dashed, and the dashes meet the line", () => {
  const points = [0, 0, 1, 2, 0, 0].map((d, x) => ({ x, y: x, d }));

  const [sure, dashed] = parted(points);

  assert.deepEqual(sure.map(({ y }) => y), [0, 1, null, null, 4, 5]);
  assert.deepEqual(dashed.map(({ y }) => y), [null, 1, 2, 3, 4, null]);
  assert.deepEqual(parted([{ x: 0, y: 1, d: 0 }]), [[{ x: 0, y: 1, d: 0 }], null]);
});

test("words of how sure a number is are small codes, and signs before it", () => {
  assert.deepEqual(["exact", "measured", "approximate", "at_least", "unknown", null, true, false].map(doubtCode), [0, 0, 1, 2, null, null, 1, 0]);
  assert.deepEqual([true, false, null].map(boundCode), [2, 0, null]);
  assert.deepEqual([0, 1, 2, null].map(doubtSign), ["", "≈\u202f", "≥\u202f", ""]);
});

test("of samples that are taken together the least sure counts", () => {
  const its = createSeries();
  its.step = 10;
  for (const [at, d] of [[1, 0], [2, 2], [3, 0]]) its.add(at, { lag: at, [doubtOf("lag")]: d });

  assert.deepEqual(its.points("lag", { since: 0, until: 9 }), [{ x: 3, y: 3, d: 2 }]);
});

// Which lines are shown

test("one line alone, the same on every chart that has it, and all again", () => {
  const picked = createPicked();
  const [lag, rates] = [[{ key: "a" }, { key: "b" }], [{ key: "added" }]];

  picked.isolate("a");
  assert.deepEqual([picked.of(lag), picked.of(rates)], [[{ key: "a" }], rates]);
  assert.deepEqual(["a", "b"].map((key) => picked.state(key, lag)), ["alone", "hidden"]);
  picked.isolate("a");

  assert.deepEqual(picked.of(lag), lag);
});

test("hidden lines stay hidden until they are shown again or stand alone", () => {
  const picked = createPicked();
  const lines = [{ key: "a" }, { key: "b" }];
  picked.toggle("a");
  assert.deepEqual(picked.of(lines), [{ key: "b" }]);

  picked.isolate("a");
  picked.isolate("a");

  assert.deepEqual(picked.of(lines), lines);
});

// Words

test("what is under the crosshair is said in words, with what was before", () => {
  const readings = [{ label: "billing", value: 40, bound: 2, before: 12 }, { label: "audit", value: null, bound: null, why: "nothing was sampled then", before: null }];

  assert.equal(cursorWords("14:05:10", readings, { format: String, beforeWord: "a day before" }),
    "14:05:10. billing ≥\u202f40, a day before 12; audit unknown: nothing was sampled then, a day before unknown");
  assert.equal(cursorWords("14:05:10", [], { format: String, beforeWord: "" }), "14:05:10. nothing known");
  assert.equal(valueWords(null, 2, String), "?");
});

test("a gap says why it is one, and what is not exact in what sense", () => {
  assert.equal(whyWords({ value: null, sampled: false, reason: "x" }), "nothing was sampled then");
  assert.equal(whyWords({ value: null, sampled: true, reason: "Entries were deleted." }), "Entries were deleted.");
  assert.equal(whyWords({ value: null, sampled: true }), "the server could not tell");
  assert.equal(whyWords({ value: 4, bound: 2, sampled: true }), "at least so many");
  assert.equal(whyWords({ value: 4, bound: 0, sampled: true, reason: "Counted." }), "");
  assert.equal(whyWords({ value: 4, bound: null, sampled: true }), "");
});

test("an axis writes round numbers shortly", () => {
  assert.deepEqual([0, 500, 10_000, 20_000, 12_500, 2e6].map(axisCount), ["0", "500", "10\u202f000", "20\u202fk", "12.5\u202fk", "2\u202fM"]);
  assert.deepEqual([0.5, 40, 20_000].map(axisRate), ["0.5", "40", "20\u202fk"]);
  assert.deepEqual([0, 20, 90, 3600, 259_200].map(axisDuration), ["0", "20\u202fs", "1.5\u202fmin", "1\u202fh", "3\u202fd"]);
});

// What happened

const alert = { alert: 5, stream: 1, key: "orders", metric: "lag", severity: "critical", title: "lag above 1", resolution: "back", opened_at: 10, resolved_at: 20, url: "/alerts/5/" };

test("an alert is two marks and a span, an action a mark that leads to its audit row", () => {
  const action = { action: 7, stream: 1, key: "orders", state: "failed", title: "Trim", operator: "ada", at: 15, url: "/audit/7" };
  const mark = { mark: 3, stream: null, key: "", kind: "restart", at: 12, text: "Started anew." };

  const told = happeningsOf({ marks: [mark], alerts: [alert], actions: [action] }, { markUrl: () => "/servers/1/" });

  assert.deepEqual(told.map(({ id, kind, at, level, url }) => [id, kind, at, level, url]), [
    ["mark-3", "restart", 12, undefined, "/servers/1/"],
    ["alert-5", "alert_opened", 10, "critical", "/alerts/5/"],
    ["alert-5-over", "alert_resolved", 20, "", "/alerts/5/"],
    ["action-7", "action", 15, "critical", "/audit/7"],
  ]);
  assert.equal(told[3].text, "ada: Trim (failed)");
  assert.deepEqual(happeningsOf({ marks: [], alerts: null }), []);
});

test("a span is on its metric's chart while its alert was open, and ends when that is known", () => {
  const spans = createSpans();
  spans.add([{ ...alert, resolved_at: null }]);
  assert.equal(spans.of(["lag"], { since: 30, until: 40 }).length, 1);

  spans.add([alert]);

  assert.deepEqual(spans.of(["lag"], { since: 0, until: 15 }), [{ since: 10, until: 20, severity: "critical", metric: "lag" }]);
  assert.deepEqual(spans.of(["lag"], { since: 30, until: 40 }), []);
  assert.deepEqual(spans.of(["length"], { since: 0, until: 15 }), []);
});
