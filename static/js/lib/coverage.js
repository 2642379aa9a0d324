// Which stretches of time are known in full. Pure; seconds.

/** add(since, until) notes a stretch; covers(since, until) tells whether all of one is known. */
export function createCoverage() {
  let known = []; // apart from each other

  return {
    add(since, until) {
      if (!(until > since)) return;
      const touches = (one) => one.since <= until && one.until >= since;
      const joined = known.filter(touches);
      known = [...known.filter((one) => !touches(one)), {
        since: Math.min(since, ...joined.map((one) => one.since)), until: Math.max(until, ...joined.map((one) => one.until)),
      }];
    },

    covers: (since, until) => known.some((one) => one.since <= since && one.until >= until),
  };
}
