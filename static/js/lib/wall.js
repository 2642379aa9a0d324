// What a wallboard shows in which order. Pure.

/** So many servers have a line below every slide; more have slides of their own. */
export const BESIDE = 3;
/** Streams that are not well fill so many slides at most; who has more has seen enough. */
const MOST_SLIDES = 4;

/** [{kind: "streams" | "servers", first}] for a fleet of `rows` rows, `trouble` of them not well and first, `fit` of them on a slide. */
export function slides({ rows, trouble, servers, fit }) {
  const shown = trouble || Math.min(rows, fit); // where all is well, one slide of the busiest is company enough
  const count = Math.min(MOST_SLIDES, Math.max(1, Math.ceil(shown / fit)));
  const streams = Array.from({ length: count }, (_, at) => ({ kind: "streams", first: at * fit }));
  return servers > BESIDE ? [...streams, { kind: "servers", first: 0 }] : streams;
}

/** Counts of states as [{state, count}], gravest first, OK last; `gravity(state)` is smaller for what is graver. */
export function tally(states, gravity) {
  return Object.entries(states).filter(([, count]) => count).map(([state, count]) => ({ state, count }))
    .sort((one, other) => gravity(one.state) - gravity(other.state));
}
