// The page of a stream's entries: its form, which stands in the address, and the entries that it asks for.

import "./base.js";
import { createEntriesForm } from "../ui/entries-form.js";
import { createEntries } from "../ui/stream-entries.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const ahead = page.now - performance.now() / 1000;
const now = () => performance.now() / 1000 + ahead;

const form = createEntriesForm({ form: document.getElementById("entries-form"), onAsk: () => entries.load() });
const entries = createEntries({
  element: document.getElementById("entries"), urls: page.entries, now, query: form.query, onErrors: form.showErrors,
});
entries.load();
