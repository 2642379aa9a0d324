// What of the past has to be fetched for what is shown. Pure; seconds.

/** Fetched beyond both ends of what is held, as a share of it, so that a little panning fetches nothing. */
const MARGIN = 0.25;
/** Steps made for a stretch so many times longer are too coarse: the server would give finer ones. */
const COARSE = 2.5;
/** The live edge is this near to what history has. */
const SLACK_S = 5;

/**
 * {since, until} to ask for, `until` null for up to now; null where what is `loaded` is enough: {since, until, step_s, live},
 * `live` where samples that come are added to it.
 */
export function wanted(shown, loaded, { following, now }) {
  if (loaded && reaches(shown, loaded, following) && isFine(shown, loaded)) return null;
  const length = shown.until - shown.since;
  const since = shown.since - (following ? 0.1 : MARGIN) * length;
  const until = shown.until + MARGIN * length;
  return { since, until: following || until >= now - SLACK_S ? null : until };
}

function reaches({ since, until }, loaded, following) {
  if (loaded.since > since) return false;
  return loaded.live || (!following && loaded.until >= until);
}

function isFine(shown, { since, until, step_s }) {
  return !step_s || until - since <= COARSE * (shown.until - shown.since);
}

/** The parts of what is shown that nothing was fetched for: [{since, until}]. */
export function unloaded(shown, loaded) {
  if (!loaded) return [shown];
  const until = loaded.live ? Infinity : loaded.until;
  if (loaded.since >= shown.until || until <= shown.since) return [shown];
  return [
    ...(loaded.since > shown.since ? [{ since: shown.since, until: loaded.since }] : []),
    ...(until < shown.until ? [{ since: until, until: shown.until }] : []),
  ];
}
