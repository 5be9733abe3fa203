import { Buffer } from "node:buffer";
import { Socket } from "node:net";
import { UnsupportedError } from "../../errors.ts";
import type { Signer } from "../keys/signature.ts";
import { encodeFields, FieldReader } from "../fields.ts";

/** A key that an agent holds. */
export interface AgentKey {
  /** Public key or certificate. */
  readonly blob: Buffer;
  readonly comment: string;
}

/** A holder of keys that signs with them. */
export interface KeyAgent {
  /** The keys it offers, in its order. */
  list(): Promise<readonly AgentKey[]>;
  /** Signs with one of its keys, a certificate's key named by the certificate. */
  signer(blob: Buffer): Signer;
}

/** Agents by the path of their socket, or by what stands in its place. */
export interface AgentSource {
  at(path: string): KeyAgent;
}

/** The agent does not answer, or not as it should. */
export class AgentError extends Error {}

const message = { failure: 5, list: 11, identities: 12, sign: 13, signature: 14 } as const;
/** SSH_AGENT_RSA_SHA2_256 and _512 (draft-miller-ssh-agent §4.5.1). */
const rsaFlags: Readonly<Record<string, number>> = { "rsa-sha2-256": 2, "rsa-sha2-512": 4 };
const maxReplyBytes = 256 * 1024;

/**
 * One connection to ssh-agent(1) over its socket (draft-miller-ssh-agent), opened when first used
 * or by {@link open}, and kept: a program that gives write permission up can keep using it.
 */
export class Agent implements KeyAgent {
  readonly #path: string;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (reply: Buffer) => void; reject: (error: Error) => void }[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Connects, unless it is connected.
   *
   * @throws {UnsupportedError} When this program may not use the socket.
   * @throws {AgentError} When nothing answers there.
   */
  async open(): Promise<void> {
    if (this.#socket !== undefined) return;
    const socket = await connectTo(this.#path);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => this.#drop());
    socket.on("close", () => this.#drop());
    // An idle agent must not keep the program alive.
    socket.unref();
    this.#socket = socket;
  }

  /** The keys it offers, in its order. */
  async list(): Promise<readonly AgentKey[]> {
    const fields = await this.#ask(message.identities, encodeFields({ byte: message.list }));
    const keys: AgentKey[] = [];
    for (let left = fields.uint32(); left > 0; left--) {
      keys.push({ blob: Buffer.from(fields.bytes()), comment: fields.string() });
    }
    return keys;
  }

  /** Signs with one of its keys, a certificate's key named by the certificate. */
  signer(blob: Buffer): Signer {
    return {
      sign: async (data, algorithm) => {
        const flags = { uint32: rsaFlags[algorithm] ?? 0 };
        const request = encodeFields({ byte: message.sign }, blob, data, flags);
        return Buffer.from((await this.#ask(message.signature, request)).bytes());
      },
    };
  }

  async #ask(expected: number, request: Buffer): Promise<FieldReader> {
    await this.open();
    const socket = this.#socket;
    if (socket === undefined) throw new AgentError(`the agent at ${this.#path} hung up`);
    const reply = new Promise<Buffer>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    socket.ref();
    socket.write(encodeFields(request));
    const fields = new FieldReader(await reply.finally(() => this.#rest()));
    const type = fields.byte();
    if (type === expected) return fields;
    throw new AgentError(`the agent at ${this.#path} refused (message ${type})`);
  }

  #rest(): void {
    if (this.#waiting.length === 0) this.#socket?.unref();
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const lengthBytes = this.#received.readUInt32BE();
      if (lengthBytes > maxReplyBytes) return void this.#socket?.destroy();
      if (this.#received.length < 4 + lengthBytes) return;
      this.#waiting.shift()?.resolve(this.#received.subarray(4, 4 + lengthBytes));
      this.#received = this.#received.subarray(4 + lengthBytes);
    }
  }

  #drop(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#socket = undefined;
    this.#received = Buffer.alloc(0);
    for (const { reject } of waiting) reject(new AgentError(`the agent at ${this.#path} hung up`));
  }
}

/** The agents in use, one connection for each socket. */
export class Agents implements AgentSource {
  readonly #agents = new Map<string, Agent>();

  /** The agent behind a socket, connected or not. */
  at(path: string): Agent {
    const agent = this.#agents.get(path) ?? new Agent(path);
    this.#agents.set(path, agent);
    return agent;
  }
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    socket.once(
      "error",
      (error: Error & { readonly code?: string }) =>
        reject(new AgentError(`no agent answers at ${path} (${error.code ?? error.message})`)),
    );
    try {
      // Deno throws where Node would emit: without permission for the path.
      socket.connect({ path }, () => resolve(socket));
    } catch (error) {
      reject(isDenied(error) ? new AgentDeniedError(path, error) : error);
    }
  });
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}

/** Deno has no escape for a comma, and would permit two other paths (seen with 2.9.6). */
const COMMA_ADVICE =
  "Give the agent a path without a comma, as by ssh-agent -a PATH: a comma separates the paths of " +
  "a permission. Or name a key file";

/** The runtime does not let this program use the agent's socket. */
export class AgentDeniedError extends UnsupportedError {
  constructor(path: string, cause: unknown) {
    super(
      `this program may not use the agent at ${path}: a socket takes write permission for its path`,
      path.includes(",") ? COMMA_ADVICE : adviceFor(path),
      { cause },
    );
  }
}

function adviceFor(path: string): string {
  return `Start the form for agents ("deno task start:agent", --agent of the npm package, or the ` +
    `compiled program for agents) with SSH_AUTH_SOCK=${path} in its environment, or add ` +
    `--allow-write=${path} to the permissions (and --allow-net=unix:${path} where they name ` +
    "hosts), or name a key file";
}
