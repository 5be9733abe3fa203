// The console: shows what the server says, and sends what the person does.
import { openTerminal } from "./terminal.js";
import { showHappened, showRequests, showSessions } from "./lists.js";

const STANDING = {
  idle: "idle",
  running: "a command runs",
  asking: "a command asks",
  approval: "a command waits for your word",
  closed: "the session is closed",
};
/** After Ctrl-C, the same button sends TERM for so long. */
const STRONGER_MS = 10_000;
const RETRY_MS = 1_000;

const element = (id) => document.getElementById(id);
const title = document.title;
let socket;
let state = { sessions: [], requests: [] };
let question;
let stopped = 0;
/** Where the focus goes once the server has done what was asked for: "keyboard", "command". */
let focusNext;

const terminal = openTerminal(element("screen"), {
  onKeys: (text) => state.watched?.holder === "person" && send({ type: "keys", text }),
  onDrawn: (bytes) => send({ type: "drawn", bytes }),
  onLeave: () => element("take").focus(),
});

connect();
globalThis.consoleRows = terminal.rows;

function connect() {
  const proof = localStorage.getItem("proof") ?? "";
  let isShown = false;
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => send({ type: "hello", proof });
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") return terminal.write(new Uint8Array(data));
    const message = JSON.parse(data);
    isShown = true;
    if (message.type === "terminal") terminal.begin(message.columns, message.rows);
    if (message.type === "state") show(message);
    if (message.type === "notice") element("standing").textContent = message.text;
  };
  socket.onclose = () => {
    element("standing").textContent = isShown ? "connection lost, trying again…" : "not connected";
    element("standing").dataset.state = "closed";
    setTimeout(connect, RETRY_MS);
  };
}

function send(message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function show(next) {
  const isFirst = state.watched === undefined;
  state = next;
  const { watched, sessions, requests } = state;
  showSessions(element("sessions"), sessions, { chosen: watched?.id, choose: watch });
  showRequests(element("requests"), requests, decide);
  if (watched === undefined) return choose(sessions);
  if (isFirst) element("empty").hidden = true;
  document.title = `${needsPerson() ? "● " : ""}${watched.title} – ${title}`;
  showStanding(watched);
  showQuestion(watched);
  showHappened(element("happened"), watched.happened);
}

function needsPerson() {
  return state.requests.length > 0 || state.sessions.some(({ isWanted }) => isWanted);
}

function choose(sessions) {
  const named = location.pathname.slice("/s/".length);
  const chosen = sessions.find(({ id }) => id === named) ??
    sessions.find(({ isWanted }) => isWanted) ?? sessions.at(-1);
  if (chosen !== undefined) send({ type: "watch", session: chosen.id });
}

function showStanding({ holder, state: standing, isOpen, hasTerminal, personRuns }) {
  const isMine = holder === "person";
  const pill = element("standing");
  const what = STANDING[standing] ?? standing;
  const text = isMine ? `You have the keyboard; ${what}` : `The agent has the keyboard; ${what}`;
  if (pill.textContent !== text) pill.textContent = text;
  pill.dataset.state = isMine ? "person" : standing;
  const take = element("take");
  take.textContent = isMine ? "Hand back" : "Take over";
  take.disabled = !isOpen;
  take.setAttribute("aria-pressed", String(isMine));
  element("stop").disabled = standing !== "running" && standing !== "asking";
  for (const id of ["cast2", "cast3"]) element(id).disabled = !hasTerminal;
  const isIdle = standing === "idle" && personRuns === undefined;
  element("run").hidden = !(isMine && isIdle);
  terminal.enable(isMine && !isIdle);
  element("leave").hidden = !isMine || isIdle;
  if (isMine) moveFocus({ isIdle, isRunning: personRuns !== undefined });
}

/** Follows a person who took the keyboard or ran a command: into the terminal, and back. */
function moveFocus({ isIdle, isRunning }) {
  if (focusNext === "command" && !isRunning) return;
  const { activeElement } = document;
  const isIn = activeElement === document.body || element("terminal").contains(activeElement);
  if (focusNext !== undefined && !isIdle) terminal.focus();
  else if (isIdle && (focusNext !== undefined || isIn)) element("run-text").focus();
  focusNext = undefined;
}

function showQuestion({ question: asked, isWanted }) {
  const form = element("answer");
  const isSecret = asked?.kind === "password" || asked?.kind === "passphrase";
  const isShown = asked !== undefined && (isSecret || isWanted);
  form.hidden = !isShown;
  form.dataset.wanted = String(isWanted);
  if (!isShown || asked.number === question?.number) return;
  question = asked;
  element("asks").textContent = isWanted
    ? `The agent leaves this to you: ${asked.text}`
    : asked.text;
  element("answer-text").value = "";
  if (isWanted) element("answer-text").focus();
}

function decide(request, kind, minutes) {
  send({ type: "decide", request, kind, minutes });
}

function watch(session) {
  history.replaceState(null, "", `/s/${session}`);
  question = undefined;
  send({ type: "watch", session });
}

element("take").addEventListener("click", () => {
  const isMine = state.watched?.holder === "person";
  send({ type: isMine ? "give" : "take" });
  focusNext = isMine ? undefined : "keyboard";
});

element("stop").addEventListener("click", ({ target }) => {
  const isSecond = Date.now() - stopped < STRONGER_MS;
  stopped = isSecond ? 0 : Date.now();
  send({ type: "stop", signal: isSecond ? "TERM" : "INT" });
  target.textContent = isSecond ? "Stop (Ctrl-C)" : "Stop harder (TERM)";
  setTimeout(() => (target.textContent = "Stop (Ctrl-C)"), STRONGER_MS);
});

element("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = element("answer-text");
  send({ type: "answer", question: question?.number ?? 0, text: field.value });
  field.value = "";
  element("answer-show").checked = false;
  field.type = "password";
});

element("answer-show").addEventListener("change", ({ target }) => {
  element("answer-text").type = target.checked ? "text" : "password";
});

element("run").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = element("run-text");
  send({ type: "run", command: field.value });
  field.value = "";
  focusNext = "command";
});

for (const version of [2, 3]) {
  element(`cast${version}`).addEventListener("click", () => void download(version));
}

async function download(version) {
  const id = state.watched?.id;
  const headers = { "x-console-proof": localStorage.getItem("proof") ?? "" };
  const response = await fetch(`/recording/${id}.v${version}.cast`, { headers });
  if (!response.ok) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = /filename="([^"]+)"/.exec(response.headers.get("content-disposition"))?.[1];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), STRONGER_MS);
}
