import type { ConfigSources } from "../../src/config/sources.ts";

/** Sources made of a table of files; nothing of the machine shows through. */
export function memorySources(
  files: Readonly<Record<string, string>>,
  more: Partial<ConfigSources> = {},
): ConfigSources {
  const table = { "/etc/hostname": "laptop.example\n", ...files };
  return {
    environment: { USER: "deploy", HOME: "/home/deploy" },
    home: "/home/deploy",
    userConfigPath: "/home/deploy/.ssh/config",
    systemConfigPath: "/etc/ssh/ssh_config",
    files: {
      readText: (path) =>
        Promise.resolve(Object.hasOwn(table, path) ? read(table, path) : undefined),
      listNames: (path) => Promise.resolve(namesIn(table, path)),
      statusOf: () => Promise.resolve({ uid: 1000, gid: 1000, mode: 0o600 }),
    },
    lookUp: () => Promise.resolve(undefined),
    ...more,
  };
}

/** Sources with a user's configuration alone. */
export function userConfig(text: string, more: Partial<ConfigSources> = {}): ConfigSources {
  return memorySources({ "/home/deploy/.ssh/config": text }, more);
}

function read(table: Readonly<Record<string, string>>, path: string): string {
  return table[path] as string;
}

function namesIn(table: Readonly<Record<string, string>>, directory: string): readonly string[] {
  const prefix = directory === "/" ? "/" : `${directory}/`;
  const inside = Object.keys(table).filter((path) => path.startsWith(prefix));
  return [...new Set(inside.map((path) => path.slice(prefix.length).split("/")[0] as string))];
}
