import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { nt, t } from "../../static/js/lib/words.js";

afterEach(() => delete globalThis.words);

const german = {
  plural: (n) => Number(n !== 1),
  texts: { "stale since {time}": "veraltet seit {time}", "{n} stream of {all}": ["{n} Stream von {all}", "{n} Streams von {all}"] },
};

test("without a catalogue the English words are shown, their braces filled", () => {
  assert.equal(t("stale since {time}", { time: "12:00" }), "stale since 12:00");
  assert.equal(nt("{n} stream", "{n} streams", 1), "1 stream");
  assert.equal(nt("{n} stream", "{n} streams", 0), "0 streams");
});

test("a catalogue's words are shown, in the form that the number takes", () => {
  globalThis.words = german;
  assert.equal(t("stale since {time}", { time: "12:00" }), "veraltet seit 12:00");
  assert.equal(nt("{n} stream of {all}", "{n} streams of {all}", 1, { all: 7 }), "1 Stream von 7");
  assert.equal(nt("{n} stream of {all}", "{n} streams of {all}", 5000, { n: "5 000", all: 7 }), "5 000 Streams von 7");
});

test("words that the catalogue lacks stay English, braces without a value stay as they are", () => {
  globalThis.words = german;
  assert.equal(t("offline"), "offline");
  assert.equal(t("{a} and {b}", { a: "{b}" }), "{b} and {b}");
});
