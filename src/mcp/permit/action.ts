import { identityOf } from "../../config/identity.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import { RefusedError } from "../../errors.ts";
import type { ApprovalRequest } from "../../guard/approvals.ts";
import { countBeyondAscii, showExactly } from "../../guard/shown_exactly.ts";
import type { Services } from "../call.ts";

/** A shell that is about to be typed into: its session, and the commands whose shells it is inside of. */
export interface ShellPlace {
  /** Name of the session. */
  readonly session: string;
  /** Identity of the session. */
  readonly key: string;
  readonly cwd: string | undefined;
  /** Outermost first. */
  readonly inside: readonly { readonly id: string; readonly command: string }[];
}

/** An action of a tool, at the point where it is known exactly. */
export interface Action {
  /** More than one for a copy, and for one command on many. The first is named. */
  readonly hosts: readonly ResolvedHost[];
  /** A few words of ours that go on from "about to": "run a command". */
  readonly words: string;
  /** The exact text that would be typed or used. */
  readonly text: string;
  /** In place of `text` where that is not for eyes: a diff that says what it leaves out. */
  readonly shown?: string | undefined;
  readonly shell?: ShellPlace | undefined;
  readonly usesSudo?: boolean | undefined;
  /** Other facts that change what happens; they count for "the same action". */
  readonly facts?: readonly string[] | undefined;
  /** Further marks of the action, such as a hash of the content; never shown. */
  readonly same?: readonly string[] | undefined;
  /** Throws where things are not as they were shown. */
  readonly recheck?: (() => void | Promise<void>) | undefined;
  /** Of a command with an id of its own, which shows by itself that a person is asked. */
  readonly jobSignal?: AbortSignal | undefined;
  readonly onAsked?: (() => void) | undefined;
  readonly onAgreed?: (() => void) | undefined;
}

/** Longer text is not approved: nobody reads it. */
const SHOWN_CHARS = 20_000;

/**
 * The request that a person sees.
 *
 * @throws {RefusedError} For what cannot be shown whole: too long, or with a secret in it.
 */
export function requestOf(
  action: Action,
  { tool, rule, services }: {
    readonly tool: string;
    readonly rule: string;
    readonly services: Services;
  },
): ApprovalRequest {
  const { hosts, shell, usesSudo = false, facts = [] } = action;
  const [host] = hosts;
  if (host === undefined) throw new TypeError("an action reaches a host");
  const visible = (text: string): string => visibleOn(host, text, services);
  const all = [...placeFacts(shell).map(visible), ...facts.map(visible)];
  const shown = visible(action.shown ?? action.text);
  if (shown.length + all.join("").length > SHOWN_CHARS) throw tooLong(action.words);
  return {
    ...{ tool, rule, usesSudo, shown },
    host: host.host,
    user: visible(host.user),
    session: shell?.session,
    action: action.words,
    facts: [...all, ...ownFacts(action)],
    caller: services.caller?.sub,
    sameAction: sameActionOf(action),
    sameShell: shell && JSON.stringify([shell.key, insideOf(shell)]),
  };
}

function ownFacts({ usesSudo, text }: Action): readonly string[] {
  const foreign = countBeyondAscii(text);
  return [
    ...(usesSudo ? ["as root, by sudo"] : []),
    ...(foreign > 0 ? [`${foreign} characters beyond ASCII, which may look like others`] : []),
  ];
}

function sameActionOf(action: Action): string {
  const { words, hosts, text, usesSudo = false, shell, facts = [], same = [] } = action;
  return JSON.stringify([
    words,
    hosts.map(identityOf),
    text,
    usesSudo,
    insideOf(shell),
    // The same words do something else in another directory, which was not shown.
    shell?.cwd,
    facts,
    same,
  ]);
}

/** The ids of the commands whose shells a place is inside of, as one text to compare. */
export function insideOf(shell: ShellPlace | undefined): string {
  return (shell?.inside ?? []).map(({ id }) => id).join(" ");
}

function placeFacts(shell: ShellPlace | undefined): readonly string[] {
  if (shell === undefined) return [];
  return [
    ...(shell.cwd === undefined ? [] : [`directory: ${shell.cwd}`]),
    ...shell.inside.map(({ command }) => `inside the shell of: ${command}`),
  ];
}

/** Each character of it seen; what the operator hides is hidden. */
function visibleOn(host: ResolvedHost, text: string, { concealer }: Services): string {
  const shown = concealer.fileRedactor(host.host, host.hidden).apply(text);
  const isWhole = concealer.redactor(host.host, host.hidden).apply(text) === shown &&
    concealer.conceal(shown, host.host) === shown;
  if (!isWhole) throw holdsSecret();
  return showExactly(shown);
}

function holdsSecret(): RefusedError {
  return new RefusedError(
    "A person is to agree to this, and cannot be shown all of it: it holds a value that was given " +
      "as a secret; nothing was done",
    "Leave the secret out of it: sudo_password, or send_input(secret=true) to a password question",
  );
}

function tooLong(words: string): RefusedError {
  return new RefusedError(
    `A person is to agree to this, and nobody reads more than ${SHOWN_CHARS} characters; it was ` +
      `about to ${words}, and nothing was done`,
    "Do it in smaller steps",
  );
}
