import assert from "node:assert/strict";
import type { PasswordAsker } from "../../../../src/shell/posix/readers/password_askers.ts";
import { PasswordAnswerer } from "../../../../src/shell/posix/sudo/password_answerer.ts";
import type { PasswordLook } from "../../../../src/shell/posix/sudo/sudo_dialogue.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const SUDO: PasswordAsker = { pid: 5, start: "10", program: "sudo" };
const LATER: PasswordAsker = { pid: 5, start: "11", program: "sudo" };
const SU: PasswordAsker = { pid: 6, start: "10", program: "su" };
const UNPROVEN: PasswordLook = { kind: "unproven" };

function seen(...askers: PasswordAsker[]): PasswordLook {
  return { kind: "askers", askers };
}

/** What an answerer does when the host says this, look by look. */
async function answered(
  how: "prompt" | "line",
  ...looks: readonly PasswordLook[]
): Promise<readonly string[]> {
  const done: string[] = [];
  const left = [...looks];
  const clock = new FakeClock();
  const answerer = new PasswordAnswerer({
    clock,
    password: "secret",
    look: () => Promise.resolve(left.shift() ?? UNPROVEN),
    onOutput: (text) => done.push(text),
    type: (data) => done.push(`typed ${data.trim()}`),
    askCaller: () => done.push("asked"),
    onRefused: () => done.push("refused"),
  });
  const asking = answerer[how]();
  answerer.text("later");
  await asking;
  clock.advance(400);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return done;
}

Deno.test("PasswordAnswerer types once the same process was seen a second time", async () => {
  assert.deepEqual(await answered("prompt", seen(SUDO), seen(SUDO)), ["typed secret", "later"]);
  assert.deepEqual(await answered("line", seen(SU), seen(SU)), ["typed secret", "later"]);
});

Deno.test("PasswordAnswerer types nothing when another process reads by then", async () => {
  for (const second of [seen(LATER), seen(SUDO, SU), seen(), UNPROVEN]) {
    assert.deepEqual(await answered("prompt", seen(SUDO), second), ["asked", "later"]);
  }
});

Deno.test("PasswordAnswerer leaves what cannot be proved to the caller", async () => {
  assert.deepEqual(await answered("prompt", UNPROVEN, UNPROVEN), ["asked", "later"]);
  assert.deepEqual(await answered("line", UNPROVEN), ["asked", "later"]);
  assert.deepEqual(await answered("line", seen(SUDO)), ["asked", "later"]);
});
