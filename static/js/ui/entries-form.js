// The form above entries: order, beginning, end, filter. It stands in the address, so that a link shows the same.

const FIELDS = ["order", "from", "to", "filter"];

/** `onAsk()` is called when something else is asked for. query() tells what, showErrors({field: words}) says what is wrong with it. */
export function createEntriesForm({ form, onAsk }) {
  const field = (name) => form.elements.namedItem(name);

  function query() {
    const asked = new URLSearchParams();
    for (const name of FIELDS) {
      const value = field(name).value.trim();
      if (value && !(name === "order" && value === "newest")) asked.set(name, value);
    }
    return asked;
  }

  function showErrors(errors) {
    for (const name of FIELDS) {
      const note = document.getElementById(`entries-${name}-error`);
      if (!note) continue;
      note.textContent = errors[name] ?? "";
      field(name).toggleAttribute("aria-invalid", false);
      if (errors[name]) field(name).setAttribute("aria-invalid", "true");
    }
    const first = FIELDS.find((name) => errors[name]);
    if (first) field(first).focus();
  }

  function ask() {
    const asked = query().toString();
    history.pushState(null, "", asked ? `?${asked}` : location.pathname);
    onAsk();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  field("order").forEach?.((choice) => choice.addEventListener("change", ask));
  window.addEventListener("popstate", () => {
    const asked = new URLSearchParams(location.search);
    for (const name of FIELDS) field(name).value = asked.get(name) ?? (name === "order" ? "newest" : "");
    onAsk();
  });
  return { query, showErrors };
}
