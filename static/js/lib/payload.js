// Payloads as the server sends them (dashboard/core/payload/view.py), in words. Pure: no DOM.
//   a tree's node is [kind, content, how much of it was left out]; kinds are object, array, string, number, word, bytes, ext …, masked

import { bytes, whole } from "./format.js";
import { t } from "./words.js";

const HIDDEN = /[^\P{C}\n\t]|[\u2028\u2029\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;

/** The text in pieces [{text, escaped}]: what nobody would see, or what turns text round, stands as an escape. */
export function visible(text) {
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > at) pieces.push({ text: text.slice(at, found.index), escaped: false });
    pieces.push({ text: escape(found[0]), escaped: true });
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), escaped: false });
  return pieces;
}

function escape(char) {
  const code = char.codePointAt(0);
  return { 0: "\\0", 13: "\\r" }[code] ?? (code < 256 ? `\\x${hex(code, 2)}` : code > 0xffff ? `\\u{${hex(code)}}` : `\\u${hex(code, 4)}`);
}

const hex = (number, digits = 1) => number.toString(16).padStart(digits, "0");

/** Lines [{offset, bytes, text}] of sixteen bytes, from hexadecimal digits. */
export function hexLines(digits) {
  const lines = [];
  for (let at = 0; at < digits.length; at += 32) {
    const pairs = digits.slice(at, at + 32).match(/../g) ?? [];
    const text = pairs.map((pair) => parseInt(pair, 16)).map((code) => (code > 31 && code < 127 ? String.fromCharCode(code) : "·"));
    lines.push({ offset: hex(at / 2, 4), bytes: pairs.join(" "), text: text.join("") });
  }
  return lines;
}

const KINDS = { json: "JSON", msgpack: "MessagePack" };

/** What was done to show a value: "JSON, from gzip", "bytes"; "" for plain text. */
export function decodedAs({ kind, through = [] }) {
  const name = KINDS[kind] ?? (kind === "bytes" ? t("bytes") : through.length ? t("text") : "");
  // The innermost layer first: that is the order in which it was packed.
  return through.length ? t("{kind}, from {layers}", { kind: name, layers: [...through].reverse().join(", ") }) : name;
}

/** How much of a value is shown: "the first part of 4.8 MiB"; "" where all of it is. */
export function shownOf({ cut, bytes: size }) {
  if (!cut) return "";
  return size === undefined || size === null ? t("only the first part is shown") : t("the first part of {size}", { size: bytes(size) });
}

/** A tree in one line of about `most` characters: {"id": 17, "customer": {…}}. */
export function oneLine(node, most = 120) {
  const line = { text: "", most };
  write(node, line, 0);
  return line.text.length > most ? `${line.text.slice(0, most)}…` : line.text;
}

function write(node, line, depth) {
  const [kind, content] = node;
  if (line.text.length > line.most) return;
  if (kind === "object") return writeParts(node, line, "{}", depth, ([name, part]) => {
    line.text += `${JSON.stringify(name)}: `;
    write(part, line, depth + 1);
  });
  if (kind === "array") return writeParts(node, line, "[]", depth, (part) => write(part, line, depth + 1));
  line.text += kind === "masked" ? MASK : kind === "string" ? JSON.stringify(content) : leaf(node);
}

function writeParts([, parts, left], line, [open, close], depth, each) {
  if (depth > 1 && parts.length) line.text += `${open}…${close}`;
  else {
    line.text += open;
    parts.forEach((part, index) => {
      if (index) line.text += ", ";
      each(part);
    });
    line.text += (left ? ", …" : "") + close;
  }
}

export const MASK = "••••••";

/** A leaf as text: a string without quotes, bytes in hexadecimal digits. */
export function leaf([kind, content, left = 0]) {
  if (kind === "bytes" || kind.startsWith("ext ")) return `${kind === "bytes" ? "" : `${kind}: `}${content.match(/../g)?.join(" ") ?? ""}${left ? " …" : ""}`;
  return left ? `${content}…` : content;
}

/** "3 members", "12 items", and how many of them are not shown. */
export function measure([kind, parts, left = 0]) {
  const count = parts.length + left;
  const size = kind === "object" ? (count === 1 ? t("1 member") : t("{n} members", { n: whole(count) })) : (count === 1 ? t("1 item") : t("{n} items", { n: whole(count) }));
  return left ? t("{size}, {left} not shown", { size, left: whole(left) }) : size;
}

/** A value as text to copy; a tree as JSON, indented. Null where nothing can be copied. */
export function copyable(field) {
  if (field.kind === "masked") return null;
  if (field.text !== undefined) return field.text;
  if (field.tree) return indented(field.tree, "");
  return field.hex ?? null;
}

function indented([kind, content, left], indent) {
  if (kind !== "object" && kind !== "array") {
    return kind === "number" || kind === "word" ? content : JSON.stringify(kind === "masked" ? MASK : leaf([kind, content, left]));
  }
  const deeper = `${indent}  `;
  const lines = content.map((part) => (
    deeper + (kind === "object" ? `${JSON.stringify(part[0])}: ${indented(part[1], deeper)}` : indented(part, deeper))
  ));
  const [open, close] = kind === "object" ? "{}" : "[]";
  return lines.length ? `${open}\n${lines.join(",\n")}\n${indent}${close}` : open + close;
}
