import assert from "node:assert/strict";
import { startHostileWorld } from "./hostile_world.ts";
import { ATTACKS, SFTP_ATTACKS } from "./hostilities.ts";

Deno.test("a hostile host loses its connection, and its neighbour works", async (test) => {
  await using world = await startHostileWorld(ATTACKS);
  for (const attack of ATTACKS) {
    await test.step(attack.name, async () => {
      const provoked = world.provoke(attack);
      let isOver = false;
      provoked.finally(() => isOver = true).catch(() => {});
      for (let round = 0; round < 5 || !isOver; round++) {
        const reply = await world.server.run(`echo ${round}`);
        assert.equal(reply.body.trim(), `${round}`, reply.text);
      }
      assert.match((await provoked).text, attack.said);
    });
  }
});

Deno.test("an SFTP server that breaks the protocol or stops loses its channel, and the reply says why", async () => {
  await using world = await startHostileWorld(SFTP_ATTACKS);
  await Promise.all(SFTP_ATTACKS.map(async (attack) => {
    const { text, isError } = await world.provoke(attack);
    assert.match(text, attack.said, attack.name);
    assert.ok(isError, attack.name);
  }));
  assert.equal((await world.server.run("echo good")).body, "good\n");
});
