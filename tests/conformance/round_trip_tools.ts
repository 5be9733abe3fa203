import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequest,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { textResult } from "./content.ts";

type Requests = Readonly<Record<string, InputRequest>>;

const NAME = question("What is your name?", "name");
const CAPITAL = sampling("What is the capital of France?", 100);
const ROOTS = inputRequired.listRoots();

/** What each tool asks in its first round; the second completes. */
const ONE_ROUND: Readonly<Record<string, Requests>> = {
  test_input_required_result_elicitation: { user_name: NAME },
  test_input_required_result_sampling: { capital_question: CAPITAL },
  test_input_required_result_list_roots: { client_roots: ROOTS },
};

/** The same with a state that the client brings back. */
const WITH_STATE: Readonly<Record<string, Requests>> = {
  test_input_required_result_request_state: {
    confirm: question("Please confirm", "ok"),
  },
  test_input_required_result_tampered_state: {
    confirm: question("Please confirm", "ok"),
  },
  test_input_required_result_multiple_inputs: {
    user_name: NAME,
    greeting: sampling("Generate a greeting", 50),
    client_roots: ROOTS,
  },
};

/** Tools of the 2026 revision, which ask in their result. */
export function registerRoundTripTools(server: McpServer): void {
  // The SDK takes it only where a server is made, and ours looks its states up in what it has asked.
  Object.assign(server.server, { _requestStateVerify: verifyState });
  for (const [name, requests] of Object.entries(ONE_ROUND)) {
    server.registerTool(name, { description: "Asks once" }, (context) => {
      if (!isAnswered(context, requests)) return inputRequired({ inputRequests: { ...requests } });
      return textResult(`Hello, ${JSON.stringify(context.mcpReq.inputResponses)}!`);
    });
  }
  for (const [name, requests] of Object.entries(WITH_STATE)) {
    server.registerTool(name, { description: "Asks once, with a state" }, (context) => {
      const isBack = context.mcpReq.requestState<string>() === name;
      if (isBack && isAnswered(context, requests)) return textResult("state-ok");
      return inputRequired({ inputRequests: { ...requests }, requestState: name });
    });
  }
  registerManyRounds(server);
  registerCapabilities(server);
}

/** Refuses a state that none of these tools handed out (`ServerOptions.requestState.verify`). */
function verifyState(state: string): string {
  if (["round-1", "round-2", ...Object.keys(WITH_STATE)].includes(state)) return state;
  throw new Error("The state is not what was handed out");
}

/** The client's capabilities, in either revision. */
function declaredBy(
  { mcpReq }: ServerContext,
  server: McpServer,
): ClientCapabilities {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  return (envelope?.[CLIENT_CAPABILITIES_META_KEY] as
    | ClientCapabilities
    | undefined) ??
    server.server.getClientCapabilities() ?? {};
}

/** A form with one field. */
export function question(message: string, field: string): InputRequest {
  const requestedSchema = {
    type: "object" as const,
    properties: {
      [field]: field === "ok" ? { type: "boolean" as const } : { type: "string" as const },
    },
    required: [field],
  };
  return inputRequired.elicit({ mode: "form", message, requestedSchema });
}

function sampling(text: string, maxTokens: number): InputRequest {
  const messages = [{
    role: "user" as const,
    content: { type: "text" as const, text },
  }];
  return inputRequired.createMessage({ messages, maxTokens });
}

function registerManyRounds(server: McpServer): void {
  const name = "test_input_required_result_multi_round";
  server.registerTool(name, { description: "Asks twice" }, ({ mcpReq }) => {
    const state = mcpReq.requestState<string>();
    if (
      state === "round-1" && acceptedContent(mcpReq.inputResponses, "step1")
    ) {
      const step2 = question("Step 2: What is your favorite color?", "color");
      return inputRequired({
        inputRequests: { step2 },
        requestState: "round-2",
      });
    }
    if (
      state === "round-2" && acceptedContent(mcpReq.inputResponses, "step2")
    ) {
      return textResult("both steps are done");
    }
    const step1 = question("Step 1: What is your name?", "name");
    return inputRequired({ inputRequests: { step1 }, requestState: "round-1" });
  });
}

function registerCapabilities(server: McpServer): void {
  const name = "test_input_required_result_capabilities";
  server.registerTool(
    name,
    { description: "Asks what the client can answer" },
    (context) => {
      const declared = declaredBy(context, server);
      return inputRequired({
        inputRequests: {
          ...(declared.elicitation ? { user_name: NAME } : {}),
          ...(declared.sampling ? { capital_question: CAPITAL } : {}),
        },
      });
    },
  );
}

function isAnswered({ mcpReq }: ServerContext, requests: Requests): boolean {
  return Object.keys(requests).every((key) =>
    inputResponse(mcpReq.inputResponses, key).kind !== "missing"
  );
}
