// A session that ended while the page was open: it keeps what it shows, and says how to go on.

import { t } from "../lib/words.js";
import { el } from "./stream-dom.js";

/** Shows the note, or takes it away. The page goes on by itself as soon as somebody who has signed in again looks at it. */
export function showSignedOut(is) {
  const note = document.getElementById("signed-out");
  if (!is) note?.remove();
  else if (!note) document.getElementById("main")?.prepend(make());
}

function make() {
  const link = el("a", { class: "button", href: "/login/", target: "_blank", rel: "noopener" }, t("Sign in"));
  return el("div", { class: "note bar signed-out", id: "signed-out", role: "alert", "data-level": "warning" },
    el("span", { class: "grow" }, t("You are signed out. What stands here is no longer live. Sign in in another tab, and this page goes on where it is.")), link);
}
