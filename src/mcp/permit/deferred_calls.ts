import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Approval } from "../../guard/approvals.ts";
import type { Job } from "../../jobs/job.ts";
import type { CommandEvent } from "../../shell/shell.ts";
import type { Services } from "../call.ts";
import { replyOn } from "../command/command_reply.ts";
import type { ToolResult } from "../tool.ts";

/** A call that waits for a person answers by then, with an id that follows it. */
const ANSWER_WITHIN_MS = 45_000;
/** Of calls whose form may still be answered. */
const KEPT = 200;

/** The facts of a call before it runs. */
export interface DeferredSpec {
  readonly host: string;
  readonly user: string;
  readonly session: string;
  /** As lists of commands show it. */
  readonly command: string;
}

/**
 * A call whose tool waits for a person: it answers in time, and goes on as a command with an id.
 */
export class DeferredCall {
  /** The tool's own outcome. */
  readonly #outcome: Promise<ToolResult>;
  readonly #services: Services;
  readonly #abort: AbortController;
  #asking = Promise.withResolvers<Approval>();
  #job: Job | undefined;
  #answered: Promise<unknown> = Promise.resolve();
  #isAsking = false;
  #isDetached = false;
  #spec: DeferredSpec | undefined;

  constructor(
    begin: (signal: AbortSignal) => Promise<ToolResult>,
    options: { readonly services: Services; readonly signal: AbortSignal },
  ) {
    const { services, signal } = options;
    this.#services = services;
    this.#abort = new AbortController();
    const onAbort = (): void => {
      // Once the caller has its answer, the end of the request means nothing.
      if (this.#job === undefined && !this.#isDetached) this.#abort.abort(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    this.#outcome = begin(this.#abort.signal);
    this.#outcome.catch(() => {});
  }

  /** A person is asked. `spec`: undefined where a command of its own shows that. */
  asked(approval: Approval, answered: Promise<unknown>, spec: DeferredSpec | undefined): void {
    this.#asking.resolve(approval);
    if (spec === undefined) return;
    this.#isAsking = true;
    this.#answered = answered;
    void answered.then(() => this.#isAsking = false);
    this.#spec = spec;
  }

  /** The tool's result, or where it has got to once a reply is due. */
  async reply(): Promise<ToolResult> {
    if (this.#job?.isFinished) return await this.#outcome;
    const due = Promise.withResolvers<"due">();
    using _timer = this.#services.clock.after(ANSWER_WITHIN_MS, () => due.resolve("due"));
    const first = await Promise.race([this.#outcome, due.promise]);
    if (first !== "due") return first;
    if (!this.#isAsking && this.#job === undefined) return await this.#outcome;
    return await replyOn(this.#asJob(), this.#services.commands, { maxChars: 20_000 });
  }

  /** The request, once a person is asked; never where nobody is. */
  get asking(): Promise<Approval> {
    return this.#asking.promise;
  }

  /** The same call, which is not asked about any more. */
  answered(): this {
    this.#asking = Promise.withResolvers();
    return this;
  }

  /** Keeps it going when its request ends. */
  detach(): void {
    this.#isDetached = true;
    if (this.#spec !== undefined) this.#asJob();
  }

  #asJob(): Job {
    if (this.#job !== undefined) return this.#job;
    const { commands, concealer } = this.#services;
    const spec = this.#spec!;
    const job = commands.startTask(spec, (signal) => {
      signal.addEventListener("abort", () => this.#abort.abort(signal.reason), { once: true });
      return this.#events();
    }, concealer.redactor(spec.host));
    if (this.#isAsking) job.note({ kind: "approval-asked" });
    return this.#job = job;
  }

  async *#events(): AsyncGenerator<CommandEvent> {
    await this.#answered;
    yield { kind: "started" };
    const result = await this.#outcome as CallToolResult;
    const text = result.content.map((block) => block.type === "text" ? block.text : "").join("\n");
    yield { kind: "output", text: text === "" ? "" : `${text}\n`, line: "" };
    const exitStatus = result.isError ? 1 : 0;
    yield { kind: "exited", exit: { exitStatus, exitSignal: null } };
  }
}

/** The calls whose forms the client may bring answers to, by the request's id. */
export class DeferredCalls {
  readonly #calls = new Map<string, { readonly call: DeferredCall; readonly asked: string }>();

  /** `asked`: tool and arguments, to tell that an answer comes with the same call. */
  keep(id: string, call: DeferredCall, asked: string): void {
    this.#calls.set(id, { call, asked });
    if (this.#calls.size > KEPT) this.#calls.delete(this.#calls.keys().next().value!);
  }

  /** The call that asked, taken out; undefined where there is none, or it was another. */
  take(id: string, asked: string): DeferredCall | undefined {
    const kept = this.#calls.get(id);
    if (kept?.asked !== asked) return undefined;
    this.#calls.delete(id);
    return kept.call;
  }
}
