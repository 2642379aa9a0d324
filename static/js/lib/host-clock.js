// The host's clock as a page knows it. Samples bear its time; it may be set while the page is open. Pure. Seconds.

/** Less than this is jitter, and samples that overtook each other. */
const SET_BACK_S = 3;

/** `monotonic()` only ever goes on, whoever sets this machine's clock; `synchronise(hostNow)` tells the host's time. */
export function createHostClock(monotonic) {
  let ahead = 0;
  const heardFrom = new Map(); // source → {last, behind}: the newest sample, and the one before that came from far behind it

  const now = () => monotonic() + ahead;
  const synchronise = (hostNow) => {
    ahead = hostNow - monotonic();
  };

  return {
    now,
    synchronise,

    /**
     * Takes the time of a live sample of a source (a server); returns whether the host's clock was set back. One old
     * sample is only late: it takes two in a row that go on from far behind.
     */
    heard(at, source = 0) {
      const { last = at, behind = null } = heardFrom.get(source) ?? {};
      const isBehind = at < last - SET_BACK_S;
      const setBack = isBehind && behind !== null && at > behind;
      if (setBack || !isBehind) heardFrom.set(source, { last: setBack ? at : Math.max(last, at), behind: null });
      else heardFrom.set(source, { last, behind: at });
      if (setBack || at > now()) synchronise(at); // no sample is from the future
      return setBack;
    },
  };
}
