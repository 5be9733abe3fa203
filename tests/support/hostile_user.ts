import { type Account, createAccount } from "./account.ts";
import { mustRun } from "./command.ts";

/** Arguments of hostile_user.c after the program's name. */
export type Attack =
  | readonly ["created", directory: string, prefix: string, target: string, name?: string]
  | readonly ["exchange", directory: string, one: string, other: string, pace?: "slowly"];

/** A running attack. */
interface Running extends AsyncDisposable {
  /** Ends it, and says how often it acted. */
  end(): Promise<number>;
}

/** A place that another local user shares with root, and what they are after. */
export class HostileScene implements AsyncDisposable {
  constructor(
    readonly mallory: Account,
    /** Of root, mode 755; holds the rest. */
    readonly base: string,
  ) {}

  /** Belongs to mallory. */
  get hers(): string {
    return `${this.base}/hers`;
  }

  /** Belongs to root, mode 1777, as /tmp. */
  get shared(): string {
    return `${this.base}/shared`;
  }

  /** Belongs to root and mallory's group, mode 2775. */
  get group(): string {
    return `${this.base}/group`;
  }

  /** Belongs to the victim, mode 755, and holds `victim` alone. */
  get vault(): string {
    return `${this.base}/vault`;
  }

  async link(path: string, target: string): Promise<void> {
    await Deno.symlink(target, path);
    await mustRun(["chown", "-h", `${this.mallory.uid}:${this.mallory.gid}`, path]);
  }

  async file(path: string, mode: number, content = "hers"): Promise<void> {
    await Deno.writeTextFile(path, content);
    await Deno.chmod(path, mode);
    await Deno.chown(path, this.mallory.uid, this.mallory.gid);
  }

  async directory(path: string): Promise<void> {
    await Deno.mkdir(path);
    await Deno.chown(path, this.mallory.uid, this.mallory.gid);
  }

  /** Starts the attack as mallory, and returns once it watches. */
  async attack(attack: Attack): Promise<Running> {
    const child = new Deno.Command(`${this.base}/attack`, {
      args: attack.filter((word) => word !== undefined),
      uid: this.mallory.uid,
      gid: this.mallory.gid,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    await lines.read();
    let ended: Promise<number> | undefined;
    const end = async (): Promise<number> => {
      await child.stdin.close();
      let text = "";
      for (let part = await lines.read(); !part.done; part = await lines.read()) text += part.value;
      await child.status;
      return Number(text);
    };
    return {
      end: () => ended ??= end(),
      [Symbol.asyncDispose]: async () => void await (ended ??= end()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mallory[Symbol.asyncDispose]();
    await Deno.remove(this.base, { recursive: true });
  }
}

let program: Promise<string> | undefined;

/** Path of mallory's program, compiled once for all tests of a file. */
async function compiled(): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "mss_hostile_" });
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const source = new URL("hostile_user.c", import.meta.url).pathname;
  await mustRun(["cc", "-O2", "-o", `${directory}/attack`, source]);
  return `${directory}/attack`;
}

/** Makes the place; `victim` owns what must not change. */
export async function hostileScene(victim: { uid: number; gid: number }): Promise<HostileScene> {
  const base = await Deno.makeTempDir({ prefix: "mss_hostile_" });
  await Deno.chmod(base, 0o755);
  const mallory = await createAccount();
  const scene = new HostileScene(mallory, base);
  await Deno.copyFile(await (program ??= compiled()), `${base}/attack`);
  for (const path of [scene.shared, scene.group, scene.vault]) await Deno.mkdir(path);
  await scene.directory(scene.hers);
  await Deno.chmod(scene.shared, 0o1777);
  await Deno.chown(scene.group, 0, mallory.gid);
  await Deno.chmod(scene.group, 0o2775);
  await Deno.writeTextFile(`${scene.vault}/victim`, "as it was");
  await Deno.chmod(`${scene.vault}/victim`, 0o644);
  for (const path of [scene.vault, `${scene.vault}/victim`]) {
    await Deno.chown(path, victim.uid, victim.gid);
  }
  return scene;
}
