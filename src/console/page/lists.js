// Lists of the page, changed only where they differ: a screen reader says what is new.

const STATES = { approval: "needs your word", asking: "asks" };
const WHO = { agent: "agent", person: "person", console: "console" };

/** All sessions, each a button that shows it; kept in place, so that none loses the focus. */
export function showSessions(nav, sessions, { chosen, choose }) {
  const ids = sessions.map(({ id }) => id);
  for (const button of [...nav.children]) if (!ids.includes(button.dataset.id)) button.remove();
  for (const session of sessions) {
    const known = [...nav.children].find(({ dataset }) => dataset.id === session.id);
    showSession(known ?? nav.appendChild(sessionButton(session.id, choose)), session, chosen);
  }
}

function sessionButton(id, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.id = id;
  const pill = document.createElement("span");
  pill.className = "pill";
  button.append(document.createElement("span"), " ", pill);
  button.addEventListener("click", () => choose(id));
  return button;
}

function showSession(button, { id, user, host, name, state, holder, isWanted }, chosen) {
  const [label, pill] = button.children;
  const words = holder === "person" ? "yours" : isWanted ? "needs you" : STATES[state] ?? state;
  const title = `${user}@${host} · ${name}`;
  if (label.textContent !== title) label.textContent = title;
  if (pill.textContent !== words) pill.textContent = words;
  pill.dataset.state = holder === "person" ? "person" : state;
  button.setAttribute("aria-current", String(id === chosen));
}

/** Commands and what persons did, newest first. */
export function showHappened(list, happened) {
  const items = happened.toReversed().map((event) => {
    const key = JSON.stringify(event);
    const known = [...list.children].find((item) => item.dataset.key === key);
    return known ?? happenedItem(event, key);
  });
  if (
    items.every((item, at) => list.children[at] === item) && items.length === list.children.length
  ) return;
  list.replaceChildren(...items);
}

function happenedItem({ atMs, who, text, state, seconds }, key) {
  const item = document.createElement("li");
  item.dataset.key = key;
  const head = document.createElement("span");
  head.className = `who ${who}`;
  const time = new Date(atMs).toLocaleTimeString();
  const end = state === undefined
    ? ""
    : ` · ${state}${seconds === undefined ? "" : ` · ${seconds} s`}`;
  head.textContent = `${time} ${WHO[who] ?? ""}${end}`;
  const body = document.createElement("code");
  body.textContent = text;
  item.append(head, body);
  return item;
}

/** Actions that wait for a person's word. */
export function showRequests(section, requests, decide) {
  const ids = requests.map(({ id }) => id);
  for (const card of [...section.children]) if (!ids.includes(card.dataset.id)) card.remove();
  const shown = [...section.children].map((card) => card.dataset.id);
  for (const request of requests) {
    if (!shown.includes(request.id)) section.append(requestCard(request, decide));
  }
}

function requestCard(request, decide) {
  const { id, action, host, user, session, shown, facts, rule, hasShell } = request;
  const card = document.createElement("article");
  card.dataset.id = id;
  const title = document.createElement("h2");
  title.textContent = `The agent asks to ${action} as ${user}@${host}` +
    (session === null ? "" : ` in session ${session}`);
  const text = document.createElement("pre");
  text.textContent = shown;
  text.tabIndex = 0;
  text.setAttribute("role", "group");
  text.setAttribute("aria-label", "What would happen, exactly");
  const notes = document.createElement("p");
  notes.className = "facts";
  notes.textContent = [...facts, `rule: ${rule}`].join(" · ");
  const minutes = document.createElement("input");
  minutes.type = "number";
  minutes.min = "1";
  minutes.max = "480";
  minutes.value = "10";
  const label = document.createElement("label");
  label.append("for ", minutes, " minutes:");
  const button = (words, kind, className = "") => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.className = className;
    made.addEventListener("click", () => decide(id, kind, Math.trunc(minutes.valueAsNumber) || 0));
    return made;
  };
  const row = document.createElement("div");
  row.className = "decisions";
  row.append(
    button("Allow once", "once", "go"),
    button("Deny", "no", "no"),
    label,
    button("Allow this again", "command"),
  );
  if (hasShell) row.append(button("Allow all in this session", "session"));
  card.append(title, text, notes, row);
  return card;
}
