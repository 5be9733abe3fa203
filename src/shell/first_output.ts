import { concatenated } from "../bytes.ts";
import { type Clock, within } from "../clock.ts";
import type { Channel } from "../transport/transport.ts";
import { looksLikeDevice } from "./device/detect.ts";
import type { ProfileTable } from "./device/profiles/profile_table.ts";
import { LoginText } from "./posix/start_up/start_up_text.ts";
import { WrappedChannel } from "./posix/start_up/wrapped_channel.ts";

/** What a far end printed before anything was typed, and the channel to go on with. */
export interface FirstOutput {
  /** The unfinished line, which may be a prompt. */
  readonly line: string;
  /** All of it as plain text, at most 4,096 characters. */
  readonly said: string;
  /** All of it as it came. */
  readonly bytes: Uint8Array;
  /** The line reads like something to answer, not like a prompt. */
  readonly isQuestion: boolean;
  /** A line editor of a Unix shell took the terminal: its prompt may be drawn later. */
  readonly lineEditor: "seen" | "unseen";
  /** The channel has ended already: a ForceCommand that prints and ends. */
  readonly isOver: boolean;
  /** The channel from here on; `output` goes on behind `bytes`. */
  readonly rest: Channel;
}

/** A device's prompt, or what it asks at login, is tried again with Enter: a short look is enough. */
const DEVICE_MS = 40;

/** Reads until a prompt or a question stands, the channel ends, or it stays quiet. Types nothing. */
export async function readFirstOutput(
  channel: Channel,
  { clock, profiles }: { readonly clock: Clock; readonly profiles: ProfileTable },
): Promise<FirstOutput> {
  const source = channel.output[Symbol.asyncIterator]();
  const login = new LoginText();
  const decoder = new TextDecoder();
  const chunks: Uint8Array[] = [];
  let pending = source.next();
  let isOver = false;
  for (;;) {
    const isDevice = looksLikeDevice(login.line, profiles);
    const quietMs = login.hasLine ? login.patienceMs : Math.max(DEVICE_MS, login.patienceMs);
    const patienceMs = isDevice ? Math.min(DEVICE_MS, quietMs) : quietMs;
    const result = await within(clock, patienceMs, pending);
    if (result === undefined) break;
    if (result.done) {
      pending = Promise.resolve(result);
      isOver = true;
      break;
    }
    chunks.push(result.value);
    login.write(decoder.decode(result.value, { stream: true }));
    pending = source.next();
  }
  return {
    line: login.line,
    said: login.said,
    bytes: concatenated(chunks),
    isQuestion: login.question !== undefined,
    lineEditor: login.lineEditor,
    isOver,
    rest: new ContinuedChannel(channel, { pending, source }),
  };
}

/** The same channel with output in front that was read from it already. */
export function withOutputAgain(channel: Channel, bytes: Uint8Array): Channel {
  const source = channel.output[Symbol.asyncIterator]();
  return new ContinuedChannel(channel, {
    pending: Promise.resolve({ done: false, value: bytes }),
    source,
  });
}

interface Continuation {
  readonly pending: Promise<IteratorResult<Uint8Array>>;
  readonly source: AsyncIterator<Uint8Array>;
}

class ContinuedChannel extends WrappedChannel {
  override readonly output: AsyncIterable<Uint8Array>;

  constructor(channel: Channel, continuation: Continuation) {
    super(channel);
    this.output = continued(continuation);
  }
}

async function* continued({ pending, source }: Continuation): AsyncGenerator<Uint8Array> {
  for (let result = await pending; !result.done; result = await source.next()) yield result.value;
}
