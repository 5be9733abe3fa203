import { type Clock, within } from "../clock.ts";
import { ChannelError, ConnectionLostError, type SshError } from "../errors.ts";
import type { Channel, Connection } from "../transport/transport.ts";
import { isWindowsServer } from "../transport/windows_server.ts";
import {
  classify,
  endsLikeGluedPrompt,
  endsLikePrompt,
  looksLikeDevice,
  promptLooksLikeUnix,
} from "./device/detect.ts";
import { type AskingLogin, AskingShell } from "./asking_shell.ts";
import { openDevice } from "./device/open_device.ts";
import type { ProfileTable } from "./device/profiles/profile_table.ts";
import { openExecShell } from "./exec_shell.ts";
import { inquiryOn } from "./host_inquiry.ts";
import { type FirstOutput, readFirstOutput, withOutputAgain } from "./first_output.ts";
import { TERMINAL_SIZE } from "../terminal/terminal_size.ts";
import { PosixShell } from "./posix/posix_shell.ts";
import { type Interpreter, probeInterpreter } from "./powershell/interpreter_probe.ts";
import { unknownInterpreter } from "./powershell/powershell_errors.ts";
import type { Shell } from "./shell.ts";
import { BARE_SHELL_COMMAND, StartUpScreenChannel } from "./posix/start_up/start_up_screen.ts";
import { probeUnix, type UnixVerdict, type WaitingShell } from "./unix_probe.ts";

/** The pty of a Unix shell; plain text never wraps at its width. */
const PTY = { term: "xterm-256color", ...TERMINAL_SIZE } as const;

/** The profile that is no device: PowerShell, on a Windows host or another. */
const POWERSHELL = "powershell";

/** Families whose login shell is vbash. */
const VBASH_FAMILIES: readonly string[] = ["vyos", "edgeos"];

/** sshd may still be ending the login whose terminal it refused. */
const PROBES = 5;
const ROOM_MS = 200;
/** A channel may end just before its connection. */
const FAREWELL_MS = 50;

/** The means of opening a shell. */
export interface OpenShellOptions {
  readonly clock: Clock;
  readonly profiles: ProfileTable;
  readonly environment: Readonly<Record<string, string>>;
  /** The far end's name in errors: its alias. */
  readonly hostName: string;
  /** A device profile named outright, or found before. */
  readonly profile?: string | undefined;
  /** The far end closes the connection at an exec request: none is sent, the prompt decides. */
  readonly avoidsExec?: boolean | undefined;
  /** The password of the SSH login: a device may ask for it once more. */
  readonly credentials?: { readonly user: string; readonly password?: string | undefined };
  /** Privileged mode for each command of a device that brings none of its own. */
  readonly enable?: { readonly password?: string | undefined; readonly command: string };
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a shell on a connection and finds out what stands behind it.
 *
 * The SSH identification may tell a device. Else an exec request for `uname -s` runs beside the shell
 * request. A far end that does not answer it as a Unix host does is judged by its prompt: nothing of
 * a Unix shell is typed before the far end is known to be Unix. On a Windows host, and where
 * `profile` is "powershell", PowerShell is driven without a terminal.
 *
 * @throws {ChannelError} When sshd grants no shell, or no terminal and no commands either.
 * @throws {UnsupportedError} For a Windows host whose PowerShell cannot be driven.
 */
export async function openShell(connection: Connection, options: OpenShellOptions): Promise<Shell> {
  try {
    return await openAny(connection, options);
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) await rejectWhenClosed(connection, options.clock);
    throw error;
  }
}

async function openAny(connection: Connection, options: OpenShellOptions): Promise<Shell> {
  const { ident, banner } = connection;
  if (options.profile === POWERSHELL) return await openPowerShellOn(connection, options);
  if (options.profile === undefined && isWindowsServer(ident)) {
    const interpreter = await probeInterpreter(connection, options.signal);
    if (interpreter.kind === "unknown") throw unknownInterpreter(options.hostName, interpreter);
    if (interpreter.kind !== "posix") {
      return await openPowerShellOn(connection, { ...options, interpreter });
    }
  }
  const isNamed = options.profile !== undefined && options.profile !== "unix";
  if (isNamed || classify({ ident, banner }, options.profiles).kind === "device") {
    return await openDevice(connection, options);
  }
  const opened = await openBeside(connection, options);
  const { channel, verdict } = opened;
  if (channel === undefined) return await openExecShell(connection, options);
  if (verdict === "unix" || options.profile === "unix") {
    return posix(connection, channel, options, opened);
  }
  if (verdict === "vbash") {
    const given = { channel, read: new Uint8Array() };
    return await openDevice(connection, { ...options, channel: given, among: VBASH_FAMILIES });
  }
  if (verdict === "junos") {
    await channel[Symbol.asyncDispose]();
    return await openJunos(connection, options);
  }
  const first = await readFirstOutput(channel, options);
  if (first.isOver && verdict === "refused" && options.avoidsExec !== true) {
    await rejectWhenClosed(connection, options.clock);
  }
  return await judgeByPrompt(connection, first, options);
}

/** Root's login shell on Junos is a csh: the command line that is the router's is asked for by name. */
async function openJunos(connection: Connection, options: OpenShellOptions): Promise<Shell> {
  const { environment } = options;
  const cli = await connection.exec("cli", { pty: PTY, environment, ...signalOf(options) });
  const channel = { channel: cli, read: new Uint8Array(), isAnswered: true };
  return await openDevice(connection, { ...options, profile: "junos", channel });
}

/** Throws the fault of a connection that went, or goes now, with its channel. */
async function rejectWhenClosed(connection: Connection, clock: Clock): Promise<void> {
  const fault = await within(clock, FAREWELL_MS, connection.closed);
  if (fault !== undefined) throw fault;
}

interface Opened {
  /** Undefined where a Unix host grants no terminal, and runs commands. */
  readonly channel: Channel | undefined;
  readonly verdict: UnixVerdict;
  /** Milliseconds until the verdict. */
  readonly answerMs?: number;
  readonly waiting?: WaitingShell | undefined;
}

/** Both requests at once; one after the other where sshd allows one session (MaxSessions 1). */
async function openBeside(connection: Connection, options: OpenShellOptions): Promise<Opened> {
  const opening = { environment: options.environment, ...signalOf(options) };
  if (options.avoidsExec === true) {
    return { channel: await connection.openShell(PTY, opening), verdict: "refused" };
  }
  const shell = connection.openShell(PTY, opening);
  const [channel, probed] = await Promise.allSettled([
    shell,
    probeBeside(connection, shell, options),
  ]);
  if (probed.status === "rejected") throw probed.reason;
  const { verdict } = probed.value;
  if (channel.status === "fulfilled") return { channel: channel.value, ...probed.value };
  const { reason } = channel;
  if (isTerminalRefused(reason)) {
    return await withoutTerminal(connection, options, verdict, reason);
  }
  if (!(reason instanceof ChannelError) || verdict === "refused") throw reason;
  return await connection.openShell(PTY, opening).then(
    (opened) => ({ channel: opened, verdict }),
    (error) => withoutTerminal(connection, options, verdict, error),
  );
}

/** A shell that waits keeps no room from one that is not granted yet (MaxSessions 1). */
async function probeBeside(
  connection: Connection,
  shell: Promise<Channel>,
  options: OpenShellOptions,
): Promise<Omit<Opened, "channel">> {
  const { clock } = options;
  const askedAt = clock.now();
  let isGranted = false;
  shell.then(() => isGranted = true, () => {});
  const { verdict, waiting } = await probeUnix(connection, options);
  if (!isGranted) waiting?.[Symbol.dispose]();
  return { verdict, waiting: isGranted ? waiting : undefined, answerMs: clock.now() - askedAt };
}

/** PermitTTY no, and the key options restrict and no-pty, leave a login its commands. */
function isTerminalRefused(error: unknown): boolean {
  return error instanceof ChannelError && (error.step === "pty" || error.step === "shell");
}

/** A Unix host that refused the terminal, asked once more where MaxSessions 1 was in the way. */
async function withoutTerminal(
  connection: Connection,
  options: OpenShellOptions,
  verdict: UnixVerdict,
  error: unknown,
): Promise<Opened> {
  if (!isTerminalRefused(error)) throw error;
  let found = verdict;
  for (let left = PROBES; found === "refused" && left > 0; left--) {
    await within(options.clock, ROOM_MS, connection.closed);
    const { verdict: again, waiting } = await probeUnix(connection, options);
    waiting?.[Symbol.dispose]();
    found = again;
  }
  if (found !== "unix" && found !== "vbash") throw error;
  return { channel: undefined, verdict: found };
}

async function judgeByPrompt(
  connection: Connection,
  first: FirstOutput,
  options: OpenShellOptions,
): Promise<Shell> {
  if (/Microsoft Windows|^(?:PS )?[A-Z]:\\.*>\s*$/m.test(`${first.said}\n${first.line}`)) {
    await first.rest[Symbol.asyncDispose]();
    return await openPowerShellOn(connection, options);
  }
  const isDevice = isOfDevice(first, options);
  if (first.question !== undefined && !isDevice && !first.isOver && first.lineEditor === "unseen") {
    return new AskingShell(askingLogin(connection, first, options));
  }
  const isUnix = promptLooksLikeUnix(first.line) || first.question !== undefined || first.isOver ||
    first.lineEditor === "seen";
  if (isUnix && !isDevice) {
    return posix(connection, withOutputAgain(first.rest, first.bytes), options, {
      verdict: "other",
    });
  }
  const channel = { channel: first.rest, read: first.bytes, isAnswered: first.isAnswered };
  return await openDevice(connection, { ...options, channel });
}

function isOfDevice({ line, lineEditor }: FirstOutput, { profiles }: OpenShellOptions): boolean {
  return looksLikeDevice(line, profiles) || endsLikeGluedPrompt(line, profiles) ||
    lineEditor === "unseen" && endsLikePrompt(line);
}

/** A question before anything is known of the far end: it is looked at again once that was left. */
function askingLogin(
  connection: Connection,
  first: FirstOutput,
  options: OpenShellOptions,
): AskingLogin {
  const rows = first.said.split("\n");
  return {
    question: first.question!,
    rowsAbove: rows.slice(0, -1),
    ended: first.rest.exit.then(() => undefined),
    rows: () => rows.slice(-PTY.rows),
    type: (data) => first.rest.write(new TextEncoder().encode(data)),
    next: async (signal) => {
      const again = await first.readOn(signal);
      if (again.isOver) throw endedAtLogin(options.hostName, again);
      const judging = { ...options, signal };
      if (again.question !== undefined && !isOfDevice(again, options)) {
        return { kind: "question", login: askingLogin(connection, again, judging) };
      }
      const shell = isOfDevice(again, options)
        ? await judgeByPrompt(connection, again, judging)
        : posix(connection, withOutputAgain(again.rest, again.bytes), options, {
          verdict: "other",
        });
      return { kind: "shell", shell };
    },
    [Symbol.asyncDispose]: () => first.rest[Symbol.asyncDispose](),
  };
}

function endedAtLogin(host: string, { said, line }: FirstOutput): ConnectionLostError {
  const last = `${said}${line}`.trim().split("\n").at(-1)!.slice(0, 200);
  return new ConnectionLostError(
    `"${host}" ended the login after its question was answered; it said "${last}"`,
    "Run the command again: the login asks again, and may want another answer",
  );
}

/** Loaded when a host needs it. */
async function openPowerShellOn(
  connection: Connection,
  options: OpenShellOptions & { readonly interpreter?: Interpreter },
): Promise<Shell> {
  const { openPowerShell } = await import("./powershell/open_powershell.ts");
  return await openPowerShell(connection, options);
}

function posix(
  connection: Connection,
  channel: Channel,
  options: OpenShellOptions,
  { verdict, answerMs, waiting }: Omit<Opened, "channel">,
): Shell {
  const { clock, environment } = options;
  const login = new StartUpScreenChannel(
    channel,
    () => connection.exec(BARE_SHELL_COMMAND, { pty: PTY, environment }),
  );
  const neighbours = neighboursOn(connection);
  const shell = new PosixShell(login, {
    clock,
    note: () => login.note,
    columns: PTY.columns,
    rows: PTY.rows,
    fault: faultOf(connection),
    replace: () => login.replace(),
    ...(verdict === "unix" ? inquiryOn(connection, { neighbours, waiting }) : {}),
    answerMs,
  });
  neighbours.add(shell);
  void shell.ended.then(() => neighbours.delete(shell));
  return shell;
}

/** The open shells of each connection: one that just starts is told from them by its terminal. */
const shellsOf = new WeakMap<Connection, Set<Shell>>();

function neighboursOn(connection: Connection): Set<Shell> {
  const found = shellsOf.get(connection) ?? new Set();
  shellsOf.set(connection, found);
  return found;
}

function faultOf(connection: Connection): () => SshError | undefined {
  let fault: SshError | undefined;
  void connection.closed.then((error) => fault = error);
  return () => fault;
}

function signalOf(
  options: { readonly signal?: AbortSignal | undefined },
): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}
