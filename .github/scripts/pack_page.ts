// Packs the console's page into a file of the program: `deno task pack-page`; `--to=FILE` elsewhere.
import { deno, ROOT, say } from "./process.ts";

const PAGE = `${ROOT}src/console/page`;
const TO = Deno.args.find((arg) => arg.startsWith("--to="))?.slice(5) ??
  `${ROOT}src/console/packed_page.ts`;
const SCRIPTS = ["console.js", "login.js"];

await Deno.writeTextFile(TO, await packed());
say(TO);

async function packed(): Promise<string> {
  const scripts = await Promise.all(
    SCRIPTS.map(async (name) => [name, await script(name)] as const),
  );
  const styles = await Promise.all(
    ["console.css", "xterm.css"].map((name) => Deno.readTextFile(`${PAGE}/${name}`)),
  );
  const files = [["console.css", styles.join("\n")] as const, ...scripts];
  const lines = await Promise.all(
    files.map(async ([name, text]) => `  "${name}":\n    "${await pack(text)}",\n`),
  );
  return "/** Files of the page, each gzip in Base64; made by `deno task pack-page`. */\n" +
    `export const PACKED_PAGE: Readonly<Record<string, string>> = {\n${lines.join("")}};\n`;
}

/** One file with all that it imports. */
async function script(name: string): Promise<string> {
  const to = await Deno.makeTempFile({ suffix: ".js" });
  const { ok, output } = await deno([
    ...["bundle", "--quiet", "--frozen", "--lock", "deno.lock", "--platform", "browser"],
    ...["--minify", "--output", to, `src/console/page/${name}`],
  ]);
  if (!ok) throw new Error(`${name} could not be bundled: ${output}`);
  const text = await Deno.readTextFile(to);
  await Deno.remove(to);
  return text;
}

async function pack(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer()).toBase64();
}
