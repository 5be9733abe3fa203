import assert from "node:assert/strict";
import { borrowShellHosts } from "./shared_shell_hosts.ts";

const COMMANDS = [
  "echo one",
  "echo 'quoted \"text\" $x'; false",
  "for i in 1 2\ndo\n  echo $i\ndone",
  "echo 'percent %s \\n backslash'",
];

Deno.test("history in bash, zsh and mksh shows the commands as given and nothing of ours", async () => {
  await using hosts = await borrowShellHosts({ shells: ["bash", "zsh", "mksh"] });
  await Promise.all(hosts.all.map(async (host) => {
    for (const command of COMMANDS) await host.run(command);
    const reply = await host.run("fc -l -n 1 | cat");
    for (const command of COMMANDS) {
      const line = command.split("\n")[0]!;
      assert.ok(reply.body.includes(line), `${host.name}: ${command} is not in ${reply.body}`);
    }
    assert.doesNotMatch(reply.body, /7717|stty|eval|_VERSION|PAGER/, host.name);
  }));
});

Deno.test("a history file holds the commands as given and nothing of ours", async () => {
  const file = "HISTFILE=~/history; HISTSIZE=1000; SAVEHIST=1000\n";
  await using hosts = await borrowShellHosts({
    shells: ["bash", "zsh", "mksh", "ksh93"],
    files: (name) => ({ [name === "zsh" ? ".zshrc" : ".profile"]: file }),
  });
  await Promise.all(hosts.all.map(async (host) => {
    for (const command of COMMANDS) await host.run(command);
    await host.run("exit");
    const bytes = await Deno.readFile(`${host.account.home}/history`);
    const text = new TextDecoder("latin1").decode(bytes);
    assert.match(text, /echo one/, host.name);
    assert.match(text, /echo 'quoted "text" \$x'; false/, host.name);
    // ksh93 writes each line as it reads it, so the two that set it up stand before the first.
    const own = host.name === "ksh93" ? text.slice(text.indexOf("echo one")) : text;
    assert.doesNotMatch(own, /7717|stty|_VERSION|PAGER/, `${host.name}: ${text}`);
  }));
});

Deno.test("fc -e repeats the caller's own command", async () => {
  await using hosts = await borrowShellHosts({ shells: ["bash", "zsh", "mksh"] });
  await Promise.all(hosts.all.map(async (host) => {
    await host.run("echo repeated; (exit 3)");
    const reply = await host.run("fc -s echo 2>/dev/null || fc -e - echo");
    assert.match(reply.body, /repeated\n/, `${host.name}: ${reply.text}`);
  }));
});
