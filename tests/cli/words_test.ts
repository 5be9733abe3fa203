import assert from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { helpText } from "../../src/cli/help.ts";
import { usageOf, VARIABLES, WORDS } from "../../src/cli/words.ts";
import { REPOSITORY, sourceFiles } from "../support/source_file.ts";

Deno.test("the parser accepts each word of the table with its arguments, and with no more", async () => {
  for (const word of WORDS) {
    const values = word.takes.map(({ offers }) => Array.isArray(offers) ? offers[0] : "web1");
    const typed = [...word.name.split(" "), ...values.filter((value) => value !== undefined)];
    assert.notEqual((await parseCommandLine(typed, "1")).kind, "wrong", typed.join(" "));
    const more = await parseCommandLine([...typed, "x", "y"], "1");
    assert.ok(more.kind === "wrong" && more.message.includes(`${word.name} takes ${word.wants}`));
    const checked = await parseCommandLine([...typed, "--check"], "1");
    assert.equal(checked.kind === "wrong", !word.options.includes("--check"), word.name);
  }
});

Deno.test("the help names each word, and help WORD says more about it", async () => {
  for (const word of WORDS) {
    assert.ok(helpText().includes(`mcp-ssh-session ${usageOf(word)}`));
    const said = await parseCommandLine(["help", word.name.split(" ")[0]!], "1");
    assert.ok(
      said.kind === "print" && `\n${said.text}`.includes(`\nmcp-ssh-session ${usageOf(word)}\n`),
    );
  }
  assert.ok(helpText().split("\n").every((line) => line.length <= 100));
});

Deno.test("the table's variables are the README's, and the program reads each", async () => {
  const readme = await Deno.readTextFile(`${REPOSITORY}README.md`);
  const source = sourceFiles("src").filter(({ path }) => path !== "src/cli/words.ts")
    .map(({ path }) => Deno.readTextFileSync(`${REPOSITORY}${path}`)).join("");
  const own = VARIABLES.map(([name]) => name).filter((name) => name.startsWith("MCP_"));
  for (const name of own) {
    assert.ok(readme.includes(`\`${name}\``), name);
    assert.ok(source.includes(name), name);
  }
  const rows = [...readme.matchAll(/^\| `(MCP_SSH_\w+)`/gm)].map(([, name]) => name!);
  assert.deepEqual(rows.filter((name) => !own.includes(name)), [], "add it to src/cli/words.ts");
});
