// Takes a part of the page anew from the server, which is the only one to draw it.

const PAUSE_MS = 1000; // a storm of events is one fetch

/** A function that refreshes the element with `id` from the page's own address, keeping the focus where it was. */
export function createRefresh({ id, onDone = () => {} }) {
  let timer = null;

  async function run() {
    timer = null;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" }).catch(() => null);
    if (!answer?.ok) return; // the header tells of a lost connection
    // Parsed, not run: a document made this way executes no script.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(id);
    if (!fresh) return;
    const focused = document.activeElement?.id;
    document.getElementById(id).replaceWith(document.adoptNode(fresh));
    if (focused) document.getElementById(focused)?.focus();
    onDone(fresh);
  }

  return () => {
    timer ??= setTimeout(run, PAUSE_MS);
  };
}
