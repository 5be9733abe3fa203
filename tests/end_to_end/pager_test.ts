import assert from "node:assert/strict";
import { startShellHosts } from "./login_shells.ts";

Deno.test("in every shell git log in a repository of 200 commits ends by itself", async () => {
  await using hosts = await startShellHosts();
  const setUp = "git init -q repository && cd repository && " +
    "git config user.email a@b.c && git config user.name tester && " +
    "for i in $(seq 200); do printf 'commit refs/heads/main\\ncommitter t <t@t> %s +0000\\n" +
    "data 9\\ncommit %03d\\n' $((1700000000+i)) $((i%1000)); done | sed 's/^commit \\([0-9]\\)/commit\\1/' " +
    "| git fast-import --quiet && git checkout -q main";
  await Promise.all(hosts.all.map(async (host) => {
    const made = await host.run(setUp, { timeout: 30 });
    assert.equal(made.meta?.exit_status, 0, `${host.name}: ${made.text}`);
    const log = await host.run("git log", { timeout: 30 });
    assert.equal(log.meta?.state, "exited", `${host.name}: ${log.firstLine}`);
    assert.equal(log.meta.exit_status, 0, host.name);
    const count = await host.run("git log --oneline | wc -l; git log --oneline", { timeout: 30 });
    const [first, ...rest] = count.body.trimEnd().split("\n");
    assert.equal(first!.trim(), "200", host.name);
    assert.equal(rest.length, 200, host.name);
    const other = await host.run("git branch; git diff HEAD~1 --stat; git -p status", {
      timeout: 30,
    });
    assert.equal(other.meta?.state, "exited", `${host.name}: ${other.text}`);
  }));
});

Deno.test("programs that page because they see a terminal print and end", async () => {
  await using hosts = await startShellHosts({ shells: ["bash", "dash"] });
  await Promise.all(hosts.all.map(async (host) => {
    const page = ".TH T 1\n.SH NAME\n" + ".PP\nline\n".repeat(200);
    await Deno.writeTextFile(`${host.account.home}/t.1`, page);
    const man = await host.run("man -l t.1", { timeout: 30 });
    assert.equal(man.meta?.state, "exited", `${host.name}: ${man.text}`);
    assert.match(man.body, /NAME/, `${host.name}: ${man.text}`);
    const help = await host.run("python3 -c 'help(str)' | tail -1; python3 -c 'help(str)'", {
      timeout: 30,
    });
    assert.equal(help.meta?.state, "exited", `${host.name}: ${help.text}`);
    assert.equal(help.meta.exit_status, 0, host.name);
  }));
});
