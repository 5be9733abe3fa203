import assert from "node:assert/strict";
import { Levels } from "../../src/shell/levels.ts";
import { ShellFinder } from "../../src/shell/shell_finder.ts";
import { Typist } from "../../src/shell/typist.ts";
import type { Channel } from "../../src/transport/transport.ts";

const BASH = "5.2;;;;4711;himBs;-bash;A;/bin/bash";

/** What is typed; nothing is read. */
class Typed implements Channel {
  text = "";
  readonly output: AsyncIterable<Uint8Array> = ReadableStream.from([]);
  readonly errorOutput: AsyncIterable<Uint8Array> = ReadableStream.from([]);
  readonly exit = Promise.resolve({});

  write(data: Uint8Array): Promise<void> {
    this.text += new TextDecoder().decode(data);
    return Promise.resolve();
  }

  end(): void {}
  signal(): void {}
  resize(): void {}
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

Deno.test("ShellFinder replaces a shell that leaves its set-up unanswered, and gives up at last", () => {
  const levels = new Levels();
  const channel = new Typed();
  const finder = new ShellFinder(levels, new Typist(channel, () => {}), { onJudged: () => {} });
  const unanswered = (): unknown => {
    finder.probe(levels.top);
    finder.onAnswer(levels.top, "K", BASH);
    assert.equal(levels.top.phase.kind, "preparing");
    return finder.onQuietSetUp(levels.top);
  };
  const starts: string[] = [];
  for (let round = 0; round < 2; round++) {
    for (let time = 0; time < 3; time++) {
      assert.ok(!/ sh -c /.test(channel.text));
      assert.equal(unanswered(), undefined);
    }
    starts.push(channel.text.match(/(?:exec )?sh -c .*/)?.[0] ?? "");
    channel.text = "";
  }
  assert.match(starts[0]!, /^exec sh -c /);
  assert.match(starts[1]!, /^sh -c /);
  assert.deepEqual([unanswered(), unanswered()], [undefined, undefined]);
  assert.match(String(unanswered()), /no POSIX shell could be started/);
});
