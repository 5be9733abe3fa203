import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  inputRequired,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { HostKeyError } from "../errors.ts";
import { type HostKeyTrust, keyOf } from "./host_key_trust.ts";

const ANSWER_KEY = "host_key";

/** Whether the client can show a form to its person, in either protocol. */
export function hasForms(server: McpServer, context: ServerContext): boolean {
  const envelope = context.mcpReq.envelope as Record<string, unknown> | undefined;
  const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined ??
    server.server.getClientCapabilities();
  const elicitation = declared?.elicitation;
  return elicitation !== undefined &&
    (elicitation.form !== undefined || elicitation.url === undefined);
}

/** The form that asks about an unknown host key; undefined for any other error. */
export function hostKeyForm(error: unknown, trust: HostKeyTrust): InputRequiredResult | undefined {
  const question = error instanceof HostKeyError ? trust.questionOf(error) : undefined;
  if (!question) return undefined;
  const { host, type, fingerprint } = question;
  return inputRequired({
    requestState: keyOf(question),
    inputRequests: {
      [ANSWER_KEY]: inputRequired.elicit({
        mode: "form",
        message:
          `The authenticity of host "${host}" cannot be established: nothing is known about ` +
          `its ${type} key ${fingerprint}. Compare it with what the host's administrator tells. ` +
          "It would be trusted until this server ends.",
        requestedSchema: {
          type: "object",
          properties: { trust: { type: "boolean", title: `Trust ${fingerprint}` } },
          required: ["trust"],
        },
      }),
    },
  });
}

/** Takes the answer to {@link hostKeyForm}; tells whether the request carries one, yes or no. */
export function takeHostKeyAnswer(context: ServerContext, trust: HostKeyTrust): boolean {
  const responses = context.mcpReq.inputResponses;
  if (responses?.[ANSWER_KEY] === undefined) return false;
  const agreed = acceptedContent(responses, ANSWER_KEY)?.["trust"] === true;
  const key = context.mcpReq.requestState<string>();
  if (agreed && key !== undefined) trust.agree(key);
  return true;
}
