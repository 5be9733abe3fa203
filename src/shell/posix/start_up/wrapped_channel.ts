import type { Channel, ChannelExit } from "../../../transport/transport.ts";

/** A channel that passes everything on to another one; who extends it says what it does instead. */
export abstract class WrappedChannel implements Channel {
  abstract readonly output: AsyncIterable<Uint8Array>;
  /** Where everything goes. */
  protected inner: Channel;

  constructor(inner: Channel) {
    this.inner = inner;
  }

  get errorOutput(): AsyncIterable<Uint8Array> {
    return this.inner.errorOutput;
  }

  get exit(): Promise<ChannelExit> {
    return this.inner.exit;
  }

  write(data: Uint8Array): Promise<void> {
    return this.inner.write(data);
  }

  end(): void {
    this.inner.end();
  }

  signal(name: string): void {
    this.inner.signal(name);
  }

  resize(columns: number, rows: number): void {
    this.inner.resize(columns, rows);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }
}
