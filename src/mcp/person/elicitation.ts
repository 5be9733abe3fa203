import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  inputRequired,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { AuthenticationError, HostKeyError } from "../../errors.ts";
import { makeVisible } from "../../terminal/visible.ts";
import { hostKeyQuestionKey } from "../../transport/host_key/host_key_question.ts";
import { authQuestionKey } from "../../transport/auth/auth_options.ts";
import type { HostKeyTrust } from "./host_key_trust.ts";
import type { LoginCodes } from "./login_codes.ts";

const HOST_KEY = "host_key";
const CODE = "code";
const PAGE = "page";

/** Questions to persons while a host is connected to. */
export interface PersonQuestions {
  readonly hostKeys: HostKeyTrust;
  readonly codes: LoginCodes;
}

/** A question for a person; `key` tells it from others. */
export interface PersonForm {
  readonly key: string;
  readonly result: InputRequiredResult;
}

/** Whether the client can show a form to its person, in either protocol. */
export function hasForms(server: McpServer, context: ServerContext): boolean {
  const elicitation = elicitationOf(server, context);
  if (elicitation === undefined) return false;
  return elicitation.form !== undefined || elicitation.url === undefined;
}

function elicitationOf(
  server: McpServer,
  context: ServerContext,
): ClientCapabilities["elicitation"] {
  const envelope = context.mcpReq.envelope as Record<string, unknown> | undefined;
  const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined ??
    server.server.getClientCapabilities();
  return declared?.elicitation;
}

/** An address that a person is to open, and why. */
export interface PageRequest {
  readonly key: string;
  readonly url: string;
  readonly message: string;
}

/**
 * The result by which a client shows an address; undefined where it does not say that it does, and
 * where it has answered that already.
 */
export function pageToShow(
  { key, url, message }: PageRequest,
  { server, context }: { readonly server: McpServer; readonly context: ServerContext },
): InputRequiredResult | undefined {
  const isShown = elicitationOf(server, context)?.url !== undefined;
  if (!isShown || context.mcpReq.requestState<string>() === key) return undefined;
  return inputRequired({
    requestState: key,
    inputRequests: { [PAGE]: inputRequired.elicitUrl({ url, message }) },
  });
}

/** The form that could help after an error; undefined where none could. */
export function formFor(error: unknown, questions: PersonQuestions): PersonForm | undefined {
  if (error instanceof HostKeyError) return hostKeyForm(error, questions.hostKeys);
  if (error instanceof AuthenticationError) return codeForm(error, questions.codes);
  return undefined;
}

/** Takes the answer to a form, yes or no; tells the key of the question, undefined for none. */
export function takeAnswer(
  context: ServerContext,
  questions: PersonQuestions,
  learn: (secret: string) => void,
): string | undefined {
  const responses = context.mcpReq.inputResponses;
  const key = context.mcpReq.requestState<string>();
  if (responses === undefined || typeof key !== "string") return undefined;
  if (acceptedContent(responses, HOST_KEY)?.["trust"] === true) questions.hostKeys.agree(key);
  const code = acceptedContent(responses, CODE)?.["code"];
  if (typeof code === "string") {
    learn(code);
    questions.codes.answer(key, code);
  }
  return key;
}

function hostKeyForm(error: HostKeyError, trust: HostKeyTrust): PersonForm | undefined {
  const question = trust.questionOf(error);
  if (!question) return undefined;
  const { host, type, fingerprint } = question;
  const elicitation = inputRequired.elicit({
    mode: "form",
    message: `The authenticity of host "${host}" cannot be established: nothing is known about ` +
      `its ${type} key ${fingerprint}. Compare it with what the host's administrator tells. ` +
      "It would be trusted until this server ends.",
    requestedSchema: {
      type: "object",
      properties: { trust: { type: "boolean", title: `Trust ${fingerprint}` } },
      required: ["trust"],
    },
  });
  return form(hostKeyQuestionKey(question), { [HOST_KEY]: elicitation });
}

function codeForm(error: AuthenticationError, codes: LoginCodes): PersonForm | undefined {
  const question = codes.questionOf(error);
  if (!question) return undefined;
  const said = [question.instruction, question.prompt].map((text) => text.trim()).join("\n").trim();
  const elicitation = inputRequired.elicit({
    mode: "form",
    message: `The login to "${question.host}" asks for a one-time code. The host's words: ` +
      makeVisible(said).text,
    requestedSchema: {
      type: "object",
      properties: { code: { type: "string", title: "One-time code" } },
      required: ["code"],
    },
  });
  return form(authQuestionKey(question), { [CODE]: elicitation });
}

function form(
  key: string,
  inputRequests: Parameters<typeof inputRequired>[0]["inputRequests"],
): PersonForm {
  return {
    key,
    result: inputRequired({ requestState: key, ...(inputRequests ? { inputRequests } : {}) }),
  };
}
