import assert from "node:assert/strict";
import { ConnectionLostError } from "../../src/errors.ts";
import { startSshd } from "../support/sshd.ts";
import { open, targetOf } from "./targets.ts";

const BOUNDS = { limitBytes: 64 * 1024, timeoutMs: 20_000 };

Deno.test("Connection.run() reads what a command prints to its end", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const output = await connection.run("echo äöü; echo noise >&2; cat; exit 3", BOUNDS);
  assert.deepEqual(output, { text: "äöü\n", isComplete: true, exitStatus: 3 });
});

Deno.test("Connection.run() gives what came when the time is up", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const output = await connection.run("echo begun; exec sleep 60", { ...BOUNDS, timeoutMs: 500 });
  assert.deepEqual(output, { text: "begun\n", isComplete: false, exitStatus: undefined });
  assert.equal((await connection.run("echo still", BOUNDS)).text, "still\n");
});

Deno.test("Connection.run() cuts the connection of a host that prints without end", async () => {
  for (const endless of ["yes", "yes >&2"]) {
    await using sshd = await startSshd();
    await using connection = await open(targetOf(sshd));
    const error = await connection.run(endless, BOUNDS).catch((reason) => reason);
    assert.ok(error instanceof ConnectionLostError, String(error));
    assert.equal(
      error.message,
      'The connection to "testhost" was cut: it printed more than 64 KiB for one request',
    );
    assert.equal(await connection.closed, error);
  }
});

Deno.test("Connection.run() ends with its signal", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const signal = AbortSignal.abort(new Error("given up"));
  await assert.rejects(connection.run("sleep 60", { ...BOUNDS, signal }), /given up/);
  const controller = new AbortController();
  const until = (): boolean => void controller.abort(new Error("given up")) === null;
  const running = connection.run("echo x; sleep 60", {
    ...BOUNDS,
    signal: controller.signal,
    until,
  });
  await assert.rejects(running, /given up/);
});
