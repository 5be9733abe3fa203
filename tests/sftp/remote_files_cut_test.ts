import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { ConnectionLostError } from "../../src/errors.ts";
import type { Elevation } from "../../src/sftp/script/elevation.ts";
import { RemoteFiles } from "../../src/sftp/remote_files.ts";
import { type Account, createAccount } from "../support/account.ts";
import { until } from "../support/condition.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { open, targetOf } from "../transport/targets.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import type { StationOptions } from "./station.ts";

const sudoers = "ALL=(ALL) NOPASSWD: ALL";
const methods: readonly (readonly [title: string, options: StationOptions])[] = [
  ["over SFTP", {}],
  ["by shell", { sftp: "off" }],
  ["by sudo", { elevation: { kind: "sudo" }, account: { sudoers } }],
];

const CUTS = 20;
const SIZE = 300_000;
const OLD = 111;
const NEW = 110;

for (const [title, options] of methods) {
  Deno.test(`RemoteFiles.write() cut at ${CUTS} points leaves the old or the new file, ${title}`, async () => {
    await using account = await createAccount(options.account);
    await using sshd = await startSshd({
      accounts: [account],
      config: options.sftp === "off" ? ["Subsystem none /bin/false"] : [],
    });
    using proxy = new CuttingProxy(sshd.port);
    const scene = {
      account,
      sshd,
      proxy,
      elevation: options.elevation ?? { kind: "none" },
    } as const;
    await Deno.mkdir(`${account.home}/d`, { mode: 0o700 });
    if (options.elevation === undefined) {
      await Deno.chown(`${account.home}/d`, account.uid, account.gid);
    }
    const { error, usedBytes } = await writeThrough(scene, 10_000_000);
    assert.equal(error, undefined);
    const outcomes = [];
    for (let cut = 1; cut <= CUTS; cut++) {
      outcomes.push(await cutWrite(scene, Math.floor(usedBytes * cut / CUTS) - 1));
    }
    assert.ok(outcomes.includes("old"), outcomes.join());
  });
}

interface Scene {
  readonly account: Account;
  readonly sshd: Sshd;
  readonly proxy: CuttingProxy;
  readonly elevation: Elevation;
}

async function cutWrite(scene: Scene, leftBytes: number): Promise<"old" | "new"> {
  const directory = `${scene.account.home}/d`;
  const { error, aside } = await writeThrough(scene, leftBytes);
  assert.ok(error === undefined || error instanceof ConnectionLostError, `${error}`);
  await until(
    "nothing is left but what the caller was told of",
    () =>
      [...Deno.readDirSync(directory)]
        .every(({ name }) => name === "f" || `${directory}/${name}` === aside),
  );
  const now = await Deno.readFile(`${directory}/f`);
  if (aside !== undefined) await Deno.remove(aside).catch(() => {});
  const [first] = now;
  assert.ok(now.length === SIZE && now.every((byte) => byte === first), `cut at ${leftBytes}`);
  return first === OLD ? "old" : "new";
}

async function writeThrough(
  { account, sshd, proxy, elevation }: Scene,
  leftBytes: number,
): Promise<{ error: unknown; usedBytes: number; aside: string | undefined }> {
  const path = `${account.home}/d/f`;
  await Deno.writeFile(path, new Uint8Array(SIZE).fill(OLD));
  if (elevation.kind === "none") await Deno.chown(path, account.uid, account.gid);
  proxy.leftBytes = Infinity;
  const through = { port: proxy.port, strictHostKeyChecking: "no" } as const;
  await using connection = await open(targetOf(sshd, through));
  proxy.leftBytes = leftBytes;
  let aside: string | undefined;
  const files = new RemoteFiles({ clock: systemClock });
  const content = new Uint8Array(SIZE).fill(NEW);
  const error = await files.write(connection, path, {
    elevation,
    onAside: (left) => aside = left,
    request: { content, mode: "replace", makesDirectories: false },
  }).then(() => undefined, (error) => error);
  return { error, usedBytes: leftBytes - proxy.leftBytes, aside };
}
