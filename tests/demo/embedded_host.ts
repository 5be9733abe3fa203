import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuthContext, type Connection, Server, type ServerChannel, utils } from "ssh2";
import { command, mustRun } from "../support/command.ts";
import { newKeyPair } from "../support/ssh_keys.ts";
import { startSshd } from "../support/sshd.ts";

/** A host on loopback that lives as long as the demo, and the client files that reach it. */
export interface DemoHost extends AsyncDisposable {
  readonly alias: string;
  /** More names of it, each with a file `release` of its own; none where it has one account. */
  readonly fleet: readonly string[];
  /** What it is, in a few words, for the person who watches. */
  readonly description: string;
  /** The environment for the server: a throwaway home with its own ssh_config and key. */
  environment(): Record<string, string>;
}

const ALIAS = "demo";
/** Each is an account of its own, whose home holds the release it runs. */
const FLEET = { web1: "2.4.1", web2: "2.4.1", web3: "2.4.1", web4: "2.3.9" } as const;

/**
 * Starts a host without an account or a setting of the user's: an SSH server inside this process
 * with a shell behind script(1), or the machine's sshd where script(1) has no pty to give.
 */
export async function startDemoHost(): Promise<DemoHost> {
  if (await hasScript()) return await startEmbeddedHost();
  const sshd = await startSshd({ alias: ALIAS, accounts: [] });
  return {
    alias: sshd.alias,
    fleet: [],
    description: `OpenSSH's sshd on 127.0.0.1:${sshd.port}`,
    environment: () => sshd.environment(),
    [Symbol.asyncDispose]: () => sshd[Symbol.asyncDispose](),
  };
}

/** Only util-linux's script(1) opens a pty when its own input is a pipe. */
async function hasScript(): Promise<boolean> {
  const probe = await command(["sh", "-c", "script --version"]);
  return probe.code === 0 && probe.stdout.includes("util-linux");
}

async function startEmbeddedHost(): Promise<DemoHost> {
  const home = await makeHome();
  const hostKey = newKeyPair();
  const clientKey = newKeyPair();
  const children = new Set<Deno.ChildProcess>();
  const server = new Server({ hostKeys: [hostKey.private] }, (client) => {
    serveClient(client, { home, publicKey: clientKey.public, children });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(portOf(server)));
  });
  for (const [name, release] of Object.entries(FLEET)) {
    await Deno.mkdir(join(home, name));
    await Deno.writeTextFile(join(home, name, "release"), `${release}\n`);
  }
  await writeClientFiles(home, { port, hostKey: hostKey.public, key: clientKey.private });
  const path = Deno.env.get("PATH") ?? "/usr/bin:/bin";
  return {
    alias: ALIAS,
    fleet: Object.keys(FLEET),
    description: `an SSH server inside this process, on 127.0.0.1:${port}`,
    environment: () => ({ HOME: home, USER: "visitor", PATH: path }),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill("SIGKILL");
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** With a name that leaves the lines of the demo short. */
async function makeHome(): Promise<string> {
  const home = join(tmpdir(), `demo-${crypto.randomUUID().slice(0, 6)}`);
  await Deno.mkdir(home, { mode: 0o700 });
  return home;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The host does not listen");
  return address.port;
}

async function writeClientFiles(
  home: string,
  facts: { readonly port: number; readonly hostKey: string; readonly key: string },
): Promise<void> {
  const directory = join(home, ".ssh");
  await Deno.mkdir(directory, { mode: 0o700 });
  await Deno.writeTextFile(join(directory, "id_demo"), facts.key, { mode: 0o600 });
  const known = `[127.0.0.1]:${facts.port} ${facts.hostKey}\n`;
  await Deno.writeTextFile(join(directory, "known_hosts"), known);
  const lines = [
    ...Object.keys(FLEET).flatMap((name) => [`Host ${name}`, `  User ${name}`]),
    "Host *",
    "  HostName 127.0.0.1",
    `  Port ${facts.port}`,
    "  User visitor",
    "  IdentityFile ~/.ssh/id_demo",
    "  IdentitiesOnly yes",
  ];
  await Deno.writeTextFile(join(directory, "config"), `${lines.join("\n")}\n`);
}

/** What ssh2's server side has and its types leave out. */
interface Undelayed {
  setNoDelay(noDelay: boolean): void;
}

interface ClientContext {
  readonly home: string;
  readonly publicKey: string;
  readonly children: Set<Deno.ChildProcess>;
}

function serveClient(client: Connection, context: ClientContext): void {
  client.on("error", () => {});
  // Without it each answer waits up to 40 ms for the one before to be acknowledged.
  const noDelay = true;
  (client as unknown as Undelayed).setNoDelay(noDelay);
  let place = context;
  client.on("authentication", (attempt) => {
    if (attempt.username in FLEET) {
      place = { ...context, home: join(context.home, attempt.username) };
    }
    if (isOurKey(attempt, context.publicKey)) attempt.accept();
    else attempt.reject(["publickey"]);
  });
  client.on("session", (accept) => {
    const session = accept();
    let hasPty = false;
    session.on("pty", (accept) => {
      hasPty = true;
      accept?.();
    });
    session.on("env", (accept) => accept?.());
    session.on("window-change", (accept) => accept?.());
    session.on("shell", (accept) => void serveShell(accept(), "exec $SHELL -i", place));
    session.on("exec", (accept, _reject, { command }) => {
      const serve = hasPty ? serveShell : serveCommand;
      void serve(accept(), command, place);
    });
  });
}

/** RFC 4252 §7: first the key is offered, then the same request comes with a signature. */
function isOurKey(attempt: AuthContext, publicKey: string): boolean {
  if (attempt.method !== "publickey") return false;
  const key = utils.parseKey(publicKey);
  if (key instanceof Error) return false;
  const ours = key.getPublicSSH();
  const same = attempt.key.data.length === ours.length && timingSafeEqual(attempt.key.data, ours);
  if (!same || !attempt.signature) return same;
  return key.verify(attempt.blob!, attempt.signature, attempt.hashAlgo) === true;
}

/** script(1) is the pty that neither Node nor Deno has. */
async function serveShell(
  channel: ServerChannel,
  line: string,
  context: ClientContext,
): Promise<void> {
  const set = `stty rows 40 columns 200; ${line}`;
  await serveProcess(channel, ["script", "-qfec", set, "/dev/null"], context);
}

async function serveCommand(
  channel: ServerChannel,
  line: string,
  context: ClientContext,
): Promise<void> {
  await serveProcess(channel, ["sh", "-c", line], context);
}

async function serveProcess(
  channel: ServerChannel,
  argv: readonly [string, ...string[]],
  { home, children }: ClientContext,
): Promise<void> {
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    cwd: home,
    clearEnv: true,
    env: await shellEnvironment(home),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  children.add(child);
  const input = child.stdin.getWriter();
  channel.on("data", (data: Buffer) => void input.write(Uint8Array.from(data)).catch(() => {}));
  channel.on("end", () => void input.close().catch(() => {}));
  channel.on("close", () => endQuietly(child));
  await Promise.all([
    copy(child.stdout, (bytes) => channel.write(bytes)),
    copy(child.stderr, (bytes) => channel.stderr.write(bytes)),
  ]);
  const { code } = await child.status;
  children.delete(child);
  await input.abort().catch(() => {});
  channel.exit(code);
  channel.end();
}

async function copy(
  stream: ReadableStream<Uint8Array>,
  write: (bytes: Buffer) => void,
): Promise<void> {
  for await (const bytes of stream) write(Buffer.from(bytes));
}

function endQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGHUP");
  } catch {
    // It has ended by itself.
  }
}

async function shellEnvironment(home: string): Promise<Record<string, string>> {
  shell ??= mustRun(["sh", "-c", "command -v bash || command -v sh"]);
  return {
    HOME: home,
    USER: "visitor",
    LOGNAME: "visitor",
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    SHELL: (await shell).trim(),
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
  };
}

let shell: Promise<string> | undefined;
