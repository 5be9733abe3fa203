import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewHttp,
} from "../packages/mcp_client.ts";
import {
  type CallToolResult,
  Client as OldClient,
  StreamableHTTPClientTransport as OldHttp,
  type Transport,
} from "../packages/mcp_sdk.ts";

/** The two generations of the SDK's client, which speak the two revisions of the protocol. */
export type Generation = "2025" | "2026";

/** The answer that a caller got. */
export interface HttpReply {
  readonly text: string;
  readonly isError: boolean;
  /** The command's record; undefined where there is none. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
}

/** How one call is made. */
export interface HttpCallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (message: string | undefined) => void;
}

/** A client over HTTP. */
export interface HttpClient extends AsyncDisposable {
  tools(): Promise<readonly { readonly name: string; readonly inputSchema: object }[]>;
  /** The text of a resource. */
  resource(uri: string): Promise<string>;
  call(
    name: string,
    args: Readonly<Record<string, unknown>>,
    options?: HttpCallOptions,
  ): Promise<HttpReply>;
}

const ABOUT = { name: "mcp-ssh-session-tests", version: "0.1.0" };
const CALL_MS = 60_000;

/** The caller of a connection, and its client. */
export interface HttpClientOptions {
  /** Sent as bearer token where there is one. */
  readonly token?: string | undefined;
  readonly generation: Generation;
  /** The person's answer to each form; only the newer revision shows forms. */
  readonly answerForm?: ((message: string) => Readonly<Record<string, string>>) | undefined;
}

/** Connects to an endpoint. */
export async function connectHttp(
  url: string,
  { token, generation, answerForm }: HttpClientOptions,
): Promise<HttpClient> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { requestInit: { headers } };
  const client = generation === "2025" ? new OldClient(ABOUT) : newClient(answerForm);
  if (client instanceof OldClient) {
    await client.connect(new OldHttp(new URL(url), options) as Transport);
  } else await client.connect(new NewHttp(new URL(url), options));
  return {
    tools: async () => (await client.listTools()).tools,
    resource: async (uri) => {
      const { contents } = await client.readResource({ uri });
      return contents.map((one) => "text" in one ? one.text : "").join("\n");
    },
    call: async (name, args, { signal, onprogress } = {}) => {
      const request = {
        timeout: CALL_MS,
        ...(signal ? { signal } : {}),
        ...(onprogress
          ? { onprogress: ({ message }: { message?: string | undefined }) => onprogress(message) }
          : {}),
      };
      const params = { name, arguments: { ...args } };
      const result = client instanceof OldClient
        ? await client.callTool(params, undefined, request)
        : await client.callTool(params, request);
      return toReply(result as CallToolResult);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function newClient(answerForm: HttpClientOptions["answerForm"]): NewClient {
  const capabilities = answerForm === undefined ? {} : { elicitation: { form: {} } };
  const client = new NewClient(ABOUT, { capabilities, versionNegotiation: { mode: "auto" } });
  if (answerForm !== undefined) {
    client.setRequestHandler("elicitation/create", ({ params }) => ({
      action: "accept",
      content: answerForm(params.message),
    }));
  }
  return client;
}

function toReply(result: CallToolResult): HttpReply {
  const texts = result.content.flatMap((block) => block.type === "text" ? [block.text] : []);
  return {
    text: texts.join("\n"),
    isError: result.isError === true,
    meta: result._meta?.["mcp-ssh-session/command"] as HttpReply["meta"],
  };
}
