// What somebody opened last, newest first. Pure; what was stored may have been written by anybody, so it is looked at.

const MOST = 8;
const KINDS = ["stream", "group", "server", "page", "action"];

const isOurs = ({ kind, name, url, detail }) =>
  KINDS.includes(kind) && typeof name === "string" && typeof detail === "string" && /^\/(?![/\\])/.test(url);

/** The items of a stored text; none where it is no list of them. */
export function readRecents(text) {
  try {
    const items = JSON.parse(text ?? "[]");
    return Array.isArray(items) ? items.filter((item) => item && isOurs(item)).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** The list with the item first, each address once. */
export function withRecent(items, { kind, name, detail, url }) {
  return [{ kind, name, detail, url }, ...items.filter((item) => item.url !== url)].slice(0, MOST);
}

/** The name cut into parts, those that were typed marked: [{text, hit}]. */
export function highlighted(name, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean).sort((a, b) => b.length - a.length);
  if (!words.length) return [{ text: name, hit: false }];
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
  return name.split(pattern).map((text, at) => ({ text, hit: at % 2 === 1 })).filter(({ text }) => text);
}
