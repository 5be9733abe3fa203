// Prints the section of CHANGELOG.md for a version: the notes of its release.
import { ROOT, say } from "./process.ts";

const version = (Deno.args[0] ?? "").replace(/^v/, "");
const changelog = await Deno.readTextFile(`${ROOT}.github/CHANGELOG.md`);
const section = changelog.split(/^## /m).find((part) => part.startsWith(`${version} `));

if (section === undefined) {
  say(`CHANGELOG.md has no section "## ${version} …"`);
  Deno.exit(1);
}
Deno.stdout.writeSync(new TextEncoder().encode(section.slice(section.indexOf("\n")).trim() + "\n"));
