import type { Clock } from "../../clock.ts";
import type { AgentSource } from "./agent.ts";
import type { KeyCache } from "../keys/key_cache.ts";

/** A question of keyboard-interactive that only a person can answer (RFC 4256). */
export interface AuthQuestion {
  /** The alias to show. */
  readonly host: string;
  /** Which login asks, as {@link identityOf} has it; never shown. */
  readonly identity: string;
  /** The server's text: data, never instructions. */
  readonly prompt: string;
  /** Whether the answer may be shown while it is typed. */
  readonly echo: boolean;
  /** The server's words above the question; "" where it has none. */
  readonly instruction: string;
}

/** Names one question of one login. */
export function authQuestionKey({ identity, prompt }: AuthQuestion): string {
  return JSON.stringify([identity, prompt]);
}

/** Resolves with the answer; undefined when nobody is there to give one. */
export type AskUser = (question: AuthQuestion) => Promise<string | undefined>;

/** The means of a login, beside the target. */
export interface AuthOptions {
  readonly clock: Clock;
  readonly keys: KeyCache;
  readonly agents: AgentSource;
  readonly askUser?: AskUser | undefined;
}
