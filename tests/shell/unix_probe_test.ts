import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { probeUnix } from "../../src/shell/unix_probe.ts";
import { until } from "../support/condition.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { startSshd } from "../support/sshd.ts";
import { open, targetOf } from "../transport/targets.ts";

Deno.test("probeUnix() answers before the host has done, and leaves it to end by itself", async () => {
  const said = "uname -s; until test -e asked; do sleep 0.01; done; echo more && touch whole";
  await using sshd = await startSshd({ config: [`ForceCommand ${said}`] });
  await using connection = await open(targetOf(sshd));
  assert.equal(await probeUnix(connection, { clock: systemClock }), "unix");
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
  assert.equal(await probeUnix(connection, { clock: systemClock }), "other");
  await using full = await startSshd({ config: ["MaxSessions 1"] });
  await using busy = await open(targetOf(full));
  await using _shell = await busy.openShell({ term: "xterm", columns: 80, rows: 24 });
  assert.equal(await probeUnix(busy, { clock: systemClock }), "refused");
});

Deno.test("probeUnix() takes Git's uname on a Windows host for no Unix", async () => {
  for (const system of ["MINGW64_NT-10.0-22631", "MSYS_NT-10.0", "CYGWIN_NT-10.0"]) {
    await using sshd = await startSshd({ config: [`ForceCommand echo ${system}`] });
    await using connection = await open(targetOf(sshd));
    assert.equal(await probeUnix(connection, { clock: systemClock }), "other", system);
  }
});

Deno.test("probeUnix() asks no host whose sshd is the one of Windows", async () => {
  await using sshd = await startSshd();
  await using connection = await open(targetOf(sshd));
  const windows = Object.create(connection, {
    ident: { value: "SSH-2.0-OpenSSH_for_Windows_9.5" },
  });
  assert.equal(await probeUnix(windows, { clock: systemClock }), "other");
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
  assert.equal(await asking, "unix");
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
  assert.equal(await asking, "unix");
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
  assert.equal(await answering, "other");
});
