import type { Clock } from "../clock.ts";
import type { AuditFields } from "../guard/audit/audit_chain.ts";
import type { AuditTrail } from "../guard/audit/audit_trail.ts";
import type { Caller } from "../guard/caller.ts";
import type { Concealer } from "../guard/concealer.ts";
import type { Log, LogFields } from "../guard/log.ts";
import { newCommandId } from "../jobs/command_id.ts";

/** Arguments that are facts of the line; all others, content and secrets above all, stay out. */
const FACTS = {
  username: "user",
  session: "session",
  command_id: "command_id",
  remote_path: "path",
  signal: "signal",
  use_sudo: "use_sudo",
  hosts: "selection",
} as const;
const NAMED_FACTS = Object.entries(FACTS);

/** Facts by their names in records: those of OpenTelemetry's conventions where there are some. */
const RECORD_NAMES: Readonly<Record<string, string>> = {
  tool: "gen_ai.tool.name",
  host: "server.address",
  user: "user.name",
  path: "file.path",
  session: "ssh.session",
  command_id: "ssh.command_id",
  signal: "process.signal",
  selection: "ssh.hosts",
  to: "ssh.destination",
  source: "ssh.source",
};

/** The parts of a line. */
export interface AuditOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly host: string | undefined;
  readonly audit?: AuditTrail | undefined;
  readonly concealer: Concealer;
  readonly caller?: Caller | undefined;
}

/** The traces of one call: a line in the log, and in the audit trail a record before and after. */
export class CallAudit {
  readonly #options: AuditOptions;
  readonly #begun: number;
  readonly #given: Readonly<Record<string, unknown>>;
  #id: string | undefined;
  #facts: LogFields;
  #hasEnded = false;

  constructor(tool: string, args: unknown, options: AuditOptions) {
    this.#options = options;
    this.#begun = options.clock.now();
    this.#given = Object(args) as Record<string, unknown>;
    this.#facts = { tool, host: options.host, ...factsOf(this.#given) };
  }

  /**
   * Records that the call is about to run.
   *
   * @throws {RefusedError} Where it must be recorded and cannot.
   */
  async begin(): Promise<void> {
    const { audit, concealer } = this.#options;
    if (audit === undefined) return;
    const record = { ...this.#record(), ...contentOf(this.#given) };
    await audit.before("mcp.tool.begin", record, concealer);
  }

  /** Facts that the tool found out; those that come after the reply are a record of their own. */
  add(facts: LogFields): void {
    this.#facts = { ...this.#facts, ...facts };
    if (!this.#hasEnded) return;
    const { audit, concealer } = this.#options;
    audit?.after("mcp.tool.later", this.#record(), concealer);
  }

  /** Writes the line; `outcome` is "ok" or the kind of the error. */
  end(outcome: string): void {
    const { log, clock, audit, concealer } = this.#options;
    this.#hasEnded = true;
    const duration = Math.round(clock.now() - this.#begun);
    log.info("call", { ...this.#facts, outcome, duration_ms: duration });
    audit?.after("mcp.tool.end", {
      ...this.#record(),
      ...(outcome === "ok" ? {} : { "error.type": outcome }),
      outcome,
      duration_ms: duration,
    }, concealer);
  }

  #record(): AuditFields {
    const named = Object.entries(this.#facts).map(([name, value]) => [
      RECORD_NAMES[name] ?? name,
      value,
    ]);
    return {
      "mcp.call_id": this.#id ??= newCommandId(),
      "enduser.id": this.#options.caller?.sub ?? "local",
      ...Object.fromEntries(named) as AuditFields,
    };
  }
}

/** The command or input of a call; content only by its size, a secret not at all. */
function contentOf(given: Readonly<Record<string, unknown>>): AuditFields {
  const { command, input_text, keys, secret, content, source, destination, durable, secrets } =
    given;
  const text = (value: unknown): string | undefined =>
    typeof value === "string" ? value : undefined;
  const isSecret = secret === true || secret === "true" || secret === 1;
  return {
    "process.command_line": text(command),
    "ssh.input": isSecret ? "[secret]" : text(input_text) ?? text(keys),
    "ssh.secrets": Array.isArray(secrets) ? secrets.slice(0, 16).map(String).join(", ") : undefined,
    "ssh.durable": durable === true ? true : undefined,
    "file.size": text(content)?.length,
    "ssh.source": text(source),
    "ssh.destination": text(destination),
  };
}

function factsOf(given: Readonly<Record<string, unknown>>): LogFields {
  const facts: Record<string, string | number | boolean> = {};
  for (const [argument, name] of NAMED_FACTS) {
    const value = given[argument];
    const isPlain = typeof value === "string" || typeof value === "number" ||
      typeof value === "boolean";
    if (isPlain) facts[name] = value;
  }
  return facts;
}
