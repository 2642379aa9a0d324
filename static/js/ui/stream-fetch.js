// JSON from our own views: a body, or a problem in words. Never throws.

import { t } from "../lib/words.js";

const SIGNED_OUT = { title: t("You are signed out."), remedy: t("Sign in again, then reload this page.") };
const UNREACHABLE = { title: t("Streamgauge did not answer."), remedy: t("Check the connection, then try again.") };
const FORBIDDEN = { title: t("You may not see this."), remedy: t("Ask an administrator for the permission to view streams.") };
const ODD = { title: t("Streamgauge answered with an error."), remedy: t("Try again; if it stays so, its log says why.") };

/** {body} or {problem: {title, detail, since, remedy}}; `since` in epoch seconds or null. `post`: true, or fields to send; with the page's token. */
export async function fetchJson(url, { fetch = globalThis.fetch, post = false } = {}) {
  let response;
  try {
    response = await fetch(url, request(post));
  } catch {
    return { problem: UNREACHABLE };
  }
  // Whoever is signed out is led to the sign-in page, which is no JSON.
  if (!response.headers.get("content-type")?.startsWith("application/json")) {
    if (response.redirected) return { problem: SIGNED_OUT };
    return { problem: response.status === 403 ? FORBIDDEN : ODD };
  }
  const body = await response.json().catch(() => null);
  if (body === null) return { problem: ODD };
  if (body.problem) return { problem: body.problem };
  return response.ok ? { body } : { problem: ODD };
}

function request(post) {
  const headers = { Accept: "application/json" };
  if (!post) return { headers, credentials: "same-origin" };
  // Every page of somebody who is signed in has the token, in the form that signs out.
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const body = post === true ? null : new URLSearchParams(post);
  return { method: "POST", headers: { ...headers, "X-CSRFToken": token }, credentials: "same-origin", body };
}
