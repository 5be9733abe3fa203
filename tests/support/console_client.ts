import { until } from "./condition.ts";
import { type ServerOptions, type ServerUnderTest, startServer } from "./mcp_client.ts";

/** The key of the consoles that tests start. */
export const CONSOLE_KEY = "a key of this test";

/** A logged-in browser's credentials. */
export interface ConsoleLogin {
  readonly cookie: string;
  readonly proof: string;
}

/** Starts the program with its console on any free port. */
export async function startConsole(
  options: Partial<ServerOptions> & { readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly server: ServerUnderTest; readonly origin: string }> {
  const server = await startServer({
    ...options,
    env: {
      MCP_SSH_CONSOLE: "127.0.0.1:0",
      MCP_SSH_CONSOLE_KEY: CONSOLE_KEY,
      MCP_SSH_LOG: "info",
      ...options.env,
    },
  });
  const origin = await until(
    "the console listens",
    () => /"address":"(http:[^"]+)\/"/.exec(server.stderr())?.[1],
  );
  return { server, origin };
}

/** Enters the key as the login page does. */
export async function logIn(origin: string): Promise<ConsoleLogin> {
  const response = await fetch(`${origin}/login`, {
    method: "POST",
    body: CONSOLE_KEY,
    headers: { origin },
  });
  const proof = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${proof}`);
  return { cookie: response.headers.get("set-cookie")!.split(";")[0]!, proof };
}

/** One page without a browser. */
export class ConsolePage implements AsyncDisposable {
  // deno-lint-ignore no-explicit-any -- a state's shape is what the test is about
  state: any;
  /** All that the terminal was sent, and how many bytes. */
  output = "";
  bytes = 0;
  /** How often the terminal began anew. */
  pictures = 0;
  /** A slow page does not say what it has drawn. */
  saysDrawn = true;
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;
  readonly #decoder = new TextDecoder();

  private constructor(socket: WebSocket, proof: string) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.send({ type: "hello", proof });
    socket.onmessage = ({ data }) => this.#take(data);
    this.#closed = new Promise((resolve) => socket.onclose = () => resolve());
  }

  /** Opens a page and waits until it shows something. */
  static async open(origin: string, { cookie, proof }: ConsoleLogin): Promise<ConsolePage> {
    const headers = { cookie, origin };
    const page = new ConsolePage(
      new WebSocket(`${origin.replace("http", "ws")}/ws`, { headers }),
      proof,
    );
    await until("the page shows something", () => page.state !== undefined);
    return page;
  }

  send(message: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Looks at the session of that name. */
  async watch(name = "main"): Promise<string> {
    const found = await until(
      `session ${name} is listed`,
      () => this.state.sessions.find((one: { name: string }) => one.name === name),
    );
    this.send({ type: "watch", session: found.id });
    await until("the session is shown", () => this.state.watched?.id === found.id);
    return found.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#closed;
  }

  #take(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      this.bytes += data.byteLength;
      this.output = (this.output + this.#decoder.decode(data)).slice(-1_000_000);
      if (this.saysDrawn) this.send({ type: "drawn", bytes: data.byteLength });
      return;
    }
    const message = JSON.parse(String(data));
    if (message.type === "state") this.state = message;
    if (message.type === "terminal") this.pictures += 1;
  }
}
