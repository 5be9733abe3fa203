import assert from "node:assert/strict";
import { RefusedError } from "../../src/errors.ts";
import {
  ANSWER_WITHIN_MS,
  type Approval,
  type ApprovalRequest,
  Approvals,
} from "../../src/guard/approvals.ts";
import { FakeClock } from "../support/fake_clock.ts";

const REQUEST: ApprovalRequest = {
  tool: "execute_command",
  host: "prod1",
  user: "deploy",
  session: "main",
  action: "run a command",
  shown: "systemctl restart nginx",
  facts: [],
  usesSudo: false,
  rule: "production",
  caller: undefined,
  sameAction: "prod1 main systemctl restart nginx",
  sameShell: "prod1 main",
};
const OTHER = { ...REQUEST, shown: "reboot", sameAction: "prod1 main reboot" };

interface Scene {
  readonly clock: FakeClock;
  readonly approvals: Approvals;
  /** Asks, and tells whether it was agreed to by now. */
  ask(request?: ApprovalRequest, signal?: AbortSignal): Promise<Asked>;
}

interface Asked {
  /** Undefined where an earlier word held. */
  readonly approval: Approval | undefined;
  readonly outcome: Promise<string>;
}

function scene(): Scene {
  const clock = new FakeClock();
  const approvals = new Approvals({ clock });
  return {
    clock,
    approvals,
    ask: async (request = REQUEST, signal = undefined) => {
      let approval: Approval | undefined;
      const agreed = approvals.ask(request, { signal, onAsked: (asked) => approval = asked });
      const outcome = agreed.catch((error) => {
        assert.ok(error instanceof RefusedError);
        return "no";
      });
      await Promise.resolve();
      return { approval, outcome };
    },
  };
}

Deno.test("Approvals.ask() waits for the first answer; the second comes too late", async () => {
  const { approvals, ask } = scene();
  const { approval, outcome } = await ask();
  const { id } = approval!;
  assert.deepEqual(approvals.pending().map(({ request }) => request.shown), [REQUEST.shown]);
  assert.equal(approvals.answer(id, { kind: "once" }, "console"), "taken");
  assert.equal(approvals.answer(id, { kind: "no" }, "form"), "too-late");
  assert.equal(await outcome, "console");
  assert.deepEqual(approvals.pending(), []);
  assert.equal(approvals.history()[0]!.state.kind, "answered");
});

Deno.test("Approvals.ask() takes a second answer for nothing after a first no", async () => {
  const { approvals, ask } = scene();
  const { approval, outcome } = await ask();
  assert.equal(approvals.answer(approval!.id, { kind: "no" }, "form"), "taken");
  assert.equal(approvals.answer(approval!.id, { kind: "once" }, "console"), "too-late");
  assert.equal(await outcome, "no");
});

const NO_DECISION: readonly unknown[] = [
  undefined,
  null,
  "once",
  "yes",
  true,
  {},
  { kind: "always" },
  { kind: "command" },
  { kind: "command", minutes: 0 },
  { kind: "command", minutes: -5 },
  { kind: "command", minutes: Infinity },
  { kind: "command", minutes: Number.NaN },
  { kind: "command", minutes: "10" },
  { kind: "session", minutes: 481 },
];

for (const given of NO_DECISION) {
  Deno.test(`Approvals.answer() takes ${JSON.stringify(given)} for no`, async () => {
    const { approvals, ask } = scene();
    const { approval, outcome } = await ask();
    assert.equal(approvals.answer(approval!.id, given, "form"), "taken");
    assert.equal(await outcome, "no");
    assert.notEqual((await ask()).approval, undefined);
  });
}

Deno.test("Approvals.answer() knows no id that was never asked", () => {
  const { approvals } = scene();
  assert.equal(approvals.answer("0123456789ab", { kind: "once" }, "console"), "unknown");
});

Deno.test("Approvals.ask() is refused when nobody answers, and when the call is taken back", async () => {
  const { clock, approvals, ask } = scene();
  const unanswered = await ask();
  const call = new AbortController();
  const withdrawn = await ask(OTHER, call.signal);
  call.abort();
  assert.equal(await withdrawn.outcome, "no");
  clock.advance(ANSWER_WITHIN_MS);
  assert.equal(await unanswered.outcome, "no");
  for (const { approval } of [unanswered, withdrawn]) {
    assert.equal(approvals.answer(approval!.id, { kind: "once" }, "console"), "too-late");
  }
});

Deno.test("Approvals.ask() holds to a word for the very same action, and for its time alone", async () => {
  const { clock, approvals, ask } = scene();
  const { approval } = await ask();
  approvals.answer(approval!.id, { kind: "command", minutes: 10 }, "console");
  assert.equal((await ask()).approval, undefined);
  assert.notEqual((await ask(OTHER)).approval, undefined);
  assert.notEqual((await ask({ ...REQUEST, caller: "somebody" })).approval, undefined);
  clock.advance(10 * 60_000);
  assert.notEqual((await ask()).approval, undefined);
});

Deno.test("Approvals.ask() holds to a word for a shell, not for another and not for files", async () => {
  const { approvals, ask } = scene();
  const { approval } = await ask();
  approvals.answer(approval!.id, { kind: "session", minutes: 10 }, "console");
  assert.equal((await ask(OTHER)).approval, undefined);
  assert.notEqual((await ask({ ...OTHER, sameShell: "prod1 main/bash" })).approval, undefined);
  const file = { ...OTHER, sameShell: undefined, sameAction: "write" };
  const asked = await ask(file);
  approvals.answer(asked.approval!.id, { kind: "session", minutes: 10 }, "console");
  assert.equal(await asked.outcome, "no");
  approvals.withdrawGrants();
  assert.notEqual((await ask(OTHER)).approval, undefined);
});

for (const [title, jumpMs] of [["ahead", 11 * 60_000], ["back", -3_600_000]] as const) {
  Deno.test(`Approvals.ask() holds to no word longer when the date jumps ${title}`, async () => {
    const { clock, approvals, ask } = scene();
    const { approval } = await ask();
    approvals.answer(approval!.id, { kind: "command", minutes: 10 }, "console");
    clock.dateAheadMs = jumpMs;
    if (jumpMs < 0) clock.advance(10 * 60_000);
    assert.notEqual((await ask()).approval, undefined);
  });
}

Deno.test("Approvals.watch() calls back when a request comes and when it goes", async () => {
  const { approvals, ask } = scene();
  let changes = 0;
  const watch = approvals.watch(() => changes++);
  const { approval } = await ask();
  assert.equal(changes, 1);
  approvals.answer(approval!.id, { kind: "no" }, "console");
  assert.equal(changes, 2);
  watch[Symbol.dispose]();
  await ask();
  assert.equal(changes, 2);
});

Deno.test("Approvals.ask() refuses the request after a hundred that wait", async () => {
  const { approvals, ask } = scene();
  for (let count = 0; count < 100; count++) await ask();
  await assert.rejects(approvals.ask(REQUEST), RefusedError);
});
