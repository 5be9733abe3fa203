import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "../support/condition.ts";
import { addressOf, startFleet } from "../support/fleet.ts";
import { type ServerUnderTest, startServer } from "../support/mcp_client.ts";
import type { Sshd } from "../support/sshd.ts";

/**
 * Hosts that each keep a command in one phase until its file is there: web1 sends nothing, web2 looks
 * for keys (`keys`), the start-up files of web3 wait (`profile`), and web4 runs the command.
 */
class PhasesScene implements AsyncDisposable {
  readonly #listener: Deno.Listener;
  readonly sshd: Sshd;
  readonly server: ServerUnderTest;
  readonly home: string;

  constructor(
    parts: {
      readonly listener: Deno.Listener;
      readonly sshd: Sshd;
      readonly server: ServerUnderTest;
    },
  ) {
    this.#listener = parts.listener;
    this.sshd = parts.sshd;
    this.server = parts.server;
    this.home = parts.sshd.account!.home;
  }

  has(name: string): Promise<boolean> {
    return Deno.stat(join(this.home, name)).then(() => true, () => false);
  }

  /** Lets the hosts that wait for a file go on. */
  async open(name: "keys" | "profile"): Promise<void> {
    const key = await Deno.readTextFile(`${this.sshd.keyPath}.pub`);
    await Deno.writeTextFile(join(this.home, name), key);
  }

  /** The addresses at which the command ran, in the order it did. */
  async ran(): Promise<readonly string[]> {
    const text = await Deno.readTextFile(join(this.home, "ran")).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => line.split(" ")[2]!);
  }

  /** Begins the command, cancels the call once `reached`, and returns the settled run's reply. */
  async cancelled(
    args: { readonly hosts: string; readonly end: string; readonly batches?: string },
    reached: () => Promise<boolean>,
  ): Promise<{ readonly head: string; readonly body: string }> {
    const { hosts, end, batches } = args;
    const cancel = new AbortController();
    const command = `echo "$SSH_CONNECTION" >>~/ran; ${end}`;
    const sent = { hosts, command, ...(batches === undefined ? {} : { batches }) };
    const call = this.server.call("execute_on_hosts", sent, { signal: cancel.signal });
    call.catch(() => {});
    await until("the phase is reached", reached);
    cancel.abort("the user gave up");
    let id = "";
    await until("it is stopped", async () => {
      const [row] = (await this.server.call("list_command_history")).structuredContent.commands;
      id = row?.command_id ?? "";
      return id !== "";
    });
    const reply = await this.server.call("get_command_status", { command_id: id });
    return { head: reply.firstLine.replace(/\].*/, "]"), body: reply.body };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.server[Symbol.asyncDispose]();
    await this.sshd[Symbol.asyncDispose]();
  }
}

async function startPhases(): Promise<PhasesScene> {
  const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const sshd = await startFleet([
    { alias: "web1", lines: [`Port ${(listener.addr as Deno.NetAddr).port}`] },
    ...[2, 3, 4].map((n) => ({ alias: `web${n}` })),
  ], {
    config: [
      `Match LocalAddress ${addressOf(1)}`,
      "AuthorizedKeysFile none",
      "AuthorizedKeysCommandUser root",
      `AuthorizedKeysCommand /bin/sh -c "touch %h/asks; until test -s %h/keys; do sleep 0.02; done; ` +
      'cat %h/keys"',
    ],
  });
  const { home } = sshd.account!;
  await Deno.writeTextFile(
    join(home, ".profile"),
    `case "$SSH_CONNECTION" in *" ${addressOf(2)} "*) touch ~/begins; ` +
      "until test -e ~/profile; do sleep 0.02; done;; esac\n",
  );
  const server = await startServer({ env: sshd.environment() });
  return new PhasesScene({ listener, sshd, server });
}

Deno.test("cancelling execute_on_hosts says of each phase which hosts had begun, and begins none", async () => {
  await using scene = await startPhases();
  const { head, body } = await scene.cancelled(
    { hosts: "web[1-4]", end: "sleep 60" },
    async () =>
      await scene.has("asks") && await scene.has("begins") && (await scene.ran()).length > 0,
  );
  assert.equal(head, "[0 of 4 exit 0, 1 interrupted, 3 not begun]", body);
  assert.match(body, /^== web\[1-3\] \(3\) \[not begun\]$/m);
  assert.match(body, /^== web4 \(1\) \[interrupted\]$/m);
  await scene.open("keys");
  await scene.open("profile");
  // Whatever was typed in these sessions would run before this.
  const next = await scene.server.call("execute_on_hosts", {
    hosts: "web[2-4]",
    command: "wc -l <~/ran",
  });
  assert.match(next.firstLine, /^\[3 of 3 exit 0\]/, next.text);
  assert.equal(next.body.split("\n")[1], "1", next.text);
  assert.deepEqual(await scene.ran(), [addressOf(3)]);
});

Deno.test("cancelling execute_on_hosts in the canary's batch connects to no host behind it", async () => {
  await using scene = await startPhases();
  const { head, body } = await scene.cancelled(
    { hosts: "web4,web[1-3]", end: "sleep 60", batches: "1" },
    async () => (await scene.ran()).length > 0,
  );
  assert.equal(head, "[0 of 4 exit 0, 1 interrupted, 3 not begun]", body);
  assert.match(body, /^== web\[1-3\] \(3\) \[not begun\]$/m);
  assert.match(body, /stopped: no further host began/);
  assert.ok(!await scene.has("asks") && !await scene.has("begins"), scene.sshd.log());
});

Deno.test("cancelling execute_on_hosts between two batches leaves what ended, and begins no more", async () => {
  await using scene = await startPhases();
  const { head, body } = await scene.cancelled(
    { hosts: "web4,web[2-3]", end: "true", batches: "1" },
    () => scene.has("asks"),
  );
  assert.equal(head, "[1 of 3 exit 0, 2 not begun]", body);
  assert.match(body, /^== web4 \(1\) \[exit 0\]$/m);
  assert.match(body, /^== web\[2-3\] \(2\) \[not begun\]$/m);
  await scene.open("keys");
  const next = await scene.server.run("true", { host: "web2", session: "fleet" });
  assert.match(next.firstLine, /^\[exit 0\]/, next.text);
  assert.deepEqual(await scene.ran(), [addressOf(3)]);
  assert.ok(!await scene.has("begins"), "the third host was reached");
});
