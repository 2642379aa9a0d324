// Which columns of what the server sends are sentences: they are told in the reader's language. Pure.

import { told } from "./words.js";

const SENTENCES = new Set(["state_reason", "lag_reason", "reason", "odd_reason", "alerts"]);

/** The value of a column, told where it is a sentence, or a list of them. */
export function toldColumn(name, value) {
  if (!SENTENCES.has(name) || !value) return value;
  return Array.isArray(value) ? value.map(told) : told(value);
}
