import assert from "node:assert/strict";
import { rememberResolutions } from "../../src/config/recent_resolution.ts";
import type { ResolvedHost } from "../../src/config/resolved_host.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("rememberResolutions() resolves a target once a second, and another for itself", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const resolve = rememberResolutions(({ host }: { host: string }) => {
    asked.push(host);
    return Promise.resolve({ host } as ResolvedHost);
  }, clock);
  await Promise.all([resolve({ host: "a" }), resolve({ host: "a" }), resolve({ host: "b" })]);
  assert.deepEqual(asked, ["a", "b"]);
  clock.advance(1_000);
  await resolve({ host: "a" });
  assert.deepEqual(asked, ["a", "b", "a"]);
});

Deno.test("rememberResolutions() does not keep a failure", async () => {
  let tries = 0;
  const resolve = rememberResolutions((_: { host: string }) => {
    tries += 1;
    return Promise.reject<ResolvedHost>(new Error("no such file"));
  }, new FakeClock());
  await assert.rejects(resolve({ host: "a" }));
  await assert.rejects(resolve({ host: "a" }));
  assert.equal(tries, 2);
});
