import assert from "node:assert/strict";
import { startShellHosts } from "./login_shells.ts";

/** As many bytes of printable text with all that a shell would expand, in lines of odd lengths. */
function textOf(bytes: number): string {
  const alphabet = 'abc $HOME `x` \\ " * ~ ! # ; | & < > ( ) { } [ ] = % ^ @ , . 0123456789';
  let text = "";
  for (let line = 0; text.length < bytes; line++) {
    text += alphabet.repeat(1 + (line * 7) % 40).slice(line % 13) + `line${line}\n`;
  }
  return text.slice(0, bytes);
}

async function digest(text: string): Promise<string> {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

for (const [name, bytes] of [["100 KB", 100_000], ["1 MB", 1_000_000]] as const) {
  Deno.test(`in every shell a command line of ${name} arrives byte for byte`, async () => {
    await using hosts = await startShellHosts();
    const text = textOf(bytes);
    const command = `cat <<'END_OF_TEXT' | sha256sum\n${text}\nEND_OF_TEXT`;
    const wanted = await digest(`${text}\n`);
    await Promise.all(hosts.all.map(async (host) => {
      const reply = await host.run(command, { timeout: 50 });
      assert.equal(reply.body, `${wanted}  -\n`, `${host.name}: ${reply.firstLine}`);
      assert.equal((await host.run("echo next")).body, "next\n", host.name);
    }));
  });
}

Deno.test("in every shell one line of 50 KB without a space arrives whole", async () => {
  await using hosts = await startShellHosts();
  for (const host of hosts.all) {
    const reply = await host.run(`x='${"é".repeat(25_000)}'; echo \${#x}; printf %s "$x" | wc -c`);
    assert.match(reply.body, /^(25000|50000)\n50000\n$/, `${host.name}: ${reply.text}`);
  }
});
