import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../static/css/", import.meta.url);
const css = readFileSync(new URL("tokens.css", FOLDER), "utf8");
const [plain, contrast] = css.split('html[data-theme="contrast"]');

const colours = (text) =>
  Object.fromEntries([...text.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, ...pair]) => [name, pair]));

function luminance(hex) {
  const linear = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = linear.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["ground", "surface", "raised", "sunken", "hover"];
const LEVELS = ["ok", "notice", "warning", "critical"];
const TEXT = 4.5;
const SHAPE = 3;
const pairs = [
  ...GROUNDS.flatMap((ground) => [
    ...["text", "text-quiet", "accent", ...LEVELS.map((level) => `${level}-text`)].map((ink) => [ink, ground, TEXT]),
    ...["edge", "focus", ...LEVELS.map((level) => `${level}-border`)].map((ink) => [ink, ground, SHAPE]),
  ]),
  ...["ground", "surface", "sunken"].map((ground) => ["text-stale", ground, TEXT]),
  ...LEVELS.flatMap((level) => [
    ...[`${level}-text`, "text", "text-quiet"].map((ink) => [ink, `${level}-fill`, TEXT]),
    [`${level}-border`, `${level}-fill`, SHAPE],
  ]),
  ["on-accent", "accent", TEXT], ["on-accent", "accent-strong", TEXT], ["accent", "accent-fill", TEXT], ["text", "accent-fill", TEXT],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((number) => [`series-${number}`, "surface", SHAPE]),
];

for (const [name, palette] of [["usual", colours(plain)], ["high contrast", { ...colours(plain), ...colours(contrast) }]]) {
  for (const [at, theme] of ["light", "dark"].entries()) {
    test(`every pair of the ${name} ${theme} theme reaches WCAG AA`, () => {
      const weak = pairs.filter(([ink, ground, least]) => ratio(palette[ink][at], palette[ground][at]) < least);
      assert.deepEqual(weak, []);
    });
  }
}

for (const [at, theme] of ["light", "dark"].entries()) {
  test(`text of the high contrast ${theme} theme reaches AAA, and lines can be seen`, () => {
    const palette = { ...colours(plain), ...colours(contrast) };
    const wanted = pairs.map(([ink, ground, least]) => [ink, ground, least === TEXT ? 7 : least]);
    const lines = ["ground", "surface", "raised"].map((ground) => ["line", ground, SHAPE]);
    const weak = [...wanted, ...lines].filter(([ink, ground, least]) => ratio(palette[ink][at], palette[ground][at]) < least);
    assert.deepEqual(weak, []);
  });
}

test("the dense look leaves fingers their controls", () => {
  const [, coarse] = css.split("@media (pointer: coarse)");
  assert.match(coarse.slice(0, 200), /html\[data-density="dense"\] \{ --control: 2\.75rem/);
  assert.ok(css.indexOf("@media (pointer: coarse)") > css.lastIndexOf('html[data-density="dense"] {\n'));
});

test("no sheet but tokens.css holds a colour", () => {
  for (const file of readdirSync(FOLDER).filter((name) => name !== "tokens.css")) {
    const text = readFileSync(new URL(file, FOLDER), "utf8").replace(/\/\*[\s\S]*?\*\/|url\([^)]*\)/g, "");
    assert.deepEqual(text.match(/#[0-9a-f]{3,8}\b(?=\s*[;,)])|\b(rgb|hsl|oklch)a?\(/gi) ?? [], [], file);
  }
});

test("no sheet is longer than 200 lines", () => {
  for (const file of readdirSync(FOLDER)) {
    assert.ok(readFileSync(new URL(file, FOLDER), "utf8").split("\n").length <= 201, file);
  }
});
