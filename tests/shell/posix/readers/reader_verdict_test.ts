import assert from "node:assert/strict";
import { passwordAskers } from "../../../../src/shell/posix/readers/password_askers.ts";
import { judgeReader } from "../../../../src/shell/posix/readers/reader_verdict.ts";
import { judgeStartUp } from "../../../../src/shell/posix/readers/start_up_verdict.ts";
import type {
  TerminalListing,
  TerminalProcess,
} from "../../../../src/shell/posix/readers/terminal_readers.ts";
import { listing, reader } from "../../../support/terminal_listing.ts";

const LOGIN = { pid: 4711, start: "100" };
const RAW = { mode: "raw" } as const;
/** Of another user: the kernel tells neither what it waits for nor what it has open. */
const HIDDEN = { wait: "unknown", inputIsTerminal: undefined } as const;
const SUDO = { ...HIDDEN, effectiveUid: 0, arguments: ["id"] } as const;

Deno.test("judgeReader() tells whether a secret is read", () => {
  const cases: readonly (readonly [reads: string, terminal: TerminalListing])[] = [
    ["anything", listing("cat")],
    ["secret", listing("bash", LOGIN, { hidesInput: true })],
    ["secret", listing("python3", { readsOwnDescriptor: true })],
    ["anything", listing("csh", { ...LOGIN, readsOwnDescriptor: true })],
    ["anything", listing("python3", { readsOwnDescriptor: true }, { echoes: true })],
    ["secrets-only", listing("passwd", { ...HIDDEN, effectiveUid: 0 })],
    ["anything", listing("less", { readsOwnDescriptor: true }, RAW)],
  ];
  for (const [reads, terminal] of cases) {
    const verdict = judgeReader(terminal, [LOGIN]);
    assert.equal("reads" in verdict && verdict.reads, reads, JSON.stringify(terminal));
  }
});

Deno.test("judgeReader() knows a secret by an echo that was on as the command began", () => {
  const cases: readonly (readonly [reads: unknown, terminal: TerminalListing])[] = [
    ["secret", listing("bash", LOGIN)],
    ["secret", listing("dash", { holdsFile: true })],
    ["anything", listing("bash", LOGIN, { echoes: true })],
    ["anything", listing("bash", LOGIN, RAW)],
    [true, listing("ash", { wait: "polls" })],
    [false, listing("ash", { wait: "polls" }, { echoes: true })],
  ];
  for (const [reads, terminal] of cases) {
    const verdict = judgeReader(terminal, [LOGIN], "on");
    const found = verdict.kind === "unproven"
      ? verdict.hidesInput
      : "reads" in verdict && verdict.reads;
    assert.equal(found, reads, JSON.stringify(terminal));
  }
});

Deno.test("judgeReader() tells a shell at its prompt from whatever else reads, and from nobody", () => {
  const cases: readonly (readonly [verdict: string, terminal: TerminalListing])[] = [
    ["shell", listing("bash", { wait: "selects" }, RAW)],
    ["shell", listing("zsh", { arguments: ["-f", "-o", "vi"] }, RAW)],
    ["shell", listing("fish", { wait: "polls", hasChild: true }, RAW)],
    ["shell", listing("dash")],
    ["shell", listing("ash")],
    ["shell", listing("bash", { ...HIDDEN, realUid: 0, effectiveUid: 0 }, RAW)],
    ["foreign-shell", listing("elvish", { wait: "polls" }, RAW)],
    ["foreign-shell", listing("nu", { wait: "polls" }, RAW)],
    ["foreign-shell", listing("python3", { wait: "selects", command: "xonsh" }, RAW)],
    ["program", listing("bash", { wait: "selects", arguments: ["ask.sh"] }, RAW)],
    ["program", listing("bash", { arguments: ["-c", "read x"] })],
    ["program", listing("dash", { holdsFile: true })],
    ["program", listing("python3", { wait: "selects" }, RAW)],
    ["program", listing("psql", { wait: "polls", command: "bash" }, RAW)],
    ["program", listing("cat")],
    ["program", listing("sudo", SUDO)],
    ["program", listing("passwd", { ...HIDDEN, effectiveUid: 0 })],
    ["unproven", listing("chfn", { ...HIDDEN, effectiveUid: 0 })],
    ["itself", listing("bash", { ...LOGIN, wait: "selects" }, RAW)],
    ["itself", listing("dash", LOGIN)],
    ["shell", listing("dash", { ...LOGIN, start: "101" })],
    ["itself", listing("dash", { ...LOGIN, pid: 4712 })],
    ["shell", listing("zsh", { ...LOGIN, pid: 4712 }, RAW)],
    ["nobody", listing("sleep", { wait: "elsewhere" })],
    ["nobody", listing("sudo", { ...SUDO, hasChild: true })],
    ["carrier", listing("ssh", { wait: "polls" }, RAW)],
    ["carrier", listing("sudo", { ...SUDO, hasChild: true }, RAW)],
    ["unproven", listing("tail", { wait: "polls" })],
    ["unproven", listing("bash", {}, RAW)],
    ["unproven", listing("cat", {}, { processes: [] })],
    ["unproven", listing("cat", {}, { mode: undefined })],
  ];
  for (const [verdict, terminal] of cases) {
    const ash = { ...LOGIN, pid: 4712, shellKind: "ash" };
    assert.equal(judgeReader(terminal, [LOGIN, ash]).kind, verdict, JSON.stringify(terminal));
  }
});

Deno.test("judgeReader() tells whether the terminal's reader does nothing but wait for input", () => {
  const cases: readonly (readonly [waits: boolean, terminal: TerminalListing])[] = [
    [Boolean(1), listing("cat")],
    [Boolean(1), listing("bash", LOGIN)],
    [Boolean(1), listing("bc", { wait: "selects" }, RAW)],
    [Boolean(0), listing("bash", { ...LOGIN, wait: "selects" })],
    [Boolean(0), listing("node", { wait: "polls" }, RAW)],
    [Boolean(0), listing("java", { readsInThread: Boolean(1) })],
    [Boolean(0), withOther(listing("cat"), { wait: "polls" })],
    [Boolean(1), withOther(listing("cat"), { wait: "elsewhere" })],
  ];
  for (const [waits, terminal] of cases) {
    const verdict = judgeReader(terminal, [LOGIN]);
    assert.equal("waitsForInput" in verdict && verdict.waitsForInput, waits);
  }
});

/** A process beside the one of a listing, in its process group. */
function withOther(terminal: TerminalListing, other: Partial<TerminalProcess>): TerminalListing {
  return {
    ...terminal,
    processes: [...terminal.processes, reader("sleep", { pid: 5002, ...other })],
  };
}

Deno.test("judgeStartUp() calls it a prompt only when every shell that starts has prompted", () => {
  const prompt = listing("bash", { ...LOGIN, wait: "selects" }, { ...RAW, echoes: false });
  const echoing = { echoes: true } as const;
  const cases: readonly (readonly [verdict: string, terminals: readonly TerminalListing[]])[] = [
    ["prompt", [prompt, listing("dash", {}, echoing)]],
    ["doubtful", [prompt, listing("bash", {}, echoing)]],
    ["question", [listing("bash", {}, { mode: "raw", echoes: true })]],
    ["question", [listing("dash", { holdsFile: true }, echoing)]],
    ["question", [listing("ash", {}, echoing)]],
    ["question", [listing("ash", { wait: "polls" }, echoing)]],
    ["question", [listing("python3", { wait: "polls" }, RAW)]],
    ["doubtful", [prompt, listing("mksh", {}, echoing)]],
    ["carried", [listing("script", { wait: "polls" }, RAW)]],
    ["carried", [listing("sudo", { ...SUDO, hasChild: true }, RAW)]],
    ["busy", [listing("sudo", { ...SUDO, hasChild: true })]],
    ["busy", [prompt, listing("sleep", { wait: "elsewhere" }, echoing)]],
    ["multiplexer", [listing("tmux", { command: "tmux: client", wait: "polls" }, RAW)]],
    ["multiplexer", [listing("screen", HIDDEN, RAW), listing("bash", {}, echoing)]],
    ["prompt", [withOther(prompt, { wait: "unknown", inputIsTerminal: true })]],
    ["question", [withOther(prompt, { wait: "reads" })]],
    ["question", [withOther(listing("python3", { wait: "reads" }, RAW), { wait: "unknown" })]],
    ["unknown", []],
    ["unknown", [listing("elvish", { wait: "unknown" }, RAW)]],
    ["unknown", [listing("bash", {}, RAW)]],
    ["unknown", [listing("ksh93", { holdsFile: true, wait: "unknown" }, echoing)]],
  ];
  for (const [verdict, terminals] of cases) {
    assert.equal(judgeStartUp(terminals), verdict, JSON.stringify(terminals));
  }
});

Deno.test("passwordAskers() takes the setuid program alone, on a terminal that nobody else reads", () => {
  const askers = (
    process: Partial<TerminalProcess>,
    other: Partial<TerminalListing> = {},
    name = "sudo",
  ): unknown =>
    passwordAskers(listing(name, { ...SUDO, ...process }, other))?.map(({ pid }) => pid);
  const isProven: readonly unknown[] = [
    askers({}),
    askers({ arguments: [] }, {}, "su"),
    askers({ arguments: ["-c", "id"] }, {}, "su"),
    askers({}, {}, "doas"),
    askers({ arguments: ["-u", "S", "pacman", "-S", "vim"] }),
  ];
  assert.deepEqual(isProven, isProven.map(() => [5000]));
  const grep = reader("grep", { pid: 5001, wait: "elsewhere", inputIsTerminal: false });
  const cat = reader("cat", { pid: 5001 });
  const sudo = reader("sudo", SUDO);
  assert.deepEqual(askers({}, { processes: [sudo, grep] }), [5000]);
  const isNone: Readonly<Record<string, unknown>> = {
    "a copy under the name": askers({ effectiveUid: 1000 }),
    "a name alone": askers({ effectiveUid: 1000, ...HIDDEN, command: "sudo" }, {}, "bash"),
    "another account's": askers({ realUid: 1001 }),
    "a session of root": askers({ realUid: 0 }, { shellUid: 0 }),
    "let in": askers({ hasChild: true }),
    "standard input": askers({ arguments: ["-kS", "id"] }),
    "standard input behind a variable": askers({ arguments: ["A=1", "--stdin", "id"] }),
    "arguments unseen": askers({ arguments: undefined }),
    "su to another account": askers({ arguments: ["-", "postgres"] }, {}, "su"),
    "su to another account behind a command": askers({ arguments: ["-c", "id", "x"] }, {}, "su"),
    "somebody beside it": askers({}, { processes: [sudo, cat] }),
    "echo": askers({}, { echoes: true }),
    "hidden processes": askers({}, { processes: [] }),
    "unknown settings": askers({}, { mode: undefined }),
  };
  for (const [what, found] of Object.entries(isNone)) assert.equal(found, undefined, what);
});
