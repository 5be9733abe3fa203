import assert from "node:assert/strict";
import type { ServerUnderTest } from "../support/mcp_client.ts";
import { advisedCalls } from "./advised_calls.ts";

/** One who is called, and replies with a text. */
interface Callee {
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly text: string }>;
}

/** How an advice is followed; one of `does` and `follow` at least. */
export interface Following<S extends Callee = ServerUnderTest> {
  /** Put in place of `…`. */
  readonly fill?: string | undefined;
  /** Patterns of the replies on the advised calls, in the order in which they are advised. */
  readonly does?: readonly RegExp[] | undefined;
  /** Follows an advice that is no call word by word. */
  readonly follow?: ((server: S, text: string) => Promise<void>) | undefined;
}

/**
 * Looks for advices in a reply, makes the advised calls as they are written there, and looks at
 * what they do. `inventory_test.ts` finds the calls of this function, and the literals in them.
 *
 * @param advices Each as `path below src: words of the text in that file`.
 */
export async function followAdvice<S extends Callee>(
  server: S,
  { text }: { readonly text: string },
  advices: readonly string[],
  { fill = "", does = [], follow }: Following<S>,
): Promise<void> {
  for (const advice of advices) {
    const words = advice.slice(advice.indexOf(": ") + 2);
    assert.ok(text.includes(words), `${words} is not in: ${text}`);
  }
  assert.ok(does.length > 0 || follow !== undefined, `what is advised is to be done: ${advices}`);
  const calls = advisedCalls(text, fill);
  assert.ok(calls.length >= does.length, `a call is advised: ${text}`);
  for (const [index, says] of does.entries()) {
    const { tool, args } = calls[index]!;
    const made = await server.call(tool, args);
    assert.match(made.text, says);
  }
  await follow?.(server, text);
}
