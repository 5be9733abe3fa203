import assert from "node:assert/strict";
import { join } from "node:path";
import type { ResolvedHost } from "../../../src/config/resolved_host.ts";
import { AuthenticationError } from "../../../src/errors.ts";
import { Agents } from "../../../src/transport/auth/agent.ts";
import { createAccount } from "../../support/account.ts";
import { mustRun } from "../../support/command.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";
import { startAgent } from "../ssh_agent.ts";
import { open, run, targetOf } from "../targets.ts";

const passphrase = "a long passphrase";

/** Makes a key that the sshd lets in; returns its path. */
async function addKey(sshd: Sshd, name: string, ...options: readonly string[]): Promise<string> {
  const path = join(sshd.directory, name);
  await mustRun(["ssh-keygen", "-q", "-C", name, "-f", path, ...options]);
  const line = await Deno.readTextFile(`${path}.pub`);
  const authorized = join(sshd.directory, "authorized_keys");
  await Deno.writeTextFile(authorized, line, { append: true });
  return path;
}

function named(...paths: readonly string[]): Pick<ResolvedHost, "identityFiles"> {
  return { identityFiles: paths.map((path) => ({ path, named: true })) };
}

const keyTypes: readonly (readonly [string, readonly string[]])[] = [
  ["ed25519", ["-t", "ed25519"]],
  ["rsa", ["-t", "rsa", "-b", "2048"]],
  ["ecdsa 256", ["-t", "ecdsa", "-b", "256"]],
  ["ecdsa 384", ["-t", "ecdsa", "-b", "384"]],
  ["ecdsa 521", ["-t", "ecdsa", "-b", "521"]],
  ["rsa PEM", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
  ["rsa PKCS8", ["-t", "rsa", "-b", "2048", "-m", "PKCS8"]],
  ["ecdsa PEM", ["-t", "ecdsa", "-m", "PEM"]],
  ["ecdsa 521 PEM", ["-t", "ecdsa", "-b", "521", "-m", "PEM"]],
  ["ecdsa PKCS8", ["-t", "ecdsa", "-m", "PKCS8"]],
];

Deno.test("connect() logs in with every type of key, encrypted or not", async (test) => {
  await using sshd = await startSshd();
  for (const [title, options] of keyTypes) {
    await test.step(title, async () => {
      const path = await addKey(sshd, title.replaceAll(" ", "_"), "-N", "", ...options);
      await using connection = await open(targetOf(sshd, named(path)));
      assert.equal((await run(connection, "echo in")).output, "in\n");
    });
    await test.step(`${title}, encrypted`, async () => {
      const file = `${title.replaceAll(" ", "_")}_locked`;
      const path = await addKey(sshd, file, "-N", passphrase, ...options);
      await using _withPublic = await open(
        targetOf(sshd, { ...named(path), password: passphrase }),
      );
      await Deno.remove(`${path}.pub`);
      await using _without = await open(targetOf(sshd, { ...named(path), password: passphrase }));
    });
  }
});

Deno.test("connect() logs in with ECDSA keys whatever their leading bytes", async () => {
  await using sshd = await startSshd();
  for (let index = 0; index < 12; index++) {
    const path = await addKey(sshd, `ec${index}`, "-N", "", "-t", "ecdsa");
    await using _connection = await open(targetOf(sshd, named(path)));
  }
});

Deno.test("connect() says what is the matter with each key", async () => {
  await using sshd = await startSshd({ config: ["PasswordAuthentication no"] });
  const locked = await addKey(sshd, "locked", "-N", passphrase, "-t", "ed25519");
  const stranger = join(sshd.directory, "stranger");
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger]);
  const garbage = join(sshd.directory, "garbage");
  await Deno.writeTextFile(garbage, "no key\n");
  const identities = named(locked, stranger, garbage, join(sshd.directory, "absent"));
  await refused(sshd, identities, [
    /^Cannot log in to "testhost": the server accepts publickey;/,
    /locked is encrypted, and no passphrase was given/,
    /stranger was refused/,
    /garbage cannot be used: it is no key file/,
    /absent does not exist/,
  ]);
  await refused(sshd, { ...named(locked), password: "wrong secret" }, [
    /locked is encrypted, and the password given is not its passphrase/,
  ]);
});

Deno.test("connect() logs in by password", async () => {
  await using sshd = await startSshd({ account: { password: "s3cret pass" } });
  const bare = { ...named(), password: "s3cret pass" };
  await using connection = await open(targetOf(sshd, bare));
  assert.equal(connection.method, "password");
});

Deno.test("connect() tries a wrong password once and never shows it", async () => {
  await using sshd = await startSshd({ account: { password: "right" } });
  await refused(sshd, { ...named(), password: "wr0ng secret" }, [/the password was refused/]);
  await refused(sshd, named(), [/the server accepts publickey, password; no password was given/]);
  const failures = sshd.log().match(/Failed password/g) ?? [];
  assert.equal(failures.length, 1);
});

Deno.test("connect() follows publickey,password in sequence", async () => {
  await using sshd = await startSshd({
    account: { password: "second step" },
    config: ["AuthenticationMethods publickey,password"],
  });
  await using connection = await open(targetOf(sshd, { password: "second step" }));
  assert.equal(connection.method, "publickey,password");
  await refused(sshd, {}, [/the server accepts password after publickey/, /no password was given/]);
});

Deno.test("connect() follows publickey,publickey with two keys", async () => {
  await using sshd = await startSshd({ config: ["AuthenticationMethods publickey,publickey"] });
  const second = await addKey(sshd, "second", "-N", "", "-t", "ecdsa");
  const identities = named(sshd.keyPath, second);
  await using connection = await open(targetOf(sshd, identities));
  assert.equal(connection.method, "publickey,publickey");
});

Deno.test("connect() heeds PreferredAuthentications", async () => {
  await using sshd = await startSshd({ account: { password: "word" } });
  const resolved = { password: "word", preferredAuthentications: ["password", "publickey"] };
  await using connection = await open(targetOf(sshd, resolved));
  assert.equal(connection.method, "password");
  await refused(sshd, { preferredAuthentications: ["keyboard-interactive"] }, [
    /ssh_config allows only keyboard-interactive/,
  ]);
});

Deno.test("connect() logs in with the agent's key, the file's public half named", async () => {
  await using sshd = await startSshd();
  await using agent = await startAgent();
  for (const type of ["ed25519", "rsa", "ecdsa"]) {
    const path = await addKey(sshd, `agent_${type}`, "-N", passphrase, "-t", type);
    await agent.add(path, passphrase);
    await Deno.remove(path);
    const resolved = { ...named(`${path}.pub`), identityAgent: agent.socketPath };
    await using connection = await open(targetOf(sshd, resolved));
    assert.equal(connection.method, "publickey");
    await using _absent = await open(
      targetOf(sshd, { ...named(path), identityAgent: agent.socketPath }),
    );
  }
});

Deno.test("connect() offers identities before the agent's other keys (MaxAuthTries 2)", async () => {
  await using sshd = await startSshd({ config: ["MaxAuthTries 2"] });
  await using agent = await startAgent();
  for (let index = 0; index < 5; index++) {
    const path = join(sshd.directory, `other${index}`);
    await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]);
    await agent.add(path, "");
  }
  const resolved = { identitiesOnly: false, identityAgent: agent.socketPath };
  await using _connection = await open(targetOf(sshd, resolved));
  await using agents = { agents: new Agents(), [Symbol.asyncDispose]: async () => {} };
  await assert.rejects(
    open(targetOf(sshd, { ...resolved, ...named() }), { agents: agents.agents }),
    (error) => {
      assert.ok(error instanceof AuthenticationError);
      assert.match(error.message, /hung up with "Too many authentication failures"/);
      return true;
    },
  );
  const identitiesOnly = { ...resolved, ...named(), identitiesOnly: true };
  await refused(sshd, identitiesOnly, [/no key or password was available|no password was given/]);
});

Deno.test("connect() says that no agent answers", async () => {
  await using sshd = await startSshd();
  const socketPath = join(sshd.directory, "no-agent");
  await refused(sshd, { ...named(), identityAgent: socketPath }, [
    /no agent answers at .*no-agent \(ENOENT\)/,
  ]);
});

Deno.test("connect() logs in with certificates from file and agent", async (test) => {
  await using account = await createAccount();
  await using directory = await authority();
  await using sshd = await startSshd({
    accounts: [account],
    config: [`TrustedUserCAKeys ${directory.path}/ca.pub`, "AuthorizedKeysFile none"],
  });
  for (const type of ["ed25519", "rsa", "ecdsa"]) {
    const key = await directory.certified(`id_${type}`, { type, principal: account.name });
    await test.step(`${type} beside the identity`, async () => {
      await using connection = await open(targetOf(sshd, named(key)));
      assert.equal(connection.method, "publickey");
    });
    await test.step(`${type} named by CertificateFile`, async () => {
      const moved = `${key}-moved.pub`;
      await Deno.rename(`${key}-cert.pub`, moved);
      const resolved = { ...named(key), certificateFiles: [moved] };
      await using _connection = await open(targetOf(sshd, resolved));
      await Deno.rename(moved, `${key}-cert.pub`);
    });
    await test.step(`${type} from an agent`, async () => {
      await using agent = await startAgent();
      await agent.add(key, "");
      const resolved = { ...named(), identitiesOnly: false, identityAgent: agent.socketPath };
      await using _connection = await open(targetOf(sshd, resolved));
    });
  }
  await test.step("expired", async () => {
    const key = await directory.certified("late", {
      type: "ed25519",
      principal: account.name,
      validity: "20200101:20200102",
    });
    await refused(sshd, named(key), [
      /late with certificate "late" was refused \(it has expired\)/,
    ]);
  });
});

async function refused(
  sshd: Sshd,
  over: Partial<ResolvedHost>,
  patterns: readonly RegExp[],
): Promise<void> {
  await assert.rejects(open(targetOf(sshd, over)), (error) => {
    assert.ok(error instanceof AuthenticationError, String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
    if (over.password !== undefined) {
      assert.ok(!(error.message + error.advice).includes(over.password));
    }
    return true;
  });
}

interface Certified {
  readonly type: string;
  readonly principal: string;
  readonly validity?: string;
}

async function authority(): Promise<
  AsyncDisposable & {
    readonly path: string;
    certified(name: string, options: Certified): Promise<string>;
  }
> {
  const path = await Deno.makeTempDir({ prefix: "mss_ca_" });
  await Deno.chmod(path, 0o755);
  const ca = join(path, "ca");
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ca]);
  return {
    path,
    certified: async (name, { type, principal, validity = "always:forever" }) => {
      const key = join(path, name);
      await mustRun(["ssh-keygen", "-q", "-t", type, "-N", "", "-f", key]);
      const sign = ["-s", ca, "-I", name, "-n", principal, "-V", validity, `${key}.pub`];
      await mustRun(["ssh-keygen", "-q", ...sign]);
      return key;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("connect() sends no key's passphrase as the account's password", async (test) => {
  const account = await createAccount({ password: passphrase });
  await using _account = account;
  for (const method of ["password", "keyboard-interactive"]) {
    await test.step(method, async () => {
      await using sshd = await startSshd({
        accounts: [account],
        config: [
          "PasswordAuthentication yes",
          "KbdInteractiveAuthentication yes",
          "UsePAM yes",
          `AuthenticationMethods publickey ${method}`,
        ],
      });
      const path = join(sshd.directory, "refused");
      await mustRun(["ssh-keygen", "-q", "-f", path, "-N", passphrase]);
      const target = { user: account.name, password: passphrase };
      await using _asPassword = await open(targetOf(sshd, { ...target, identityFiles: [] }));
      const refused = await open(targetOf(sshd, { ...target, ...named(path) })).then(
        () => undefined,
        (error) => error as AuthenticationError,
      );
      assert.ok(refused instanceof AuthenticationError, "the passphrase was sent and let in");
      assert.match(refused.message, /is the passphrase of .*refused, so it was not sent/);
    });
  }
});
