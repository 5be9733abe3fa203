import assert from "node:assert/strict";
import { Keepalive } from "../../src/transport/keepalive.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Watched {
  readonly clock: FakeClock;
  readonly keepalive: Keepalive;
  readonly asked: number[];
  readonly deaths: number[];
}

function watch(intervalMs: number, countMax: number): Watched {
  const clock = new FakeClock(0);
  const asked: number[] = [];
  const deaths: number[] = [];
  const keepalive = new Keepalive({
    clock,
    intervalMs,
    countMax,
    ask: () => asked.push(clock.now()),
    onDead: () => deaths.push(clock.now()),
  });
  return { clock, keepalive, asked, deaths };
}

function advanceBySteps(clock: FakeClock, untilMs: number): void {
  while (clock.now() < untilMs) clock.advance(500);
}

Deno.test("Keepalive calls a silent peer dead after interval × count", () => {
  for (const [countMax, diesAt] of [[1, 30_000], [2, 30_000], [3, 45_000], [5, 75_000]] as const) {
    const { clock, deaths, asked } = watch(15_000, countMax);
    advanceBySteps(clock, 200_000);
    assert.deepEqual(deaths, [diesAt]);
    assert.equal(asked[0], 15_000);
  }
});

Deno.test("Keepalive does not ask while something comes", () => {
  const { clock, keepalive, asked, deaths } = watch(15_000, 3);
  for (let second = 0; second < 120; second++) {
    advanceBySteps(clock, second * 1000);
    keepalive.heard();
  }
  assert.deepEqual([asked, deaths], [[], []]);
});

Deno.test("Keepalive forgives unanswered messages when an answer comes", () => {
  const { clock, keepalive, deaths } = watch(15_000, 3);
  for (let round = 0; round < 5; round++) {
    clock.advance(30_000);
    keepalive.heard();
  }
  assert.deepEqual(deaths, []);
});

Deno.test("Keepalive asks anew after the machine has slept", () => {
  const clock = new FakeClock(0);
  const deaths: number[] = [];
  let late = 0;
  const sleepy = { ...methodsOf(clock), now: () => clock.now() + late, date: () => 0 };
  using _keepalive = new Keepalive({
    clock: sleepy,
    intervalMs: 15_000,
    countMax: 3,
    ask: () => {},
    onDead: () => deaths.push(clock.now()),
  });
  clock.advance(30_000);
  late = 60_000;
  clock.advance(15_000);
  assert.deepEqual(deaths, []);
  clock.advance(30_000);
  assert.deepEqual(deaths, [75_000]);
});

Deno.test("Keepalive asks at the same moments for connections opened at different ones", () => {
  const clock = new FakeClock(0);
  const asked: number[][] = [[], []];
  const watchAlso = (mine: number[]): Keepalive =>
    new Keepalive({
      clock,
      intervalMs: 15_000,
      countMax: 3,
      ask: () => mine.push(clock.now()),
      onDead: () => {},
    });
  using _first = watchAlso(asked[0]!);
  clock.advance(300);
  using _second = watchAlso(asked[1]!);
  clock.advance(31_000);
  assert.deepEqual(asked, [[15_000, 30_000], [15_000, 30_000]]);
});

Deno.test("Keepalive is silent once disposed", () => {
  const { clock, keepalive, asked } = watch(15_000, 3);
  keepalive[Symbol.dispose]();
  clock.advance(100_000);
  assert.deepEqual(asked, []);
});

function methodsOf(clock: FakeClock): Pick<FakeClock, "sleep" | "after"> {
  return { sleep: clock.sleep.bind(clock), after: clock.after.bind(clock) };
}
