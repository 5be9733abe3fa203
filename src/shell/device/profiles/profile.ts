/** What a prompt says of the CLI's state. */
export type PromptLevel = "exec" | "privileged" | "config";

/**
 * One shape of a whole prompt line.
 *
 * Group `host` holds the host name; `hostView` holds it with a view behind a hyphen; `mode` names
 * the mode where the prompt does.
 */
export interface PromptShape {
  readonly level: PromptLevel;
  readonly match: RegExp;
}

/** A pager's whole line and its keys. */
export interface Pager {
  readonly match: RegExp;
  /** Types the next page, or leaves a pager that stands at the end. */
  readonly next: string;
  readonly quit: string;
  /** Rows straight above it that only fill the screen, such as less's "~". */
  readonly filler?: RegExp;
  /** May stand behind output on the same row (FRR breaks pages inside long lines). */
  readonly place?: "line-end";
}

/** What a device asks before its first prompt, and the one harmless answer. */
export interface LoginAnswer {
  readonly match: RegExp;
  readonly send: string;
}

/** A line typed once per shell, for this shell only; its failure is not fatal. */
export interface SetupLine {
  readonly send: string;
  /** Typed when the prompt is at least at this level. */
  readonly level: "exec" | "privileged";
}

/** The dialogue that leads to privileged mode. */
export interface EnableDialogue {
  /** The line to type, where the caller names none. */
  readonly send: string;
  readonly password: RegExp;
  readonly username: RegExp;
  readonly noPassword: RegExp;
  readonly refused: RegExp;
}

/** How a family is found; the steps are taken in this order until one family is left. */
export interface Detection {
  /** Software part of the SSH identification string (RFC 4253 §4.2). */
  readonly ident?: RegExp;
  /** What the product itself prints at login; an operator's banner must not look like it. */
  readonly banner?: RegExp;
  /** A prompt that other families with the same shapes do not have. */
  readonly prompt?: RegExp;
  /** A harmless line whose answer names the product. */
  readonly probe: string;
  /** The product's name in the answer to the probe. */
  readonly answer?: RegExp;
}

/**
 * One family of network devices: data only.
 *
 * Patterns match whole lines of at most {@link PATTERN_LINE_LIMIT} characters.
 */
export interface DeviceProfile {
  /** Lower case, such as "ios". */
  readonly id: string;
  /** Other names that callers know it by. */
  readonly aliases: readonly string[];
  /** Product name. */
  readonly title: string;
  readonly detect: Detection;
  readonly prompts: readonly PromptShape[];
  /** Lines above the prompt that belong to it; group `mode` names the mode. */
  readonly headers: readonly RegExp[];
  readonly login: readonly LoginAnswer[];
  readonly setup: readonly SetupLine[];
  readonly enable?: EnableDialogue;
  readonly pagers: readonly Pager[];
  /** Questions beyond the common ones; they go back to the caller. */
  readonly confirms: readonly RegExp[];
  /** First line of the device's own error report. */
  readonly errors: readonly RegExp[];
  /** Lines after which text is typed without a prompt, such as "Enter TEXT message". */
  readonly textInput: readonly RegExp[];
  /** Ends a typed line. */
  readonly enter: string;
  /** Stops a running command; Ctrl-C where absent. */
  readonly interrupt?: string;
  /**
   * May show its prompt before the output: a prompt counts once it echoes a space ("fenced"), or,
   * where no output came yet, once it stands longer ("waited").
   */
  readonly earlyPrompt?: "fenced" | "waited";
  /** "?" acts as it is typed and leaves the rest of the line standing. */
  readonly help?: "at-once";
  /** Behind the user name at login, turns colours and paging off. */
  readonly userSuffix?: string;
}

/** Longer lines are neither prompts nor pagers nor questions. */
export const PATTERN_LINE_LIMIT = 512;
