import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import { reach } from "../../static/js/charts/limits.js";
import { inWords } from "../../static/js/ui/chart-words.js";

const points = (...values) => values.map((y, x) => ({ x, y }));

test("a chart says in words what it shows", () => {
  const words = inWords("Lag", [
    { label: "billing", points: points(3, 120, 40) },
    { label: "audit", points: points(1, 2, null) },
    { label: "late", points: points(null) },
  ], String);

  assert.equal(words, "Lag. billing: now 40, least 3, most 120. audit: now unknown, least 1, most 2. late: nothing known");
});

for (const [name, lines, limits, expected] of [
  ["nothing", [], [], 0],
  ["the highest of all lines", [points(1, 5), points(null, 9)], [], 9],
  ["a limit above the lines", [points(10)], [30], 30],
  ["a limit far above the lines flattens nothing", [points(10)], [1000], 10],
  ["a limit with no lines", [], [1000], 1000],
  ["a limit below", [points(10)], [4], 10],
]) {
  test(`the axis reaches ${name}`, () => assert.equal(reach(lines, limits.map((limit) => ({ limit }))), expected));
}

test("the vendored Chart.js is the one that its record names, and names no source map", () => {
  const file = readFileSync(new URL("../../static/vendor/chartjs/chart.umd.min.js", import.meta.url));
  const record = readFileSync(new URL("../../static/vendor/README.md", import.meta.url), "utf8");
  const view = readFileSync(new URL("../../dashboard/views/charts.py", import.meta.url), "utf8");
  const hash = (bytes) => `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  const published = Buffer.concat([file, Buffer.from("//# sourceMappingURL=chart.umd.min.js.map\n")]);

  assert.match(file.toString("utf8", 0, 60), /Chart\.js v4\.6\.1/);
  assert.ok(!file.includes("sourceMappingURL"));
  assert.ok(record.includes(hash(file)));
  assert.ok(record.includes(hash(published)), "a CDN serves the published file");
  assert.ok(view.includes(hash(published)), "the page names the published file's hash");
});
