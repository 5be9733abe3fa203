/** How a family's command line behaves, to the byte. */
export interface DoubleFamily {
  /** Id of the profile that drives it. */
  readonly id: string;
  /** Identification string of its SSH server. */
  readonly ident: string;
  readonly newline: "\r\n" | "\r\r\n";
  /** What Enter is shown as, where that is not a newline. */
  readonly enterEcho?: string;
  /** Printed at login, before the first prompt. */
  readonly greeting: string;
  /** A question before the first prompt, and the keys that answer it. */
  readonly doorstep?: { readonly text: string; readonly keys: readonly string[] };
  /** Sent at login to learn the terminal; nothing goes on before it is answered. */
  readonly query?: { readonly ask: string; readonly answer: RegExp };
  /** The prompt's own line, and the rows above it. */
  readonly prompt: (state: DoubleState) => { readonly line: string; readonly header: string };
  readonly firstLevel: DoubleLevel;
  readonly pager: DoublePager;
  /** Turns the pager off. */
  readonly pagingOff: RegExp;
  /** Answers by line; the first that fits. */
  readonly answers: readonly DoubleAnswer[];
  readonly unknown: (line: string) => string;
  /** Keys that end a silent command; Ctrl-C and Ctrl-^ where absent. */
  readonly stopKeys?: string;
  /** A poorer line editor. */
  readonly keys?: "no rub-out" | "no echo";
  /** How a typed key is shown. */
  readonly echo: "plain" | "redraw" | "addressed" | "padded";
  /** Keys typed while it is busy are echoed at once, and again when the prompt is back. */
  readonly typeAhead?: "echoed";
  /** The prompt is drawn once more before the output, then wiped. */
  readonly earlyPrompt?: "drawn";
  /** An empty line ends the session, as at a menu that takes it for "leave". */
  readonly emptyLine?: "close";
  /** "?" prints help at once and draws the line again. */
  readonly help?: "at-once";
}

/** Where a double's user stands. */
export type DoubleLevel = "exec" | "privileged" | "config";

/** What a double remembers. */
export interface DoubleState {
  readonly host: string;
  readonly level: DoubleLevel;
  /** Such as "config-if"; "" where the level says it all. */
  readonly mode: string;
}

/** A pager's words and what takes them away again. */
export interface DoublePager {
  readonly text: string;
  readonly wipe: string;
  readonly quitKey: string;
}

/** What a line does. */
export interface DoubleAnswer {
  readonly match: RegExp;
  readonly body?: (found: RegExpExecArray, state: DoubleState) => string;
  readonly become?: (found: RegExpExecArray, state: DoubleState) => Partial<DoubleState>;
  /** A question on the cursor's line; its answer decides. */
  readonly ask?: { readonly text: string; readonly then: (answer: string) => "done" | "close" };
  /** Asks a secret; three wrong ones end it. */
  readonly secret?: {
    readonly text: string;
    readonly value: string;
    readonly failed: string;
    /** Printed where the prompt stays the same when it is right. */
    readonly passed?: string;
    /** A question for the user name before it. */
    readonly user?: string;
  };
  readonly end?: "close" | "silent";
  /** Reads lines without a prompt until one holds the line's last character. */
  readonly reads?: "text";
}
