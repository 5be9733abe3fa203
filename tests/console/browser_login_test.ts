import assert from "node:assert/strict";
import { type BrowserLogin, BrowserLogins, COOKIE } from "../../src/console/browser_login.ts";
import { FakeClock } from "../support/fake_clock.ts";

const KEY = "a long enough key";
const DAY_MS = 24 * 3600 * 1000;

async function login(logins: BrowserLogins): Promise<BrowserLogin> {
  const answer = await logins.enter(KEY);
  assert.equal(answer.kind, "right");
  return (answer as { login: BrowserLogin }).login;
}

Deno.test("BrowserLogins takes its own cookies for 30 days, also those from before a restart", async () => {
  const clock = new FakeClock();
  const { cookie, proof } = await login(new BrowserLogins(KEY, clock));
  const restarted = new BrowserLogins(KEY, clock);
  const header = `other=1; ${COOKIE}=${cookie}`;
  assert.ok(await restarted.isProven(header, proof));
  clock.dateAheadMs = 30 * DAY_MS - 1;
  assert.ok(await restarted.isLoggedIn(header));
  clock.dateAheadMs = 30 * DAY_MS;
  assert.ok(!await restarted.isLoggedIn(header));
});

Deno.test("BrowserLogins refuses cookies that are not its own", async () => {
  const clock = new FakeClock();
  const logins = new BrowserLogins(KEY, clock);
  const { cookie, proof } = await login(logins);
  const [time, nonce, signature] = cookie.split(".");
  const other = await login(new BrowserLogins(KEY, clock));
  const bad = [
    "",
    `${Number(time) + 1}.${nonce}.${signature}`,
    `${time}.${crypto.randomUUID()}.${signature}`,
    `${time}.${nonce}.${signature!.replace(/^./, (digit) => digit === "0" ? "1" : "0")}`,
    `${time}.${nonce}.${proof}`,
    `${time}.${nonce}.`,
    `${cookie}.x`,
    "x".repeat(10_000),
  ];
  for (const value of bad) assert.ok(!await logins.isLoggedIn(`${COOKIE}=${value}`), value);
  assert.ok(!await new BrowserLogins("another long key", clock).isLoggedIn(`${COOKIE}=${cookie}`));
  // A cookie that another port's server was sent is worth nothing without the page's proof.
  for (const guess of [undefined, "", signature, other.proof]) {
    assert.ok(!await logins.isProven(`${COOKIE}=${cookie}`, guess));
  }
});

Deno.test("BrowserLogins looks at five wrong keys a minute, at once or one by one", async () => {
  const clock = new FakeClock();
  const logins = new BrowserLogins(KEY, clock);
  const kinds = await Promise.all(
    Array.from({ length: 8 }, async () => (await logins.enter("wrong")).kind),
  );
  assert.equal(kinds.filter((kind) => kind === "wrong").length, 5);
  assert.equal((await logins.enter(KEY)).kind, "too-many");
  clock.advance(60_000);
  assert.equal((await logins.enter(KEY)).kind, "right");
});
