import assert from "node:assert/strict";
import { SshError } from "../../src/errors.ts";
import { listHostAliases } from "../../src/config/host_aliases.ts";
import { formatResolved } from "../../src/config/printed_settings.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import type { ConfigSources } from "../../src/config/sources.ts";
import { generateConfig } from "./generated_config.ts";
import { memorySources } from "./memory_sources.ts";
import { mutateText, randomText } from "./mutated_text.ts";
import { Random } from "../support/random.ts";
import { timeOf } from "./timing.ts";

const files = 10_000;
const limitMs = 100;

Deno.test("resolveHost() reads 10,000 broken files without a crash or a delay", async (t) => {
  const random = new Random(4_004);
  let slowestMs = 0;
  for (let count = 0; count < files; count++) {
    const sources = brokenSources(random);
    slowestMs = Math.max(slowestMs, await timeOf(() => resolve(sources), { limitMs }));
  }
  await t.step(`the slowest took ${slowestMs.toFixed(1)} ms`, () => {
    assert.ok(slowestMs < limitMs);
  });
});

async function resolve(sources: ConfigSources): Promise<void> {
  for (const host of ["web", "10.1"]) {
    try {
      formatResolved(await resolveHost({ host }, sources));
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
    }
  }
  await listHostAliases(sources);
}

function brokenSources(random: Random): ConfigSources {
  return memorySources({
    "/home/deploy/.ssh/config": brokenText(random),
    "/etc/ssh/ssh_config": random.onceIn(3) ? brokenText(random) : "",
    "/inc/one": random.onceIn(3) ? brokenText(random) : "Include /inc/two\n",
    "/inc/two": random.onceIn(3) ? brokenText(random) : "Host web\nInclude /inc/*\n",
  });
}

function brokenText(random: Random): string {
  if (random.onceIn(10)) return randomText(random);
  if (random.onceIn(20)) return hostileText(random);
  return mutateText(generateConfig(random, { faults: "some" }), random);
}

/** Texts on which careless matching takes ages. */
function hostileText(random: Random): string {
  const stars = "*a".repeat(200);
  return random.pick([
    `Host ${stars}b\nUser x\n`,
    `Host ${"?".repeat(5000)} ${"!*,".repeat(2000)}\nUser x\n`,
    `Match host ${`${stars},`.repeat(50)}\nUser x\n`,
    `ConnectTimeout ${"1".repeat(5000)}x\n`,
    `ConnectTimeout ${"1s".repeat(5000)}!\n`,
    `HostName ${"a".repeat(20_000)}\nMatch host ${stars}\n`,
    `Include ${"/inc/*".repeat(200)}\n`,
    `Include ${"/inc/* ".repeat(600)}\n`,
    `ProxyJump ${"a,".repeat(5000)}b\n`,
    `User ${'"a" '.repeat(5000)}\n`,
    `IdentityFile ${"%h".repeat(5000)}\n`,
    `SendEnv ${`${stars} `.repeat(50)}\n`,
    "ProxyJump jump\nHost jump\nProxyJump web\n",
    `Host *\nProxyJump a%h\n`,
    `HostKeyAlgorithms ${"*,".repeat(5000)}\n`,
    `${"Include /inc/one\n".repeat(500)}`,
  ]);
}
