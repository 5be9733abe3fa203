import { abortable } from "../clock.ts";
import { conceal } from "../config/conceal.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { SshError } from "../errors.ts";
import type { RegistryOptions } from "../session/registry.ts";
import type { Connection } from "../transport/transport.ts";
import { makeVisible } from "../terminal/visible.ts";

const TIMEOUT_MS = 60_000;

/** The means of a check: resolving, connecting and opening a shell. */
export interface CheckOptions {
  readonly ssh: RegistryOptions;
  /** Takes one finished line after the other, each with its LF. */
  readonly write: (line: string) => Promise<void>;
  /** Hides overridden values where no host is known yet. */
  readonly conceal: (text: string) => string;
}

/** Connects to a host as a command would and says each step in plain words; true when all went well. */
export async function checkHost(alias: string, options: CheckOptions): Promise<boolean> {
  const say = (host?: ResolvedHost) => async (line: string): Promise<void> => {
    const text = host ? conceal(line, host.hidden).text : line;
    await options.write(`${makeVisible(options.conceal(text)).text}\n`);
  };
  try {
    const host = await options.ssh.resolve({ host: alias });
    await checkResolved(host, { ssh: options.ssh, say: say(host) });
    return true;
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    await say()(`FAILED: ${error.message}`);
    await say()(`  ${error.advice}`);
    return false;
  }
}

interface Steps {
  readonly ssh: RegistryOptions;
  readonly say: (line: string) => Promise<void>;
}

async function checkResolved(host: ResolvedHost, { ssh, say }: Steps): Promise<void> {
  for (const line of settingsLines(host)) await say(line);
  const { clock } = ssh;
  const begun = clock.now();
  const signal = new AbortController();
  using _timer = clock.after(
    TIMEOUT_MS,
    () => signal.abort(new DOMException("Too slow", "TimeoutError")),
  );
  await using connection = await ssh.connect(host, { signal: signal.signal });
  await say(`connected    in ${Math.round(clock.now() - begun)} ms to ${connection.ident}`);
  for (const line of connectionLines(connection)) await say(line);
  await using shell = await ssh.openShell(connection, host, {
    profile: host.deviceType,
    signal: signal.signal,
  });
  if (shell.facts.shellKind === "starting" && !shell.facts.isUndecided) {
    await abortable(Array.fromAsync(shell.execute("true")), signal.signal);
  }
  const { shellKind, cwd, note } = shell.facts;
  await say(
    `shell        ${shellKind}${cwd === undefined ? "" : ` in ${cwd}`}${note ? ` (${note})` : ""}`,
  );
  await say(`round trip   ${(await connection.measureLatency()).toFixed(2)} ms`);
}

function settingsLines(host: ResolvedHost): readonly string[] {
  const address = `${host.hostname} port ${host.port}`;
  return [
    `host         ${host.host} is ${host.user} at ${address}`,
    ...host.proxyJump.map((hop) => `through      ${hop.user} at ${hop.hostname} port ${hop.port}`),
    ...host.warnings.map((warning) => `warning      ${warning}`),
    ...host.unavailable.map(({ text }) => `warning      ${text}`),
    `known hosts  ${[...host.userKnownHostsFiles, ...host.globalKnownHostsFiles].join(", ")}`,
    ...host.identityFiles.map(({ path, named }) =>
      `identity     ${path}${named ? "" : " (if it exists)"}`
    ),
    `methods      ${host.preferredAuthentications.join(", ")}`,
    `keepalive    ${keepaliveWords(host)}`,
  ];
}

function keepaliveWords(host: ResolvedHost): string {
  const seconds = host.serverAliveIntervalMs / 1000;
  if (seconds === 0) return "none: ServerAliveInterval is 0";
  return `after ${seconds} s of silence; lost after ${seconds * host.serverAliveCountMax} s`;
}

function connectionLines({ hostKey, method, banner }: Connection): readonly string[] {
  return [
    `host key     ${hostKey.verdict}: ${hostKey.type} ${hostKey.fingerprint}`,
    `logged in    by ${method}`,
    ...(banner.trim() === "" ? [] : [`banner       ${banner.trim().split("\n", 1)[0]!.trim()}`]),
  ];
}
