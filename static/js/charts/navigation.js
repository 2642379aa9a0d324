// Which stretch of time the charts show: live at the right edge, or held where somebody zoomed, panned or paused. Pure; seconds.

/** Nearer to the live edge than this share of what is shown is at it. */
const SNAP = 0.01;
/** Steps of a wheel or of a held key are one gesture, and one step back, where no more than this passes between them. */
const ONE_GESTURE_S = 1;
const LEAST_S = 10;

/**
 * `edge()` is the newest moment, `now()` the clock. `onChange()` is called after each change but the edge's going on.
 * `held` is {since, until} where the page begins with a stretch of the past, `most_s` the longest that is remembered.
 */
export function createNavigation({ edge, now, range_s, most_s = Infinity, held = null, onChange = () => {} }) {
  let shown = { range_s: limited(range_s), held };
  let latest = { gesture: "", at: -Infinity };
  const former = [];

  function limited(seconds) {
    return Math.min(Math.max(seconds, LEAST_S), most_s);
  }

  function bounds() {
    if (shown.held) return shown.held;
    const until = edge();
    return { since: until - shown.range_s, until };
  }

  function go(next, gesture = "") {
    const at = now();
    const goesOn = gesture && gesture === latest.gesture && at - latest.at < ONE_GESTURE_S;
    if (!goesOn) former.push(shown);
    latest = { gesture, at };
    shown = next;
    onChange();
  }

  /** Holds a stretch, or goes live again where it reaches the edge. */
  function place(since, until, gesture) {
    const length = limited(until - since);
    const newest = edge();
    if (until >= newest - SNAP * length) return go({ range_s: length, held: null }, gesture);
    const begin = Math.max(since, now() - most_s);
    go({ range_s: length, held: { since: begin, until: begin + length } }, gesture);
  }

  return {
    now,
    bounds,

    get following() {
      return shown.held === null;
    },

    get range_s() {
      return shown.range_s;
    },

    get held() {
      return shown.held;
    },

    get canGoBack() {
      return former.length > 0;
    },

    /** Live, the last so many seconds. */
    follow(seconds = shown.range_s) {
      go({ range_s: limited(seconds), held: null });
    },

    /** Stands still where it is. */
    hold() {
      if (!shown.held) go({ range_s: shown.range_s, held: bounds() });
    },

    /** Shows what lies between two moments, in either order; too little is a slip of the hand and does nothing. */
    zoomTo(one, other) {
      const [since, until] = [Math.min(one, other), Math.max(one, other)];
      const middle = (since + until) / 2;
      const half = limited(until - since) / 2;
      if (until > since) place(middle - half, middle + half);
    },

    /** Shows `factor` times as much; the moment `at` stays where it is, or where it is null the edge, or the middle. */
    zoomBy(factor, at = null) {
      const { since, until } = bounds();
      const length = limited((until - since) * factor);
      const still = at ?? (shown.held ? (since + until) / 2 : until);
      const share = (still - since) / (until - since);
      place(still - share * length, still + (1 - share) * length, "zoom");
    },

    /** Moves by a share of what is shown: below 0 into the past. */
    panBy(share) {
      const { since, until } = bounds();
      const step = share * (until - since);
      if (step) place(since + step, until + step, "pan");
    },

    /** What was shown before the last gesture; live where there was none. */
    back() {
      latest = { gesture: "", at: -Infinity };
      shown = former.pop() ?? { range_s: shown.range_s, held: null };
      onChange();
    },
  };
}
