import { openAgentAndGiveUpWriting } from "../../src/transport/auth/agent_form.ts";

/*
 * Lists the keys of the agent at the path given, under the permissions it is started with, after
 * write permission was given up, and tries to write a file.
 */
const [path, file] = Deno.args;
const agents = await openAgentAndGiveUpWriting(path);
const keys = await agents.at(path!).list().catch((error: Error) => error.message);
const wrote = await Deno.writeTextFile(file!, "x").then(() => "written", ({ name }) => name);
const { state } = await Deno.permissions.query({ name: "write" });
const said = Array.isArray(keys) ? `${keys.length} keys` : keys;
await Deno.stdout.write(new TextEncoder().encode(`${said}, ${wrote}, ${state}\n`));
