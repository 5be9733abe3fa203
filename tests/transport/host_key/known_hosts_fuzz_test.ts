import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  judgeHostKey,
  parseKnownHosts,
  preferredHostKeyTypes,
} from "../../../src/transport/host_key/known_hosts.ts";
import { mutateText, randomText } from "../../config/mutated_text.ts";
import { Random } from "../../support/random.ts";
import { timeOf } from "../../config/timing.ts";

const files = 10_000;
const limitMs = 100;
const key = Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.alloc(36),
]);

Deno.test("judgeHostKey() judges by 10,000 broken files without a crash or a delay", async (t) => {
  const random = new Random(4_005);
  let slowestMs = 0;
  for (let count = 0; count < files; count++) {
    const text = brokenFile(random);
    slowestMs = Math.max(slowestMs, await timeOf(() => judge(text), { limitMs }));
  }
  await t.step(`the slowest took ${slowestMs.toFixed(1)} ms`, () => {
    assert.ok(slowestMs < limitMs);
  });
});

function judge(text: string): void {
  const entries = parseKnownHosts(text, "known_hosts");
  const shown = { host: "web", port: 2222, address: "10.0.0.1", keyType: "ssh-ed25519", key };
  judgeHostKey(entries, shown);
  preferredHostKeyTypes(entries, shown);
}

function brokenFile(random: Random): string {
  if (random.onceIn(10)) return randomText(random);
  const lines = Array.from({ length: 1 + random.below(12) }, () => goodLine(random));
  return mutateText(lines.join("\n"), random);
}

function goodLine(random: Random): string {
  const marker = random.pick(["", "", "", "@revoked ", "@cert-authority "]);
  const names = random.pick([
    "web",
    "[web]:2222,10.0.0.1",
    "*.example,!web",
    `${"*a".repeat(100)}b`,
    `|1|${Buffer.alloc(20, 1).toString("base64")}|${Buffer.alloc(20, 2).toString("base64")}`,
  ]);
  const encoded = random.onceIn(2) ? key.toString("base64") : key.toString("base64").slice(0, -8);
  return `${marker}${names} ssh-ed25519 ${encoded} comment`;
}
