import type { Clock } from "../clock.ts";
import type { Redactor } from "../jobs/redactor.ts";
import { type DrawnPiece, Emulator } from "../terminal/emulator.ts";
import { followState, picture, type PictureState } from "../terminal/picture.ts";
import type { TerminalSize } from "../terminal/screen.ts";
import { Recording } from "./recording.ts";
import { RedactedTerminal } from "./redacted_terminal.ts";

type Terminal = Awaited<ReturnType<Emulator["drawn"]>>;

/** Whoever looks at a terminal. */
export interface TerminalViewer {
  /** Too much of what it was given has not been drawn: it waits for a picture. */
  readonly isBehind: boolean;
  show(output: string): void;
  /** Begins anew. */
  begin(size: TerminalSize, output: string): void;
}

/** One shell's terminal as persons see it: live, recorded, and without what must not show. */
export class LiveTerminal implements Disposable {
  readonly recording: Recording;
  readonly #clock: Clock;
  readonly #output: RedactedTerminal;
  readonly #emulator: Emulator;
  readonly #viewers = new Set<TerminalViewer>();
  readonly #joining = new Set<TerminalViewer>();
  #state: PictureState = { margins: "", cursor: "shown" };

  constructor(
    size: TerminalSize,
    options: {
      readonly clock: Clock;
      readonly redactor: Redactor;
      readonly recordingUnits: number;
    },
  ) {
    this.#clock = options.clock;
    this.#output = new RedactedTerminal(options.redactor);
    this.recording = new Recording(size, options.recordingUnits);
    this.#emulator = new Emulator("", {
      ...size,
      title: "",
      pace: options.clock,
      // The session's own terminal answers what programs ask.
      onReply: undefined,
      onPrimaryReply: undefined,
      onOpened: (terminal) => this.#state = followState(terminal),
      onDrawn: (piece, terminal) => this.#onDrawn(piece, terminal),
    });
  }

  /** Takes what the shell's terminal shows. */
  write(output: string): void {
    const shown = this.#output.feed(output);
    if (shown !== "") this.#emulator.write(shown);
  }

  /** Shows the screen and what comes, until {@link leave}. */
  async join(viewer: TerminalViewer): Promise<void> {
    this.#joining.add(viewer);
    const terminal = await this.#emulator.drawn();
    if (!this.#joining.delete(viewer)) return;
    this.#viewers.add(viewer);
    viewer.begin(this.recording.size, picture(terminal, this.#state));
  }

  leave(viewer: TerminalViewer): void {
    this.#joining.delete(viewer);
    this.#viewers.delete(viewer);
  }

  /** Shows a viewer that was behind the screen as it is. */
  async catchUp(viewer: TerminalViewer): Promise<void> {
    const terminal = await this.#emulator.drawn();
    if (!this.#viewers.has(viewer)) return;
    viewer.begin(this.recording.size, picture(terminal, this.#state));
  }

  /** The screen's rows, without trailing blanks. */
  async rows(): Promise<readonly string[]> {
    const terminal = await this.#emulator.drawn();
    const { active } = terminal.buffer;
    return Array.from(
      { length: terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString().trimEnd() ?? "",
    );
  }

  marker(text: string): void {
    this.recording.marker(text, this.#clock.now());
  }

  [Symbol.dispose](): void {
    this.#viewers.clear();
    this.#emulator[Symbol.dispose]();
  }

  // Called when exactly this piece was drawn last, so a picture is of this moment.
  #onDrawn({ text, isAfterGap }: DrawnPiece, terminal: Terminal): void {
    if (text === "") return;
    const now = this.#clock.now();
    const draw = once(() => picture(terminal, this.#state));
    if (isAfterGap) this.recording.cut(now, draw);
    else this.recording.output(text, now, draw);
    for (const viewer of this.#viewers) {
      if (viewer.isBehind) continue;
      if (isAfterGap) viewer.begin(this.recording.size, draw());
      else viewer.show(text);
    }
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
