import { conceal } from "../config/conceal.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { SshError, UnsupportedError } from "../errors.ts";
import type { RegistryOptions } from "../session/registry.ts";
import { openDevice } from "../shell/device/open_device.ts";
import type { DeviceProfile } from "../shell/device/profiles/profile.ts";
import { ProfileTable } from "../shell/device/profiles/profile_table.ts";
import {
  describeSession,
  type RecordedCommand,
  type RecordedSession,
} from "../shell/device/record/describe_session.ts";
import { Tape } from "../shell/device/record/tape.ts";
import type { Shell } from "../shell/shell.ts";
import { complainOf, type Output } from "./output.ts";

/** The means of `profile record`. */
export interface RecordOptions {
  readonly ssh: RegistryOptions;
  readonly table: ProfileTable;
  readonly output: Output;
}

const LIMIT_MS = 5 * 60_000;
const ADVICE =
  "Addresses, passwords, keys, the host's name and the user's are replaced. Read it before you " +
  "send it: descriptions and other names of yours are still in it.\n";

/**
 * `profile record HOST [COMMANDS]`: prints how a device behaves, in the form that the tests replay.
 *
 * The paging of the session stays on, so that the pager is recorded too. The line that asks for the
 * version comes first. Returns the exit status.
 */
export async function recordProfile(
  { host: alias, commands }: { readonly host: string; readonly commands: string | undefined },
  options: RecordOptions,
): Promise<number> {
  const { ssh, output } = options;
  const late = new AbortController();
  using _timer = ssh.clock.after(LIMIT_MS, () => late.abort(new DOMException("", "TimeoutError")));
  try {
    const host = await ssh.resolve({ host: alias });
    const profile = await familyOf(host, options, late.signal);
    const lines = commands?.split(/[;\n]/).map((line) => line.trim()).filter((line) => line !== "");
    const all = [...new Set([profile.detect.probe, ...lines ?? []])];
    const work = { host, profile, lines: all, signal: late.signal };
    const { session, fault } = await record(work, options);
    const text = JSON.stringify(describeSession(session), null, 2);
    await output.print(`${conceal(text, host.hidden).text}\n`);
    await output.complain(ADVICE);
    return fault === undefined ? 0 : await complainOf(fault, output);
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return await complainOf(error, output);
  }
}

/** The family as an agent's command would find it, in a session of its own. */
async function familyOf(
  host: ResolvedHost,
  { ssh, table }: RecordOptions,
  signal: AbortSignal,
): Promise<DeviceProfile> {
  if (host.deviceType !== undefined) return table.get(host.deviceType);
  await using connection = await ssh.connect(host, { signal });
  let shell: Shell;
  try {
    shell = await ssh.openShell(connection, host, { signal });
  } catch (error) {
    // Recorded all the same: this is the device that is not driven well.
    if (!(error instanceof SshError)) throw error;
    return table.generic;
  }
  await using opened = shell;
  const { shellKind, mode, isUndecided } = opened.facts;
  if (isUndecided) return table.generic;
  if (mode !== undefined) return table.get(shellKind);
  throw new UnsupportedError(
    `"${host.host}" is no network device: its login has a ${
      shellKind === "starting" ? "Unix shell" : shellKind
    }`,
    `Name a family with OVRD_${host.host}_DEVICE, such as generic, to record it as a device`,
  );
}

interface Recording {
  readonly host: ResolvedHost;
  readonly profile: DeviceProfile;
  readonly lines: readonly string[];
  readonly signal: AbortSignal;
}

async function record(
  { host, profile, lines, signal }: Recording,
  { ssh, table }: RecordOptions,
): Promise<{ readonly session: RecordedSession; readonly fault: SshError | undefined }> {
  await using connection = await ssh.connect(host, { signal });
  const tape = new Tape();
  const commands: RecordedCommand[] = [];
  const { user, password, enablePassword } = host;
  let loginEnd: number | undefined;
  let fault: SshError | undefined;
  try {
    await using shell = await openDevice(connection, {
      clock: ssh.clock,
      profiles: new ProfileTable([{ ...profile, setup: [] }, ...table.profiles]),
      profile: profile.id,
      credentials: { user, password },
      ...(enablePassword && { enable: { password: enablePassword, command: "enable" } }),
      hostName: host.host,
      tape,
      signal,
    });
    loginEnd = tape.exchanges.length;
    for (const line of lines) commands.push(await run(shell, line, { tape, signal }));
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    fault = error;
  }
  const { exchanges } = tape;
  const secrets = [password, enablePassword].filter((one) => one !== undefined);
  return {
    session: {
      ...{ profile, ident: connection.ident, user, secrets, exchanges, commands },
      loginEnd: loginEnd ?? exchanges.length,
    },
    fault,
  };
}

/** Runs one line; a question that it asks is left by Ctrl-C. */
async function run(
  shell: Shell,
  line: string,
  { tape, signal }: { readonly tape: Tape; readonly signal: AbortSignal },
): Promise<RecordedCommand> {
  let from = tape.exchanges.length;
  let output = "";
  for await (const event of shell.execute(line, { signal })) {
    if (event.kind === "started") from = tape.exchanges.length;
    if (event.kind === "output") output += event.text;
    if (event.kind === "question") await shell.type("\x03");
    if (event.kind === "lost") throw event.cause;
    if (event.kind !== "exited") continue;
    const { mode = "", deviceError } = event.exit;
    return { command: line, output, mode, deviceError, from };
  }
  throw new Error("The command ended without an end");
}
