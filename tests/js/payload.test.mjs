import assert from "node:assert/strict";
import test from "node:test";

import { copyable, decodedAs, hexLines, leaf, measure, oneLine, shownOf, visible } from "../../static/js/lib/payload.js";

const shown = (text) => visible(text).map((piece) => (piece.escaped ? `⟨${piece.text}⟩` : piece.text)).join("");

test("what hides in text stands as an escape, and everything else as it is", () => {
  assert.equal(shown("größe\n\t\\n <b>"), "größe\n\t\\n <b>");
  assert.equal(shown("a\0b\u202ec\rd\x1be\u200bf\u00a0g\u2028h"), "a⟨\\0⟩b⟨\\u202e⟩c⟨\\r⟩d⟨\\x1b⟩e⟨\\u200b⟩f⟨\\xa0⟩g⟨\\u2028⟩h");
  assert.equal(shown("\u{e0041}"), "⟨\\u{e0041}⟩");
  assert.equal(shown(""), "");
});

test("bytes come in lines of sixteen with what can be read beside", () => {
  assert.deepEqual(hexLines(`${"41".repeat(16)}00ff`), [
    { offset: "0000", bytes: Array(16).fill("41").join(" "), text: "A".repeat(16) },
    { offset: "0010", bytes: "00 ff", text: "··" },
  ]);
  assert.deepEqual(hexLines(""), []);
});

test("what was done to show a value is said, the innermost layer first", () => {
  assert.equal(decodedAs({ kind: "text", through: [] }), "");
  assert.equal(decodedAs({ kind: "json", through: ["zstd", "gzip"] }), "JSON, from gzip, zstd");
  assert.equal(decodedAs({ kind: "text", through: ["zlib"] }), "text, from zlib");
  assert.equal(decodedAs({ kind: "bytes" }), "bytes");
});

test("a part is said to be one, with the size where it is known", () => {
  assert.equal(shownOf({ cut: false, bytes: 5 }), "");
  assert.equal(shownOf({ cut: true, bytes: 5 * 2 ** 20 }).replace(/\u202f/g, " "), "the first part of 5 MiB");
  assert.equal(shownOf({ cut: true }), "only the first part is shown");
});

const TREE = ["object", [
  ["id", ["number", "17", 0]],
  ["name", ["string", 'An"n', 0]],
  ["secret", ["masked"]],
  ["deep", ["object", [["a", ["array", [["word", "null"]], 0]]], 0]],
  ["raw", ["bytes", "ff00", 3]],
], 2];

test("a tree is one line in a list, deep parts folded", () => {
  assert.equal(oneLine(TREE, 200), '{"id": 17, "name": "An\\"n", "secret": ••••••, "deep": {"a": […]}, "raw": ff 00 …, …}');
  assert.equal(oneLine(TREE, 10), '{"id": 17,…');
  assert.equal(oneLine(["array", [], 0]), "[]");
});

test("a tree of a thousand parts makes no long line and no long work", () => {
  const wide = ["array", Array.from({ length: 1000 }, () => TREE), 0];
  assert.ok(oneLine(wide, 100).length <= 101);
});

test("how much a branch holds is said, and what of it is not shown", () => {
  assert.equal(measure(TREE), "7 members, 2 not shown");
  assert.equal(measure(["array", [["word", "true"]], 0]), "1 item");
});

test("a leaf that was cut ends with an ellipsis", () => {
  assert.equal(leaf(["string", "abc", 5]), "abc…");
  assert.equal(leaf(["ext -1", "00ff", 0]), "ext -1: 00 ff");
});

test("what is copied is the text itself, or JSON, and never what is masked", () => {
  assert.equal(copyable({ kind: "text", text: "a\u202eb" }), "a\u202eb");
  assert.equal(copyable({ kind: "masked" }), null);
  assert.equal(copyable({ kind: "bytes", hex: "ff" }), "ff");
  assert.deepEqual(JSON.parse(copyable({ kind: "json", tree: TREE })), {
    id: 17, name: 'An"n', secret: "••••••", deep: { a: [null] }, raw: "ff 00 …",
  });
});
