import type { AuthenticationError } from "../../errors.ts";
import {
  type AskUser,
  type AuthQuestion,
  authQuestionKey,
} from "../../transport/auth/auth_options.ts";

const OPEN_KEPT = 100;
const ONE_TIME = /one[- ]?time|\botp\b|\bcode\b|passcode|verification|authenticator|2fa|mfa/i;

/**
 * One-time codes that a login wants of a person.
 *
 * As with host keys: the login fails, the client's person is asked, and the call is made again with
 * the code, which is used once. Only codes are asked for: MCP forbids to ask for passwords, keys
 * and tokens in a form.
 */
export class LoginCodes {
  readonly #open = new Map<string, AuthQuestion>();
  readonly #codes = new Map<string, string>();

  /** The transport's question; answered with the code that a person gave for it. */
  readonly ask: AskUser = (question) => Promise.resolve(this.#take(question));

  /** The question to a person; undefined when the login failed for another reason. */
  questionOf(error: AuthenticationError): AuthQuestion | undefined {
    return error.question === undefined ? undefined : this.#open.get(error.question);
  }

  /** A person's answer to a question that was really asked; others change nothing. */
  answer(key: string, code: string): void {
    if (this.#open.delete(key)) this.#codes.set(key, code);
  }

  #take(question: AuthQuestion): string | undefined {
    const key = authQuestionKey(question);
    const code = this.#codes.get(key);
    this.#codes.delete(key);
    if (code !== undefined) return code;
    if (!question.echo && !ONE_TIME.test(`${question.prompt} ${question.instruction}`)) {
      return undefined;
    }
    this.#open.delete(key);
    this.#open.set(key, question);
    if (this.#open.size > OPEN_KEPT) this.#open.delete(this.#open.keys().next().value!);
    return undefined;
  }
}
