import type { Clock } from "../clock.ts";
import { InputError, PrivilegeError, UnknownCommandError, UnsupportedError } from "../errors.ts";
import type { Connection } from "../transport/transport.ts";
import {
  type DetachedRecord,
  type OutputHole,
  type OutputPiece,
  readHoles,
  readPieces,
  readRecord,
  readRecords,
} from "./record.ts";
import { type DetachedStart, startScript } from "./start_line.ts";
import { HAS_RECORDS, RECORD_SCRIPTS } from "./record_scripts.ts";
import { runHostScript, type Said } from "./script_channel.ts";

/** Which record, and how it is reached. */
export interface RecordAddress {
  readonly connection: Connection;
  /** Its name on the host. */
  readonly record: string;
  /** Whose it is, where sudo is needed to read it. */
  readonly owner?: string | undefined;
  readonly sudoPassword?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which output is wanted, in bytes. */
export interface OutputRange {
  /** Where to start; a negative one counts from the end. */
  readonly offset: number;
  /** At most so many from there; with `last` all, where both meet. */
  readonly first: number;
  /** At most so many before the end. */
  readonly last: number;
}

/** A record and the output that was asked for. */
export interface DetachedReading {
  readonly record: DetachedRecord;
  readonly pieces: readonly OutputPiece[];
  readonly holes: readonly OutputHole[];
}

/** Records of durable commands on hosts; holds nothing itself. */
export class DetachedJobs {
  readonly #clock: Clock;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** All records of the user who is logged in, in no order. */
  async list(
    connection: Connection,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly DetachedRecord[]> {
    const host = { clock: this.#clock, script: RECORD_SCRIPTS.list, condition: HAS_RECORDS };
    return readRecords(await runHostScript(connection, { ...host, ...options }));
  }

  /** Starts a command in a channel of its own, for a login that has no terminal. */
  async start(
    connection: Connection,
    start: DetachedStart,
    options: { readonly shellKind: string; readonly signal?: AbortSignal | undefined },
  ): Promise<string> {
    const { shellKind, signal } = options;
    const script = `printf '\\n%s started\\n' "$N"\n${startScript(start, shellKind)}`;
    const said = await runHostScript(connection, { clock: this.#clock, script, signal });
    return new TextDecoder().decode(said[0]?.bytes);
  }

  /** @throws {UnknownCommandError} Where the host has no such record. */
  async read(address: RecordAddress, range: OutputRange): Promise<DetachedReading> {
    const { offset, first, last } = range;
    const said = await this.#run("read", address, { off: offset, first, last });
    const record = said.map(({ words }) => readRecord(words)).find((one) => one !== undefined);
    if (record === undefined) throw unknown(address);
    return { record, pieces: readPieces(said), holes: readHoles(said) };
  }

  /**
   * Sends a signal to the command's process group; INT and QUIT are typed where it has a terminal.
   *
   * @throws {PrivilegeError} Where the processes belong to another user.
   */
  async signal(address: RecordAddress, name: string): Promise<void> {
    if (name === "TSTP") {
      throw new UnsupportedError(
        "TSTP would stop the command for good: no shell is there to continue it",
        "Send INT or TERM",
      );
    }
    const said = await this.#run("signal", address, { sig: name });
    if (said[0]?.words !== "refused") return;
    throw new PrivilegeError(
      `The command's processes belong to another user, so ${name} was refused`,
      "Run kill under sudo in a session there",
    );
  }

  /**
   * Writes to the command's standard input.
   *
   * @throws {InputError} Where it has none, or has ended, or reads nothing for 2 s.
   */
  async input(address: RecordAddress, data: Uint8Array): Promise<void> {
    const said = await this.#run("input", address, {}, data);
    switch (said[0]?.words) {
      case "sent":
        return;
      case "closed":
        throw new InputError(
          "The command was started without input: its standard input is /dev/null",
          'Start it with stdin="fifo" or stdin="pty" to answer it later',
        );
      case "full":
        throw new InputError(
          "The command has not read its input for 2 s; a part of the text may be lost",
          "Wait until it reads, and send less at once",
        );
      default:
        throw new InputError("The command has ended", "get_command_status shows its output");
    }
  }

  /** Removes old finished records. */
  async clean(connection: Connection): Promise<void> {
    await runHostScript(connection, { clock: this.#clock, script: RECORD_SCRIPTS.clean });
  }

  async #run(
    name: "read" | "signal" | "input",
    address: RecordAddress,
    variables: Readonly<Record<string, string | number>>,
    input?: Uint8Array,
  ): Promise<readonly Said[]> {
    const { connection, record, ...rest } = address;
    const set = Object.entries({ id: record, ...variables }).map(([key, value]) =>
      `${key}=${value}`
    );
    const script = `${set.join(" ")}\n${RECORD_SCRIPTS[name]}`;
    const said = await runHostScript(connection, { clock: this.#clock, script, input, ...rest });
    if (said[0]?.words === "none") throw unknown(address);
    return said;
  }
}

function unknown({ record, owner }: RecordAddress): UnknownCommandError {
  return new UnknownCommandError(
    `The host has no record of a durable command ${record}${owner ? ` of ${owner}` : ""}`,
    "list_running_commands(host=…) and list_command_history(host=…) show the records of this login; " +
      "finished ones are removed after a week, or when 200 newer ones are there",
  );
}
