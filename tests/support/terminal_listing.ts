import type {
  TerminalListing,
  TerminalProcess,
} from "../../src/shell/posix/readers/terminal_readers.ts";

/** One process of a foreground group: an ordinary user's, childless, its input the terminal. */
export function reader(name: string, other: Partial<TerminalProcess> = {}): TerminalProcess {
  return {
    pid: 5000,
    parent: 4711,
    start: "200",
    realUid: 1000,
    effectiveUid: 1000,
    wait: "reads",
    inputIsTerminal: true,
    readsOwnDescriptor: false,
    readsInThread: false,
    hasChild: false,
    isInstalled: true,
    holdsFile: false,
    name,
    command: name,
    arguments: [],
    ...other,
  };
}

/** A terminal of the login shell 4711, cooked and without echo, with one process in the foreground. */
export function listing(
  name: string,
  process: Partial<TerminalProcess> = {},
  other: Partial<TerminalListing> = {},
): TerminalListing {
  return {
    shell: 4711,
    shellStart: "100",
    shellUid: 1000,
    shellHasTerminal: true,
    mode: "cooked",
    echoes: false,
    hidesInput: false,
    keys: "",
    processes: [reader(name, process)],
    ...other,
  };
}
