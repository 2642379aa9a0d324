// The page of one entry: what is in it, each value to copy, as it is stored, or as a file.

import "./base.js";
import { entryTime, time } from "../lib/format.js";
import { createEntry } from "../ui/entry.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const ahead = page.now - performance.now() / 1000;
const now = () => performance.now() / 1000 + ahead;

const at = entryTime(page.id);
document.getElementById("entry-time").textContent = at === null ? "" : time(at, { now: now() });
createEntry({ element: document.getElementById("entry"), page, now });
