// What is in an entry, as elements: text as text, JSON and MessagePack as trees that fold, other bytes as hexadecimal lines.

import { whole } from "../lib/format.js";
import { MASK, decodedAs, hexLines, leaf, measure, oneLine, shownOf, visible } from "../lib/payload.js";
import { t } from "../lib/words.js";
import { el } from "./stream-dom.js";

/** The fields of one entry as a list; `full`: trees stand open, and each field gets what `actions(field, index)` makes. */
export function payloadList({ fields, left }, { full = false, actions = () => [] } = {}) {
  const rows = fields.map((field, index) => (
    el("div", { class: "payload__field" },
      el("dt", { class: "mono wrap" }, ...text(field.name)),
      el("dd", {}, valueOf(field, { full }), ...facts(field), ...actions(field, index)))
  ));
  const list = el("dl", { class: full ? "payload payload--full" : "payload" }, ...rows);
  return left ? el("div", {}, list, el("p", { class: "quiet" }, t("{n} more fields are not shown.", { n: whole(left) }))) : list;
}

function facts(field) {
  const words = [decodedAs(field), shownOf(field)].filter(Boolean).map((said) => el("span", { class: "quiet payload__fact" }, said));
  if (field.note) words.push(el("span", { class: "quiet payload__fact wrap" }, field.note));
  return words;
}

/** The value of a field. */
export function valueOf(field, { full = false } = {}) {
  if (field.kind === "masked") return maskNote();
  if (field.tree) return full ? branch(field.tree, { open: true }) : folded(field.tree);
  if (field.hex !== undefined) return hexBlock(field.hex);
  if (!field.text) return el("span", { class: "quiet" }, t("empty"));
  return el("span", { class: "mono payload__text", ...(full && isLong(field.text) ? scrolls() : {}) }, ...text(field.text));
}

const isLong = (said) => said.length > 600 || said.split("\n", 21).length > 20;
const scrolls = () => ({ class: "mono payload__text payload__text--long", tabindex: "0", role: "group", "aria-label": t("Text that scrolls") });

function maskNote() {
  return el("span", { class: "payload__mask" }, el("span", { "aria-hidden": "true" }, MASK), " ", el("span", { class: "quiet" }, t("masked")));
}

/** In a list a tree is one line, and the tree itself is made when somebody opens it. */
function folded(tree) {
  const details = el("details", { class: "fold" }, el("summary", { class: "mono wrap" }, ...text(oneLine(tree))));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(branch(tree, { open: true }));
  });
  return details;
}

const OPEN_PARTS = 40; // larger branches inside a tree begin folded

/** A tree; `name` are the pieces of what stands before it, in the line that folds it. */
function branch(node, { open = false, name = [] } = {}) {
  const [kind, parts] = node;
  const before = name.length ? [el("span", { class: "tree__name mono" }, ...name), " "] : [];
  if (kind !== "object" && kind !== "array") return el("div", { class: "tree__leaf" }, ...before, leafOf(node));
  if (!parts.length) return el("div", { class: "tree__leaf" }, ...before, el("span", { class: "mono" }, kind === "object" ? "{ }" : "[ ]"));
  const children = el("div", { class: "tree" });
  const fill = () => {
    if (!children.childElementCount) children.append(...parts.map((part, index) => item(kind, part, index)), ...rest(node));
  };
  const shown = open || parts.length <= OPEN_PARTS;
  if (shown) fill();
  const details = el("details", { class: "fold", open: shown }, el("summary", { class: "quiet" }, ...before, kind === "object" ? "{ } " : "[ ] ", measure(node)), children);
  details.addEventListener("toggle", fill);
  return details;
}

function item(kind, part, index) {
  const [name, value] = kind === "object" ? [text(part[0]), part[1]] : [[String(index)], part];
  return branch(value, { name });
}

function rest([, , left]) {
  return left ? [el("p", { class: "quiet" }, t("{n} more are not shown.", { n: whole(left) }))] : [];
}

function leafOf(node) {
  if (node[0] === "masked") return maskNote();
  return el("span", { class: "mono payload__text", "data-kind": node[0].split(" ")[0] }, ...text(leaf(node)));
}

/** Bytes in lines of sixteen, with the characters among them beside. */
export function hexBlock(digits) {
  const found = hexLines(digits);
  const width = found.length > 1 ? 47 : 0; // what stands alone needs no column
  const lines = found.map((line) => `${line.offset}  ${line.bytes.padEnd(width)}  ${line.text}`);
  return el("pre", { class: "payload__hex", tabindex: "0", role: "group", "aria-label": t("Bytes in hexadecimal digits") }, lines.join("\n"));
}

/** Text in which what hides stands out as an escape. */
export function text(said) {
  return visible(said).map((piece) => (piece.escaped ? el("span", { class: "payload__escape" }, piece.text) : piece.text));
}
