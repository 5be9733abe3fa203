// Writes `dist/SHA256SUMS` over the files of a release, in the form sha256sum(1) checks.
import { DIST, say, sha256 } from "./process.ts";

const names = [...Deno.readDirSync(DIST)]
  .filter(({ isFile, name }) => isFile && name !== "SHA256SUMS")
  .map(({ name }) => name)
  .sort();
const lines = await Promise.all(
  names.map(async (name) => `${await sha256(`${DIST}/${name}`)}  ${name}\n`),
);

await Deno.writeTextFile(`${DIST}/SHA256SUMS`, lines.join(""));
say(`${DIST}/SHA256SUMS: ${lines.length} files`);
