// What happened to servers, streams and groups: kept in order of time, each once. Pure; seconds since the epoch.

import { t, told } from "./words.js";

/** The word of each kind, how grave it is ("" is quiet), and its shape on the rail. */
const KINDS = () => ({
  loss: [t("entries lost"), "critical"],
  restart: [t("restart"), "warning"],
  failover: [t("failover"), "warning"],
  reset: [t("reset"), "warning"],
  rewound: [t("rewound"), "warning"],
  gap: [t("gap"), "warning"],
  stretched: [t("interval"), "notice"],
  trim: [t("trim"), "notice"],
  group_created: [t("group created"), ""],
  group_destroyed: [t("group destroyed"), "notice"],
  alert_opened: [t("alert"), "warning", "triangle"],
  alert_resolved: [t("alert over"), "", "triangle"],
  action: [t("action"), "notice", "square"],
});
let kinds = null;

/** {word, level, shape} of a kind; one that is new to us is quiet. */
export function kindOf(kind) {
  kinds ??= KINDS();
  const [word, level, shape = "diamond"] = kinds[kind] ?? [kind.replaceAll("_", " "), ""];
  return { word, level, shape };
}

/** A store of the newest `most` of what happened: {id, stream, key, kind, level, at, text, url}; `level` and `url` may be missing. */
export function createHappenings({ most = 5000 } = {}) {
  let all = []; // oldest first
  const ids = new Set();

  return {
    /** Takes them in any order; those that are known already are left out. Returns whether any was new. */
    add(happenings) {
      const fresh = happenings.filter(({ id }) => !ids.has(id) && ids.add(id));
      if (!fresh.length) return false;
      all = [...all, ...fresh].sort((one, other) => one.at - other.at || order(one.id, other.id));
      for (const { id } of all.splice(0, Math.max(0, all.length - most))) ids.delete(id);
      return true;
    },

    between: (since, until) => all.filter(({ at }) => at >= since && at <= until),

    /** Those at most `within` seconds from a moment, nearest first. */
    near: (moment, within) => all.filter(({ at }) => Math.abs(at - moment) <= within)
      .sort((one, other) => Math.abs(one.at - moment) - Math.abs(other.at - moment)),

    /** The newest `count`, newest first. */
    newest: (count) => all.slice(-count).reverse(),

    get size() {
      return all.length;
    },
  };
}

const order = (one, other) => String(one).localeCompare(String(other), "en", { numeric: true });

/** What happened in one line: "restart: The server was started anew." with the stream's name before it where `named`. */
export function inWords({ kind, key, text }, { named = false } = {}) {
  return `${named && key ? `${key} · ` : ""}${kindOf(kind).word}: ${told(text)}`;
}
