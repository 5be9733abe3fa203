import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { readFairly } from "../../../src/transport/ssh2/fair_reading.ts";
import type { Ssh2Client } from "../../../src/transport/ssh2/ssh2_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A parser that takes a millisecond for each piece, behind the reader that shares time. */
class Parsing {
  readonly clock = new FakeClock();
  readonly pieces: number[] = [];
  readonly errors: Error[] = [];
  fault: Error | undefined;
  isPaused = false;
  isDestroyed = false;
  readonly #protocol: { parse(chunk: Buffer, start: number, end: number): void };

  constructor() {
    const client = new EventEmitter();
    client.on("error", (error) => this.errors.push(error));
    this.#protocol = {
      parse: (_chunk, start, end) => {
        this.pieces.push(end - start);
        this.clock.advance(1);
        if (this.fault !== undefined) throw this.fault;
      },
    };
    const isDestroyed = (): boolean => this.isDestroyed;
    const stream = {
      get destroyed(): boolean {
        return isDestroyed();
      },
      pause: () => this.isPaused = true,
      resume: () => this.isPaused = false,
      isPaused: () => this.isPaused,
      destroy: () => this.isDestroyed = true,
    };
    const owner = Object.assign(client, { _protocol: this.#protocol });
    readFairly(owner as unknown as Ssh2Client, stream as unknown as Duplex, this.clock);
  }

  take(bytes: number): void {
    this.#protocol.parse(Buffer.alloc(bytes), 0, bytes);
  }
}

Deno.test("readFairly() parses what is short at once", () => {
  const parsing = new Parsing();
  parsing.take(5_000);
  assert.deepEqual(parsing.pieces, [4_096, 904]);
  assert.equal(parsing.clock.pending, 0);
});

Deno.test("readFairly() rests after 4 ms of work, and reads nothing more meanwhile", () => {
  const parsing = new Parsing();
  parsing.take(40_960);
  assert.deepEqual([parsing.pieces.length, parsing.isPaused], [4, Boolean(1)]);
  parsing.take(100);
  assert.equal(parsing.pieces.length, 4);
  for (let turn = 0; turn < 9 && parsing.clock.pending > 0; turn++) parsing.clock.advance(1);
  assert.deepEqual(parsing.pieces, [...Array(10).fill(4_096), 100]);
  assert.deepEqual([parsing.isPaused, parsing.clock.pending], [Boolean(0), 0]);
});

Deno.test("readFairly() ends a connection whose messages are refused, later ones included", () => {
  const parsing = new Parsing();
  parsing.take(40_960);
  parsing.fault = new Error("too much");
  parsing.clock.advance(1);
  assert.deepEqual(parsing.errors.map(({ message }) => message), ["too much"]);
  assert.ok(parsing.isDestroyed);
  const parsed = parsing.pieces.length;
  parsing.take(100);
  assert.equal(parsing.pieces.length, parsed);
});
