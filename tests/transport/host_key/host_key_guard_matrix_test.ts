import assert from "node:assert/strict";
import { mustRun } from "../../support/command.ts";
import { startSshd } from "../../support/sshd.ts";
import { CERTIFICATES } from "./certificate_rows.ts";
import { lineForms, nameForms } from "./known_hosts_rows.ts";
import { compare, judge } from "./matrix.ts";
import { keysOf, lineOf, makeList, newKey, type Row } from "./matrix_row.ts";
import { revocationForms, revocationLists } from "./revocation_rows.ts";
import { settingForms } from "./setting_rows.ts";

const MODES = ["yes", "accept-new", "no", "ask"] as const;

/** Rows that this program refuses on purpose and ssh accepts, by the start of "MODE: TITLE". */
const STRICTER: readonly RegExp[] = [
  // A changed or revoked key is refused whatever StrictHostKeyChecking says.
  /^no: .*/,
  // A damaged line of the host's own name is another key until it is corrected.
  /^accept-new: a key (cut short|with more behind)/,
  /^yes: a NUL/,
  /^(yes|accept-new|ask): KnownHostsCommand knows/,
  /^(yes|accept-new|ask): NoHostAuthenticationForLocalhost/,
];

function requireOnPurpose(stricter: readonly string[]): void {
  assert.deepEqual(stricter.filter((cell) => !STRICTER.some((known) => known.test(cell))), []);
}

Deno.test("host keys are judged as by ssh or stricter: names and lines of known_hosts", async () => {
  await using sshd = await startSshd({ hostKeyTypes: ["ed25519", "rsa"] });
  const keys = await keysOf(sshd);
  // Whether a name is the host's shows in "yes", either way.
  requireOnPurpose((await compare(sshd, nameForms(keys), ["yes"])).stricter);
  requireOnPurpose((await compare(sshd, lineForms(keys), ["yes", "accept-new"])).stricter);
  const lax = await compare(sshd, lineForms(keys), ["no"]);
  assert.ok(lax.stricter.length < lax.total / 2, lax.stricter.join("\n"));
});

Deno.test("host keys are judged as by ssh or stricter: settings", async () => {
  await using sshd = await startSshd({ hostKeyTypes: ["ed25519", "rsa"] });
  requireOnPurpose((await compare(sshd, settingForms(await keysOf(sshd)), MODES)).stricter);
});

Deno.test("host keys are judged as by ssh or stricter: RevokedHostKeys", async () => {
  await using sshd = await startSshd({ hostKeyTypes: ["ed25519", "rsa"] });
  const rows = revocationForms(await keysOf(sshd), await revocationLists(sshd));
  const { stricter } = await compare(sshd, rows, ["yes", "no"]);
  assert.deepEqual(stricter, []);
});

Deno.test("host keys are judged as by ssh or stricter: certificates", async () => {
  await using maker = await startSshd();
  const authority = await newKey(maker);
  const ca = await lineOf(`${authority}.pub`);
  const weaker: string[] = [];
  const stricter: string[] = [];
  for (const { title, options, settings = [], more, list } of CERTIFICATES) {
    const key = await newKey(maker);
    await mustRun([
      "ssh-keygen",
      "-q",
      "-s",
      authority,
      "-I",
      "the host",
      ...options,
      `${key}.pub`,
    ]);
    await using sshd = await startSshd({
      config: [`HostKey ${key}`, `HostCertificate ${key}-cert.pub`],
    });
    const own = await lineOf(`${key}.pub`);
    const known = `@cert-authority * ${ca}\n${more?.(ca, own) ?? ""}`;
    const spec = list === "AUTHORITY" ? `key: ${ca}` : list;
    const revoked = spec === undefined ? "" : await makeList(maker, spec, `${authority}.pub`);
    const row: Row = {
      ...{ title, known, revoked },
      settings: [...settings, ...(spec === undefined ? [] : ["RevokedHostKeys REVOKED"])],
    };
    const verdict = await judge(sshd, row, "yes");
    if (verdict.ours === verdict.theirs) continue;
    (verdict.ours === "accepted" ? weaker : stricter).push(`${title} (${verdict.reason})`);
  }
  assert.deepEqual(weaker, []);
  assert.deepEqual(stricter, []);
});
