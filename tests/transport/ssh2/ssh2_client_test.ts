import assert from "node:assert/strict";
import { InputError } from "../../../src/errors.ts";
import { startSshd } from "../../support/sshd.ts";
import { open, run, targetOf } from "../targets.ts";

Deno.test("checkLength() keeps packets that no peer takes from spoiling all connections", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const long = "x".repeat(9 * 2 ** 20);
  await assert.rejects(connection.exec(`: ${long}`), InputError);
  await assert.rejects(connection.exec("true", { environment: { LONG: long } }), InputError);
  await assert.rejects(open(targetOf(sshd, { user: long })), InputError);
  await assert.rejects(
    open(targetOf(sshd, { password: long, preferredAuthentications: ["password"] })),
    InputError,
  );
  assert.equal((await run(connection, "echo well")).output, "well\n");
  await using another = await open(targetOf(sshd));
  const fits = "y".repeat(100_000);
  assert.equal((await run(another, `echo ${fits}`)).output, `${fits}\n`);
});
