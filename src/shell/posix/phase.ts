/**
 * Where one interpreter stands between its first prompt and its end.
 *
 * starting → probing → preparing → settling ⇄ ready → running → settling …; a prompt that is not
 * ours, or a terminal left raw, leads to unprepared, from where set-up is typed again; what a command
 * left unread leads from ready through clearing back to ready.
 */
export type Phase =
  /** Nothing typed yet: login output, or a shell that has only just replaced another. */
  | { readonly kind: "starting" }
  /** The probe is typed; `heard` once some shell answered it. */
  | { readonly kind: "probing"; readonly heard: boolean }
  /** It is neither POSIX nor fish, or tells no ends: the line that replaces it is to be typed. */
  | { readonly kind: "foreign" }
  | { readonly kind: "preparing" }
  /** The shell told the end of a command, or of set-up; its prompt is to come. */
  | { readonly kind: "settling"; readonly after: "command" | "set-up" }
  | { readonly kind: "ready" }
  | { readonly kind: "unprepared"; readonly terminal: "cooked" | "raw" }
  /** A command is to be typed, and what was left over before it is being spoilt. */
  | { readonly kind: "clearing" }
  /** A command is typed, and the shell has reported its start. */
  | { readonly kind: "running"; readonly begun: true }
  /**
   * A command is typed. The host showed that the shell still reads: `unread`, another process may
   * have taken the line. A prompt of an earlier line came: `suspected`, the shell may have refused it.
   * `asked`, an empty line was typed, and one more such prompt proves it.
   */
  | {
    readonly kind: "running";
    readonly begun: false;
    readonly refusal: "none" | "unread" | "suspected" | "asked";
  }
  /**
   * Our prompt came before the command told its end: it was cut short, or it printed an old prompt
   * of ours, from a file that standard error had gone to; `asked` while the host is to tell which.
   */
  | { readonly kind: "doubtful"; readonly terminal: "cooked" | "raw"; readonly asked: boolean }
  | { readonly kind: "ended" };

/** An event in the life of an interpreter. */
export type PhaseEvent =
  /** Something that must be the prompt stands on the cursor's line, or it has been quiet long. */
  | { readonly kind: "prompted" }
  | { readonly kind: "heard" }
  | { readonly kind: "identified" }
  /** Quiet after it was heard, and no word of who it is. */
  | { readonly kind: "unidentified" }
  | { readonly kind: "replaced" }
  | { readonly kind: "prepared" }
  /** Marker P: our prompt. */
  | { readonly kind: "prompt"; readonly terminal: "cooked" | "raw" }
  /** Our prompt as it is written, with no status in it. */
  | { readonly kind: "prompt-unexpanded" }
  /** The prompt should have come by now; `silent` when it never does, as after `exec 2>file`. */
  | { readonly kind: "prompt-overdue"; readonly prompt: "expected" | "silent" }
  | { readonly kind: "set-up-typed" }
  | { readonly kind: "set-up-unanswered" }
  | { readonly kind: "leftover-spoilt" }
  | { readonly kind: "command-typed" }
  | { readonly kind: "begun" }
  /** Marker P of an earlier line, before the start of the command that was typed. */
  | { readonly kind: "earlier-prompt" }
  /** The host showed that the shell reads, which told no start of the command that was typed. */
  | { readonly kind: "seen-reading" }
  /** An empty line was typed. */
  | { readonly kind: "enter-typed" }
  /** Nothing came behind the prompt: the host is asked whether a command runs. */
  | { readonly kind: "host-asked" }
  /** The prompt stood: nothing came behind it. */
  | { readonly kind: "prompt-stood" }
  /** Text came. */
  | { readonly kind: "printed" }
  /** Marker D: the command ended. */
  | { readonly kind: "done"; readonly terminal: "cooked" | "raw" }
  | { readonly kind: "ended" };

/** The phase after an event; an event that means nothing in a phase leaves it as it is. */
export function next(phase: Phase, event: PhaseEvent): Phase {
  if (event.kind === "ended") return { kind: "ended" };
  switch (phase.kind) {
    case "starting":
      if (event.kind === "prompted") return { kind: "probing", heard: false };
      // The answer to a probe that was given up.
      return event.kind === "identified" ? { kind: "preparing" } : phase;
    case "probing":
      return nextProbing(phase, event);
    case "foreign":
      return event.kind === "replaced" ? { kind: "starting" } : phase;
    case "preparing":
      if (event.kind === "set-up-unanswered") return { kind: "starting" };
      return event.kind === "prepared" ? { kind: "settling", after: "set-up" } : phase;
    case "settling":
      return nextSettling(phase, event);
    case "ready":
      return nextReady(phase, event);
    case "unprepared":
      return event.kind === "set-up-typed" ? { kind: "preparing" } : phase;
    case "clearing":
      return event.kind === "prompt" ? afterPrompt(event.terminal) : phase;
    case "running":
      return nextRunning(phase, event);
    case "doubtful":
      return nextDoubtful(phase, event);
    case "ended":
      return phase;
  }
}

function nextProbing(phase: Phase, event: PhaseEvent): Phase {
  if (event.kind === "heard") return { kind: "probing", heard: true };
  if (event.kind === "identified") return { kind: "preparing" };
  if (event.kind === "unidentified") return { kind: "foreign" };
  // The line was read by something in the start-up files, and now the prompt is there.
  if (event.kind === "replaced") return { kind: "starting" };
  return phase;
}

function nextSettling(phase: Phase & { kind: "settling" }, event: PhaseEvent): Phase {
  if (event.kind === "prompt") return afterPrompt(event.terminal);
  if (event.kind === "prompt-unexpanded" && phase.after === "set-up") return { kind: "foreign" };
  if (event.kind !== "prompt-overdue") return phase;
  // Set-up was typed and its prompt does not show: there is none to wait for.
  return phase.after === "set-up" || event.prompt === "silent"
    ? { kind: "ready" }
    : { kind: "unprepared", terminal: "cooked" };
}

function nextReady(phase: Phase, event: PhaseEvent): Phase {
  if (event.kind === "command-typed") return { kind: "running", begun: false, refusal: "none" };
  if (event.kind === "leftover-spoilt") return { kind: "clearing" };
  if (event.kind === "prompt") return afterPrompt(event.terminal);
  return phase;
}

function nextRunning(phase: Phase & { kind: "running" }, event: PhaseEvent): Phase {
  if (event.kind === "begun") return { kind: "running", begun: true };
  if (!phase.begun && event.kind === "earlier-prompt") {
    return phase.refusal === "asked" ? { kind: "ready" } : { ...phase, refusal: "suspected" };
  }
  if (!phase.begun && event.kind === "seen-reading") {
    if (phase.refusal === "none") return { ...phase, refusal: "unread" };
    return phase.refusal === "asked" ? { kind: "ready" } : phase;
  }
  if (!phase.begun && event.kind === "enter-typed") return { ...phase, refusal: "asked" };
  if (event.kind === "prompt") {
    return phase.begun
      ? { kind: "doubtful", terminal: event.terminal, asked: false }
      : afterPrompt(event.terminal);
  }
  return event.kind === "done" ? afterDone(event.terminal) : phase;
}

function nextDoubtful(phase: Phase & { kind: "doubtful" }, event: PhaseEvent): Phase {
  if (event.kind === "prompt") return { ...phase, terminal: event.terminal, asked: false };
  if (event.kind === "host-asked") return { ...phase, asked: true };
  if (event.kind === "prompt-stood") return afterPrompt(phase.terminal);
  if (event.kind === "printed") return { kind: "running", begun: true };
  return event.kind === "done" ? afterDone(event.terminal) : phase;
}

function afterDone(terminal: "cooked" | "raw"): Phase {
  return terminal === "raw"
    ? { kind: "unprepared", terminal: "raw" }
    : { kind: "settling", after: "command" };
}

function afterPrompt(terminal: "cooked" | "raw"): Phase {
  return terminal === "cooked" ? { kind: "ready" } : { kind: "unprepared", terminal };
}
