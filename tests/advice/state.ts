import type { ServerUnderTest, ToolReply } from "../support/mcp_client.ts";
import type { Sshd, SshdOptions } from "../support/sshd.ts";
import { followAdvice, type Following } from "./follow_advice.ts";

/** A host and the server that knows it. */
export interface Scene {
  readonly server: ServerUnderTest;
  readonly sshd: Sshd;
}

/** One advice in the state in which it is given. */
export interface State extends Following {
  readonly title: string;
  /** Texts of the sources that the reply holds: `path below src: words of it`. */
  readonly advises: readonly string[];
  readonly reach: (server: ServerUnderTest, sshd: Sshd) => Promise<ToolReply>;
}

/** States of hosts that differ from all the others. */
export interface StateGroup {
  readonly title: string;
  readonly sshd?: SshdOptions;
  /** A process that the host needs beside it, with more options for the host. */
  readonly prepare?: () => Promise<AsyncDisposable & { readonly sshd: SshdOptions }>;
  /** The program under test is given more in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It does not wait as long as it would: `support/hurried_timers.ts`. */
  readonly isHurried?: boolean;
  readonly states: readonly State[];
}

/** Reaches a state, looks for its advice, and makes the advised calls as they are written. */
export async function drive(state: State, { server, sshd }: Scene): Promise<void> {
  await using _closed = { [Symbol.asyncDispose]: () => closeAll(server) };
  await followAdvice(server, await state.reach(server, sshd), state.advises, state);
}

async function closeAll(server: ServerUnderTest): Promise<void> {
  await server.call("close_all_sessions");
}
