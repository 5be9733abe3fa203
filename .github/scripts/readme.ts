// Brings the README's tool reference up to date: `deno task readme`.
import { startServer } from "../../tests/support/mcp_client.ts";
import { withReference } from "../../tests/support/tool_reference.ts";
import { deno, ROOT, say } from "./process.ts";

const path = `${ROOT}README.md`;
await using server = await startServer({ env: { HOME: "/nonexistent" } });
await Deno.writeTextFile(path, withReference(await Deno.readTextFile(path), await server.tools()));
await deno(["fmt", path]);
say("README.md is up to date");
