// When a browser rings for an alert: once over all its tabs. Pure.

/** What was rung for is forgotten after this long. */
const KEPT_MS = 6 * 3600_000;
const MOST = 500;
const LOUD = new Set(["escalated", "relapsed", "unacknowledged"]);

/** What the event would be rung for, as one word; null where it is none to ring for. */
export function ringKey({ type, alert, severity, change, at }) {
  if (severity !== "critical") return null;
  if (type !== "alert.opened" && !(type === "alert.changed" && LOUD.has(change))) return null;
  return `${alert}@${at}`;
}

/** Whether nobody has rung for `key` yet, and what to remember: {isFirst, text}. `text` is what was remembered, as JSON or anything else. */
export function claim(text, key, now) {
  const known = remembered(text);
  const kept = Object.entries(known).filter(([, at]) => now - at < KEPT_MS && at <= now).slice(-MOST);
  const isFirst = !kept.some(([other]) => other === key);
  return { isFirst, text: JSON.stringify(Object.fromEntries(isFirst ? [...kept, [key, now]] : kept)) };
}

function remembered(text) {
  try {
    const known = JSON.parse(text);
    return known && typeof known === "object" && !Array.isArray(known) ? known : {};
  } catch {
    return {};
  }
}
