import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { listHostAliases } from "../../src/config/host_aliases.ts";
import { formatResolved } from "../../src/config/printed_settings.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { ConfigError, SshError } from "../../src/errors.ts";
import { parseProfile } from "../../src/shell/device/profiles/user_profiles.ts";
import {
  judgeHostKey,
  parseKnownHosts,
  preferredHostKeyTypes,
} from "../../src/transport/host_key/known_hosts.ts";
import { generateConfig } from "../config/generated_config.ts";
import { memorySources } from "../config/memory_sources.ts";
import { mutateText, randomText } from "../config/mutated_text.ts";
import type { Random } from "../support/random.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

/** ssh_config(5) of any kind resolves, or is refused with file and line. */
export const sshConfig: FuzzTarget = {
  name: "ssh_config",
  attempt: async (random) => {
    const sources = memorySources({
      "/home/deploy/.ssh/config": brokenConfig(random),
      "/etc/ssh/ssh_config": random.onceIn(3) ? brokenConfig(random) : "",
      "/inc/one": random.onceIn(3) ? brokenConfig(random) : "Include /inc/two\n",
      "/inc/two": random.onceIn(3) ? brokenConfig(random) : "Host web\nInclude /inc/*\n",
    });
    const host = random.onceIn(3) ? randomText(random) : random.pick(["web", "10.1", "a@web:22"]);
    await expected(SshError, async () => formatResolved(await resolveHost({ host }, sources)));
    await listHostAliases(sources);
  },
  [Symbol.asyncDispose]: async () => {},
};

function brokenConfig(random: Random): string {
  return random.onceIn(10)
    ? randomText(random)
    : mutateText(generateConfig(random, { faults: "some" }), random);
}

const KEY = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20"), Buffer.alloc(32, 7)]);

/** known_hosts of any kind judges a key; lines that cannot be read vouch for nothing. */
export const knownHosts: FuzzTarget = {
  name: "known_hosts",
  attempt: (random) => {
    const names = ["web", "[web]:22", "*.example,!web", "|1|AQ==|Ag==", "@revoked web", "#"];
    const lines = Array.from({ length: random.below(12) }, () => {
      const encoded = KEY.toString("base64").slice(
        0,
        random.onceIn(2) ? undefined : random.below(60),
      );
      return `${random.pick(names)} ssh-ed25519 ${encoded} comment`;
    });
    const text = random.onceIn(10) ? randomText(random) : mutateText(lines.join("\n"), random);
    const entries = parseKnownHosts(text, "known_hosts");
    const shown = { host: "web", port: 22, address: "10.0.0.1", keyType: "ssh-ed25519", key: KEY };
    judgeHostKey(entries, shown);
    preferredHostKeyTypes(entries, shown);
  },
  [Symbol.asyncDispose]: async () => {},
};

const PROFILE = JSON.stringify({
  id: "acme",
  extends: "ios",
  detect: { ident: "(?i)acme", probe: { send: "show version", match: "Acme" } },
  prompts: { exec: "(?<host>[\\w-]+)>", privileged: ["(?<host>[\\w-]+)#", "^#"] },
  setup: ["paging off", { send: "width 0", needsMode: "privileged" }],
  enable: { send: "enable", password: "Password:", fail: "denied" },
  pagers: [{ match: "-+ ?[Mm]ore", next: " ", quit: "q" }],
  errors: ["% ?Invalid"],
  enter: "\r",
});

/** A profile file of any kind is a profile, or mistakes that name the file. */
export const profiles: FuzzTarget = {
  name: "profiles",
  attempt: (random) => {
    const text = random.onceIn(10) ? randomText(random) : mutateText(PROFILE, random);
    const { profile, mistakes } = parseProfile("/p/acme.json", text);
    assert.ok(profile !== undefined || mistakes.length > 0);
    for (const mistake of mistakes) {
      assert.ok(mistake instanceof ConfigError);
      assert.match(mistake.message, /acme\.json/);
    }
  },
  [Symbol.asyncDispose]: async () => {},
};

async function expected(
  kind: abstract new (...args: never[]) => Error,
  attempt: () => Promise<unknown>,
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
  }
}
