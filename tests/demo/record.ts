// Plays the demo and draws what it showed as `.github/demo.svg`: `deno task demo:record`.
import { REPOSITORY } from "../support/source_file.ts";
import { playDemo } from "./demo.ts";
import { type Piece, type Style, terminalSvg } from "./terminal_svg.ts";

const PATH = `${REPOSITORY}.github/demo.svg`;
const COMMAND = "npx -y deno@2.9.6 task demo";

const lines: (readonly Piece[])[] = [];

add(["$ ", "dim"], [COMMAND, "title"]);
await playDemo({
  say: (line) => add([line, "dim"]),
  title: (text) => {
    add();
    add([`# ${text}`, "title"]);
  },
  call: (tool, args) => add([`→ ${tool} `, "call"], [JSON.stringify(args), "arguments"]),
  form: (message, answer) => {
    add(["← the person is asked", "waiting"]);
    for (const line of message.split("\n")) add([`    ${line}`, "plain"]);
    add(["  and answers: ", "waiting"], [answer, "plain"]);
  },
  reply: (text) => {
    for (const line of text.replace(/\n$/, "").split("\n")) add(["  ", "plain"], ...styled(line));
  },
});
await Deno.writeTextFile(PATH, terminalSvg(`What "${COMMAND}" shows`, lines));
Deno.stderr.writeSync(new TextEncoder().encode(`${PATH}: ${lines.length} lines\n`));

function add(...pieces: readonly (readonly [text: string, style: Style])[]): void {
  lines.push(pieces.map(([text, style]) => ({ text, style })));
}

/** The status line's word in its colour, advice as such, and the host's own text as it is. */
function styled(line: string): [string, Style][] {
  const [, word, rest] = /^(\[[\w -]+\])( \d.*)$/.exec(line) ?? [];
  if (word !== undefined) return [[word, styleOf(word)], [rest!, "dim"]];
  return [[line, /^\[\w+\(.*\].*$/.test(line) ? "waiting" : "plain"]];
}

function styleOf(word: string): Style {
  if (word === "[exit 0]") return "well";
  return word.startsWith("[exit") ? "failed" : "waiting";
}
