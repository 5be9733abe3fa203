const SAID_CHARS = 4_096;

/** Text that came outside of the protocol; a listener takes it once the loop runs. */
export class Said {
  text = "";
  listener: ((text: string) => void) | undefined;

  write(text: string): void {
    if (this.listener !== undefined) this.listener(text);
    else if (this.text.length < SAID_CHARS) this.text += text.slice(0, SAID_CHARS);
  }
}
