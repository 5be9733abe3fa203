import { join } from "node:path";
import assert from "node:assert/strict";
import { mustRun } from "../support/command.ts";
import { idOf, SLEEP, startWorld } from "../support/world.ts";

/** What makes a shell restricted is the name it is called by. */
const NAMES: Readonly<Record<string, string>> = {
  rbash: "bash",
  rzsh: "zsh",
  rksh: "ksh93",
  rmksh: "mksh",
};

for (const [name, shell] of Object.entries(NAMES)) {
  Deno.test(`${name} runs what it may, refuses what it must, and stays exact`, async () => {
    await using directory = await linkTo(shell, name);
    const account = { shell: directory.path, files: { ".zshrc": "" } };
    await using world = await startWorld({ account });
    const { server } = world;
    const free = await server.run("echo free; (exit 3)");
    assert.equal(free.meta?.exit_status, 3);
    assert.equal(free.body, "free\n");
    for (const refused of ["cd /usr", "x=1; echo $x > file"]) {
      assert.match((await server.run(refused)).body, /restricted/);
    }
    const sleeps = await server.run(SLEEP, { timeout: 0.5 });
    const ended = await server.call("interrupt_command_by_id", { command_id: idOf(sleeps) });
    assert.equal(ended.meta?.exit_signal, "INT", ended.text);
    assert.equal((await server.run("echo $x; ls | wc -l; (exit 4)")).body, "1\n0\n");
  });
}

async function linkTo(shell: string, name: string): Promise<AsyncDisposable & { path: string }> {
  const directory = await Deno.makeTempDir({ prefix: "mss_restricted_" });
  await Deno.chmod(directory, 0o755);
  const program = await mustRun(["which", shell]);
  const path = join(directory, name);
  await Deno.symlink(program.trim(), path);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
