import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { trustScope } from "../../../src/config/identity.ts";
import type { ResolvedHost } from "../../../src/config/resolved_host.ts";
import { HostKeyError } from "../../../src/errors.ts";
import type { HostKeyQuestion } from "../../../src/transport/host_key/host_key_question.ts";
import { Connector } from "../../../src/transport/connector.ts";
import { mustRun } from "../../support/command.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";
import { publicKeyOf } from "../../support/ssh_keys.ts";
import { startScriptedServer } from "../scripted_server.ts";
import { open, targetOf } from "../targets.ts";

const none = { userKnownHostsFiles: ["/nonexistent/known_hosts"], globalKnownHostsFiles: [] };

/** Writes a known_hosts file; `%h` stands for the sshd's name there, `%k` for its key. */
async function knownHosts(sshd: Sshd, ...lines: readonly string[]): Promise<string> {
  const [type, key] = (await Deno.readTextFile(`${sshd.hostKeyPath()}.pub`)).split(" ");
  const path = join(sshd.directory, `known_${crypto.randomUUID()}`);
  const text = lines.map((line) =>
    line.replace("%h", `[127.0.0.1]:${sshd.port}`).replace("%k", `${type} ${key}`)
  );
  await Deno.writeTextFile(path, `${text.join("\n")}\n`);
  return path;
}

async function otherKey(sshd: Sshd): Promise<string> {
  const path = join(sshd.directory, `other_${crypto.randomUUID()}`);
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]);
  return (await Deno.readTextFile(`${path}.pub`)).split(" ").slice(0, 2).join(" ");
}

async function refused(resolved: ResolvedHost, ...patterns: readonly RegExp[]): Promise<void> {
  await assert.rejects(open(resolved), (error) => {
    assert.ok(error instanceof HostKeyError, String(error));
    for (const pattern of patterns) assert.match(`${error.message} | ${error.advice}`, pattern);
    return true;
  });
}

Deno.test("connect() judges host keys by StrictHostKeyChecking", async (test) => {
  await using sshd = await startSshd();
  const fingerprint = (await mustRun(["ssh-keygen", "-lf", `${sshd.hostKeyPath()}.pub`]))
    .split(" ")[1]!;
  const asShown = new RegExp(fingerprint.replace(/[+/]/g, "\\$&"));
  await test.step("yes: unknown is refused with fingerprint and the ways to trust", () =>
    refused(
      targetOf(sshd, { userKnownHostsFiles: ["/nonexistent/known_hosts"] }),
      asShown,
      /is unknown: ssh-ed25519/,
      /log in once with "ssh testhost"/,
      /accept-new/,
    ));
  await test.step("no: unknown is let in unchecked", async () => {
    const resolved = targetOf(sshd, { ...none, strictHostKeyChecking: "no" });
    await using connection = await open(resolved);
    assert.deepEqual(connection.hostKey, {
      verdict: "unchecked",
      fingerprint,
      type: "ssh-ed25519",
    });
  });
  await test.step("accept-new: unknown is added, and pinned for the next time", async () => {
    const connector = new Connector({ clock: systemClock });
    const lenient = targetOf(sshd, { ...none, strictHostKeyChecking: "accept-new" });
    await using first = await connector.connect(lenient);
    assert.equal(first.hostKey.verdict, "added");
    await using second = await connector.connect(lenient);
    assert.equal(second.hostKey.verdict, "added");
    await using third = await connector.connect({ ...lenient, sudoPassword: "s3cret" });
    assert.equal(third.hostKey.verdict, "added");
  });
  await test.step("accept-new: the key is not accepted for another name or strictness", async () => {
    const connector = new Connector({ clock: systemClock });
    const lenient = targetOf(sshd, { ...none, strictHostKeyChecking: "accept-new" });
    await using _first = await connector.connect(lenient);
    const others: readonly Partial<ResolvedHost>[] = [
      { strictHostKeyChecking: "yes" },
      { strictHostKeyChecking: "ask" },
      { strictHostKeyChecking: "yes", host: "other" },
      { strictHostKeyChecking: "yes", hostKeyAlias: "other" },
    ];
    for (const other of others) {
      await assert.rejects(connector.connect({ ...lenient, ...other }), HostKeyError);
    }
  });
  await test.step("ask: the answer decides", async () => {
    const asked: HostKeyQuestion[] = [];
    const answering = (answer: boolean) => (question: HostKeyQuestion): Promise<boolean> => {
      asked.push(question);
      return Promise.resolve(answer);
    };
    const resolved = targetOf(sshd, { ...none, strictHostKeyChecking: "ask" });
    const [yes, no] = [true, false];
    await using connection = await open(resolved, { askHostKey: answering(yes) });
    assert.equal(connection.hostKey.verdict, "added");
    await assert.rejects(open(resolved, { askHostKey: answering(no) }), HostKeyError);
    await assert.rejects(open(resolved), HostKeyError);
    await assert.rejects(
      open(resolved, { askHostKey: () => Promise.reject(new Error("form gone")) }),
      /form gone/,
    );
    const throwing = (): never => {
      throw new Error("thrown");
    };
    await assert.rejects(open(resolved, { askHostKey: throwing }), /thrown/);
    const scope = trustScope(resolved);
    const question = { host: "testhost", type: "ssh-ed25519", fingerprint, scope };
    assert.deepEqual(asked, [question, question]);
  });
  await test.step("a changed key is refused whatever it says, with file and line", async () => {
    const file = await knownHosts(sshd, "# comment", `%h ${await otherKey(sshd)}`);
    for (const strictHostKeyChecking of ["yes", "ask", "accept-new", "no"] as const) {
      await refused(
        targetOf(sshd, { userKnownHostsFiles: [file], strictHostKeyChecking }),
        /has changed/,
        asShown,
        new RegExp(`${file}:2 has ssh-ed25519 SHA256:`),
        /delete line 2 of/,
      );
    }
  });
  await test.step("a revoked key is refused whatever it says", async () => {
    const file = await knownHosts(sshd, "%h %k", "@revoked * %k");
    for (const strictHostKeyChecking of ["yes", "no"] as const) {
      const resolved = targetOf(sshd, { userKnownHostsFiles: [file], strictHostKeyChecking });
      await refused(resolved, /is revoked/, new RegExp(`${file}:2`));
    }
  });
  await test.step("a key in the file of RevokedHostKeys is refused whatever else says", async () => {
    const known = await knownHosts(sshd, "%h %k");
    const revokedHostKeysFile = await knownHosts(sshd, "# stolen", "%k");
    for (const strictHostKeyChecking of ["yes", "no"] as const) {
      const over = { userKnownHostsFiles: [known], strictHostKeyChecking, revokedHostKeysFile };
      await refused(targetOf(sshd, over), /is revoked/, new RegExp(`${revokedHostKeysFile}:2`));
    }
    const others = { revokedHostKeysFile: await knownHosts(sshd, await otherKey(sshd), "") };
    await using connection = await open(targetOf(sshd, others));
    assert.equal(connection.hostKey.verdict, "known");
  });
  await test.step("RevokedHostKeys that cannot be read lets no host in", async () => {
    const other = await otherKey(sshd);
    const forms: readonly (readonly [string, RegExp])[] = [
      [join(sshd.directory, "missing"), /cannot be read/],
      [await knownHosts(sshd, `host ${other}`), /is damaged: line 1 is not a public key/],
      [await knownHosts(sshd, `@revoked * ${other}`), /line 1 is not/],
      [await knownHosts(sshd, other, "", "# comment", other.slice(0, -8)), /line 4 is not/],
      [await knownHosts(sshd, `${other}\r`, "\r"), /line 2 is not/],
    ];
    for (const [revokedHostKeysFile, why] of forms) {
      const over = { strictHostKeyChecking: "no", revokedHostKeysFile } as const;
      await refused(targetOf(sshd, over), why, new RegExp(revokedHostKeysFile));
    }
  });
  await test.step("no or accept-new does not pass over a file that cannot be read", async () => {
    for (const strictHostKeyChecking of ["no", "accept-new"] as const) {
      const over = { ...none, globalKnownHostsFiles: [sshd.directory], strictHostKeyChecking };
      await refused(targetOf(sshd, over), /cannot be read/, /Make .* readable to this program/);
    }
  });
  await test.step("no or accept-new accepts nothing with UserKnownHostsFile none, as ssh", async () => {
    for (const strictHostKeyChecking of ["no", "accept-new"] as const) {
      const over = { userKnownHostsFiles: [], strictHostKeyChecking };
      await refused(targetOf(sshd, over), /is unknown/, /name a file with "UserKnownHostsFile"/);
    }
  });
  await test.step("KnownHostsCommand may know better: nothing is accepted without it", async () => {
    const text = "config:3: knownhostscommand has no effect here; add the keys to a file";
    const unavailable = [{ keyword: "knownhostscommand", stage: "host-key", text }] as const;
    const yes = true;
    const always = (): Promise<boolean> => Promise.resolve(yes);
    for (const strictHostKeyChecking of ["no", "accept-new", "ask"] as const) {
      const over = { userKnownHostsFiles: ["/dev/null"], strictHostKeyChecking, unavailable };
      await assert.rejects(open(targetOf(sshd, over), { askHostKey: always }), (error) => {
        assert.ok(error instanceof HostKeyError);
        assert.match(error.message, /config:3: knownhostscommand/);
        assert.match(error.advice, /name a file with "UserKnownHostsFile"/);
        assert.doesNotMatch(error.advice, /dev\/null/);
        return true;
      });
    }
  });
  await test.step("a hashed name is known", async () => {
    const file = await knownHosts(sshd, "%h %k");
    await mustRun(["ssh-keygen", "-q", "-H", "-f", file]);
    await using connection = await open(targetOf(sshd, { userKnownHostsFiles: [file] }));
    assert.equal(connection.hostKey.verdict, "known");
  });
  await test.step("HostKeyAlias is looked up in place of the name", async () => {
    const file = await knownHosts(sshd, "the-alias %k");
    const resolved = targetOf(sshd, { userKnownHostsFiles: [file], hostKeyAlias: "the-alias" });
    await using connection = await open(resolved);
    assert.equal(connection.hostKey.verdict, "known");
  });
  await test.step("a file that cannot be read is named", async () => {
    const over = { ...none, globalKnownHostsFiles: [sshd.directory] };
    await refused(targetOf(sshd, over), new RegExp(`${sshd.directory} cannot be read`));
  });
});

Deno.test("connect() refuses an RSA host key of 768 bits, on file or unchecked, before any credential", async () => {
  const hostKey = await mustRun(["openssl", "genrsa", "-traditional", "768"]);
  const requests: string[] = [];
  await using server = await startScriptedServer(
    (request) => {
      requests.push(request.method);
      request.accept();
    },
    { hostKey },
  );
  await using sshd = await startSshd();
  const known = join(sshd.directory, "known_short");
  await Deno.writeTextFile(known, `[127.0.0.1]:${server.port} ${publicKeyOf(hostKey)}\n`);
  const target = targetOf(sshd, { port: server.port, password: "never-sent" });
  for (
    const over of [
      { userKnownHostsFiles: [known] },
      { ...none, strictHostKeyChecking: "no" },
      { ...none, strictHostKeyChecking: "accept-new" },
    ] as const
  ) {
    await refused({ ...target, ...over }, /768/, /RequiredRSASize/);
  }
  assert.deepEqual(requests, []);
});

Deno.test("connect() prefers the key type on file, so that a known host never looks changed", async () => {
  await using sshd = await startSshd({ hostKeyTypes: ["ed25519", "ecdsa", "rsa"] });
  for (const [type, name] of [["rsa", "ssh-rsa"], ["ecdsa", "ecdsa-sha2-nistp256"]] as const) {
    const line = await Deno.readTextFile(`${sshd.hostKeyPath(type)}.pub`);
    const file = join(sshd.directory, `known_${type}`);
    await Deno.writeTextFile(file, `[127.0.0.1]:${sshd.port} ${line}`);
    await using connection = await open(targetOf(sshd, { userKnownHostsFiles: [file] }));
    assert.deepEqual([connection.hostKey.verdict, connection.hostKey.type], ["known", name]);
  }
});

Deno.test("Connector refuses a host whose accepted key changed meanwhile", async () => {
  await using sshd = await startSshd({ hostKeyTypes: ["ed25519", "ecdsa"] });
  for (const strictHostKeyChecking of ["accept-new", "no"] as const) {
    const connector = new Connector({ clock: systemClock });
    const lenient = targetOf(sshd, { ...none, strictHostKeyChecking });
    const ed25519 = { ...lenient, hostKeyAlgorithms: ["ssh-ed25519"] };
    const ecdsa = { ...lenient, hostKeyAlgorithms: ["ecdsa-sha2-nistp256"] };
    await using first = await connector.connect(ed25519);
    await using second = await connector.connect(ed25519);
    assert.equal(second.hostKey.verdict, first.hostKey.verdict);
    await assert.rejects(connector.connect(ecdsa), (error) => {
      assert.ok(error instanceof HostKeyError);
      assert.match(`${error.message} | ${error.advice}`, /has changed.*restart this server/);
      return true;
    });
  }
});
