import type { Buffer } from "node:buffer";
import { encodeFields, type Field } from "../fields.ts";
import { expectAuthReply, handleMessage, sessionIdOf } from "../ssh2/protocol_access.ts";
import { sendMessage, type Ssh2Client } from "../ssh2/ssh2_client.ts";

const userauthRequest = 50;
const userauthInfoResponse = 61;

/** One question of keyboard-interactive (RFC 4256 §3.2). */
export interface AuthPrompt {
  readonly prompt: string;
  readonly echo: boolean;
}

/** The server's answer to a request (RFC 4252 §5, RFC 4256 §3.2). */
export type AuthReply =
  | { readonly kind: "success" }
  | { readonly kind: "failure"; readonly methods: readonly string[]; readonly partial: boolean }
  | { readonly kind: "key-acceptable" }
  | { readonly kind: "password-expired"; readonly prompt: string }
  | { readonly kind: "questions"; readonly questions: AuthQuestions };

/** A round of keyboard-interactive: remote text, data only. */
export interface AuthQuestions {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly AuthPrompt[];
}

/**
 * The authentication protocol, one request and its reply at a time (RFC 4252).
 *
 * Takes ssh2's own handling of these messages over: it knows neither certificates nor several
 * methods after an agent's key.
 */
export class UserAuth {
  readonly #client: Ssh2Client;
  readonly #user: string;
  readonly #pace: AuthPace;
  #over = false;
  #answer: ((reply: AuthReply) => void) | undefined;
  #serverSignatures: readonly string[] | undefined;

  /** Resolves when the server accepts the service "ssh-userauth". */
  readonly ready: Promise<void>;

  constructor(client: Ssh2Client, user: string, pace: AuthPace) {
    const { failed } = pace;
    this.#client = client;
    this.#user = user;
    this.#pace = pace;
    failed.catch(() => this.#over = true);
    const accepted = new Promise<void>((resolve) => {
      handleMessage(client, "SERVICE_ACCEPT", () => resolve());
    });
    this.ready = Promise.race([accepted, failed]);
    this.#takeOver();
  }

  /** Whether the connection is gone. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Signature algorithms that the server named (RFC 8308 §3.1); undefined when it named none. */
  get serverSignatureAlgorithms(): readonly string[] | undefined {
    return this.#serverSignatures;
  }

  /** Identifier of the session that signatures are bound to (RFC 4252 §7). */
  get sessionId(): Buffer {
    return sessionIdOf(this.#client);
  }

  /** The body of a request, as it is sent and signed. */
  body(method: string, ...fields: readonly Field[]): Buffer {
    return encodeFields(
      { byte: userauthRequest },
      this.#user,
      "ssh-connection",
      method,
      ...fields,
    );
  }

  /** Sends the body of a request of `method` and waits for the reply. */
  request(method: string, body: Uint8Array): Promise<AuthReply> {
    expectAuthReply(this.#client, method);
    return this.#send(body);
  }

  /** Answers a round of questions, as many answers as there were prompts. */
  respond(answers: readonly string[]): Promise<AuthReply> {
    return this.#send(
      encodeFields({ byte: userauthInfoResponse }, { uint32: answers.length }, ...answers),
    );
  }

  /** Waits for a person, which the bound on the server's replies must not count. */
  whileAsking<T>(wait: () => Promise<T>): Promise<T> {
    this.#pace.pause();
    return Promise.race([wait(), this.#pace.failed]);
  }

  #send(body: Uint8Array): Promise<AuthReply> {
    const reply = new Promise<AuthReply>((resolve) => this.#answer = resolve);
    if (this.#over) return this.#pace.failed;
    this.#pace.awaitReply();
    sendMessage(this.#client, body);
    return Promise.race([reply, this.#pace.failed]);
  }

  #takeOver(): void {
    const reply = (answer: AuthReply): void => {
      const waiting = this.#answer;
      this.#answer = undefined;
      waiting?.(answer);
    };
    const on = handleMessage.bind(undefined, this.#client);
    const succeed = on("USERAUTH_SUCCESS", (protocol) => {
      succeed?.(protocol);
      reply({ kind: "success" });
    });
    on(
      "USERAUTH_FAILURE",
      (_protocol, methods, partial) => reply({ kind: "failure", methods, partial }),
    );
    on("USERAUTH_PK_OK", () => reply({ kind: "key-acceptable" }));
    on(
      "USERAUTH_PASSWD_CHANGEREQ",
      (_protocol, prompt) => reply({ kind: "password-expired", prompt }),
    );
    on(
      "USERAUTH_INFO_REQUEST",
      (_protocol, name, instruction, prompts) =>
        reply({ kind: "questions", questions: { name, instruction, prompts } }),
    );
    on("EXT_INFO", (_protocol, extensions: readonly { name: string; algs: string[] }[]) => {
      this.#serverSignatures ??= extensions.find((one) => one.name === "server-sig-algs")?.algs;
    });
  }
}

/** The clock and the signal that bound the waits of a login. */
export interface AuthPace {
  /** Rejects with the fault when the connection goes; every wait ends with it. */
  readonly failed: Promise<never>;
  /** A request goes out: its reply is due. */
  awaitReply(): void;
  /** Nothing is due. */
  pause(): void;
}
