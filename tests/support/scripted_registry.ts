import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { parseTarget } from "../../src/config/target.ts";
import type { Registry, SessionTarget } from "../../src/session/registry.ts";
import { Keyboard } from "../../src/session/keyboard.ts";
import type { CommandSignal, Session } from "../../src/session/session.ts";
import type { CommandEvent, Question } from "../../src/shell/shell.ts";
import type { ScreenSnapshot } from "../../src/terminal/screen.ts";

/** The event of a command that was typed. */
export const STARTED: CommandEvent = { kind: "started" };

/** The event of a command that ended. */
export function exited(exitStatus: number, cwd?: string): CommandEvent {
  const exit = { exitStatus, exitSignal: null };
  return { kind: "exited", exit: cwd === undefined ? exit : { ...exit, cwd } };
}

/** The event of a command that printed something. */
export function output(text: string, line = ""): CommandEvent {
  return { kind: "output", text, line };
}

/** One command that a test drives: what it does is what the test says it does. */
export class ScriptedCommand {
  readonly command: string;
  readonly #queue: CommandEvent[] = [];
  #wake: () => void = () => {};

  constructor(command: string) {
    this.command = command;
  }

  /** Lets the next events happen. */
  emit(...events: CommandEvent[]): void {
    this.#queue.push(...events);
    this.#wake();
  }

  /** The events as a job pulls them; ends with `exited` or `lost`. */
  async *events(signal: AbortSignal | undefined): AsyncGenerator<CommandEvent> {
    signal?.addEventListener("abort", () => this.#wake(), { once: true });
    for (;;) {
      signal?.throwIfAborted();
      const event = this.#queue.shift();
      if (!event) await new Promise<void>((resolve) => this.#wake = resolve);
      else yield event;
      if (event?.kind === "exited" || event?.kind === "lost") return;
    }
  }
}

/** A session without a host: it records what it is told, and its commands do as the test says. */
export class ScriptedSession implements Record<keyof Session, unknown> {
  readonly keyboard = new Keyboard();
  readonly host: ResolvedHost;
  readonly name: string;
  readonly commands: ScriptedCommand[] = [];
  readonly typed: string[] = [];
  readonly signals: CommandSignal[] = [];
  applicationCursorKeys = false;
  drawsScreen = false;
  readonly question: Question | undefined = undefined;
  readonly hasTerminal = true;
  /** Nothing of its host is asked for. */
  readonly hasProcesses = false;
  readonly isOpen = true;
  readonly isInUse = true;
  hasShell = false;
  isConnected = false;
  screenRows: readonly string[] = [];
  /** What execute() throws in place of running anything. */
  failure: Error | undefined;

  /** As {@link Session.facts}, as far as tools look at it. */
  readonly facts = { shell: undefined };

  /** As {@link Session.key}. */
  get key(): string {
    return `${this.host.host} ${this.name}`;
  }

  constructor(host: ResolvedHost, name: string) {
    this.host = host;
    this.name = name;
  }

  /** As {@link Session.roundTrip}. */
  roundTrip(): Promise<void> {
    return Promise.resolve();
  }

  /** As {@link Session.checkKeys}: it takes them. */
  checkKeys(): void {}

  /** As {@link Session.close}. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** As {@link Session.keysArrived}. */
  keysArrived(): void {}

  /** As {@link Session.execute}. */
  async *execute(
    command: string,
    options: { readonly signal?: AbortSignal; readonly permit?: () => Promise<void> },
  ): AsyncGenerator<CommandEvent> {
    if (this.failure) throw this.failure;
    await options.permit?.();
    const scripted = new ScriptedCommand(command);
    this.commands.push(scripted);
    yield* scripted.events(options.signal);
  }

  /** As {@link Session.type}. */
  type(data: string): Promise<void> {
    this.typed.push(data);
    return Promise.resolve();
  }

  /** As {@link Session.interrupt}. */
  interrupt(signal: CommandSignal): Promise<void> {
    this.signals.push(signal);
    return Promise.resolve();
  }

  /** As {@link Session.screen}. */
  screen(): Promise<ScreenSnapshot> {
    return Promise.resolve({
      rows: this.screenRows,
      columns: 200,
      cursor: { row: 0, column: 0 },
      title: "",
      alternateScreen: false,
      cursorText: "plain",
    });
  }

  /** The newest command. */
  get last(): ScriptedCommand {
    return this.commands.at(-1)!;
  }
}

/** Sessions by name, without any host behind them. */
export class ScriptedRegistry {
  readonly sessions = new Map<string, ScriptedSession>();
  hidden: ResolvedHost["hidden"] = [];

  /** The session of a name, made at its first use. */
  session(name = "main", host = "web1"): ScriptedSession {
    const known = this.sessions.get(`${host} ${name}`);
    if (known) return known;
    const { hidden } = this;
    // Behind a jump host no name is looked up here.
    const resolved = { host, hostname: host, port: 22, user: "deploy", proxyJump: ["gw"], hidden };
    const made = new ScriptedSession(resolved as unknown as ResolvedHost, name);
    this.sessions.set(`${host} ${name}`, made);
    return made;
  }

  /** As {@link Registry.acquire}. */
  async acquire(target: SessionTarget, name: string): Promise<Session> {
    const { alias } = parseTarget(target);
    return await Promise.resolve(this.session(name, alias) as unknown as Session);
  }

  /** As {@link Registry.find}. */
  find(target: SessionTarget, name: string): Promise<Session | undefined> {
    const known = this.sessions.get(`${parseTarget(target).alias} ${name}`);
    return Promise.resolve(known as unknown as Session | undefined);
  }

  /** As {@link Registry.hostOf}. */
  async hostOf(target: SessionTarget): Promise<ResolvedHost> {
    return (await this.acquire(target, "main")).host;
  }

  /** As {@link Registry.list}. */
  list(): readonly [] {
    return [];
  }

  /** As {@link Registry.connection}: there is none. */
  connection(): Promise<never> {
    return Promise.reject(new Error("scripted sessions have no connection"));
  }

  /** What the tools take it for. */
  get asRegistry(): Registry {
    return this as unknown as Registry;
  }
}
