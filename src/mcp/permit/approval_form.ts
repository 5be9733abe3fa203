import {
  type ElicitRequestFormParams,
  inputRequired,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { ANSWER_WITHIN_MS, type Approval, type ApprovalRequest } from "../../guard/approvals.ts";
import type { Services } from "../call.ts";
import type { ToolResult } from "../tool.ts";

/** Key of the form among a result's questions. */
const FORM = "approval";
const DEFAULT_MINUTES = 10;

const WORDS = {
  no: "No",
  once: "Yes, this time",
  command: "Yes, and this very same action again for the minutes below",
  session: "Yes, and everything typed in this shell for the minutes below",
} as const;

/** Servers that have sent a request to their client. */
const begun = new WeakSet<McpServer>();

/**
 * Makes the next request another one than request 0.
 *
 * `@modelcontextprotocol/sdk` 1.x as a client takes the 0 in `notifications/cancelled` for no id: it
 * left the first form open after the console had answered it.
 */
function passRequestZero(server: McpServer, { mcpReq }: ServerContext): void {
  if (begun.has(server)) return;
  begun.add(server);
  mcpReq.send({ method: "ping" }).catch(() => {});
}

/** Shows a request as a form of the 2025-11-25 protocol, which the server may send at any time. */
export async function elicitApproval(
  approval: Approval,
  { server, services: { approvals }, context, signal }: {
    readonly server: McpServer;
    readonly services: Services;
    readonly context: ServerContext;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { id, request } = approval;
  passRequestZero(server, context);
  const answer = await context.mcpReq.elicitInput(formOf(request), {
    signal,
    timeout: ANSWER_WITHIN_MS,
  }).catch(() => ({ action: "cancel" as const, content: undefined }));
  // A form that went without a word is no answer while somebody else can give one.
  if (answer.action === "cancel" && approvals.isWatched) return;
  const isAccepted = answer.action === "accept";
  approvals.answer(id, isAccepted ? decisionIn(answer.content) : { kind: "no" }, "form");
}

/** The same as a result of the 2026-07-28 protocol, whose client calls again with the answer. */
export function approvalResult({ id, request }: Approval): ToolResult {
  const form = inputRequired.elicit(formOf(request));
  return inputRequired({ requestState: id, inputRequests: { [FORM]: form } });
}

/** The answer that such a call brings; undefined where it brings none. */
export function answerIn(
  context: ServerContext,
): { readonly id: string; readonly decision: unknown } | undefined {
  const responses = context.mcpReq.inputResponses;
  const id = context.mcpReq.requestState<string>();
  if (responses === undefined || typeof id !== "string" || !Object.hasOwn(responses, FORM)) {
    return undefined;
  }
  const { action, content } = Object(responses[FORM]) as Record<string, unknown>;
  return { id, decision: action === "accept" ? decisionIn(content) : { kind: "no" } };
}

function formOf(request: ApprovalRequest): ElicitRequestFormParams & { mode: "form" } {
  const choices = [
    WORDS.no,
    WORDS.once,
    WORDS.command,
    ...(request.sameShell === undefined ? [] : [WORDS.session]),
  ];
  return {
    mode: "form",
    message: messageOf(request),
    requestedSchema: {
      type: "object",
      properties: {
        decision: { type: "string", title: "Allow it?", enum: choices },
        minutes: {
          type: "integer",
          title: "Minutes",
          minimum: 1,
          maximum: 480,
          default: DEFAULT_MINUTES,
        },
      },
      required: ["decision"],
    },
  };
}

/** Each line of the text behind a bar: none of them passes for a line of ours. */
function messageOf({ user, host, session, action, shown, facts, rule }: ApprovalRequest): string {
  const where = session === undefined ? "" : `, session "${session}"`;
  return [
    `The agent wants to ${action} as ${user} on ${host}${where}:`,
    ...shown.split("\n").map((line) => `| ${line}`),
    ...facts.flatMap((fact) => fact.split("\n")).map((line) => `- ${line}`),
    `(rule: ${rule})`,
  ].join("\n");
}

function decisionIn(content: unknown): unknown {
  const { decision, minutes = DEFAULT_MINUTES } = Object(content) as Record<string, unknown>;
  const kind = Object.entries(WORDS).find(([, words]) => words === decision)?.[0];
  return { kind, minutes };
}
