import assert from "node:assert/strict";
import { until } from "../../support/condition.ts";
import { CLIENT } from "../../support/serve/authorization_server.ts";
import { PlainBrowser } from "../../support/serve/browser.ts";
import { SharedWorld } from "../../support/serve/shared_world.ts";

Deno.test("persons answer their own agents' requests behind the login, at any replica", async (t) => {
  const directory = await Deno.makeTempDir({ prefix: "mcp-ssh-console-" });
  const [policy, secret] = [`${directory}/policy.json`, `${directory}/secret`];
  await Deno.writeTextFile(policy, JSON.stringify({ rules: [{ mode: "ask" }] }));
  await Deno.writeTextFile(secret, `${CLIENT.secret}\n`);
  await using world = await SharedWorld.start(2, {
    MCP_SSH_POLICY: policy,
    MCP_SSH_CLIENT_ID: CLIENT.id,
    MCP_SSH_CLIENT_SECRET_FILE: secret,
    MCP_SSH_INTROSPECT: "1",
  });
  const { host, issuer } = world;
  const { origin } = new URL(world.balancer.url);
  const page = `${origin}/console`;
  await using alice = await world.connect({ sub: "alice", at: 0 });
  const begun = await alice.call("execute_command_async", { host, command: "echo '<agreed>'" });
  const command_id = String(begun.meta?.["command_id"]);
  await until("a person is asked", async () => {
    const { text } = await alice.call("get_command_status", { command_id });
    return text.startsWith("[awaiting-approval]");
  });

  await t.step("another person sees nothing, and cannot answer by the id", async () => {
    issuer.person = "bob";
    const bob = new PlainBrowser();
    const { text } = await bob.open(page);
    assert.match(text, /Nothing waits for you/);
    const fields = { id: await idIn(world, "alice"), kind: "once" };
    const answer = await bob.submit(`${page}/answer`, { origin, fields });
    assert.equal(answer.status, 409);
  });
  await t.step("neither a token nor a page of another origin answers", async () => {
    const id = await idIn(world, "alice");
    const body = new URLSearchParams({ id, kind: "once" });
    const authorization = `Bearer ${await issuer.token({ sub: "alice" })}`;
    const headers = { authorization, origin };
    const byToken = await fetch(`${page}/answer`, { method: "POST", headers, body });
    await byToken.body?.cancel();
    assert.equal(byToken.status, 401);
    issuer.person = "alice";
    const browser = new PlainBrowser();
    await browser.open(page);
    const fields = { id, kind: "once" };
    for (const stranger of [undefined, "https://elsewhere.example", "null"]) {
      const { status } = await browser.submit(`${page}/answer`, { origin: stranger, fields });
      assert.equal(status, 403, stranger);
    }
  });
  await t.step("the person sees the exact text and agrees at the other replica", async () => {
    issuer.person = "alice";
    const browser = new PlainBrowser();
    const { text } = await browser.open(page);
    assert.match(text, /echo &#39;&#60;agreed&#62;&#39;/);
    const id = await idIn(world, "alice");
    const fields = { id, kind: "once" };
    const after = await browser.submit(`${page}/answer`, { origin, fields });
    assert.equal(after.status, 200);
    assert.match(after.text, /Nothing waits for you/);
    const done = await alice.call("get_command_status", { command_id, wait: 20 });
    assert.match(done.text, /^\[exit 0\].*\n<agreed>\n/);
    const late = await browser.submit(`${page}/answer`, { origin, fields });
    assert.equal(late.status, 409);
    await browser.submit(`${page}/logout`, { origin, fields: {} });
    const out = await browser.submit(`${page}/answer`, { origin, fields });
    assert.equal(out.status, 401);
  });
  await t.step(
    "a replica is killed that asked: its caller is told, and no late answer runs it",
    async () => {
      const marker = `/tmp/${crypto.randomUUID()}`;
      const asked = await alice.call("execute_command_async", { host, command: `touch ${marker}` });
      const target = { command_id: String(asked.meta?.["command_id"]) };
      const id = await idIn(world, "alice");
      await until("the question is on record", async () =>
        await world.postgres.query(
          `select count(*) from job where id = '${target.command_id}' ` +
            `and record like '%awaiting-approval%'`,
        ) === "1", { timeoutMs: 15_000 });
      issuer.person = "alice";
      const browser = new PlainBrowser();
      await browser.open(page);
      const owner = await world.postgres.query(
        "select url from owner o join replica r on r.id = o.replica where caller = 'alice'",
      );
      const at = world.places.findIndex(({ peers }) => owner.endsWith(`:${peers.port}/`));
      await world.places[at]!.replica.end("SIGKILL");
      await using elsewhere = await world.connect({ sub: "alice", at: 1 - at });
      const told = await until("another has taken over", async () => {
        const { text } = await elsewhere.call("get_command_status", target);
        return text.startsWith("[lost]") && text;
      }, { timeoutMs: 30_000 });
      assert.match(told, /asked a person about the command is gone.*so it was not run/);
      assert.match(told, /Run it again: the person is asked again/);
      const late = await browser.submit(`${page}/answer`, { origin, fields: { id, kind: "once" } });
      assert.notEqual(late.status, 200);
      await assert.rejects(Deno.stat(marker), Deno.errors.NotFound);
      await world.restart(at);
    },
  );
  await t.step("a token that was withdrawn, as by a logout, is refused", async () => {
    const token = await issuer.token({ sub: "carol" });
    issuer.withdrawn.add(token);
    const { status, headers, body } = await fetch(world.balancer.url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    await body?.cancel();
    assert.equal(status, 401);
    assert.match(headers.get("www-authenticate")!, /withdrawn/);
  });
  await Deno.remove(directory, { recursive: true });
});

/** The id of the request that waits for a person, from that person's page. */
async function idIn(world: SharedWorld, person: string): Promise<string> {
  const before = world.issuer.person;
  world.issuer.person = person;
  const { text } = await new PlainBrowser().open(`${new URL(world.balancer.url).origin}/console`);
  world.issuer.person = before;
  const [, id] = /name="id" value="([^"]+)"/.exec(text) ?? [];
  assert.ok(id, text);
  return id;
}
