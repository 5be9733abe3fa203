import type { Approval } from "../../guard/approvals.ts";
import { makeVisible } from "../../terminal/visible.ts";

const REFRESH_S = 3;
/** A word that holds for a time holds for so many minutes. */
export const GRANT_MINUTES = 15;

const STYLE =
  `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
:root{color-scheme:light dark}
article{border:1px solid;border-radius:.5rem;padding:1rem;margin:1rem 0}
pre{overflow:auto;max-height:20rem;border:1px solid;padding:.5rem;white-space:pre}
header{display:flex;justify-content:space-between;align-items:baseline}
button{font:inherit;padding:.3rem .8rem;margin:.2rem}`;

/** The requests of a caller's agents, each with its buttons; it needs no script. */
export function requestsPage(
  caller: string,
  approvals: readonly Approval[],
  nonce: string,
): string {
  const list = approvals.length === 0
    ? "<p>Nothing waits for you. This page looks again every few seconds.</p>"
    : approvals.map(article).join("");
  const body = `<header><h1>Requests of your agents</h1>
<form method="post" action="/console/logout"><span>${escaped(visible(caller))}</span>
<button>Log out</button></form></header><main aria-live="polite">${list}</main>`;
  return page(body, { nonce, refreshS: REFRESH_S });
}

/** A page with one sentence. */
export function wordPage(word: string, nonce: string): string {
  const body = `<h1>SSH requests</h1><p>${escaped(visible(word))}</p>
<p><a href="/console">Open the console</a></p>`;
  return page(body, { nonce, refreshS: undefined });
}

/** Headers of every page: nothing is loaded, framed or kept. */
export function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; ` +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    // Under no-referrer a browser sends "Origin: null" with a form's POST.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
  };
}

function article({ id, askedAt, request }: Approval): string {
  const { tool, action, host, user, session, facts, shown, rule, sameShell } = request;
  const place = `${user}@${host}${session === undefined ? "" : `, session ${session}`}`;
  const notes = [...facts, `${tool}, by ${rule}, asked at ${askedAt}`];
  const buttons = [
    ["once", "Yes, this time"],
    ["command", `Yes, and the same again for ${GRANT_MINUTES} minutes`],
    ...(sameShell === undefined
      ? []
      : [["session", `Yes, and all that is typed in this shell for ${GRANT_MINUTES} minutes`]]),
    ["no", "No"],
  ] as const;
  return `<article aria-label="Request"><h2>${escaped(visible(action))} on ${
    escaped(visible(place))
  }</h2><pre tabindex="0">${escaped(shown)}</pre><ul>${
    notes.map((note) => `<li>${escaped(visible(note))}</li>`).join("")
  }</ul><form method="post" action="/console/answer"><input type="hidden" name="id" value="${
    escaped(id)
  }">${
    buttons.map(([kind, label]) => `<button name="kind" value="${kind}">${label}</button>`).join("")
  }</form></article>`;
}

function page(
  body: string,
  { nonce, refreshS }: { readonly nonce: string; readonly refreshS: number | undefined },
): string {
  const refresh = refreshS === undefined
    ? ""
    : `<meta http-equiv="refresh" content="${refreshS};url=/console">`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${refresh}
<title>SSH requests</title><style nonce="${nonce}">${STYLE}</style></head><body>${body}</body></html>`;
}

function visible(text: string): string {
  return makeVisible(text).text;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
