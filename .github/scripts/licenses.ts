import { deno } from "./process.ts";
import { shippedPackages } from "./shipped.ts";

const LICENSE_FILE = /^(license|licence|copying|notice)(\.\w+)?$/i;

/** The licences of all packages in the bundle, whose notices must go with every copy of them. */
export async function thirdPartyLicenses(): Promise<string> {
  const { output } = await deno(["info", "--json"]);
  const { npmCache } = JSON.parse(output) as { npmCache: string };
  const parts = ["mcp-ssh-session contains these packages from npm.\n"];
  for (const { name, version } of await shippedPackages()) {
    const directory = await packageDirectory(npmCache, `${name}/${version}`);
    const manifest = JSON.parse(await Deno.readTextFile(`${directory}/package.json`));
    // Old packages have a list.
    const license = manifest.license ?? manifest.licenses[0].type;
    const files = [...Deno.readDirSync(directory)].map((entry) => entry.name)
      .filter((file) => LICENSE_FILE.test(file)).sort();
    const texts = await Promise.all(files.map((file) => Deno.readTextFile(`${directory}/${file}`)));
    const text = texts.join("\n").trim();
    parts.push(`${"=".repeat(72)}\n${name} ${version} (${license})\n\n${text}\n`);
  }
  return parts.join("\n");
}

/** Deno's cache has a folder for each registry. */
async function packageDirectory(cache: string, name: string): Promise<string> {
  for (const { name: registry } of Deno.readDirSync(cache)) {
    const path = `${cache}/${registry}/${name}`;
    if (await Deno.stat(`${path}/package.json`).then(() => true, () => false)) return path;
  }
  throw new Error(`${name} is not in ${cache}`);
}
