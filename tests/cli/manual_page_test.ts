import assert from "node:assert/strict";
import { manualPage } from "../../src/cli/manual_page.ts";
import { EXIT_STATUSES, usageOf, VARIABLES, WORDS } from "../../src/cli/words.ts";
import { command } from "../support/command.ts";

Deno.test("man formats the manual page without a warning, and it names everything", async () => {
  const path = await Deno.makeTempFile({ suffix: ".1" });
  await Deno.writeTextFile(path, manualPage("1.2.3"));
  const { code, stdout, stderr } = await command(["man", "--warnings=w", "-l", path], {
    env: { MANWIDTH: "200", MANPAGER: "cat", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: "" },
  });
  await Deno.remove(path);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const names = [...VARIABLES, ...EXIT_STATUSES].map(([name]) => name);
  for (
    const expected of [
      ...WORDS.map(usageOf),
      ...names,
      "~/.ssh/known_hosts",
      "mcp-ssh-session 1.2.3",
    ]
  ) {
    assert.ok(stdout.includes(expected), `${expected}\n${stdout}`);
  }
});
