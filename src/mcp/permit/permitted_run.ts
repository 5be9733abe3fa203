import type { McpServer, ServerContext } from "@modelcontextprotocol/server";
import type { Approval } from "../../guard/approvals.ts";
import type { LogFields } from "../../guard/log.ts";
import { RefusedError } from "../../errors.ts";
import type { Call, Services } from "../call.ts";
import { clientRoots } from "../file/client_roots.ts";
import { hasForms, pageToShow } from "../person/elicitation.ts";
import { ProgressReporter } from "../progress.ts";
import type { ParsedArguments, Tool, ToolResult } from "../tool.ts";
import type { Action } from "./action.ts";
import { answerIn, approvalResult, elicitApproval } from "./approval_form.ts";
import { DeferredCall, type DeferredSpec } from "./deferred_calls.ts";
import { judged, permitOf, type PermitOptions } from "./permit.ts";
import { reachedHosts } from "./reached_hosts.ts";

/** One `tools/call` and where it came from. */
export interface RunExchange {
  readonly server: McpServer;
  readonly services: Services;
  readonly context: ServerContext;
  readonly audit: (facts: LogFields) => void;
}

/**
 * Runs a tool as far as the rules allow it and a person agrees.
 *
 * It answers within a minute: a call that waits for a person goes on as a command with an id.
 *
 * @throws {RefusedError} Where it may not run.
 */
export async function permittedRun(
  tool: Tool,
  args: unknown,
  exchange: RunExchange,
): Promise<ToolResult> {
  const { services, context } = exchange;
  const parsed = tool.parse(args);
  // Without rules nobody is asked, so that nothing has to go on beyond its request.
  if (!services.rules.isSet && context.mcpReq.inputResponses === undefined) {
    return await runAs({ tool, parsed, signal: context.mcpReq.signal }, exchange);
  }
  const asked = JSON.stringify([tool.name, parsed]);
  const answer = answerIn(context);
  const deferred: DeferredCall = answer === undefined
    ? new DeferredCall(
      (signal) => runAs({ tool, parsed, signal, deferred: () => deferred }, exchange),
      {
        services,
        signal: context.mcpReq.signal,
      },
    )
    : answeredCall(answer, asked, services);
  const form = formEra(exchange) === "result" ? deferred.asking : new Promise<never>(() => {});
  const first = await Promise.race([deferred.reply(), form]);
  if (!isApproval(first)) return first;
  services.deferred.keep(first.id, deferred, asked);
  deferred.detach();
  return approvalResult(first);
}

/** The call that asked before, with the person's answer taken. */
function answeredCall(
  { id, decision }: { readonly id: string; readonly decision: unknown },
  asked: string,
  { approvals, deferred }: Services,
): DeferredCall {
  const call = deferred.take(id, asked);
  if (call === undefined) {
    throw new RefusedError(
      "The answer belongs to no call that waits, or to another one; nothing was done",
      "Call it again: it is asked about again",
    );
  }
  approvals.answer(id, decision, "form");
  return call.answered();
}

interface Run {
  readonly tool: Tool;
  readonly parsed: ParsedArguments;
  readonly signal: AbortSignal;
  /** The call that goes on when a person is asked; none is where there are no rules. */
  readonly deferred?: (() => DeferredCall) | undefined;
}

async function runAs(
  { tool, parsed, signal, deferred }: Run,
  exchange: RunExchange,
): Promise<ToolResult> {
  const { server, services, context, audit } = exchange;
  const call: Call = {
    services,
    signal,
    progress: ProgressReporter.of(context, services.clock),
    clientRoots: () => clientRoots(server, signal),
    sendToPage: (page) => pageToShow(page, exchange),
    audit,
    permit: allowed,
  };
  if (!services.rules.isSet) return await tool.run(parsed, call);
  const options = permitOptions({ tool, parsed, signal, deferred }, exchange);
  const bound = { ...call, permit: permitOf(options) };
  await guard({ tool, parsed }, bound, options);
  return await tool.run(parsed, bound);
}

/** There are no rules. */
async function allowed(): Promise<void> {}

function permitOptions(
  { tool, parsed, signal, deferred }: Run,
  exchange: RunExchange,
): PermitOptions {
  const { server, services, context, audit } = exchange;
  return {
    tool: tool.name,
    services,
    signal,
    audit,
    showForm: formEra(exchange) === "none" ? undefined : (approval, ended) => {
      if (formEra(exchange) === "result") return;
      void elicitApproval(approval, { server, services, context, signal: ended });
    },
    onAsked: (approval, answered, action) =>
      deferred?.().asked(approval, answered, specOf(tool, parsed, action)),
  };
}

/** The rules on what a call reaches, before it reaches it. */
async function guard(
  { tool, parsed }: Pick<Run, "tool" | "parsed">,
  call: Call,
  options: PermitOptions,
): Promise<void> {
  const hosts = await reachedHosts(parsed, call.services);
  if (hosts.length === 0) return;
  const { mode } = await judged(hosts, undefined, options);
  if (mode !== "ask" || tool.asksItself) return;
  const { password: _, key_filename: __, ...shown } = parsed;
  await call.permit({
    hosts,
    words: `use ${tool.name}`,
    text: JSON.stringify(shown, undefined, 1),
  });
}

/** How forms reach the client: sent by the server, as the result of a call, or not at all. */
function formEra({ server, context }: RunExchange): "sent" | "result" | "none" {
  if (!hasForms(server, context)) return "none";
  return context.mcpReq.envelope === undefined ? "sent" : "result";
}

function specOf(tool: Tool, parsed: ParsedArguments, action: Action): DeferredSpec | undefined {
  if (action.jobSignal !== undefined) return undefined;
  const [host] = action.hosts;
  if (host === undefined) return undefined;
  const { session } = parsed;
  const place = typeof session === "string" ? session : tool.name;
  return {
    host: host.host,
    user: host.user,
    session: place,
    command: `${tool.name}: ${action.text}`,
  };
}

function isApproval(value: Approval | ToolResult): value is Approval {
  return "request" in value && "askedAt" in value;
}
