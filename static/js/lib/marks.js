// Which alerts are open on which stream: the mark of a row. Pure.

const SEVERITIES = ["critical", "warning", "notice"];

/** `open` is what the page was drawn with: [{id, stream, severity, title}]. */
export function createMarks(open = []) {
  const byStream = new Map();

  function add({ id, stream, severity, title }) {
    if (stream === null) return;
    if (!byStream.has(stream)) byStream.set(stream, new Map());
    byStream.get(stream).set(id, { severity, title });
  }

  open.forEach(add);
  return {
    /** Takes any event; true where a mark changed. */
    apply({ type, alert, stream, severity, title }) {
      if (type === "alert.opened") add({ id: alert, stream, severity, title });
      else if (type === "alert.resolved") byStream.get(stream)?.delete(alert);
      else return false;
      return stream !== null;
    },

    /** The gravest severity open on a stream, how grave (0 is the worst), and the titles; null where none is. */
    of(stream) {
      const alerts = [...(byStream.get(stream)?.values() ?? [])];
      if (!alerts.length) return null;
      const gravity = Math.min(...alerts.map(({ severity }) => SEVERITIES.indexOf(severity)));
      return { severity: SEVERITIES[gravity], gravity, titles: alerts.map(({ title }) => title).join("\n") };
    },
  };
}
