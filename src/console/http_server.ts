import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Buffer } from "node:buffer";
import type { AddressInfo } from "node:net";
import type { Socket } from "node:net";
import { type Refusal, refusalOf, securityHeaders } from "./access.ts";
import { type BrowserLogins, COOKIE, LOGIN_SECONDS } from "./browser_login.ts";
import { consolePage, loginPage } from "./pages.ts";
import { acceptWebSocket, type SocketEvents } from "./web_socket.ts";

/** Connections at a time; more are closed at once. */
export const CONNECTIONS = 128;
/** A connection that says nothing for so long is closed; a WebSocket is not. */
const SILENT_MS = 30_000;
const BODY_BYTES = 4_096;
const RECORDING = /^\/recording\/([0-9a-f]{12})\.v([23])\.cast$/;
const PAGE = /^\/(?:s\/[0-9a-f]{12})?$/;

/** The handlers of the server's requests. */
export interface HttpServerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly logins: BrowserLogins;
  /** A file of the page by its name; undefined for none. */
  readonly file: (name: string) => Promise<PageFile | undefined>;
  /** Takes a page's WebSocket; `isProven` looks at what the page says in its first message. */
  readonly onPage: (isProven: (proof: string) => Promise<boolean>) => SocketEvents;
  readonly recording: (
    id: string,
    version: 2 | 3,
  ) => { readonly name: string; readonly lines: Iterable<string> } | undefined;
  /** A request was refused. */
  readonly onRefused: (refusal: { readonly status: number; readonly reason: string }) => void;
}

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The console's web server, on one loopback address. */
export class HttpServer implements AsyncDisposable {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.maxConnections = CONNECTIONS;
    this.#server.on("connection", (socket) => this.#watch(socket));
    this.#server.on(
      "upgrade",
      (request, stream, head) =>
        void this.#upgrade(request, stream, head).catch(() => stream.destroy()),
    );
  }

  /** Resolves with the port. */
  listen(): Promise<number> {
    const { hostname, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, hostname, () => {
        this.#server.on("error", () => {});
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.setTimeout(SILENT_MS, () => socket.destroy());
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = crypto.randomUUID();
    for (const [name, value] of Object.entries(securityHeaders(nonce))) {
      response.setHeader(name, value);
    }
    const { method = "", url = "" } = request;
    const refusal = this.#refusal(request, { mustHaveOrigin: method !== "GET" });
    if (refusal !== undefined) return this.#refuse(response, refusal);
    const path = url.split("?")[0]!;
    if (path === "/login" && method === "POST") return await this.#login(request, response);
    if (method !== "GET") return this.#refuse(response, { status: 405, reason: "method" });
    const file = await this.#options.file(path.slice(1));
    if (file !== undefined) return send(response, 200, file);
    const { logins } = this.#options;
    if (PAGE.test(path)) {
      const isIn = await logins.isLoggedIn(request.headers.cookie);
      const html = isIn ? consolePage(nonce) : loginPage(nonce);
      return send(response, isIn ? 200 : 401, text("text/html", html));
    }
    const [, id, version] = RECORDING.exec(path) ?? [];
    if (id === undefined) return this.#refuse(response, { status: 404, reason: "nothing here" });
    const proof = request.headers["x-console-proof"];
    if (!await logins.isProven(request.headers.cookie, proof)) {
      return this.#refuse(response, { status: 401, reason: "not logged in" });
    }
    return this.#record(response, id, version === "2" ? 2 : 3);
  }

  #record(response: ServerResponse, id: string, version: 2 | 3): void {
    const recording = this.#options.recording(id, version);
    if (recording === undefined) {
      return this.#refuse(response, { status: 404, reason: "nothing is recorded" });
    }
    response.setHeader("content-disposition", `attachment; filename="${recording.name}"`);
    const cast = [...recording.lines].join("");
    send(response, 200, text("application/x-asciicast", cast));
  }

  async #login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = await readBody(request);
    if (key === undefined) return this.#refuse(response, { status: 413, reason: "too long" });
    const answer = await this.#options.logins.enter(key);
    switch (answer.kind) {
      case "too-many":
        return this.#refuse(response, { status: 429, reason: "too many tries; wait a minute" });
      case "wrong":
        return this.#refuse(response, { status: 403, reason: "wrong key" });
      case "right": {
        const { cookie, proof } = answer.login;
        response.setHeader(
          "set-cookie",
          `${COOKIE}=${cookie}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${LOGIN_SECONDS}`,
        );
        return send(response, 200, text("text/plain", proof));
      }
    }
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on("error", () => stream.destroy());
    const { logins, onPage } = this.#options;
    const { cookie } = request.headers;
    const refusal = this.#refusal(request, { mustHaveOrigin: true }) ??
      (await logins.isLoggedIn(cookie) ? undefined : { status: 401, reason: "not logged in" }) ??
      (request.url === "/ws" ? undefined : { status: 404, reason: "nothing here" });
    if (refusal !== undefined) {
      this.#options.onRefused(refusal);
      stream.end(`HTTP/1.1 ${refusal.status} ${refusal.reason}\r\nConnection: close\r\n\r\n`);
      return;
    }
    (stream as Socket).setTimeout(0);
    const isProven = (proof: string): Promise<boolean> => logins.isProven(cookie, proof);
    acceptWebSocket(request, { stream, head }, onPage(isProven));
  }

  #refusal(
    request: IncomingMessage,
    options: { readonly mustHaveOrigin: boolean },
  ): Refusal | undefined {
    const { socket, headers } = request;
    return refusalOf({ remoteAddress: socket.remoteAddress, headers }, options);
  }

  #refuse(
    response: ServerResponse,
    refusal: { readonly status: number; readonly reason: string },
  ): void {
    this.#options.onRefused(refusal);
    send(response, refusal.status, text("text/plain", `${refusal.reason}\n`));
  }
}

function text(type: string, content: string): PageFile {
  return { type: `${type}; charset=utf-8`, bytes: new TextEncoder().encode(content) };
}

function send(response: ServerResponse, status: number, { type, bytes }: PageFile): void {
  response.statusCode = status;
  response.setHeader("content-type", type);
  response.setHeader("content-length", bytes.length);
  response.end(bytes);
}

/** Undefined for one that is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let length = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(
    new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()),
  );
}
