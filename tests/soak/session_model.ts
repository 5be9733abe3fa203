/** What one session's shell must know by now. */
export interface ShellState {
  /** Undefined while the shell is in its login directory. */
  cwd: string | undefined;
  variable: string;
  /** Status of the last command. */
  status: number;
}

/** A model of one session: what its shell knows, and whether a new one has to say so. */
export class SessionModel {
  readonly name: string;
  state: ShellState = fresh();
  /** A shell was lost: the next command's reply must say that this is another one. */
  noteDue = false;
  /** A shell is open. */
  isOpen = false;

  constructor(name: string) {
    this.name = name;
  }

  /** The connection or the shell went by itself. */
  lose(): void {
    this.noteDue = this.isOpen;
    this.isOpen = false;
    this.state = fresh();
  }

  /** The caller closed the session: nothing has to be said. */
  close(): void {
    this.noteDue = false;
    this.isOpen = false;
    this.state = fresh();
  }

  /** The output a reply must have, with the note of a new shell where that is due. */
  replyTo(body: string, reply: string): string {
    this.isOpen = true;
    if (!this.noteDue) return body;
    this.noteDue = false;
    const note =
      /\n?\[new shell: the one before is gone \(.*\), with its directory and variables\]$/
        .exec(reply)?.[0];
    if (note === undefined) return `${body}[new shell: …]`;
    const joined = body === "" || body.endsWith("\n") ? "" : "\n";
    return `${body}${joined}${note.trimStart()}`;
  }
}

function fresh(): ShellState {
  return { cwd: undefined, variable: "", status: 0 };
}
