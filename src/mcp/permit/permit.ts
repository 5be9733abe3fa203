import type { ResolvedHost } from "../../config/resolved_host.ts";
import { RefusedError } from "../../errors.ts";
import type { Approval } from "../../guard/approvals.ts";
import type { LogFields } from "../../guard/log.ts";
import { judge, type Subject, type Verdict } from "../../guard/rules.ts";
import type { Services } from "../call.ts";
import { type Action, requestOf } from "./action.ts";

/** Lets an action pass that the rules allow or a person agrees to; else it throws. */
export type Permit = (action: Action) => Promise<void>;

/** The parts of a permit of one call. */
export interface PermitOptions {
  readonly tool: string;
  readonly services: Services;
  /** Aborts when the call is taken back. */
  readonly signal: AbortSignal;
  readonly audit: (facts: LogFields) => void;
  /** Shows a request in the client, until the signal aborts; undefined where it cannot. */
  readonly showForm: ((approval: Approval, signal: AbortSignal) => void) | undefined;
  /** Called when a person is asked, and gets the end of that. */
  readonly onAsked: (approval: Approval, answered: Promise<unknown>, action: Action) => void;
}

/** The permit of one call. */
export function permitOf(options: PermitOptions): Permit {
  return async (action) => {
    const verdict = await judged(action.hosts, action.text, options);
    if (verdict.mode === "allow") return;
    await agreed(action, verdict, options);
    // What a person agreed to is still bound by the rules as they are now.
    await judged(action.hosts, action.text, options);
    await action.recheck?.();
  };
}

/**
 * The strictest word of the rules on any of the hosts.
 *
 * @throws {RefusedError} When it is no, or the rules cannot be read.
 */
export async function judged(
  hosts: readonly ResolvedHost[],
  text: string | undefined,
  { tool, services, audit }: Pick<PermitOptions, "tool" | "services" | "audit">,
): Promise<Verdict> {
  const { file, preset } = await services.rules.read();
  let strictest: Verdict = { mode: "allow", rule: "default" };
  for (const host of hosts) {
    const subject: Subject = {
      tool,
      hosts: [host.host, host.hostname],
      user: host.user,
      caller: services.caller,
      text,
    };
    const verdict = judge(file, subject, preset);
    if (verdict.mode === "deny") {
      audit({ decision: "deny", rule: verdict.rule });
      throw denied(host, tool, verdict);
    }
    if (strictest.mode === "allow") strictest = verdict;
  }
  audit({ decision: strictest.mode, rule: strictest.rule });
  return strictest;
}

async function agreed(
  action: Action,
  { rule }: Verdict,
  { tool, services, signal, audit, showForm, onAsked }: PermitOptions,
): Promise<void> {
  const { approvals } = services;
  const request = requestOf(action, { tool, rule, services });
  if (showForm === undefined && !approvals.isWatched) {
    throw nobodyToAsk(rule, services.caller !== undefined);
  }
  const answered = new AbortController();
  const end = Promise.withResolvers<void>();
  try {
    const by = await approvals.ask(request, {
      signal: action.jobSignal ?? signal,
      onAsked: (approval) => {
        action.onAsked?.();
        onAsked(approval, end.promise, action);
        showForm?.(approval, answered.signal);
      },
    });
    audit({ approved_by: by });
    action.onAgreed?.();
  } catch (error) {
    audit({ decision: "refused" });
    throw error;
  } finally {
    answered.abort();
    end.resolve();
  }
}

function denied(host: ResolvedHost, tool: string, { rule }: Verdict): RefusedError {
  return new RefusedError(
    `The operator's rules do not allow ${tool} on "${host.host}" (${rule}); nothing was done`,
    "Only whoever runs this server can change them; do not try the same in another way",
  );
}

function nobodyToAsk(rule: string, isShared: boolean): RefusedError {
  return new RefusedError(
    `The operator's rules want a person asked (${rule}), and there is nobody to ask: this client ` +
      "has no forms, and no console is open; nothing was done",
    isShared
      ? "Use a client with elicitation; whoever runs this server can set MCP_SSH_CLIENT_ID"
      : "The person can start this server with MCP_SSH_CONSOLE, or use a client with elicitation",
  );
}
