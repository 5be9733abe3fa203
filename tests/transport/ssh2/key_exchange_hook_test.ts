import assert from "node:assert/strict";
import { FakeClock } from "../../support/fake_clock.ts";
import { startSshd } from "../../support/sshd.ts";
import { bytes, open, run, targetOf, textOf } from "../targets.ts";

const pty = { term: "dumb", columns: 80, rows: 24, modes: { ECHO: 0 } };

Deno.test("allowIgnoreInRekey() keeps the connection that types to a quiet pty", async () => {
  await using sshd = await startSshd({ config: ["RekeyLimit 16K"] });
  await using connection = await open(targetOf(sshd));
  await using channel = await connection.openShell(pty);
  const output = textOf(channel.output);
  for (let line = 0; line < 100; line++) await channel.write(bytes(`seq ${line} ${line + 500}\n`));
  await channel.write(bytes("exit\n"));
  assert.match(await output, /\r\n598\r\n599\r\n/);
  assert.deepEqual(await channel.exit, { exitStatus: 0 });
});

Deno.test("a connection whose keys were exchanged anew has nothing due", async () => {
  await using sshd = await startSshd({ config: ["RekeyLimit 16K"] });
  const clock = new FakeClock();
  await using connection = await open(targetOf(sshd, { serverAliveIntervalMs: 0 }), { clock });
  const first = await run(connection, "seq 1 20000");
  assert.ok(first.output.endsWith("\n20000\n"));
  clock.advance(10 * 60_000);
  assert.equal((await run(connection, "echo still")).output, "still\n");
});
