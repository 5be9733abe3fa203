import assert from "node:assert/strict";
import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import type { Sshd } from "../support/sshd.ts";
import { advisedCalls } from "./advised_calls.ts";

/** A host and the server that knows it. */
export interface Scene {
  readonly server: ServerUnderTest;
  readonly sshd: Sshd;
}

/** One advice in the state in which it is given. */
export interface State {
  readonly title: string;
  /** Texts of the sources that the reply holds: `path below src: words of it`. */
  readonly advises: readonly string[];
  readonly reach: (server: ServerUnderTest, sshd: Sshd) => Promise<ToolReply>;
  /** Put in place of `…`. */
  readonly fill?: string;
  /** Patterns of the replies on the advised calls, in the order in which they are advised. */
  readonly does?: readonly RegExp[];
  /** Follows an advice that is no call word by word. */
  readonly follow?: (server: ServerUnderTest, reply: ToolReply) => Promise<void>;
}

/** Reaches a state, looks for its advice, and makes the advised calls as they are written. */
export async function drive(
  { reach, advises, fill = "", does = [], follow }: State,
  { server, sshd }: Scene,
): Promise<void> {
  await using _closed = { [Symbol.asyncDispose]: () => closeAll(server) };
  const reply = await reach(server, sshd);
  for (const advice of advises) {
    const words = advice.slice(advice.indexOf(": ") + 2);
    assert.ok(reply.text.includes(words), `${words} is not in: ${reply.text}`);
  }
  const calls = advisedCalls(reply.text, fill);
  assert.ok(calls.length >= does.length, `a call is advised: ${reply.text}`);
  for (const [index, says] of does.entries()) {
    const { tool, args } = calls[index]!;
    const made = await server.call(tool, args);
    assert.match(made.text, says);
  }
  await follow?.(server, reply);
}

async function closeAll(server: ServerUnderTest): Promise<void> {
  await server.call("close_all_sessions");
}
