import { mustRun } from "./command.ts";

/** A network namespace behind a pair of interfaces, whose packets can be made to vanish. */
export interface SilentNetwork extends AsyncDisposable {
  /** Words of a command that runs a program in it, given as its last arguments. */
  readonly within: readonly string[];
  /** Where what listens in it is reached. */
  readonly address: string;
  /** Both ends send to an interface that is not there: nothing arrives, and nothing is refused. */
  silence(): Promise<void>;
  restore(): Promise<void>;
}

const NOBODY = "02:00:00:00:00:99";

/** Makes a network namespace (ip-netns(8)), which needs root; disposing removes it. */
export async function startSilentNetwork(): Promise<SilentNetwork> {
  const [first = 0, second = 0, third = 0] = crypto.getRandomValues(new Uint8Array(3));
  const name = `mss${[first, second, third].map((byte) => byte.toString(16)).join("")}`;
  const [near, far] = [`${name}a`, `${name}b`];
  const net = `10.${first}.${second}.${third & 0xfc}`.replace(/\d+$/, "");
  const [nearAddress, address] = [`${net}${(third & 0xfc) + 1}`, `${net}${(third & 0xfc) + 2}`];
  const inside = ["ip", "netns", "exec", name] as const;
  const nobody = ["lladdr", NOBODY, "nud", "permanent", "dev"] as const;
  await mustRun(["ip", "netns", "add", name]);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await mustRun(["ip", "netns", "del", name]));
  await mustRun(["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name]);
  await mustRun(["ip", "addr", "add", `${nearAddress}/30`, "dev", near]);
  await mustRun([...inside, "ip", "addr", "add", `${address}/30`, "dev", far]);
  await mustRun(["ip", "link", "set", near, "up"]);
  await mustRun([...inside, "ip", "link", "set", far, "up"]);
  const owned = stack.move();
  return {
    within: inside,
    address,
    silence: async () => {
      await mustRun(["ip", "neigh", "replace", address, ...nobody, near]);
      await mustRun([...inside, "ip", "neigh", "replace", nearAddress, ...nobody, far]);
    },
    restore: async () => {
      await mustRun(["ip", "neigh", "del", address, "dev", near]);
      await mustRun([...inside, "ip", "neigh", "del", nearAddress, "dev", far]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
