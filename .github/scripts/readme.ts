// Brings the README's tools and devices up to date: `deno task readme`.
import { deviceTable } from "../../tests/support/device_table.ts";
import { startServer } from "../../tests/support/mcp_client.ts";
import { withPart } from "../../tests/support/readme_parts.ts";
import { toolReference } from "../../tests/support/tool_reference.ts";
import { deno, ROOT, say } from "./process.ts";

const path = `${ROOT}README.md`;
await using server = await startServer({ env: { HOME: "/nonexistent" } });
const readme = withPart(await Deno.readTextFile(path), "devices", deviceTable());
await Deno.writeTextFile(path, withPart(readme, "tools", toolReference(await server.tools())));
await deno(["fmt", path]);
say("README.md is up to date");
