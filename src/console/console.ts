import type { Log } from "../guard/log.ts";
import type { Job } from "../jobs/job.ts";
import type { Session } from "../session/session.ts";
import type { Shell } from "../shell/shell.ts";
import { SshError } from "../errors.ts";
import { BrowserLogins } from "./browser_login.ts";
import type { ConsoleSetting } from "./console_setting.ts";
import { consoleState, shownRequest, titleOf } from "./console_state.ts";
import { HttpServer } from "./http_server.ts";
import type { LiveTerminal } from "./live_terminal.ts";
import { PageConnection } from "./page_connection.ts";
import { pageFile } from "./page_files.ts";
import { type PageMessage, parsePageMessage } from "./page_message.ts";
import { type ConsoleServices, Sessions } from "./sessions.ts";
import type { PageSocket, SocketEvents } from "./web_socket.ts";
import type { WatchedSession } from "./watched_session.ts";

/** Changes within that time are shown together. */
const SHOW_MS = 30;
/** A page that is loaded again comes back within that. */
const RETURN_MS = 3_000;
/** A page that does not prove its login by then is closed. */
const HELLO_MS = 10_000;

/** One page that is open. */
interface OpenPage {
  readonly connection: PageConnection;
  watched: WatchedSession | undefined;
  /** The terminal that it shows: a session's next shell has another. */
  terminal: LiveTerminal | undefined;
}

/** The page where persons watch sessions, answer, take over and stop. */
export class Console implements AsyncDisposable {
  readonly #services: ConsoleServices;
  readonly #log: Log;
  readonly #sessions: Sessions;
  readonly #pages = new Set<OpenPage>();
  readonly #wanted = new Set<string>();
  readonly #closing = new AbortController();
  readonly #setting: ConsoleSetting;
  #server: HttpServer;
  #address = "";
  #showing: Disposable | undefined;

  private constructor(setting: ConsoleSetting, services: ConsoleServices, log: Log) {
    this.#setting = setting;
    this.#services = services;
    this.#log = log;
    this.#sessions = new Sessions(services, () => this.#changed());
    this.#server = this.#makeServer(setting.port);
    this.#watchJobs();
  }

  /** Listens; where the port is taken, as by another server of the same user, on any free one. */
  static async open(
    setting: ConsoleSetting,
    { log, ...services }: ConsoleServices & { readonly log: Log },
  ): Promise<Console> {
    const opened = new Console(setting, services, log);
    await opened.#listen();
    return opened;
  }

  /** Where the page is, without any secret. */
  get address(): string {
    return this.#address;
  }

  /** To be called with each shell that a session opens. */
  readonly onShell = (session: Session, shell: Shell): void =>
    this.#sessions.opened(session, shell);

  /** Shows that a person is to answer a command; returns the address where. */
  want(job: Job, session: Session): string {
    this.#wanted.add(job.id);
    this.#changed();
    const id = this.#sessions.of(session)?.id;
    return id === undefined ? this.#address : `${this.#address}s/${id}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#showing?.[Symbol.dispose]();
    this.#sessions[Symbol.dispose]();
    await this.#server[Symbol.asyncDispose]();
  }

  async #listen(): Promise<void> {
    const { hostname } = this.#setting;
    let port: number;
    try {
      port = await this.#server.listen();
    } catch (error) {
      this.#server = this.#makeServer(0);
      port = await this.#server.listen();
      this.#log.warn("console", { taken: this.#setting.port, error: String(error), port });
    }
    this.#address = `http://${hostname === "::1" ? "[::1]" : hostname}:${port}/`;
    this.#log.info("console", { address: this.#address });
  }

  #makeServer(port: number): HttpServer {
    const logins = new BrowserLogins(this.#setting.key, this.#services.clock);
    return new HttpServer({
      hostname: this.#setting.hostname,
      port,
      logins,
      file: pageFile,
      onPage: (isProven) => this.#newPage(isProven),
      recording: (id, version) => this.#recording(id, version),
      onRefused: ({ status, reason }) => this.#log.info("console-refused", { status, reason }),
    });
  }

  #recording(
    id: string,
    version: 2 | 3,
  ): { readonly name: string; readonly lines: Iterable<string> } | undefined {
    const watched = this.#sessions.find(id);
    const recording = watched?.terminal?.recording;
    if (watched === undefined || recording === undefined) return undefined;
    const title = titleOf(watched);
    const name = `${title.replace(/[^\w.@-]+/g, "_").slice(0, 80)}.v${version}.cast`;
    return { name, lines: recording.lines({ version, title }) };
  }

  #watchJobs(): void {
    // Holds never: each change of a job is only noticed.
    const notice = (): boolean => {
      this.#changed();
      return false;
    };
    this.#services.jobs.changes.until(notice, this.#closing.signal).catch(() => {});
    const watch = this.#services.approvals.watch(() => this.#changed());
    this.#closing.signal.addEventListener("abort", () => watch[Symbol.dispose]());
  }

  #changed(): void {
    if (this.#pages.size === 0 || this.#showing !== undefined) return;
    this.#showing = this.#services.clock.after(SHOW_MS, () => {
      this.#showing = undefined;
      for (const page of this.#pages) this.#show(page);
    });
  }

  #show(page: OpenPage): void {
    const { connection, watched } = page;
    if (watched?.terminal !== page.terminal) this.#join(page);
    for (const id of this.#wanted) {
      if (this.#services.jobs.find(id)?.isFinished !== false) this.#wanted.delete(id);
    }
    connection.state({
      ...consoleState(this.#sessions, { watched, wanted: this.#wanted }),
      requests: this.#services.approvals.pending().map(shownRequest),
    });
  }

  #newPage(isProven: (proof: string) => Promise<boolean>): SocketEvents {
    let page: OpenPage | undefined;
    let socket: PageSocket | undefined;
    let late: Disposable | undefined;
    return {
      onOpen: (opened) => {
        socket = opened;
        late = this.#services.clock.after(HELLO_MS, () => opened.close());
      },
      onText: (text) => {
        const message = parsePageMessage(text);
        if (message === undefined || socket === undefined) return socket?.close();
        if (page !== undefined) return void this.#take(page, message);
        if (message.type !== "hello") return socket.close();
        const opened = socket;
        void isProven(message.proof).then((isTrue) => {
          late?.[Symbol.dispose]();
          if (!isTrue) return opened.close();
          page = {
            connection: new PageConnection(opened),
            watched: undefined,
            terminal: undefined,
          };
          this.#pages.add(page);
          this.#show(page);
        });
      },
      onClose: () => {
        late?.[Symbol.dispose]();
        if (page !== undefined) this.#left(page);
      },
    };
  }

  #left(page: OpenPage): void {
    this.#pages.delete(page);
    page.terminal?.leave(page.connection);
    const { watched } = page;
    if (watched === undefined || !watched.isHeld) return;
    this.#services.clock.after(RETURN_MS, () => {
      const isWatched = [...this.#pages].some((other) => other.watched === watched);
      if (!isWatched) void watched.give("console").catch(() => {});
    });
  }

  async #take(page: OpenPage, message: PageMessage): Promise<void> {
    try {
      await this.#do(page, message);
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      page.watched?.note("console", error.message);
    }
  }

  async #do(page: OpenPage, message: PageMessage): Promise<void> {
    const { connection, watched } = page;
    switch (message.type) {
      case "hello":
        return;
      case "watch":
        page.watched = this.#sessions.find(message.session);
        return this.#show(page);
      case "drawn":
        if (connection.drawn(message.bytes)) await page.terminal?.catchUp(connection);
        return;
      case "keys":
        return await watched?.keys(message.text);
      case "take":
        return watched?.take();
      case "give":
        return await watched?.give();
      case "run":
        return await watched?.run(message.command);
      case "answer":
        return await watched?.answer(message.question, message.text);
      case "stop":
        return watched && await this.#sessions.stop(watched, message.signal);
      case "decide":
        return this.#decide(page, message);
    }
  }

  #decide(
    { connection }: OpenPage,
    { request, kind, minutes }: PageMessage & { readonly type: "decide" },
  ): void {
    const decision = kind === "command" || kind === "session" ? { kind, minutes } : { kind };
    const outcome = this.#services.approvals.answer(request, decision, "console");
    if (outcome !== "taken") {
      connection.message({ type: "notice", text: "That was answered or withdrawn before." });
    }
  }

  #join(page: OpenPage): void {
    page.terminal?.leave(page.connection);
    page.terminal = page.watched?.terminal;
    page.terminal?.join(page.connection).catch(() => {});
  }
}
