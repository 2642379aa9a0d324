import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { nt, t, told } from "../../static/js/lib/words.js";

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

const told_ = {
  "The stream is empty.": "Der Stream ist leer.",
  "Entries wait and none was delivered for {0} s": "Einträge warten, und seit {0} s wurde keiner zugestellt",
  "{0}: it has no consumer.": "{0}: Sie hat keinen Consumer.",
  "lag of {0} on {1}": "Rückstand von {0} auf {1}",
  "{0} above {1}": "{0} über {1}",
  "new": "neu",
};
for (const [sentence, wanted] of [
  ["The stream is empty.", "Der Stream ist leer."],
  ["Entries wait and none was delivered for 60 s: it has no consumer.", "Einträge warten, und seit 60 s wurde keiner zugestellt: Sie hat keinen Consumer."],
  ["lag of new on a.*b above 300: 412", "Rückstand von new auf a.*b über 300: 412"],
  ["billing: The stream is empty.", "billing: Der Stream ist leer."],
  ["shop · The stream is empty.", "shop · Der Stream ist leer."],
  ["Nobody has translated this.", "Nobody has translated this."],
  ["", ""],
]) {
  test(`a sentence of the sampler is told: ${sentence}`, () => {
    globalThis.words = { ...german, told: told_ };
    assert.equal(told(sentence), wanted);
  });
}

test("without a catalogue a sentence stays as it was made", () => {
  assert.equal(told("The stream is empty."), "The stream is empty.");
  assert.equal(told(null), null);
});
