import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  certificateAuthorities,
  fingerprintSha256,
  HostKeyPins,
  type HostKeyVerdict,
  judgeHostKey,
  type KnownHostEntry,
  parseKnownHosts,
  preferredHostKeyTypes,
  type ShownHostKey,
} from "../../../src/transport/host_key/known_hosts.ts";

const alice = wireKey("ssh-ed25519", 1);
const bob = wireKey("ssh-ed25519", 2);
const rsa = wireKey("ssh-rsa", 3);
const ecdsa = wireKey("ecdsa-sha2-nistp256", 4);

function wireKey(type: string, fill: number): Uint8Array {
  const name = new TextEncoder().encode(type);
  const key = new Uint8Array(4 + name.length + 36).fill(fill);
  new DataView(key.buffer).setUint32(0, name.length);
  key.set(name, 4);
  return key;
}

function line(names: string, key: Uint8Array): string {
  const type = new TextDecoder().decode(key.subarray(4, 4 + (key[3] as number)));
  return `${names} ${type} ${Buffer.from(key).toString("base64")}\n`;
}

function shown(key: Uint8Array, more: Partial<ShownHostKey> = {}): ShownHostKey {
  return { host: "web.example", port: 22, keyType: "ssh-ed25519", key, ...more };
}

function summary(verdict: HostKeyVerdict): string {
  return verdict.kind === "unknown" ? "unknown" : `${verdict.kind}:${verdict.entry.line}`;
}

const table: readonly (readonly [string, string, ShownHostKey, string])[] = [
  ["an exact name", line("web.example", alice), shown(alice), "known:1"],
  ["another case", line("WEB.example", alice), shown(alice, { host: "Web.Example" }), "known:1"],
  ["another host", line("db.example", alice), shown(alice), "unknown"],
  ["another key", line("web.example", bob), shown(alice), "changed:1"],
  ["another key type", line("web.example", rsa), shown(alice), "changed:1"],
  [
    "one of several keys",
    line("web.example", bob) + line("web.example", alice),
    shown(alice),
    "known:2",
  ],
  ["the last offending line", line("*", bob) + line("web.example", rsa), shown(alice), "changed:2"],
  ["a list of names", line("db,web.example,10.0.0.1", alice), shown(alice), "known:1"],
  ["wildcards", line("*.example", alice), shown(alice), "known:1"],
  ["a question mark", line("we?.exampl?", alice), shown(alice), "known:1"],
  ["a negated name", line("*.example,!web.example", alice), shown(alice), "unknown"],
  ["a negation standing first", line("!web.example,*", alice), shown(alice), "unknown"],
  [
    "a port",
    line("[web.example]:2222", alice),
    shown(alice, { port: 2222 }),
    "known:1",
  ],
  ["a port that is not meant", line("[web.example]:2222", alice), shown(alice), "unknown"],
  [
    "the name without its port, where that vouches",
    line("web.example", alice),
    shown(alice, { port: 2222 }),
    "known:1",
  ],
  [
    "the name without its port, where that differs",
    line("web.example", bob),
    shown(alice, { port: 2222 }),
    "unknown",
  ],
  [
    "HostKeyAlias, whatever the port",
    line("alias", alice) + line("[web.example]:2222", bob),
    shown(alice, { port: 2222, hostKeyAlias: "Alias" }),
    "known:1",
  ],
  ["a revoked key", line("@revoked *", alice) + line("*", alice), shown(alice), "revoked:1"],
  [
    "a revoked key that stands last",
    line("web.example", alice) + line("@revoked web.example", alice),
    shown(alice),
    "revoked:2",
  ],
  [
    "a key revoked under the name without port",
    line("@revoked web.example", alice) + line("[web.example]:2222", bob),
    shown(alice, { port: 2222 }),
    "changed:2",
  ],
  ["another key revoked", line("@revoked *", bob), shown(alice), "unknown"],
  ["an authority alone", line("@cert-authority *", alice), shown(alice), "unknown"],
  ["an unknown marker", line("@trusted web.example", alice), shown(alice), "unknown"],
  ["a comment", "#" + line("web.example", alice), shown(alice), "unknown"],
  [
    "blank lines, tabs and comments behind",
    `\n \n\tweb.example\t${line("", alice).trim()} a comment\r\n`,
    shown(alice),
    "known:3",
  ],
  [
    "a type unlike the key",
    line("web.example", alice).replace("ed25519", "rsa"),
    shown(alice),
    "unknown",
  ],
  ["a key cut short", line("web.example", alice).slice(0, 40), shown(alice), "unknown"],
  ["no key", "web.example ssh-ed25519\n", shown(alice), "unknown"],
  [
    "an address that agrees",
    line("web.example,10.0.0.1", alice),
    shown(alice, { address: "10.0.0.1" }),
    "known:1",
  ],
  [
    "an address that contradicts",
    line("web.example", alice) + line("10.0.0.1", bob),
    shown(alice, { address: "10.0.0.1" }),
    "changed:2",
  ],
  [
    "an address with port that contradicts",
    line("[web.example]:2222", alice) + line("[10.0.0.1]:2222", bob),
    shown(alice, { address: "10.0.0.1", port: 2222 }),
    "changed:2",
  ],
  [
    "an address nobody asked for",
    line("web.example", alice) + line("10.0.0.1", bob),
    shown(alice),
    "known:1",
  ],
  [
    "an unknown name behind a known address",
    line("10.0.0.1", alice),
    shown(alice, { address: "10.0.0.1" }),
    "unknown",
  ],
];

for (const [title, text, key, expected] of table) {
  Deno.test(`judgeHostKey() with ${title} answers ${expected}`, () => {
    assert.equal(summary(judgeHostKey(parseKnownHosts(text, "known_hosts"), key)), expected);
  });
}

Deno.test("judgeHostKey() names the file of the offending key among several", () => {
  const entries = [
    ...parseKnownHosts(line("db.example", alice), "/home/deploy/.ssh/known_hosts"),
    ...parseKnownHosts(line("web.example", bob), "/etc/ssh/ssh_known_hosts"),
  ];
  const verdict = judgeHostKey(entries, shown(alice));
  assert.equal(verdict.kind, "changed");
  assert.equal((verdict as { entry: KnownHostEntry }).entry.file, "/etc/ssh/ssh_known_hosts");
});

Deno.test("judgeHostKey() matches names that ssh-keygen -H hashed", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/known_hosts`;
    await Deno.writeTextFile(path, line("web.example", alice) + line("[db.example]:2222", bob));
    const hashing = new Deno.Command("ssh-keygen", { args: ["-H", "-f", path], stderr: "null" });
    assert.ok((await hashing.output()).success);
    const entries = parseKnownHosts(await Deno.readTextFile(path), path);
    assert.deepEqual(entries.map((entry) => entry.names.kind), ["hashed", "hashed"]);
    assert.equal(summary(judgeHostKey(entries, shown(alice))), "known:1");
    assert.equal(
      summary(judgeHostKey(entries, shown(bob, { host: "db.example", port: 2222 }))),
      "known:2",
    );
    assert.equal(summary(judgeHostKey(entries, shown(bob))), "changed:1");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("fingerprintSha256() prints what ssh-keygen -l prints", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/key`;
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
    const encoded = (await Deno.readTextFile(`${path}.pub`)).split(" ")[1] as string;
    const printed = await run("ssh-keygen", ["-l", "-f", path]);
    assert.equal(printed.split(" ")[1], fingerprintSha256(Buffer.from(encoded, "base64")));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("preferredHostKeyTypes() lists the types on file, RSA by its SHA-2 names", () => {
  const text = line("web.example", ecdsa) + line("*.example", rsa) + line("@revoked *", alice);
  assert.deepEqual(
    preferredHostKeyTypes(parseKnownHosts(text, "f"), { host: "web.example", port: 22 }),
    ["ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
  );
});

Deno.test("preferredHostKeyTypes() falls back to the name without port", () => {
  const entries = parseKnownHosts(line("web.example", alice), "f");
  assert.deepEqual(preferredHostKeyTypes(entries, { host: "web.example", port: 2222 }), [
    "ssh-ed25519",
  ]);
  assert.deepEqual(
    preferredHostKeyTypes(entries, { host: "web.example", port: 22, hostKeyAlias: "other" }),
    [],
  );
});

Deno.test("certificateAuthorities() lists the lines that cover the host", () => {
  const text = line("@cert-authority *.example", alice) + line("@cert-authority *.org", bob);
  const found = certificateAuthorities(parseKnownHosts(text, "f"), {
    host: "web.example",
    port: 22,
  });
  assert.deepEqual(found.map((entry) => entry.line), [1]);
});

Deno.test("HostKeyPins.pin() makes a key known in its scope and never replaces it", () => {
  const pins = new HostKeyPins();
  pins.pin("lab", shown(alice, { port: 2222 }));
  pins.pin("lab", shown(bob, { port: 2222 }));
  const judge = (scope: string, key: Uint8Array, port: number): string =>
    judgeHostKey(pins.entriesOf(scope), shown(key, { port })).kind;
  assert.equal(judge("lab", alice, 2222), "known");
  assert.equal(judge("lab", bob, 2222), "changed");
  assert.equal(judge("lab", alice, 22), "unknown");
  assert.equal(judge("prod", alice, 2222), "unknown");
});

async function run(command: string, args: string[]): Promise<string> {
  const output = await new Deno.Command(command, { args, stderr: "null" }).output();
  assert.ok(output.success);
  return new TextDecoder().decode(output.stdout);
}
