import assert from "node:assert/strict";
import { test } from "node:test";

import { highlighted, readRecents, withRecent } from "../../static/js/lib/recents.js";

const item = (url, name = url) => ({ kind: "stream", name, detail: "", url });

test("what was opened last stands first, once, and no more than eight are kept", () => {
  let items = [];
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9, 3]) items = withRecent(items, item(`/streams/${number}/`));
  assert.deepEqual(items.map(({ url }) => url.match(/\d/)[0]).join(""), "39876542");
});

for (const [what, text] of [
  ["nothing", null], ["no JSON", "{"], ["another thing", "{}"], ["an address elsewhere", JSON.stringify([item("//evil.example/")])],
  ["a script", JSON.stringify([item("javascript:alert(1)")])], ["a backslash", JSON.stringify([item("/\\evil.example")])], ["holes", "[null, 3]"],
]) {
  test(`a store with ${what} has no recent items`, () => assert.deepEqual(readRecents(text), []));
}

test("what was typed is marked in the name, whatever it is", () => {
  assert.deepEqual(highlighted("my-orders:eu", "ORD eu"), [
    { text: "my-", hit: false }, { text: "ord", hit: true }, { text: "ers:", hit: false }, { text: "eu", hit: true },
  ]);
  assert.deepEqual(highlighted("a.b*c", ".* b*"), [{ text: "a.", hit: false }, { text: "b*", hit: true }, { text: "c", hit: false }]);
  assert.deepEqual(highlighted("name", "  "), [{ text: "name", hit: false }]);
});
