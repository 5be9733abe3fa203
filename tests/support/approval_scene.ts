import assert from "node:assert/strict";
import { ElicitRequestSchema, type ElicitResult } from "./packages/mcp_sdk.ts";
import { type ServerUnderTest, startServer, type ToolReply } from "./mcp_client.ts";
import { type Sshd, startSshd } from "./sshd.ts";

/** A word that holds once. */
export const ONCE = "Yes, this time";
/** A word that holds for the same action. */
export const SAME = "Yes, and this very same action again for the minutes below";
/** A word that holds for a shell. */
export const SHELL = "Yes, and everything typed in this shell for the minutes below";

/** A person at the form. */
export type Answer = (message: string) => ElicitResult | Promise<ElicitResult>;

/** A server with rules, and a person who answers its forms. */
export interface Scene extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
  /** The messages of the forms so far. */
  readonly asked: string[];
  answer: Answer;
  rules(rules: readonly object[] | string): Promise<void>;
}

/** A server whose person is asked about everything unless a test says otherwise. */
export async function scene(rules: readonly object[] = [{ mode: "ask" }]): Promise<Scene> {
  const sshd = await startSshd();
  const path = `${sshd.home}/policy.json`;
  const write = async (given: readonly object[] | string): Promise<void> =>
    await Deno.writeTextFile(
      path,
      typeof given === "string" ? given : JSON.stringify({ rules: given }),
    );
  await write(rules);
  const server = await startServer({
    env: sshd.environment({ MCP_SSH_POLICY: path }),
    capabilities: { elicitation: { form: {} } },
  });
  const made: Scene = {
    sshd,
    server,
    asked: [],
    answer: accept(ONCE),
    rules: write,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
  server.client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    made.asked.push(params.message);
    return await made.answer(params.message);
  });
  return made;
}

/** A person who always decides the same. */
export function accept(decision: string, minutes = 10): Answer {
  return () => ({ action: "accept", content: { decision, minutes } });
}

/** The lines of the text that a form showed. */
export function shownIn(message: string | undefined): string {
  return (message ?? "").split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2)).join("\n");
}

/** Fails unless the reply says that nothing happened. */
export function isRefused(reply: ToolReply): void {
  assert.ok(reply.isError, reply.text);
  assert.match(reply.text, /nothing was (?:done|run|typed|written)/);
}
