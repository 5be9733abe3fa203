import assert from "node:assert/strict";
import { identityOf } from "../../src/config/identity.ts";
import { resolveHost } from "../../src/config/resolver.ts";
import { systemSources } from "../../src/config/sources.ts";
import { SshError } from "../../src/errors.ts";
import { Random } from "../support/random.ts";
import { generateConfig } from "./generated_config.ts";

/** Settings of ssh -G that decide who is reached, how that is verified and as whom. */
const DECIDING = [
  "user",
  "hostname",
  "port",
  "addressfamily",
  "bindaddress",
  "checkhostip",
  "ciphers",
  "hostkeyalgorithms",
  "hostkeyalias",
  "identitiesonly",
  "identityagent",
  "kexalgorithms",
  "macs",
  "pubkeyacceptedalgorithms",
  "identityfile",
  "certificatefile",
  "globalknownhostsfile",
  "userknownhostsfile",
  "stricthostkeychecking",
  "proxyjump",
];
const CONFIGS = 150;
const HOME = "/root";

interface Reached {
  readonly identity: string;
  /** Of ssh -G, what decides. */
  readonly settings: string;
}

Deno.test("identityOf() differs wherever ssh -G differs in a setting that decides", async () => {
  const random = new Random(12_012);
  const path = await Deno.makeTempFile();
  const byIdentity = new Map<string, string>();
  const settings = new Set<string>();
  for (let count = 0; count < CONFIGS; count++) {
    await Deno.writeTextFile(path, generateConfig(random, { faults: "none" }));
    for (const host of ["web", "db"]) {
      const reached = await reach(host, path);
      if (reached === undefined) continue;
      settings.add(reached.settings);
      const before = byIdentity.get(reached.identity) ?? reached.settings;
      assert.equal(reached.settings, before, "two that ssh tells apart share an identity");
      byIdentity.set(reached.identity, reached.settings);
    }
  }
  await Deno.remove(path);
  assert.ok(settings.size >= 100, `only ${settings.size} targets of ssh's differ`);
});

/** Undefined where either refuses the configuration. */
async function reach(host: string, path: string): Promise<Reached | undefined> {
  const environment = { HOME, USER: "root", SOCK: "/run/sock", SSH_AUTH_SOCK: "/run/agent" };
  const output = await new Deno.Command("ssh", {
    args: ["-G", "-F", path, host],
    env: { ...environment, PATH: "/usr/bin:/bin" },
    clearEnv: true,
  }).output();
  if (!output.success) return undefined;
  const sources = { ...systemSources(environment), onlyConfigPath: path };
  try {
    const resolved = await resolveHost({ host }, sources);
    if (resolved.refusal !== undefined) return undefined;
    return {
      identity: identityOf(resolved),
      settings: decidingSettings(host, new TextDecoder().decode(output.stdout)),
    };
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}

function decidingSettings(host: string, printed: string): string {
  const lines = printed.split("\n");
  const deciding = lines.filter((line) => DECIDING.includes(line.split(" ")[0]!))
    // The same file, and the same agent, by two names.
    .map((line) => line.replaceAll("~/", `${HOME}/`))
    .filter((line) => line !== "identityagent SSH_AUTH_SOCK" && line !== "certificatefile none")
    .filter((line, _, all) => line !== "identityfile none" || !all.some(namesIdentity))
    .filter((line, index, all) => all.indexOf(line) === index);
  return [`called ${host}`, ...deciding, ...methods(lines)].join("\n");
}

function namesIdentity(line: string): boolean {
  return line.startsWith("identityfile ") && line !== "identityfile none";
}

/** The methods that are left of PreferredAuthentications, which may be switched off elsewhere. */
function methods(lines: readonly string[]): readonly string[] {
  const valueOf = (keyword: string): string | undefined =>
    lines.find((line) => line.startsWith(`${keyword} `))?.slice(keyword.length + 1);
  const allowed: Readonly<Record<string, boolean>> = {
    publickey: !["no", "false"].includes(valueOf("pubkeyauthentication") ?? ""),
    "keyboard-interactive": valueOf("kbdinteractiveauthentication") !== "no",
    password: valueOf("passwordauthentication") !== "no",
  };
  const wanted = valueOf("preferredauthentications")?.split(",") ?? Object.keys(allowed);
  return wanted.filter((method) => allowed[method]);
}
