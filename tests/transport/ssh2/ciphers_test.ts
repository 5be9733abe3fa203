import assert from "node:assert/strict";
import { startSshd } from "../../support/sshd.ts";
import { bytes, open, targetOf, textOf } from "../targets.ts";

const pty = { term: "xterm-256color", columns: 200, rows: 50, modes: { ECHO: 0 } };
const rows = [
  { cipher: "chacha20-poly1305@openssh.com", mac: "hmac-sha2-256" },
  { cipher: "aes128-gcm@openssh.com", mac: "hmac-sha2-256" },
  { cipher: "aes256-gcm@openssh.com", mac: "hmac-sha2-256" },
  { cipher: "aes128-ctr", mac: "hmac-sha2-256-etm@openssh.com" },
  { cipher: "aes256-ctr", mac: "hmac-sha2-256" },
];

for (const { cipher, mac } of rows) {
  Deno.test(`acceptLongPackets() lets a megabyte be typed unechoed over ${cipher}, ${mac}`, async () => {
    await using sshd = await startSshd({ config: [`Ciphers ${cipher}`, `MACs ${mac}`] });
    await using connection = await open(
      targetOf(sshd, { ciphers: [cipher], macs: [mac] }),
    );
    await using channel = await connection.exec("head -c 1000000 | wc -c", { pty });
    await channel.write(bytes(`${"x".repeat(999)}\n`.repeat(1_000)));
    assert.match(await textOf(channel.output), /1000000/);
  });
}
