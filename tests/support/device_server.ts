import { generateKeyPairSync } from "node:crypto";
// Before ssh2 itself: it ends the ciphers that the library leaves open.
import "../../src/transport/ssh2/repairs.ts";
import ssh2 from "ssh2";
import type { Connection, ServerChannel, Session } from "ssh2";
import { DeviceDouble, type DoubleOptions } from "./device_double.ts";
import type { DoubleFamily } from "./double_family.ts";
import { Random } from "./random.ts";
import { publicKeyOf } from "./ssh_keys.ts";

/** Options of {@link startDeviceServer}. */
export interface DeviceServerOptions extends Partial<DoubleOptions> {
  readonly user?: string;
  readonly password?: string;
  readonly seed?: number;
}

/** A double behind an SSH server of its own, on 127.0.0.1. */
export interface DeviceServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Line of known_hosts(5) for it. */
  readonly knownHostsLine: string;
  /** Exec requests that were refused. */
  readonly refusedExecs: readonly string[];
  /** Doubles that were logged in to, in order. */
  readonly devices: readonly DeviceDouble[];
  /** Ends every connection, as a reboot would. */
  reboot(): void;
}

/** Starts one; exec requests are refused, as most devices do, and IOS closes the connection then. */
export async function startDeviceServer(
  family: DoubleFamily,
  options: DeviceServerOptions = {},
): Promise<DeviceServer> {
  const user = options.user ?? "admin";
  const password = options.password ?? "login-secret";
  const privateKey = hostKey();
  const refusedExecs: string[] = [];
  const devices: DeviceDouble[] = [];
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [privateKey], ident: family.ident }, (client) => {
    clients.add(client);
    client.on("error", () => {});
    client.on("close", () => clients.delete(client));
    admit(client, { user, password });
    client.on("session", (accept) => {
      serve(accept(), { family, options, devices, refusedExecs, close: () => client.end() });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    user,
    password,
    knownHostsLine: `[127.0.0.1]:${port} ${publicKeyOf(privateKey)}\n`,
    refusedExecs,
    devices,
    reboot: () => clients.forEach((client) => client.end()),
    [Symbol.asyncDispose]: async () => {
      clients.forEach((client) => client.end());
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function admit(
  client: Connection,
  { user, password }: { readonly user: string; readonly password: string },
): void {
  client.on("authentication", (attempt) => {
    const isRight = attempt.method === "password" && attempt.username === user &&
      attempt.password === password;
    if (isRight) attempt.accept();
    else attempt.reject(["password"]);
  });
}

function hostKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return privateKey;
}

interface Serving {
  readonly family: DoubleFamily;
  readonly options: DeviceServerOptions;
  readonly devices: DeviceDouble[];
  readonly refusedExecs: string[];
  readonly close: () => void;
}

function serve(session: Session, serving: Serving): void {
  session.on("pty", (accept) => accept?.());
  session.on("window-change", (accept) => accept?.());
  session.on("env", (_accept, reject) => reject?.());
  session.on("exec", (_accept, reject, info) => {
    serving.refusedExecs.push(info.command);
    reject?.();
    if (serving.family.id === "ios") serving.close();
  });
  session.on("shell", (accept) => attach(accept(), serving));
}

/** Joins a channel to a double of its own; bytes leave in random pieces. */
function attach(channel: ServerChannel, { family, options, devices }: Serving): void {
  const random = new Random(options.seed ?? 7);
  const pieces: Uint8Array[] = [];
  let sending: "no" | "yes" = "no";
  const send = (): void => {
    const piece = pieces.shift();
    sending = piece === undefined ? "no" : "yes";
    if (piece === undefined) return device.idle();
    channel.write(piece);
    setImmediate(send);
  };
  const device = new DeviceDouble(family, {
    emit: (text) => {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) {
        const length = 1 + random.below(200);
        pieces.push(bytes.slice(at, at + length));
        at += length;
      }
      if (sending === "yes") return;
      sending = "yes";
      setImmediate(send);
    },
    close: () => setImmediate(() => channel.end()),
  }, { host: "edge-r1", ...options });
  devices.push(device);
  channel.on("error", () => {});
  channel.on("data", (bytes: Uint8Array) => device.input(new TextDecoder().decode(bytes)));
  device.start();
}
