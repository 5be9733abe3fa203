import assert from "node:assert/strict";
import { join } from "node:path";
import type { ResolvedHost } from "../../../src/config/resolved_host.ts";
import { HostKeyError } from "../../../src/errors.ts";
import { mustRun } from "../../support/command.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";
import { open, run, targetOf } from "../targets.ts";

/** An authority, and a host key of each type that it certifies. */
class Authority implements AsyncDisposable {
  constructor(readonly path: string) {}

  static async make(type = "ed25519"): Promise<Authority> {
    const path = await Deno.makeTempDir({ prefix: "mss_hostca_" });
    await mustRun(["ssh-keygen", "-q", "-t", type, "-N", "", "-f", join(path, "ca")]);
    return new Authority(path);
  }

  /** Makes a host key with its certificate; `options` are ssh-keygen's, beside -s and -I. */
  async certify(type: string, ...options: readonly string[]): Promise<string> {
    const key = join(this.path, `host_${type}_${crypto.randomUUID()}`);
    await mustRun(["ssh-keygen", "-q", "-t", type, "-N", "", "-f", key]);
    const authority = ["-s", join(this.path, "ca"), "-I", "the host"];
    await mustRun(["ssh-keygen", "-q", ...authority, ...options, `${key}.pub`]);
    return key;
  }

  /** A known_hosts file with the authority's line, and what else is given. */
  async knownHosts(sshd: Sshd, ...more: readonly string[]): Promise<string> {
    const key = (await Deno.readTextFile(join(this.path, "ca.pub"))).trim();
    const file = join(this.path, `known_${crypto.randomUUID()}`);
    const line = `@cert-authority [127.0.0.1]:${sshd.port} ${key}`;
    await Deno.writeTextFile(file, [line, ...more, ""].join("\n"));
    return file;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.path, { recursive: true });
  }
}

function startCertified(key: string): Promise<Sshd> {
  return startSshd({ config: [`HostKey ${key}`, `HostCertificate ${key}-cert.pub`] });
}

function knownOnly(sshd: Sshd, file: string): ResolvedHost {
  return targetOf(sshd, { userKnownHostsFiles: [file] });
}

Deno.test("connect() trusts a host certificate of each type of key and authority", async () => {
  for (const [type, by] of [["ed25519", "ed25519"], ["rsa", "ecdsa"], ["ecdsa", "rsa"]] as const) {
    await using authority = await Authority.make(by);
    const key = await authority.certify(type, "-h", "-n", "127.0.0.1,other");
    await using sshd = await startCertified(key);
    await using connection = await open(knownOnly(sshd, await authority.knownHosts(sshd)));
    assert.equal(connection.hostKey.verdict, "known");
    assert.match(connection.hostKey.type, /-cert-v01@openssh\.com$/);
    const shown = await mustRun(["ssh-keygen", "-lf", `${key}.pub`]);
    assert.equal(connection.hostKey.fingerprint, shown.split(" ")[1]);
    assert.equal((await run(connection, "echo in")).output, "in\n");
  }
});

Deno.test("connect() survives rekeying with a host certificate", async () => {
  await using authority = await Authority.make();
  const key = await authority.certify("rsa", "-h", "-n", "127.0.0.1");
  const config = [`HostKey ${key}`, `HostCertificate ${key}-cert.pub`, "RekeyLimit 1M"];
  await using sshd = await startSshd({ config });
  await using connection = await open(knownOnly(sshd, await authority.knownHosts(sshd)));
  assert.equal(
    (await run(connection, "head -c 5000000 /dev/zero | tr '\\0' x")).output.length,
    5e6,
  );
});

Deno.test("connect() says why a host certificate does not vouch", async (test) => {
  await using authority = await Authority.make();
  await using stranger = await Authority.make();
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["other name", ["-h", "-n", "elsewhere"], /it is for other names/],
    ["expired", ["-h", "-n", "127.0.0.1", "-V", "20200101:20200102"], /it has expired/],
    ["not yet", ["-h", "-n", "127.0.0.1", "-V", "20900101:20910101"], /it is not valid yet/],
    ["of a user", ["-n", "127.0.0.1"], /it is not for a host|has none/],
  ];
  for (const [title, options, pattern] of cases) {
    await test.step(title, async () => {
      await using sshd = await startCertified(await authority.certify("ed25519", ...options));
      await refused(knownOnly(sshd, await authority.knownHosts(sshd)), pattern);
    });
  }
  const good = await authority.certify("ed25519", "-h", "-n", "127.0.0.1");
  await using sshd = await startCertified(good);
  await test.step("another authority", async () => {
    const file = await stranger.knownHosts(sshd);
    await refused(knownOnly(sshd, file), /no @cert-authority line .* has its authority's key/);
  });
  await test.step("revoked authority", async () => {
    const ca = (await Deno.readTextFile(join(authority.path, "ca.pub"))).trim();
    const file = await authority.knownHosts(sshd, `@revoked * ${ca}`);
    await refused(knownOnly(sshd, file), /its certificate's authority is revoked in/);
  });
  await test.step("revoked key", async () => {
    const key = (await Deno.readTextFile(`${good}.pub`)).trim();
    const file = await authority.knownHosts(sshd, `@revoked * ${key}`);
    await refused(knownOnly(sshd, file), /is revoked/);
  });
  await test.step("the plain key on file is enough", async () => {
    const key = (await Deno.readTextFile(`${good}.pub`)).trim();
    const file = await stranger.knownHosts(sshd, `[127.0.0.1]:${sshd.port} ${key}`);
    await using connection = await open(knownOnly(sshd, file));
    assert.equal(connection.hostKey.type, "ssh-ed25519");
  });
});

Deno.test("connect() names the authority's line when the host has no certificate", async () => {
  await using authority = await Authority.make();
  await using sshd = await startSshd();
  const file = await authority.knownHosts(sshd);
  await refused(knownOnly(sshd, file), new RegExp(`${file}:1 needs a host certificate`));
});

async function refused(resolved: ResolvedHost, pattern: RegExp): Promise<void> {
  await assert.rejects(open(resolved), (error) => {
    assert.ok(error instanceof HostKeyError, String(error));
    assert.match(error.message, pattern);
    return true;
  });
}
