/** The page in which a person enters the console's key. */
export function loginPage(nonce: string): string {
  return page(
    nonce,
    "login.js",
    `<main class="login"><h1>SSH console</h1>
<form id="login"><label for="key">Console key (MCP_SSH_CONSOLE_KEY of this server)</label>
<input id="key" type="password" autocomplete="current-password" autofocus required>
<button class="go">Open the console</button>
<p id="problem" role="alert"></p></form></main>`,
  );
}

/** The console itself. */
export function consolePage(nonce: string): string {
  return page(
    nonce,
    "console.js",
    `<a class="skip" href="#terminal">Skip to the terminal</a>
<header><h1>SSH console</h1>
<span id="standing" class="pill" role="status">connecting…</span>
<span id="leave" hidden>Ctrl+Shift+Enter leaves the terminal</span>
<span class="grow"></span>
<button id="take" type="button" disabled>Take over</button>
<button id="stop" type="button" disabled>Stop (Ctrl-C)</button>
<span class="casts"><button id="cast2" type="button" disabled>Recording v2</button>
<button id="cast3" type="button" disabled>v3</button></span></header>
<nav id="sessions" aria-label="Sessions"></nav>
<section id="requests" aria-label="Requests" aria-live="assertive"></section>
<form id="answer" aria-label="Answer" hidden><label for="answer-text" id="asks"></label>
<input id="answer-text" type="password" autocomplete="off" spellcheck="false"
 aria-describedby="answer-note"><button class="go">Type it</button>
<label class="show"><input id="answer-show" type="checkbox"> show</label>
<span id="answer-note">The model never sees it.</span></form>
<form id="run" aria-label="Your command" hidden><label for="run-text">Your command</label>
<input id="run-text" autocomplete="off" spellcheck="false" autocapitalize="off">
<button class="go">Run</button></form>
<main><section id="terminal" aria-label="Terminal" tabindex="-1">
<p id="empty">No session has been opened yet: it appears here with the agent's first command.</p>
<div id="screen"></div></section>
<aside aria-label="What happened"><h2>What happened</h2><ol id="happened"></ol></aside></main>`,
  );
}

function page(nonce: string, script: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light"><title>SSH console</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/console.css">
<script type="module" nonce="${nonce}" src="/${script}"></script></head>
<body>${body}</body></html>`;
}
