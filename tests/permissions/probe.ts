// Tries what the program must not be able to do, in the directory named on the command line, and
// prints as JSON what each attempt came to.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";

const directory = Deno.args[0]!;
const old = `${directory}/old`;

/** Out of the type checker's and the linker's sight: it shall be refused when it runs. */
const elsewhere = "https://example.com/module.ts";
/** Of the hosts in the help of --allow-import, which the flag need not name. */
const unasked = "https://deno.land/module.ts";

const ATTEMPTS: Readonly<Record<string, () => unknown>> = {
  "write a file": () => Deno.writeTextFileSync(`${directory}/new`, "x"),
  "append to a file": () => Deno.openSync(old, { append: true }),
  "make a directory": () => Deno.mkdirSync(`${directory}/sub`),
  "remove a file": () => Deno.removeSync(old),
  "rename a file": () => Deno.renameSync(old, `${directory}/new`),
  "change a mode": () => Deno.chmodSync(old, 0o777),
  "make a symbolic link": () => Deno.symlinkSync(old, `${directory}/link`),
  "make a temporary file": () => Deno.makeTempFileSync(),
  "write by node:fs": () => writeFileSync(`${directory}/new`, "x"),
  "run a program": () => new Deno.Command("/bin/true").outputSync(),
  "run a program by node:child_process": () => {
    // It throws nothing and answers without a status.
    spawnSync("/bin/touch", [`${directory}/ran`]);
    return existsSync(`${directory}/ran`) ? "done" : "denied";
  },
  "load a library": () => Deno.dlopen("libc.so.6", {}),
  "ask for the host name": () => Deno.hostname(),
  "ask for the user id": () => {
    if (Deno.uid() === null) throw new Error("none");
  },
  "kill a process": () => Deno.kill(1, "SIGCONT"),
  "import from a network host": () => import(elsewhere),
  "import from a host that needs no permission": () => import(unasked),
  "be granted more": () => Deno.permissions.requestSync({ name: "run" }).state,
  "read a file": () => Deno.readTextFileSync(old),
  "reach another port": () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
  "see a variable": () => Deno.env.get("PATH") ?? "denied",
};

const found: Record<string, string> = {};
for (const [name, attempt] of Object.entries(ATTEMPTS)) {
  try {
    const answer = await attempt();
    found[name] = answer === "denied" ? answer : "done";
  } catch (error) {
    const { name: kind, message } = error as Error;
    found[name] = /NotCapable|Requires import access/.test(`${kind} ${message}`)
      ? `NotCapable: ${message}`
      : `${kind}: ${message}`;
  }
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(found)));
