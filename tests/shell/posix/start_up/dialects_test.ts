import assert from "node:assert/strict";
import {
  dialectOf,
  identify,
  identifyFish,
  type Identity,
  probeLine,
} from "../../../../src/shell/posix/start_up/dialects.ts";
import { printfFormats, printParts } from "../../../../src/shell/posix/frame.ts";
import { newNonce } from "../../../../src/terminal/nonce.ts";
import { readEnd } from "../../../../src/shell/posix/exit_status.ts";
import { type MarkerPiece, MarkerScanner } from "../../../../src/terminal/markers.ts";
import { command } from "../../../support/command.ts";

const ID = "0123456789ab";

/** Shells that answer the probe, and what each is taken for. */
const SHELLS: Readonly<
  Record<string, { readonly argv: readonly [string, ...string[]]; kind: string }>
> = {
  bash: { argv: ["bash"], kind: "bash" },
  zsh: { argv: ["zsh", "-f"], kind: "zsh" },
  dash: { argv: ["dash"], kind: "dash" },
  ksh93: { argv: ["ksh93"], kind: "ksh93" },
  mksh: { argv: ["mksh"], kind: "mksh" },
  "busybox ash": { argv: ["busybox", "ash"], kind: "ash" },
  yash: { argv: ["yash", "--norcfile"], kind: "yash" },
  fish: { argv: ["fish", "--no-config"], kind: "fish" },
};

const FOREIGN: readonly (readonly [string, ...string[]])[] = [
  ["tcsh", "-f"],
  ["elvish", "-norc"],
  ["python3", "-i"],
];

interface Printed {
  readonly markers: readonly MarkerPiece[];
  readonly text: string;
}

/** Has a shell read lines from its standard input and takes its output apart. */
async function feed(argv: readonly [string, ...string[]], lines: string): Promise<Printed> {
  const { stdout } = await command(argv, { stdin: `${lines}\n` });
  const scanner = new MarkerScanner({ accepts: () => Boolean(argv) });
  const pieces = [...scanner.feed(stdout), ...scanner.flush()];
  return {
    markers: pieces.filter((piece) => piece.kind === "marker"),
    text: pieces.map((piece) => piece.kind === "text" ? piece.text : "").join(""),
  };
}

function letters({ markers }: Printed): string {
  return markers.map(({ letter }) => letter).join("");
}

async function identityOf(argv: readonly [string, ...string[]]): Promise<Identity> {
  const { markers } = await feed(argv, probeLine(newNonce()));
  const answer = markers.find(({ letter }) => letter === "K" || letter === "F");
  assert.ok(answer, `${argv[0]} did not answer`);
  const identity = answer.letter === "K" ? identify(answer.fields) : identifyFish(answer.fields);
  return identity ?? assert.fail(answer.fields);
}

for (const [name, { argv, kind }] of Object.entries(SHELLS)) {
  Deno.test(`probeLine() tells that ${name} reads it, and nothing more`, async () => {
    const printed = await feed(argv, probeLine(newNonce()));
    assert.equal(letters(printed), kind === "fish" ? "HF" : "HK");
    assert.equal(printed.text, "");
    const identity = await identityOf(argv);
    assert.equal(identity.shellKind, kind);
    assert.match(identity.pid, /^\d+$/);
    const style = ["dash", "yash"].includes(kind) ? "printf" : "ansi-c";
    assert.equal(identity.controlStyle, style);
  });

  Deno.test(`a frame in ${name} tells begin, directory, status and what the command printed`, async () => {
    const { shellKind, controlStyle } = await identityOf(argv);
    const nonce = newNonce();
    const frame = (text: string, previousStatus: number): string =>
      dialectOf(shellKind).frame({
        ...{ id: ID, names: "", command: text, recorded: text, previousStatus, controlStyle },
        ...{ flags: "", sink: "", quiet: "2>/dev/null", history: "omit" },
      });
    if (kind === "fish") return;
    const formats = kind === "mksh" ? printParts(nonce) : printfFormats(nonce);
    const run = (text: string, previous: number): Promise<Printed> =>
      feed(argv, `${formats}\n${frame(text, previous)}`);
    const told = await run("cd /usr; echo 'a\tb'; (exit 7)", 0);
    assert.equal(letters(told), "CWD");
    assert.equal(told.text, "a\tb\n");
    assert.equal(told.markers[1]!.fields, `${ID};/usr`);
    const { id, status } = readEnd("D", told.markers[2]!.fields, shellKind);
    assert.equal(id, ID);
    assert.deepEqual(status, { exitStatus: 7, exitSignal: null });
    for (const previous of [0, 1, 2, 130, 255]) {
      assert.equal((await run("echo $?", previous)).text, `${previous}\n`);
    }
    const broken = await run("echo 'unclosed", 0);
    assert.equal(broken.text, "");
  });

  Deno.test(`no line typed to ${name} is longer than a terminal holds`, () => {
    const dialect = dialectOf(kind);
    const setup = dialect.setup(newNonce()).split("\n").map((part) => part.length);
    assert.ok(Math.max(...setup) <= 1_001, `${setup}`);
    if (kind === "fish") return;
    for (const length of [1, 300, 500, 700, 800, 890, 900, 1_000, 5_000]) {
      const line = dialect.frame({
        id: ID,
        names: "0123",
        command: "x".repeat(length),
        recorded: "x".repeat(length),
        ...{ previousStatus: 200, flags: "x", sink: " >/dev/tty", controlStyle: "ansi-c" },
        ...{ quiet: "2>/dev/null", mayBePiped: true, history: "record", passwordNonce: newNonce() },
      });
      const longest = Math.max(...line.split("\n").map((part) => part.length));
      assert.ok(longest <= 1_001, `${length}: ${longest}`);
    }
  });

  Deno.test(`lines typed to ${name} hold no marker themselves and begin with a blank`, () => {
    const nonce = newNonce();
    const dialect = dialectOf(kind);
    const frame = dialect.frame({
      ...{
        id: ID,
        names: "",
        command: "id",
        recorded: "id",
        previousStatus: 3,
        controlStyle: "ansi-c",
      },
      ...{ flags: "", sink: " >/dev/tty", quiet: "2>/dev/null", history: "record" },
      passwordNonce: newNonce(),
    });
    for (const line of [probeLine(nonce), dialect.setup(nonce), frame]) {
      assert.ok(!line.includes("\x1b") && !line.includes("\x07"), line);
      assert.match(line, /^ \S/);
      // A hook may print the line with its escapes undone, as a window's title.
      const undone = line.replaceAll(/\\(?:033|e|E)/g, "\x1b").replaceAll(/\\(?:007|a)/g, "\x07");
      const scanner = new MarkerScanner({ accepts: (found) => found !== "" });
      const markers = [...scanner.feed(undone), ...scanner.flush()];
      assert.deepEqual(markers.filter((piece) => piece.kind === "marker"), [], line);
    }
  });
}

for (const argv of FOREIGN) {
  Deno.test(`probeLine() makes no POSIX shell and no fish of ${argv[0]}`, async () => {
    const printed = await feed(argv, probeLine(newNonce()));
    assert.doesNotMatch(letters(printed), /[KF]/);
  });
}

Deno.test("identify() takes a nameless POSIX shell by its name, and nothing by half an answer", () => {
  assert.equal(identify(";;;;1;im;-sh;A;/bin/sh")?.shellKind, "sh");
  assert.equal(identify(";;;;1;im;/opt/bin/posh;;/bin/posh")?.shellKind, "posh");
  assert.equal(identify(";;;;1;im;odd name;;")?.shellKind, "sh");
  assert.equal(identify(";;;;1;rim;-rbash;;/bin/rbash")?.flags, "rim");
  assert.equal(identify("5.2;;;;1;im"), undefined);
  assert.equal(identify(""), undefined);
  assert.equal(identify("%s;%s;%s;%s;%s;%s;%s;%s;%s"), undefined);
  assert.equal(identifyFish("%s"), undefined);
});

Deno.test("mksh's set-up is one line: it records each line behind a continuation", () => {
  assert.doesNotMatch(dialectOf("mksh").setup(newNonce()), /\n/);
});
