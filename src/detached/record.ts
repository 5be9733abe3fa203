import type { Said } from "./script_channel.ts";

/** Standard input of a durable command: none, a pipe that never ends by itself, or a terminal. */
export type DetachedInput = "null" | "fifo" | "pty";

/** How far a durable command is, as its record and the host's processes say. */
export type DetachedState =
  | { readonly kind: "starting" }
  /** `unsupervised`: it runs, but what would record its status is gone. */
  | { readonly kind: "running"; readonly unsupervised: boolean }
  | {
    readonly kind: "exited";
    /** 0–255; as sh(1) tells a signal: 128 and its number. */
    readonly exitStatus: number;
    /** A process it left still has its output open. */
    readonly outputOpen: boolean;
  }
  /** It is gone without a status. */
  | { readonly kind: "lost"; readonly why: "killed" | "rebooted" }
  /** The record was made by a machine with another name, in a directory that both see. */
  | { readonly kind: "elsewhere"; readonly node: string };

/** The contents of a record beside the output. */
export interface DetachedRecord {
  /** Its name: "j" and 12 characters. */
  readonly name: string;
  readonly state: DetachedState;
  /** Milliseconds since the epoch by the host's clock, whole seconds. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** The host's clock at the time it was asked. */
  readonly askedAt: number;
  readonly input: DetachedInput;
  /** Those sent to interrupt it, without "SIG". */
  readonly signals: readonly string[];
  /** Path or name of the shell that runs it. */
  readonly shell: string;
  /** Where it was started. */
  readonly cwd: string;
  /** Without secrets the server knew, cut to some length. */
  readonly command: string;
  /** Bytes printed so far, whether they are kept or not. */
  readonly outputBytes: number;
}

/** A stretch of kept output. */
export interface OutputPiece {
  /** Bytes printed before it. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A supervisor that wrote nothing for so long was killed before it could. */
const STARTING_S = 10;

/** A stretch of output that is gone: deleted to bound the disk's use, or lost on a full disk. */
export interface OutputHole {
  readonly from: number;
  readonly to: number;
}

/** The holes of a `read` answer, in order and apart. */
export function readHoles(said: readonly Said[]): readonly OutputHole[] {
  const told = said.flatMap(({ words }) => {
    const [word, from, to] = words.split(" ");
    return word === "hole" ? [{ from: wholeNumber(from), to: wholeNumber(to) }] : [];
  });
  const holes: OutputHole[] = [];
  for (const hole of told.toSorted((one, other) => one.from - other.from)) {
    const last = holes.at(-1);
    if (last === undefined || hole.from > last.to) holes.push(hole);
    else if (hole.to > last.to) holes[holes.length - 1] = { from: last.from, to: hole.to };
  }
  return holes;
}

/**
 * Reads a `job` line of the record scripts: tabs part its fields; the shown command, which may hold
 * some, comes last. Undefined where it is not of that form.
 */
export function readRecord(words: string): DetachedRecord | undefined {
  const fields = words.split("\t");
  if (fields[0] !== "job" || fields.length < 16) return undefined;
  const [, name = "", state = "", first, second, compared, open] = fields;
  const [size, started, now, node = "", input, signals = "", shell = "", cwd = ""] = fields.slice(
    7,
  );
  const isExited = state === "exited";
  return {
    name,
    state: isExited
      ? { kind: "exited", exitStatus: wholeNumber(first), outputOpen: open === "o" }
      : liveState({ state, compared, node, ageS: wholeNumber(now) - wholeNumber(started) }),
    startedAt: wholeNumber(started) * 1000,
    endedAt: isExited ? wholeNumber(second) * 1000 : undefined,
    askedAt: wholeNumber(now) * 1000,
    input: input === "fifo" || input === "pty" ? input : "null",
    signals: signals.split(" ").filter((name) => name !== ""),
    shell,
    cwd,
    command: fields.slice(15).join("\t"),
    outputBytes: wholeNumber(size),
  };
}

/** The records of a `list` answer: the last line has the sizes of their last files. */
export function readRecords(said: readonly Said[]): readonly DetachedRecord[] {
  const sizes = new Map<string, number>();
  const text = said.find(({ words }) => words === "sizes");
  for (const line of new TextDecoder().decode(text?.bytes).split("\n")) {
    const [, size, name] = /^ *(\d+) .*\/(j[0-9a-z]+)\/o\.\d+$/.exec(line) ?? [];
    if (name !== undefined) sizes.set(name, wholeNumber(size));
  }
  return said.flatMap(({ words }) => {
    const record = readRecord(words);
    if (record === undefined) return [];
    return [{ ...record, outputBytes: record.outputBytes + (sizes.get(record.name) ?? 0) }];
  });
}

/** The pieces of a `read` answer, in order; what is behind each belongs to the script. */
export function readPieces(said: readonly Said[]): readonly OutputPiece[] {
  return said.flatMap(({ words, bytes }) => {
    const [word, offset] = words.split(" ");
    return word === "piece" && bytes.length > 0 ? [{ offset: wholeNumber(offset), bytes }] : [];
  });
}

interface Compared {
  readonly state: string;
  /** The script's verdict on it and on the processes there are. */
  readonly compared: string | undefined;
  readonly node: string;
  readonly ageS: number;
}

function liveState({ state, compared, node, ageS }: Compared): DetachedState {
  switch (compared) {
    case "elsewhere":
      return { kind: "elsewhere", node };
    case "rebooted":
      return { kind: "lost", why: "rebooted" };
    case "alive":
    case "ending":
      return { kind: "running", unsupervised: false };
    case "alone":
      return { kind: "running", unsupervised: true };
    default:
      return state === "starting" && ageS <= STARTING_S
        ? { kind: "starting" }
        : { kind: "lost", why: "killed" };
  }
}

function wholeNumber(text: string | undefined): number {
  const number = Number(text ?? "");
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}
