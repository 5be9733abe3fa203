import { identityOf } from "../../config/identity.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { AuthenticationError } from "../../errors.ts";
import { type AskUser, type AuthQuestion, authQuestionKey } from "./auth_options.ts";
import { quoteRemote } from "../remote_text.ts";
import type { AuthPrompt, AuthQuestions, AuthReply, UserAuth } from "./userauth.ts";

/** Whose questions are answered. */
export interface Account {
  readonly resolved: ResolvedHost;
  /** Undefined where none is to be sent. */
  readonly password: string | undefined;
  /** Why a password that was given is not sent. */
  readonly withheld: string | undefined;
}

/** The result of a dialogue. */
export interface Dialogue {
  readonly reply: AuthReply;
  /** Whether the account's password was among the answers. */
  readonly usedPassword: boolean;
}

// A server that asks for ever must not keep a caller for ever.
const maxRounds = 20;

/**
 * Holds keyboard-interactive's dialogue (RFC 4256): the account's password answers the question
 * for it, "yes" that of PAN-OS for its login banner, a person all others.
 *
 * @throws {AuthenticationError} Naming the question that nobody can answer.
 */
export async function answerQuestions(
  auth: UserAuth,
  account: Account,
  ask: AskUser | undefined,
): Promise<Dialogue> {
  let usedPassword = false;
  let reply = await auth.request("keyboard-interactive", auth.body("keyboard-interactive", "", ""));
  for (let round = 0; reply.kind === "questions"; round++) {
    if (round >= maxRounds) throw endlessError(account.resolved);
    const { questions } = reply;
    const answers: string[] = [];
    for (const prompt of questions.prompts) {
      const isPassword = wantsPassword(prompt, questions);
      if (isPassword && account.password !== undefined && !usedPassword) {
        usedPassword = true;
        answers.push(account.password);
      } else if (acknowledgement.test(prompt.prompt)) {
        answers.push("yes");
      } else {
        answers.push(await auth.whileAsking(() => askOne(account, { prompt, questions, ask })));
      }
    }
    reply = await auth.respond(answers);
  }
  return { reply, usedPassword };
}

interface OneQuestion {
  readonly prompt: AuthPrompt;
  readonly questions: AuthQuestions;
  readonly ask: AskUser | undefined;
}

async function askOne(account: Account, question: OneQuestion): Promise<string> {
  const { resolved, withheld } = account;
  const { prompt, questions, ask } = question;
  const password = wantsPassword(prompt, questions);
  const asked: AuthQuestion = {
    host: resolved.host,
    identity: identityOf(resolved),
    prompt: prompt.prompt,
    echo: prompt.echo,
    instruction: questions.instruction,
  };
  const answer = password ? undefined : await ask?.(asked);
  if (answer !== undefined) return answer;
  throw new AuthenticationError(
    `"${resolved.host}" asks ${quoteRemote(prompt.prompt)} for the login, and ${
      password ? withheld ?? "nobody answered" : "nobody answered"
    }`,
    password
      ? adviceForPassword(prompt, resolved)
      : "Connect with a client that can be asked, or log in with a key that needs no code",
    { question: password ? undefined : authQuestionKey(asked) },
  );
}

function adviceForPassword({ prompt }: AuthPrompt, resolved: ResolvedHost): string {
  if (changesPassword.test(prompt)) {
    return `The password has expired; log in once with "ssh ${resolved.host}" and change it`;
  }
  return resolved.password === undefined
    ? "Pass password"
    : "The password was given once already and is not given again; check it";
}

/** A question for the account's password, and not for a code or a new password. */
function wantsPassword(prompt: AuthPrompt, { instruction }: AuthQuestions): boolean {
  if (prompt.echo || oneTime.test(prompt.prompt)) return false;
  if (passwordWord.test(prompt.prompt)) return true;
  return prompt.prompt.trim() === "" && passwordWord.test(instruction) &&
    !oneTime.test(instruction);
}

const passwordWord =
  /pass\s?(?:word|phrase)|passwor[td]|kennwort|mot de passe|contrase[ñn]a|senha|parol|has[łl]o|l[öo]senord|wachtwoord|adgangskode|salasana|heslo|jelsz|şifre|пароль|密码|密碼|パスワード|비밀번호/i;
const oneTime =
  /one[- ]?time|\botp\b|\btoken\b|\bcode\b|verification|authenticator|\bpin\b|2fa|mfa/i;
/**
 * PAN-OS asks this behind its login banner where "force acknowledgement" is set, also of programs:
 * without the word there is no login at all (netmiko: paloalto/paloalto_panos.py).
 */
const acknowledgement =
  /^\s*Do you accept and acknowledge the statement above ?\?.{0,3}\(yes\/no\)/i;
const changesPassword = /\bnew\b|retype|again|change/i;

function endlessError(resolved: ResolvedHost): AuthenticationError {
  return new AuthenticationError(
    `"${resolved.host}" asks on and on for the login (${maxRounds} rounds)`,
    `Log in once with "ssh ${resolved.host}" to see what it wants`,
  );
}
