import assert from "node:assert/strict";
import { until } from "../support/condition.ts";
import { Random } from "../support/random.ts";
import type { HttpClient, HttpReply } from "../support/serve/http_client.ts";
import { SharedWorld } from "../support/serve/shared_world.ts";

/** The result of a run of random faults. */
export interface FaultCounts {
  actions: number;
  ran: number;
  refused: number;
  unknown: number;
  lost: number;
}

/** The end of a run: so many actions, or a time. */
export interface FaultOptions {
  readonly seed: number;
  readonly replicas: number;
  readonly goesOn: (actions: number) => boolean;
  readonly say?: (line: string) => void;
}

const CALLERS = ["ann", "bob", "cy", "dee"];
const CALLS = 3;

interface CallerModel {
  readonly sub: string;
  /** Pids of the caller's shells, in the order in which they appeared, and each one's count. */
  readonly shells: string[];
  count: number;
  /** Commands that were begun while the database was there. */
  readonly begun: string[];
}

/**
 * Kills, ends, freezes and restarts parts at random while callers run commands, against a model:
 * a command that was answered ran once, one that was refused never, none ran twice; a caller's
 * shell, once another took its place, never comes back; a command that was begun is never forgotten.
 */
export class ServeFaults {
  readonly counts: FaultCounts = { actions: 0, ran: 0, refused: 0, unknown: 0, lost: 0 };
  readonly #world: SharedWorld;
  readonly #random: Random;
  readonly #options: FaultOptions;
  readonly #callers: readonly CallerModel[];
  readonly #file: string;
  /** The form of each command in the file. */
  readonly #expected = new Map<string, "once" | "never" | "at most once">();
  #isDatabaseSure = true;
  #made = 0;

  private constructor(world: SharedWorld, options: FaultOptions) {
    this.#world = world;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#callers = CALLERS.map((sub) => ({ sub, shells: [], count: 0, begun: [] }));
    this.#file = `/tmp/mcp-ssh-faults-${crypto.randomUUID()}`;
  }

  /** Runs to the end that the options say; throws where the model is broken. */
  static async run(options: FaultOptions): Promise<FaultCounts> {
    await using world = await SharedWorld.start(options.replicas);
    const faults = new ServeFaults(world, options);
    try {
      while (options.goesOn(faults.counts.actions)) await faults.#act();
      await faults.#checkBegun();
      await faults.#checkFile();
    } finally {
      await Deno.remove(faults.#file).catch(() => {});
    }
    return faults.counts;
  }

  async #act(): Promise<void> {
    const { places, postgres } = this.#world;
    const at = this.#random.below(places.length);
    const place = places[at]!;
    const all = places.map(({ database }) => database);
    const faults: Readonly<Record<string, () => Promise<void>>> = {
      kill: () => this.#restart(at, "SIGKILL"),
      end: () => this.#restart(at, "SIGTERM"),
      "one without database": () => this.#frozen([place.database]),
      "all without database": () => this.#frozen(all),
      "one without peers": () => this.#frozen([place.peers]),
      "one without either": () => this.#frozen([place.database, place.peers]),
      "one starts while another has neither": async () => {
        const other = (at + 1) % places.length;
        await this.#frozen([place.database, place.peers], () => this.#restart(other, "SIGKILL"));
      },
      "database restarts": async () => {
        this.#isDatabaseSure = false;
        await postgres.stop();
        await this.#calls();
        await postgres.restart();
      },
      nothing: () => this.#calls(),
    };
    const names = Object.keys(faults);
    const name = names[this.#random.below(names.length)]!;
    this.#options.say?.(`${this.counts.actions}: ${name} (${at}) ${JSON.stringify(this.counts)}`);
    await faults[name]!();
    this.counts.actions++;
    await this.#calls();
    this.#isDatabaseSure = true;
  }

  /** In the middle of calls. */
  async #restart(at: number, signal: Deno.Signal): Promise<void> {
    const calls = this.#calls();
    await this.#world.places[at]!.replica.end(signal);
    await this.#world.restart(at);
    await calls;
  }

  async #frozen(
    gates: readonly { freeze(): void; thaw(): void }[],
    meanwhile: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    this.#isDatabaseSure = false;
    for (const gate of gates) gate.freeze();
    try {
      await meanwhile();
      await this.#calls();
    } finally {
      for (const gate of gates) gate.thaw();
    }
  }

  async #calls(): Promise<void> {
    const plans = this.#callers.map((caller) => ({
      caller,
      places: Array.from({ length: CALLS }, () => this.#random.below(this.#world.places.length)),
    }));
    await Promise.all(plans.map(async ({ caller, places }) => {
      for (const at of places) await this.#call(caller, at);
    }));
  }

  async #call(caller: CallerModel, at: number): Promise<void> {
    const id = `${caller.sub}-${this.#made++}`;
    this.#expected.set(id, "at most once");
    const isAsync = this.#made % 4 === 0;
    const isSure = this.#isDatabaseSure;
    const command = `echo ${id} >> ${this.#file}; N=$((N+1)); echo shell=$$ count=$N`;
    try {
      await using client = await this.#world.connect({ sub: caller.sub, at });
      const tool = isAsync ? "execute_command_async" : "execute_command";
      const reply = await client.call(tool, { host: this.#world.host, command });
      this.#judge(caller, id, reply);
      const known = reply.meta?.["command_id"];
      if (isSure && this.#isDatabaseSure && known !== undefined) caller.begun.push(String(known));
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.counts.unknown++; // The replica that was called is gone.
    }
  }

  #judge(caller: CallerModel, id: string, { text, isError }: HttpReply): void {
    if (isError) {
      const isUnknown = /unknown/i.test(text);
      this.counts[isUnknown ? "unknown" : "refused"]++;
      if (!isUnknown) this.#expected.set(id, "never");
      return;
    }
    const [, shell, count] = /shell=(\d+) count=(\d+)/.exec(text) ?? [];
    if (shell === undefined || count === undefined) return;
    this.counts.ran++;
    this.#expected.set(id, "once");
    const place = caller.shells.indexOf(shell);
    if (place < 0) {
      caller.shells.push(shell);
      caller.count = Number(count);
      return;
    }
    assert.equal(place, caller.shells.length - 1, `${caller.sub}'s shell ${shell} came back`);
    assert.ok(Number(count) > caller.count, `${caller.sub} ran in two places: ${text}`);
    caller.count = Number(count);
  }

  /** Each command that was begun is known at any replica, in the end. */
  async #checkBegun(): Promise<void> {
    for (const { sub, begun } of this.#callers) {
      const at = this.#random.below(this.#world.places.length);
      await using client = await this.#world.connect({ sub, at });
      for (const command_id of begun.slice(-20)) await this.#checkOne(client, command_id);
    }
  }

  async #checkOne(client: HttpClient, command_id: string): Promise<void> {
    const reply = await until(`${command_id} is answered`, async () => {
      const answer = await client.call("get_command_status", { command_id, wait: 5 });
      return !/cannot be used|Try again/.test(answer.text) && answer;
    }, { timeoutMs: 30_000 });
    assert.match(reply.text, /^\[(exit 0|lost)\]/);
    if (reply.text.startsWith("[lost]")) this.counts.lost++;
  }

  async #checkFile(): Promise<void> {
    const text = await Deno.readTextFile(this.#file).catch(() => "");
    const found = Map.groupBy(text.split("\n"), (line) => line);
    for (const [id, wanted] of this.#expected) {
      const times = found.get(id)?.length ?? 0;
      assert.ok(times <= 1, `${id} ran ${times} times`);
      if (wanted === "once") assert.equal(times, 1, `${id} was answered and never ran`);
      if (wanted === "never") assert.equal(times, 0, `${id} was refused and ran`);
    }
  }
}
