// What happened to servers, streams and groups: kept in order of time, each once. Pure; seconds since the epoch.

/** The word of each kind, and how grave it is; "" is quiet. */
const KINDS = {
  loss: ["entries lost", "critical"],
  restart: ["restart", "warning"],
  failover: ["failover", "warning"],
  reset: ["reset", "warning"],
  rewound: ["rewound", "warning"],
  gap: ["gap", "warning"],
  stretched: ["interval", "notice"],
  trim: ["trim", "notice"],
  group_created: ["group created", ""],
  group_destroyed: ["group destroyed", "notice"],
};

/** {word, level} of a kind; one that is new to us is quiet. */
export function kindOf(kind) {
  const [word, level] = KINDS[kind] ?? [kind.replaceAll("_", " "), ""];
  return { word, level };
}

/** A store of the newest `most` marks: {mark, stream, key, group, kind, at, text}. */
export function createHappenings({ most = 500 } = {}) {
  let all = []; // oldest first
  const ids = new Set();

  return {
    /** Takes marks in any order; those that are known already are left out. Returns whether any was new. */
    add(marks) {
      const fresh = marks.filter(({ mark }) => !ids.has(mark) && ids.add(mark));
      if (!fresh.length) return false;
      all = [...all, ...fresh].sort((one, other) => one.at - other.at || one.mark - other.mark);
      for (const { mark } of all.splice(0, Math.max(0, all.length - most))) ids.delete(mark);
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

/** A mark in one line: "restart: The server was started anew." with the stream's name before it where `named`. */
export function inWords({ kind, key, text }, { named = false } = {}) {
  return `${named && key ? `${key} · ` : ""}${kindOf(kind).word}: ${text}`;
}
