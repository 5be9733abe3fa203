import assert from "node:assert/strict";
import { ONCE } from "../support/approval_scene.ts";
import { until } from "../support/condition.ts";
import { HaProxy } from "../support/serve/haproxy.ts";
import type { HttpClient } from "../support/serve/http_client.ts";
import { LEASE_S, SharedWorld } from "../support/serve/shared_world.ts";

const CALLERS = 8;
const REPLICAS = 3;
/** Calls of each caller after the last replica is back. */
const CALLS_BEHIND = 2;

/** Seconds since the machine started (proc(5), /proc/uptime). */
async function now(): Promise<string> {
  return (await Deno.readTextFile("/proc/uptime")).split(" ")[0]!;
}

/** Connections to a port of this machine that are open (proc(5), /proc/net/tcp). */
async function connectionsTo(port: number): Promise<number> {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = (await Deno.readTextFile("/proc/net/tcp")).split("\n").map((row) =>
    row.trim().split(/\s+/)
  );
  return rows.filter(([, , remote, state]) => remote?.endsWith(end) && state === "01").length;
}

Deno.test("HAProxy, as it is shipped, loses nothing", async (t) => {
  await using world = await SharedWorld.start(REPLICAS, { MCP_SSH_DRAIN_S: "20" });
  const { host } = world;
  const ports = world.places.map(({ port }) => port);
  await using proxy = await HaProxy.start(ports);
  const { url } = proxy;

  await t.step("each in turn, under callers: no error, and no command twice", async () => {
    const runs = `${world.sshd.account!.home}/runs`;
    const odd: string[] = [];
    let isOver = false;
    const work = async (index: number): Promise<void> => {
      const generation = index % 2 === 0 ? "2025" : "2026";
      await using client = await world.connect({ sub: `caller${index}`, url, generation });
      for (let n = 0, behind = 0; behind < CALLS_BEHIND; n++, behind += isOver ? 1 : 0) {
        const command = `echo ${index}.${n} >>${runs}; sleep 0.1; echo done ${index}.${n}`;
        const text = await client.call("execute_command", { host, command })
          .then((reply) => reply.text, String);
        if (!text.includes(`\ndone ${index}.${n}`)) odd.push(text);
      }
    };
    const working = Promise.all(Array.from({ length: CALLERS }, (_, index) => work(index)));
    for (const [at, { replica }] of world.places.entries()) {
      await replica.end("SIGTERM");
      await world.restart(at);
      await until(
        `HAProxy uses replica ${at} again`,
        () => proxy.log.split(`replicas/r${at} is UP`).length > 1,
      );
    }
    isOver = true;
    await working;
    assert.deepEqual(odd, [], proxy.log);
    for (const at of ports.keys()) {
      assert.match(proxy.log, new RegExp(`replicas/r${at} is DOWN, .*status, code: 503`));
    }
    const lines = (await Deno.readTextFile(runs)).trim().split("\n");
    assert.equal(new Set(lines).size, lines.length);
  });

  for (const generation of ["2025", "2026"] as const) {
    await t.step(`progress and the end of a wait pass, ${generation}`, async () => {
      await using alice = await world.connect({ sub: `alice-${generation}`, url, generation });
      const heard: (string | undefined)[] = [];
      const stop = new AbortController();
      const before = await Promise.all(ports.map(connectionsTo));
      await assert.rejects(
        alice.call("execute_command", { host, command: "echo up; sleep 300", timeout: 60 }, {
          signal: stop.signal,
          onprogress: (message) => {
            heard.push(message);
            stop.abort("the user stopped it");
          },
        }),
      );
      assert.deepEqual(heard, ["up"]);
      await until("the replica's wait ends, too", async () => {
        const now = await Promise.all(ports.map(connectionsTo));
        return now.every((count, index) => count <= before[index]!);
      });
      await assertLeft(alice, generation);
    });
  }

  await t.step("the database goes away and comes back: callers with sessions go on", async () => {
    await using alice = await world.connect({ sub: "alice", url });
    await alice.call("execute_command", { host, command: "X=kept" });
    await world.postgres.stop();
    const began = Number(await now());
    // The replicas notice within a lease, HAProxy within two checks more.
    await until("two leases are over", async () => Number(await now()) > began + 2 * LEASE_S, {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    for (const at of ports.keys()) {
      const reply = await alice.call("execute_command", { host, command: `echo ${at} $X` });
      assert.match(reply.text, new RegExp(`\\n${at} kept\\n`), `${reply.text}\n${proxy.log}`);
    }
    await world.postgres.restart();
    await using bob = await world.connect({ sub: "bob", url });
    await until("new callers are let in again", async () => {
      const { text } = await bob.call("execute_command", { host, command: "echo let in" });
      return text.includes("\nlet in\n");
    });
    const reply = await alice.call("execute_command", { host, command: "echo $X" });
    assert.match(reply.text, /\nkept\n/);
  });
});

/** A cancellation interrupts the command; a request that breaks off leaves it running. */
async function assertLeft(client: HttpClient, generation: "2025" | "2026"): Promise<void> {
  if (generation === "2025") {
    await until("the command is interrupted", async () => {
      return /interrupted/.test((await client.call("list_command_history", {})).text);
    });
    return;
  }
  const { text } = await client.call("list_running_commands", {});
  const [, id] = /^([a-z0-9]{12})\b/m.exec(text) ?? [];
  assert.ok(id, text);
  await client.call("interrupt_command_by_id", { command_id: id, signal: "KILL" });
}

Deno.test("a person's answer to a form passes HAProxy to another replica", async () => {
  const policy = await Deno.makeTempFile({ prefix: "mcp-ssh-policy-" });
  await Deno.writeTextFile(policy, JSON.stringify({ rules: [{ mode: "ask" }] }));
  await Deno.chmod(policy, 0o644);
  try {
    await using world = await SharedWorld.start(2, { MCP_SSH_POLICY: policy });
    await using proxy = await HaProxy.start(world.places.map(({ port }) => port));
    const asked: string[] = [];
    await using alice = await world.connect({
      url: proxy.url,
      answerForm: (message) => {
        asked.push(message);
        return { decision: ONCE };
      },
    });
    const { host } = world;
    for (const word of ["one", "two"]) {
      const reply = await alice.call("execute_command", { host, command: `echo ${word}` });
      assert.match(reply.text, new RegExp(`\\n${word}\\n`));
    }
    assert.equal(asked.length, 2);
    // Nobody can be asked there, and the operator's rule wants it.
    await using old = await world.connect({ url: proxy.url, generation: "2025" });
    const refused = await old.call("execute_command", { host, command: "echo three" });
    assert.match(refused.text, /nothing was done/);
  } finally {
    await Deno.remove(policy);
  }
});
