import { join } from "node:path";
import { mustRun } from "./command.ts";
import { REPOSITORY } from "./source_file.ts";

/** The npm package as built here, with a home and caches that are empty at first. */
export interface NpmPackage extends AsyncDisposable {
  readonly directory: string;
  /** As a client starts it; the first start installs it. */
  readonly npx: readonly [string, ...string[]];
  /** Variables that keep npm and Deno to this package's own caches. */
  readonly env: Readonly<Record<string, string>>;
  /** Bytes that npm fetched so far, the package itself included. */
  fetchedBytes(): Promise<number>;
  /** Where the first start put it. */
  installedIn(): string;
}

const OWNER = "someone/somewhere";

/** Builds the package; nothing is installed before the first start. */
export async function buildNpmPackage(): Promise<NpmPackage> {
  const directory = await Deno.makeTempDir({ prefix: "mss_npm_" });
  await mustRun([Deno.execPath(), "task", "-q", "npm", OWNER, `--to=${directory}`], {
    cwd: REPOSITORY,
  });
  const tarball = [...Deno.readDirSync(directory)].find(({ name }) => name.endsWith(".tgz"))!.name;
  const cache = join(directory, "cache");
  return {
    directory,
    // An absolute path would be a program to start.
    npx: ["sh", "-c", `cd ${directory} && exec npx -y ./${tarball}`],
    env: {
      ...npmEnvironment(),
      HOME: join(directory, "home"),
      PATH: Deno.env.get("PATH")!,
      DENO_DIR: join(directory, "deno"),
      npm_config_cache: cache,
      npm_config_update_notifier: "false",
    },
    fetchedBytes: async () =>
      Number.parseInt(await mustRun(["du", "-sb", join(cache, "_cacache", "content-v2")])),
    installedIn: () => {
      const [hash] = [...Deno.readDirSync(join(cache, "_npx"))];
      return join(cache, "_npx", hash!.name, "node_modules", "mcp-ssh-session");
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** The launcher of an installed package, as its link in `node_modules/.bin` starts it. */
export function launcherOf(installed: string): [string, string] {
  return ["node", join(installed, "mcp-ssh-session.cjs")];
}

/** npx finds what it has fetched before, and the registry it fetches from, without the user's home. */
export function npmEnvironment(): Record<string, string> {
  const cache = Deno.env.get("npm_config_cache") ?? `${Deno.env.get("HOME")}/.npm`;
  const config = Deno.env.get("npm_config_userconfig") ?? `${Deno.env.get("HOME")}/.npmrc`;
  const theWayOut = /^(?:(?:https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/i;
  const handedOn = Object.entries(Deno.env.toObject()).filter(([name]) => theWayOut.test(name));
  return {
    ...Object.fromEntries(handedOn),
    npm_config_cache: cache,
    npm_config_userconfig: config,
  };
}
