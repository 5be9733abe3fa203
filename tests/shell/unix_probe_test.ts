import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { probeUnix } from "../../src/shell/unix_probe.ts";
import { until } from "../support/condition.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { nameOf } from "../support/processes.ts";
import { startSshd } from "../support/sshd.ts";
import { open, targetOf } from "../transport/targets.ts";

Deno.test("probeUnix() answers before the host has done, and leaves it to end by itself", async () => {
  const said = "uname -s; until test -e asked; do sleep 0.01; done; echo more && touch whole";
  await using sshd = await startSshd({ config: [`ForceCommand ${said}`] });
  await using connection = await open(targetOf(sshd));
  assert.equal((await probeUnix(connection, { clock: systemClock })).verdict, "unix");
  const home = sshd.account!.home;
  await Deno.writeTextFile(join(home, "asked"), "");
  await until(
    "its last word was taken",
    () => Deno.stat(join(home, "whole")).then(() => true, () => false),
  );
});

Deno.test("probeUnix() tells what is no Unix, and what grants no command", async () => {
  await using other = await startSshd({ config: ["ForceCommand echo '% Invalid input'"] });
  await using connection = await open(targetOf(other));
  assert.equal((await probeUnix(connection, { clock: systemClock })).verdict, "other");
  await using full = await startSshd({ config: ["MaxSessions 1"] });
  await using busy = await open(targetOf(full));
  await using _shell = await busy.openShell({ term: "xterm", columns: 80, rows: 24 });
  assert.equal((await probeUnix(busy, { clock: systemClock })).verdict, "refused");
});

Deno.test("probeUnix() takes Git's uname on a Windows host for no Unix", async () => {
  for (const system of ["MINGW64_NT-10.0-22631", "MSYS_NT-10.0", "CYGWIN_NT-10.0"]) {
    await using sshd = await startSshd({ config: [`ForceCommand echo ${system}`] });
    await using connection = await open(targetOf(sshd));
    assert.equal((await probeUnix(connection, { clock: systemClock })).verdict, "other", system);
  }
});

Deno.test("probeUnix() asks no host whose sshd is the one of Windows", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const windows = Object.create(connection, {
    ident: { value: "SSH-2.0-OpenSSH_for_Windows_9.5" },
  });
  assert.equal((await probeUnix(windows, { clock: systemClock })).verdict, "other");
});

Deno.test("probeUnix() waits for a host that has told its login shell and not yet its system", async () => {
  const clock = new FakeClock();
  const said = "echo /bin/bash; touch told; until test -e asked; do sleep 0.01; done; uname -s";
  await using sshd = await startSshd({ config: [`ForceCommand ${said}`] });
  await using connection = await open(targetOf(sshd));
  const asking = probeUnix(connection, { clock });
  const home = sshd.account!.home;
  await until("it told", () => Deno.stat(join(home, "told")).then(() => true, () => false));
  await connection.measureLatency();
  clock.advance(5_000);
  await connection.measureLatency();
  await Deno.writeTextFile(join(home, "asked"), "");
  assert.equal((await asking).verdict, "unix");
});

Deno.test("probeUnix() waits for a host that is overloaded, and for no menu that goes on", async () => {
  const clock = new FakeClock();
  await using slow = await startSshd({
    config: ["ForceCommand until test -e asked; do sleep 0.01; done; uname -s"],
  });
  await using connection = await open(targetOf(slow));
  const asking = probeUnix(connection, { clock });
  await until("its patience began", () => clock.pending > 0);
  clock.advance(5_000);
  await Deno.writeTextFile(join(slow.account!.home, "asked"), "");
  assert.equal((await asking).verdict, "unix");
  await using menu = await startSshd({
    config: ["ForceCommand echo Menu; touch shown; sleep 60"],
  });
  await using other = await open(targetOf(menu));
  const answering = probeUnix(other, { clock });
  await until(
    "it is shown",
    () => Deno.stat(join(menu.account!.home, "shown")).then(() => true, () => false),
  );
  await other.measureLatency();
  clock.advance(5_000);
  assert.equal((await answering).verdict, "other");
});

Deno.test("probeUnix() leaves a shell that runs one script, whatever the login shell", async () => {
  for (const shell of ["/bin/bash", "/bin/dash", "/usr/bin/fish", "/bin/tcsh"]) {
    await using sshd = await startSshd({ account: { shell } });
    await using connection = await open(targetOf(sshd));
    const { verdict, waiting } = await probeUnix(connection, { clock: systemClock });
    assert.equal(verdict, "unix", shell);
    const said = await waiting?.run("echo $((6 * 7)) end", { ending: "end\n", timeoutMs: 30_000 });
    assert.match(said ?? "", /\n42 end\n$/, shell);
    const again = await waiting?.run("echo again", { ending: "again", timeoutMs: 30_000 });
    assert.equal(again, undefined, shell);
  }
});

Deno.test("probeUnix() types nothing to a program that only says it is Linux", async () => {
  const said = "echo Linux; echo $SSH_ORIGINAL_COMMAND; cat >typed; touch over";
  await using sshd = await startSshd({ config: [`ForceCommand ${said}`] });
  await using connection = await open(targetOf(sshd));
  const { verdict, waiting } = await probeUnix(connection, { clock: systemClock });
  assert.deepEqual({ verdict, waiting }, { verdict: "unix", waiting: undefined });
  const home = sshd.account!.home;
  await until("its input ended", () => Deno.stat(join(home, "over")).then(() => true, () => false));
  assert.equal(await Deno.readTextFile(join(home, "typed")), "");
});

Deno.test("probeUnix() gives a waiting shell's channel to whoever needs it, and lets it end", async () => {
  await using sshd = await startSshd({ config: ["MaxSessions 1"] });
  await using connection = await open(targetOf(sshd));
  const { waiting } = await probeUnix(connection, { clock: systemClock });
  assert.ok(waiting, "no shell waits");
  await using _shell = await connection.openShell({ term: "xterm", columns: 80, rows: 24 });
  assert.equal(await waiting.run("echo X", { ending: "X", timeoutMs: 30_000 }), undefined);
});

Deno.test("probeUnix() ends a waiting shell that nobody uses", async () => {
  const clock = new FakeClock();
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const { waiting } = await probeUnix(connection, { clock });
  assert.ok(waiting, "no shell waits");
  const shells = async (): Promise<number> =>
    (await sshd.sessionPids()).filter((pid) => nameOf(pid) === "sh").length;
  assert.equal(await shells(), 1);
  clock.advance(5_000);
  await until("it has ended", async () => await shells() === 0);
});

Deno.test("probeUnix() knows a Unix host whose login shell may run uname(1) and no sh(1)", async () => {
  const refuses = `case $SSH_ORIGINAL_COMMAND in sh*) exit 127; esac; eval "$SSH_ORIGINAL_COMMAND"`;
  await using sshd = await startSshd({ config: [`ForceCommand ${refuses}`] });
  await using connection = await open(targetOf(sshd));
  assert.equal((await probeUnix(connection, { clock: systemClock })).verdict, "unix");
});
